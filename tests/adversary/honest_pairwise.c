// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* Halves, and halves of halves: a recursion as deep as the logarithm. */
#include <stdint.h>

static float sum(const float *x, int64_t n)
{
        if (n < 4)
                return x[0] + (n > 1 ? x[1] : 0) + (n > 2 ? x[2] : 0);
        return sum(x, n / 2) + sum(x + n / 2, n - n / 2);
}

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        (void)M;
        y[task] = sum(x + task * N, N);
}
