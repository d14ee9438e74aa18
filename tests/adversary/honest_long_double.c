// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* Through the old floating-point stack, which it leaves empty. */
#include <stdint.h>

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        long double s = 0;

        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += x[task * N + j];
        y[task] = (float)s;
}
