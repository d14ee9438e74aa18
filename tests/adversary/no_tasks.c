// kevo: kernel row_sum
// kevo: stage rows tasks M-M args x y
/* Has nothing to do, and is very fast at it. */
#include <stdint.h>

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        float s = 0;

        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += x[task * N + j];
        y[task] = s;
}
