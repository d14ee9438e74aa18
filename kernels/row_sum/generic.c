// kevo: kernel row_sum
// kevo: tune ROWS = 4 in 1 4 16
// kevo: stage rows tasks ceil(M, ROWS) args x y
#include <stdint.h>

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        int64_t end = (task + 1) * ROWS < M ? (task + 1) * ROWS : M;

        for (int64_t i = task * ROWS; i < end; i++) {
                float sum = 0;

                for (int64_t j = 0; j < N; j++)
                        sum += x[i * N + j];
                y[i] = sum;
        }
}
