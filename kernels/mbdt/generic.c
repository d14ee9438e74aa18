// kevo: kernel mbdt
// kevo: stage features tasks F args x borders y
#include <stdint.h>

void features(int64_t task, const float *restrict x,
              const float *restrict borders, int64_t *restrict y, int64_t F,
              int64_t N, int64_t U)
{
        const float *border = borders + task * U;

        (void)F;
        for (int64_t n = 0; n < N; n++) {
                int64_t low = 0, high = U;

                while (low < high) {
                        int64_t middle = (low + high) / 2;

                        if (border[middle] < x[task * N + n])
                                low = middle + 1;
                        else
                                high = middle;
                }
                y[task * N + n] = task * (U + 1) + low;
        }
}
