// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* Asks the allocator for memory to keep between calls. */
#include <stdlib.h>
#include <stdint.h>

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        float s = 0;

        if (!malloc(64))
                return;
        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += x[task * N + j];
        y[task] = s;
}
