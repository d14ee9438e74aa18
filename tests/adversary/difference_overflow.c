// kevo: kernel middle
// kevo: stage parts tasks ceil(N, 512) args a b c y
/* Compares by the sign of a difference, which overflows where numbers are
 * far apart. */
#include <stdint.h>

static int32_t least(int32_t a, int32_t b)
{
        int32_t d = (int32_t)((uint32_t)a - (uint32_t)b);

        return (int32_t)((uint32_t)b + (uint32_t)(d & (d >> 31)));
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
