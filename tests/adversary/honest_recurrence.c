// kevo: kernel recurrence
// kevo: stage rows tasks B args a x h
/* One row a task, in single precision. */
#include <stdint.h>

void rows(int64_t task, const float *restrict a, const float *restrict x,
          float *restrict h, int64_t B, int64_t T)
{
        float s = 0;

        (void)B;
        for (int64_t t = 0; t < T; t++)
                h[task * T + t] = s = a[task * T + t] * s + x[task * T + t];
}
