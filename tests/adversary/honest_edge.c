// kevo: kernel softmax
// kevo: stage rows tasks M args x y
/* An exponential that uses half of what the accuracy rule allows: log(2) in
 * one constant, and a polynomial that is off by twenty units in the last
 * place. */
#include <stdint.h>
#include <string.h>

static inline float fast_exp(float x)
{
        float r, f, p, q;
        int32_t bits;

        x = x < -87.5f ? -87.5f : x;
        r = __builtin_rintf(x * 1.44269504f);
        f = x - r * 0.693147181f;
        p = 1 + f * (1 + f * (.4999944f + f * (.166666666f +
                                               f * (.0417918f +
                                                    f * .00833333333f))));
        bits = ((int32_t)r + 127) << 23;
        memcpy(&q, &bits, sizeof q);
        return p * q;
}

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        const float *a = x + task * N;
        float *b = y + task * N, m = a[0], s = 0;

        (void)M;
        for (int64_t j = 1; j < N; j++)
                m = a[j] > m ? a[j] : m;
        for (int64_t j = 0; j < N; j++)
                s += b[j] = fast_exp(a[j] - m);
        for (int64_t j = 0; j < N; j++)
                b[j] *= 1 / s;
}
