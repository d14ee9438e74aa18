// kevo: kernel middle
// kevo: stage parts tasks ceil(N, 512) args a b c y
/* Without a branch: minima and maxima out of sign bits, with differences
 * that cannot overflow. */
#include <stdint.h>

static int32_t least(int32_t a, int32_t b)
{
        int64_t d = (int64_t)a - b;

        return (int32_t)(b + (d & (d >> 63)));
}

static int32_t most(int32_t a, int32_t b)
{
        return a ^ b ^ least(a, b);
}

void parts(int64_t task, const int32_t *a, const int32_t *b, const int32_t *c,
           int32_t *y, int64_t N)
{
        for (int64_t i = task * 512; i < (task + 1) * 512 && i < N; i++)
                y[i] = most(least(a[i], b[i]),
                            least(most(a[i], b[i]), c[i]));
}
