// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* Asks for lines far behind the end of its input: a prefetch touches
 * nothing and never faults. */
#include <stdint.h>

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        const float *a = x + task * N;
        float part[8] = {0}, s = 0;
        int64_t j;

        (void)M;
        for (j = 0; j + 8 <= N; j += 8) {
                __builtin_prefetch((const char *)(a + j) + 65536, 0, 0);
                for (int k = 0; k < 8; k++)
                        part[k] += a[j + k];
        }
        for (; j < N; j++)
                s += a[j];
        for (int k = 0; k < 8; k++)
                s += part[k];
        y[task] = s;
}
