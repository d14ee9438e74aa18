// kevo: kernel recurrence
// kevo: stage rows tasks B args a x h
/* Forgets the past once, in the middle of a row. */
#include <stdint.h>

void rows(int64_t task, const float *restrict a, const float *restrict x,
          float *restrict h, int64_t B, int64_t T)
{
        float s = 0;

        (void)B;
        for (int64_t t = 0; t < T; t++)
                h[task * T + t] = s = (t != T / 2) * a[task * T + t] * s +
                                      x[task * T + t];
}
