// kevo: kernel bias_gelu
// kevo: tune ROWS = 4 in 1 4 16
// kevo: stage rows tasks ceil(M, ROWS) args x bias y
#include <math.h>
#include <stdint.h>

void rows(int64_t task, const float *restrict x, const float *restrict bias,
          float *restrict y, int64_t M, int64_t N)
{
        int64_t end = (task + 1) * ROWS < M ? (task + 1) * ROWS : M;

        for (int64_t i = task * ROWS; i < end; i++) {
                for (int64_t j = 0; j < N; j++) {
                        float h = x[i * N + j] + bias[j];

                        y[i * N + j] =
                                0.5f * h * (1 + erff(h * 0.70710678f));
                }
        }
}
