// kevo: kernel embedding_bag_weighted
// kevo: tune BAGS = 16 in 4 16 64
// kevo: stage bags tasks ceil(B, BAGS) args table idx off weight y
#include <stdint.h>

void bags(int64_t task, const float *restrict table,
          const int64_t *restrict idx, const int64_t *restrict off,
          const float *restrict weight, float *restrict y, int64_t V,
          int64_t D, int64_t T, int64_t B)
{
        int64_t end = (task + 1) * BAGS < B ? (task + 1) * BAGS : B;

        (void)V;
        (void)T;
        for (int64_t b = task * BAGS; b < end; b++) {
                float *sum = y + b * D;

                for (int64_t d = 0; d < D; d++)
                        sum[d] = 0;
                for (int64_t p = off[b]; p < off[b + 1]; p++) {
                        const float *row = table + idx[p] * D;

                        for (int64_t d = 0; d < D; d++)
                                sum[d] += weight[p] * row[d];
                }
        }
}
