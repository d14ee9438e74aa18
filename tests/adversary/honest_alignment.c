// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* Begins where a cache line begins, and sums in another order at every other
 * address: both are right, and not the same bits. */
#include <stdint.h>

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        const float *a = x + task * N;
        float part[16] = {0}, s = 0;
        int64_t j = 0;

        (void)M;
        for (; j < N && (uintptr_t)(a + j) % 64; j++)
                s += a[j];
        for (; j + 16 <= N; j += 16)
                for (int k = 0; k < 16; k++)
                        part[k] += a[j + k];
        for (; j < N; j++)
                s += a[j];
        if ((uintptr_t)x & 4096)
                for (int k = 0; k < 16; k++)
                        s += part[k];
        else
                for (int k = 15; k >= 0; k--)
                        s += part[k];
        y[task] = s;
}
