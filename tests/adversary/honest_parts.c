// kevo: kernel row_sum
// kevo: scratch part f32[M*16]
// kevo: stage parts tasks M*16 args x part
// kevo: stage finish tasks ceil(M, 8) args y part
/* Sixteen tasks share a row: each has a place of its own, and the sum of
 * those waits for the next stage. */
#include <stdint.h>

void parts(int64_t task, const float *x, float *part, int64_t M, int64_t N)
{
        int64_t row = task / 16, p = task % 16, step = (N + 15) / 16;
        float s = 0;

        (void)M;
        for (int64_t j = p * step; j < (p + 1) * step && j < N; j++)
                s += x[row * N + j];
        part[task] = s;
}

void finish(int64_t task, float *y, float *part, int64_t M, int64_t N)
{
        (void)N;
        for (int64_t i = task * 8; i < (task + 1) * 8 && i < M; i++) {
                float s = 0;

                for (int k = 0; k < 16; k++)
                        s += part[i * 16 + k];
                y[i] = s;
        }
}
