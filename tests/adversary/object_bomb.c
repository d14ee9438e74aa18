// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* An object of a gigabyte. */
#include <stdint.h>

const char bomb[1 << 30] = {1};

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        float s = 0;

        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += x[task * N + j];
        y[task] = s;
        y[task] += bomb[N & 1] * 0;
}
