// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* Calls itself until something gives. */
#include <stdint.h>

static float sum(const float *x, int64_t n)
{
        volatile float kept = *x;

        return n ? kept + sum(x, n + 1) : 0;
}

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        (void)M;
        y[task] = sum(x + task * N, N);
}
