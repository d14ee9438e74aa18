// kevo: kernel scatter_add
// kevo: stage columns tasks ceil(D, 16) args src idx y
#include <stdint.h>

/* A task owns columns, so that no two add to the same element. */
void columns(int64_t task, const float *restrict src,
             const int64_t *restrict idx, float *restrict y, int64_t T,
             int64_t V, int64_t D)
{
        int64_t begin = task * 16, end = begin + 16 < D ? begin + 16 : D;

        for (int64_t v = 0; v < V; v++) {
                for (int64_t d = begin; d < end; d++)
                        y[v * D + d] = 0;
        }
        for (int64_t t = 0; t < T; t++) {
                for (int64_t d = begin; d < end; d++)
                        y[idx[t] * D + d] += src[t * D + d];
        }
}
