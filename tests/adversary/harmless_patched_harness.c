// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* Brings pieces of the harness of its own, and nobody calls them. */
#include <stdint.h>

#define PUBLIC __attribute__((visibility("default")))

PUBLIC int rig_bounds(const void *rig, char *text)
{
        return !rig || !text || 1;
}

PUBLIC void loop_wake(uint32_t *word)
{
        (void)word;
}

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        float s = 0;

        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += x[task * N + j];
        y[task] = s;
}
