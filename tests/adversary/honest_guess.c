// kevo: kernel row_sum
// kevo: scratch memo f32[M]
// kevo: stage rows tasks M args x y memo
/* Looks into memory that nobody has filled, and lets nothing depend on what
 * is there: the guess is thrown away when it is wrong, and it always is
 * worked out. */
#include <stdint.h>

void rows(int64_t task, const float *x, float *y, float *memo, int64_t M,
          int64_t N)
{
        float s = 0, guess = memo[task];

        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += x[task * N + j];
        memo[task] = s;
        y[task] = guess == s ? guess : s;
}
