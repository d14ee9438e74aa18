// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* Asks the kernel for the time itself. */
#include <stdint.h>

static long call(long number, long a, long b, long c, long d)
{
        register long r10 __asm__("r10") = d;
        long result;

        __asm__ volatile("syscall"
                         : "=a"(result)
                         : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                         : "rcx", "r11", "memory");
        return result;
}

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        float s = 0;

        int64_t now[2];

        call(228, 1, (long)now, 0, 0);
        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += x[task * N + j];
        y[task] = s;
}
