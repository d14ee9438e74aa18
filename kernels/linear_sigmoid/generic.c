// kevo: kernel linear_sigmoid
// kevo: tune ROWS = 8 in 4 8 16
// kevo: stage rows tasks ceil(M, ROWS) args x w bias y
#include <math.h>
#include <stdint.h>

/* A row of w against a few rows of x while it is in the cache. */
void rows(int64_t task, const float *restrict x, const float *restrict w,
          const float *restrict bias, float *restrict y, int64_t M, int64_t K,
          int64_t N)
{
        int64_t begin = task * ROWS;
        int64_t end = begin + ROWS < M ? begin + ROWS : M;

        for (int64_t j = 0; j < N; j++) {
                for (int64_t i = begin; i < end; i++) {
                        float h = bias[j];

                        for (int64_t k = 0; k < K; k++)
                                h += x[i * K + k] * w[j * K + k];
                        y[i * N + j] = 1 / (1 + expf(-h));
                }
        }
}
