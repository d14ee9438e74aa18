// kevo: kernel softmax
// kevo: stage rows tasks M args x y
/* Stores past the caches, and waits for them before it returns. */
#include <math.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static void store(float *to, float v)
{
#if defined(__x86_64__)
        int bits;

        memcpy(&bits, &v, sizeof bits);
        _mm_stream_si32((int *)(void *)to, bits);
#else
        *to = v;
#endif
}

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        const float *a = x + task * N;
        float m = a[0], s = 0;

        (void)M;
        for (int64_t j = 1; j < N; j++)
                m = a[j] > m ? a[j] : m;
        for (int64_t j = 0; j < N; j++)
                s += expf(a[j] - m);
        for (int64_t j = 0; j < N; j++)
                store(y + task * N + j, expf(a[j] - m) / s);
#if defined(__x86_64__)
        _mm_sfence();
#endif
}
