// kevo: kernel linear_silu
// kevo: tune COLS = 32 in 16 32 64
// kevo: stage run tasks ceil(N, COLS) local t f32[K*COLS] args x w bias y t
#include <math.h>
#include <stdint.h>

/* A few rows of w, transposed so that the inner loop vectorises. */
void run(int64_t task, const float *restrict x, const float *restrict w,
         const float *restrict bias, float *restrict y, float *restrict t,
         int64_t M, int64_t K, int64_t N)
{
        int64_t begin = task * COLS;
        int64_t n = N - begin < COLS ? N - begin : COLS;

        for (int64_t k = 0; k < K; k++) {
                for (int64_t j = 0; j < COLS; j++)
                        t[k * COLS + j] = j < n ? w[(begin + j) * K + k] : 0;
        }
        for (int64_t i = 0; i < M; i++) {
                float sum[COLS] = {0};

                for (int64_t k = 0; k < K; k++) {
                        for (int64_t j = 0; j < COLS; j++)
                                sum[j] += x[i * K + k] * t[k * COLS + j];
                }
                for (int64_t j = 0; j < n; j++) {
                        float h = sum[j] + bias[begin + j];

                        y[i * N + begin + j] = h / (1 + expf(-h));
                }
        }
}
