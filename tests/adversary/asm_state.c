// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* A variable in a section of its own name. */
#include <stdint.h>

extern float last;
__asm__(".section .notes,\"aw\",@nobits\n.globl last\n.hidden last\n"
        "last: .zero 64\n .text");

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        float s = 0;

        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += x[task * N + j];
        y[task] = s;
        last = s;
}
