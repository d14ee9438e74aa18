// kevo: kernel group_norm
// kevo: stage groups tasks B*G args x gain bias y
#include <math.h>
#include <stdint.h>

void groups(int64_t task, const float *restrict x, const float *restrict gain,
            const float *restrict bias, float *restrict y, int64_t B,
            int64_t G, int64_t C, int64_t L, float eps)
{
        const float *in = x + task * C * L;
        float *out = y + task * C * L;
        int64_t g = task % G;
        float mean = 0, var = 0, scale;

        (void)B;
        for (int64_t i = 0; i < C * L; i++)
                mean += in[i];
        mean /= (float)(C * L);
        for (int64_t i = 0; i < C * L; i++)
                var += (in[i] - mean) * (in[i] - mean);
        scale = 1 / sqrtf(var / (float)(C * L) + eps);
        for (int64_t c = 0; c < C; c++) {
                for (int64_t i = c * L; i < (c + 1) * L; i++)
                        out[i] = (in[i] - mean) * scale * gain[g * C + c] +
                                 bias[g * C + c];
        }
}
