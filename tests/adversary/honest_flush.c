// kevo: kernel softmax
// kevo: stage rows tasks M args x y
/* Flushes denormals while it works and puts the register back. */
#include <math.h>
#include <stdint.h>

static unsigned control(void)
{
        unsigned state = 0;

#if defined(__x86_64__)
        __asm__ volatile("stmxcsr %0" : "=m"(state));
#endif
        return state;
}

static void set_control(unsigned state)
{
#if defined(__x86_64__)
        __asm__ volatile("ldmxcsr %0" : : "m"(state) : "memory");
#else
        (void)state;
#endif
}

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        const float *a = x + task * N;
        float *b = y + task * N, m = a[0], s = 0;
        unsigned before = control();

        (void)M;
        set_control(before | 0x8040);
        for (int64_t j = 1; j < N; j++)
                m = a[j] > m ? a[j] : m;
        for (int64_t j = 0; j < N; j++)
                s += b[j] = expf(a[j] - m);
        for (int64_t j = 0; j < N; j++)
                b[j] /= s;
        set_control(before);
}
