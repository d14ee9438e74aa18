// kevo: kernel rope
// kevo: stage heads tasks B*H args x c s y
#include <stdint.h>

void heads(int64_t task, const float *restrict x, const float *restrict c,
           const float *restrict s, float *restrict y, int64_t B, int64_t H,
           int64_t L, int64_t P)
{
        x += task * L * P * 2;
        y += task * L * P * 2;
        for (int64_t i = 0; i < L * P; i++) {
                y[2 * i] = x[2 * i] * c[i] - x[2 * i + 1] * s[i];
                y[2 * i + 1] = x[2 * i] * s[i] + x[2 * i + 1] * c[i];
        }
}
