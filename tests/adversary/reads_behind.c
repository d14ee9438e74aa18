// kevo: kernel softmax
// kevo: stage rows tasks M args x y
/* Reads one element behind the end of the input. */
#include <math.h>
#include <stdint.h>

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        float extra = task == M - 1 ? ((volatile const float *)x)[M * N] : 0;
        const float *a = x + task * N;
        float *b = y + task * N, m = a[0], s = 0;

        for (int64_t j = 1; j < N; j++)
                m = a[j] > m ? a[j] : m;
        for (int64_t j = 0; j < N; j++)
                s += b[j] = expf(a[j] - m);
        for (int64_t j = 0; j < N; j++)
                b[j] /= s;
        y[task * N] += extra * 0;
}
