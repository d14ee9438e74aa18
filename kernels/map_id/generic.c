// kevo: kernel map_id
// kevo: tune BLOCK = 1024 in 256 1024 4096
// kevo: stage blocks tasks ceil(N, BLOCK) args v ids y
#include <stdint.h>

void blocks(int64_t task, const int64_t *restrict v,
            const int64_t *restrict ids, int64_t *restrict y, int64_t N,
            int64_t U)
{
        int64_t end = (task + 1) * BLOCK < N ? (task + 1) * BLOCK : N;

        for (int64_t i = task * BLOCK; i < end; i++) {
                int64_t low = 0, high = U;

                while (low < high) {
                        int64_t middle = (low + high) / 2;

                        if (ids[middle] < v[i])
                                low = middle + 1;
                        else
                                high = middle;
                }
                y[i] = low < U && ids[low] == v[i] ? low + 1 : 0;
        }
}
