// kevo: kernel batched_matmul
// kevo: stage products tasks B args a b c
#include <stdint.h>

void products(int64_t task, const float *restrict a, const float *restrict b,
              float *restrict c, int64_t B, int64_t M, int64_t N, int64_t K)
{
        (void)B;
        a += task * M * K;
        b += task * K * N;
        c += task * M * N;
        for (int64_t i = 0; i < M; i++) {
                for (int64_t j = 0; j < N; j++)
                        c[i * N + j] = 0;
                for (int64_t k = 0; k < K; k++) {
                        for (int64_t j = 0; j < N; j++)
                                c[i * N + j] += a[i * K + k] * b[k * N + j];
                }
        }
}
