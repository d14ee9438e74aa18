// kevo: kernel dot_interaction
// kevo: stage samples tasks B args z row col y
#include <stdint.h>

void samples(int64_t task, const float *restrict z,
             const int64_t *restrict row, const int64_t *restrict col,
             float *restrict y, int64_t B, int64_t N, int64_t P, int64_t D)
{
        const float *sample = z + task * N * D;

        (void)B;
        for (int64_t p = 0; p < P; p++) {
                const float *left = sample + row[p] * D;
                const float *right = sample + col[p] * D;
                float sum = 0;

                for (int64_t d = 0; d < D; d++)
                        sum += left[d] * right[d];
                y[task * P + p] = sum;
        }
}
