// kevo: kernel cross_layer
// kevo: tune NB = 32 in 16 32 64
// kevo: stage run tasks ceil(N, NB) local t f32[R*NB] args x0 x v w bias y t
#include <stdint.h>

/* A few rows of w, transposed so that the inner loop vectorises. */
void run(int64_t task, const float *restrict x0, const float *restrict x,
         const float *restrict v, const float *restrict w,
         const float *restrict bias, float *restrict y, float *restrict t,
         int64_t M, int64_t N, int64_t R)
{
        int64_t begin = task * NB;
        int64_t n = N - begin < NB ? N - begin : NB;

        for (int64_t k = 0; k < R; k++) {
                for (int64_t j = 0; j < NB; j++)
                        t[k * NB + j] = j < n ? w[(begin + j) * R + k] : 0;
        }
        for (int64_t i = 0; i < M; i++) {
                float sum[NB] = {0};

                for (int64_t k = 0; k < R; k++) {
                        for (int64_t j = 0; j < NB; j++)
                                sum[j] += v[i * R + k] * t[k * NB + j];
                }
                for (int64_t j = 0; j < n; j++) {
                        float h = sum[j] + bias[begin + j];

                        y[i * N + begin + j] = x0[i * N + begin + j] * h +
                                               x[i * N + begin + j];
                }
        }
}
