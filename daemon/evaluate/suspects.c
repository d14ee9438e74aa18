/* See suspects.h. */
#include "evaluate/suspects.h"

#include <math.h>

/* How far apart two values are, and how far for their size. */
static void measure(double a, double b, double *far, double *relative)
{
        double size = fmax(fabs(a), fabs(b));

        *far = *relative = 0;
        if (a == b || (isnan(a) && isnan(b)))
                return;
        *far = *relative = INFINITY;
        if (!isfinite(a) || !isfinite(b))
                return;
        *far = fabs(a - b);
        *relative = *far / size;
}

/* The worst elements of first..end. Integers are compared as numbers too:
 * beyond 2^53 those that lie close may pass for equal. */
static void search(enum dtype dtype, const void *data, const void *other,
                   int64_t first, int64_t end, struct suspects *s)
{
        double worst = 0, worst_relative = 0, far, relative;
        int64_t at = -1, at_relative = -1;

        for (int64_t i = first; i < end; i++) {
                measure(dtype_load(dtype, data, i),
                        dtype_load(dtype, other, i), &far, &relative);
                if (far > worst) {
                        worst = far;
                        at = i;
                }
                if (relative > worst_relative) {
                        worst_relative = relative;
                        at_relative = i;
                }
        }
        if (at >= 0)
                s->at[s->count++] = at;
        if (at_relative >= 0 && at_relative != at)
                s->at[s->count++] = at_relative;
}

void suspects_find(enum dtype dtype, const void *data, const void *other,
                   int64_t elements, struct suspects *s)
{
        int64_t step = (elements + SUSPECTS_STRIPES - 1) / SUSPECTS_STRIPES;

        s->count = 0;
        for (int64_t first = 0; first < elements; first += step)
                search(dtype, data, other, first,
                       first + step < elements ? first + step : elements, s);
}
