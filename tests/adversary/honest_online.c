// kevo: kernel softmax
// kevo: stage rows tasks M args x y
/* One pass for maximum and sum together, rescaling when the maximum grows;
 * eight partial sums. */
#include <math.h>
#include <stdint.h>

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        const float *a = x + task * N;
        float *b = y + task * N, m = -INFINITY, s = 0, part[8] = {0};
        int64_t j;

        (void)M;
        for (j = 0; j < N; j++) {
                if (a[j] > m) {
                        for (int k = 0; k < 8; k++)
                                part[k] *= expf(m - a[j]);
                        m = a[j];
                }
                part[j & 7] += expf(a[j] - m);
        }
        for (int k = 0; k < 8; k++)
                s += part[k];
        for (j = 0; j < N; j++)
                b[j] = expf(a[j] - m) * (1 / s);
}
