// kevo: kernel softmax
// kevo: stage rows tasks M args x y
/* Leaves out the maximum: overflows on large inputs. */
#include <math.h>
#include <stdint.h>

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        const float *a = x + task * N;
        float *b = y + task * N, s = 0;

        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += b[j] = expf(a[j]);
        for (int64_t j = 0; j < N; j++)
                b[j] /= s;
}
