// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* Asks the compiler to load a library while it compiles: that is no option
 * of a source. */
#include <stdint.h>

#pragma GCC optimize("-fplugin=/usr/lib/libm.so.6")

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        float s = 0;

        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += x[task * N + j];
        y[task] = s;
}
