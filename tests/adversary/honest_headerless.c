/* A team's own function, without header lines: one stage, one task. */
#include <math.h>
#include <stdint.h>

void softmax(const float *x, float *y, int64_t M, int64_t N)
{
        for (int64_t i = 0; i < M; i++) {
                const float *a = x + i * N;
                float *b = y + i * N, m = a[0], s = 0;

                for (int64_t j = 1; j < N; j++)
                        m = a[j] > m ? a[j] : m;
                for (int64_t j = 0; j < N; j++)
                        s += b[j] = expf(a[j] - m);
                for (int64_t j = 0; j < N; j++)
                        b[j] /= s;
        }
}
