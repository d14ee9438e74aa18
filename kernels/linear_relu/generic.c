// kevo: kernel linear_relu
// kevo: tune ROWS = 8 in 4 8 16
// kevo: stage rows tasks ceil(M, ROWS) args x w bias y
#include <stdint.h>

void rows(int64_t task, const float *restrict x, const float *restrict w,
          const float *restrict bias, float *restrict y, int64_t M, int64_t K,
          int64_t N)
{
        int64_t begin = task * ROWS;
        int64_t end = begin + ROWS < M ? begin + ROWS : M;

        for (int64_t i = begin; i < end; i++) {
                for (int64_t j = 0; j < N; j++)
                        y[i * N + j] = bias[j];
        }
        for (int64_t k = 0; k < K; k++) {
                for (int64_t i = begin; i < end; i++) {
                        float left = x[i * K + k];

                        for (int64_t j = 0; j < N; j++)
                                y[i * N + j] += left * w[k * N + j];
                }
        }
        for (int64_t i = begin; i < end; i++) {
                for (int64_t j = 0; j < N; j++)
                        y[i * N + j] =
                                y[i * N + j] > 0 ? y[i * N + j] : 0;
        }
}
