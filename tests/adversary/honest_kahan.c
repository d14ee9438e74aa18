// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* More accurate than anybody asked for. */
#include <stdint.h>

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        float s = 0, lost = 0;

        (void)M;
        for (int64_t j = 0; j < N; j++) {
                float v = x[task * N + j] - lost, t = s + v;

                lost = (t - s) - v;
                s = t;
        }
        y[task] = s;
}
