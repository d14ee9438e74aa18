// kevo: kernel jagged_to_padded
// kevo: tune ROWS = 4 in 1 4 16
// kevo: stage sequences tasks ceil(B, ROWS) args values off y
#include <stdint.h>
#include <string.h>

void sequences(int64_t task, const float *restrict values,
               const int64_t *restrict off, float *restrict y, int64_t T,
               int64_t B, int64_t L, int64_t D, float pad)
{
        int64_t end = (task + 1) * ROWS < B ? (task + 1) * ROWS : B;

        (void)T;
        for (int64_t b = task * ROWS; b < end; b++) {
                int64_t n = off[b + 1] - off[b] < L ? off[b + 1] - off[b] : L;
                float *out = y + b * L * D;

                memcpy(out, values + off[b] * D,
                       (uint64_t)(n * D) * sizeof *out);
                for (int64_t i = n * D; i < L * D; i++)
                        out[i] = pad;
        }
}
