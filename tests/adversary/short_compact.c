// kevo: kernel compact
// kevo: stage all tasks 1 args x n place y
/* One element short: the last of them is not written. */
#include <stdint.h>

void all(int64_t task, const float *restrict x, int64_t *restrict n,
         int64_t *restrict place, float *restrict y, int64_t N)
{
        int64_t found = 0;
        float last = 0;

        (void)task;
        for (int64_t i = 0; i < N; i++) {
                if (x[i] > 0) {
                        place[found] = i;
                        if (found && N > 1)
                                y[found - 1] = last;
                        last = x[i];
                        found++;
                }
        }
        n[0] = found;
}
