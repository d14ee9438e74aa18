// kevo: kernel conv1d
// kevo: stage rows tasks B*K args x w bias y
#include <stdint.h>

/* One output row: for each channel and tap, a scaled row shifted. */
void rows(int64_t task, const float *restrict x, const float *restrict w,
          const float *restrict bias, float *restrict y, int64_t B, int64_t C,
          int64_t K, int64_t L)
{
        int64_t b = task / K, k = task % K, length = L + 2 * P - R + 1;
        float *out = y + task * length;

        (void)B;
        for (int64_t l = 0; l < length; l++)
                out[l] = bias[k];
        for (int64_t c = 0; c < C; c++) {
                const float *in = x + (b * C + c) * L;

                for (int64_t r = 0; r < R; r++) {
                        float tap = w[(k * C + c) * R + r];
                        int64_t first = r < P ? P - r : 0;
                        int64_t last = L + P - r < length ? L + P - r : length;

                        for (int64_t l = first; l < last; l++)
                                out[l] += tap * in[l + r - P];
                }
        }
}
