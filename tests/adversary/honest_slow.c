// kevo: kernel row_sum
// kevo: stage rows tasks 1 args x y
/* Right, and as slow as code is that nobody looked at: every partial sum
 * goes through memory and a division. */
#include <stdint.h>

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        (void)task;
        for (int64_t i = 0; i < M; i++) {
                volatile double s = 0;

                for (int64_t j = 0; j < N; j++) {
                        volatile double v = x[i * N + j];

                        for (int k = 0; k < 4; k++)
                                v = v / 3 * 3;
                        s = s + (float)v;
                }
                y[i] = (float)s;
        }
}
