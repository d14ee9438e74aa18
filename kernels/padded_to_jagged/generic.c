// kevo: kernel padded_to_jagged
// kevo: tune ROWS = 4 in 1 4 16
// kevo: stage sequences tasks ceil(B, ROWS) args x off values
#include <stdint.h>
#include <string.h>

void sequences(int64_t task, const float *restrict x,
               const int64_t *restrict off, float *restrict values, int64_t T,
               int64_t B, int64_t L, int64_t D)
{
        int64_t end = (task + 1) * ROWS < B ? (task + 1) * ROWS : B;

        (void)T;
        for (int64_t b = task * ROWS; b < end; b++) {
                int64_t n = off[b + 1] - off[b], kept = n < L ? n : L;
                float *out = values + off[b] * D;

                memcpy(out, x + b * L * D, (uint64_t)(kept * D) * sizeof *out);
                memset(out + kept * D, 0,
                       (uint64_t)((n - kept) * D) * sizeof *out);
        }
}
