// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* Keeps a pointer in a register that nobody uses. */
#include <stdint.h>

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        float s = 0;

        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += x[task * N + j];
        y[task] = s;
        __asm__ volatile("wrgsbase %0" : : "r"(x));
}
