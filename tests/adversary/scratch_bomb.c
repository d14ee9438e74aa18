// kevo: kernel row_sum
// kevo: scratch part f32[M*1000000000]
// kevo: stage rows tasks M args x y part
/* Wants more scratch memory than there is. */
#include <stdint.h>

void rows(int64_t task, const float *x, float *y, float *part, int64_t M,
          int64_t N)
{
        float s = 0;

        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += x[task * N + j];
        y[task] = s;
        part[0] = s;
}
