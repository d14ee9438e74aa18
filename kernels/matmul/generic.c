// kevo: kernel matmul
// kevo: tune ROWS = 8 in 4 8 16
// kevo: stage rows tasks ceil(M, ROWS) args a b c
#include <stdint.h>

/* Row by row: the inner loop runs along b and c, so it vectorises. */
void rows(int64_t task, const float *restrict a, const float *restrict b,
          float *restrict c, int64_t M, int64_t N, int64_t K)
{
        int64_t end = (task + 1) * ROWS < M ? (task + 1) * ROWS : M;

        for (int64_t i = task * ROWS; i < end; i++) {
                for (int64_t j = 0; j < N; j++)
                        c[i * N + j] = 0;
        }
        for (int64_t k = 0; k < K; k++) {
                for (int64_t i = task * ROWS; i < end; i++) {
                        float left = a[i * K + k];

                        for (int64_t j = 0; j < N; j++)
                                c[i * N + j] += left * b[k * N + j];
                }
        }
}
