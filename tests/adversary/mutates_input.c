// kevo: kernel softmax
// kevo: stage rows tasks M args x y
/* Writes to the input and puts it back. */
#include <math.h>
#include <stdint.h>

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        volatile float *mine = (volatile float *)x;
        float old = mine[0];

        mine[0] = 1;
        mine[0] = old;
        const float *a = x + task * N;
        float *b = y + task * N, m = a[0], s = 0;

        for (int64_t j = 1; j < N; j++)
                m = a[j] > m ? a[j] : m;
        for (int64_t j = 0; j < N; j++)
                s += b[j] = expf(a[j] - m);
        for (int64_t j = 0; j < N; j++)
                b[j] /= s;
        (void)M;
}
