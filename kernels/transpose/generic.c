// kevo: kernel transpose
// kevo: tune TILE = 32 in 16 32 64
// kevo: stage tiles tasks ceil(M, TILE) args x y
#include <stdint.h>

void tiles(int64_t task, const float *restrict x, float *restrict y, int64_t M,
           int64_t N)
{
        int64_t begin = task * TILE;
        int64_t end = begin + TILE < M ? begin + TILE : M;

        for (int64_t j = 0; j < N; j++) {
                for (int64_t i = begin; i < end; i++)
                        y[j * M + i] = x[i * N + j];
        }
}
