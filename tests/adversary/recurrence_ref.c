/* States the kernel: in double, one element after the other. */
#include <stdint.h>

void recurrence(const float *a, const float *x, double *h, int64_t B,
                int64_t T)
{
        for (int64_t b = 0; b < B; b++) {
                double s = 0;

                for (int64_t t = 0; t < T; t++)
                        h[b * T + t] = s = a[b * T + t] * s + x[b * T + t];
        }
}
