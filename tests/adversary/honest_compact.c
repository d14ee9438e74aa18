// kevo: kernel compact
// kevo: stage all tasks 1 args x n place y
/* Writes what there is, and behind it nothing in y and junk in place: the
 * rest of a row of a data-dependent length is nobody's business. */
#include <stdint.h>

void all(int64_t task, const float *restrict x, int64_t *restrict n,
         int64_t *restrict place, float *restrict y, int64_t N)
{
        int64_t found = 0;

        (void)task;
        for (int64_t i = 0; i < N; i++) {
                if (x[i] > 0) {
                        place[found] = i;
                        y[found++] = x[i];
                }
        }
        n[0] = found;
        for (int64_t i = found; i < N; i++)
                place[i] = (int64_t)(uintptr_t)x + i;
}
