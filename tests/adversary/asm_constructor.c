// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* A constructor that no compiler has seen. */
#include <stdint.h>

static void prepare(void) __attribute__((used));
static void prepare(void)
{
}
__asm__(".section .init_array,\"aw\"\n .quad prepare\n .text");

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        float s = 0;

        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += x[task * N + j];
        y[task] = s;
}
