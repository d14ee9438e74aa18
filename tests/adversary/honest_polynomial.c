// kevo: kernel softmax
// kevo: tune W = 8 in 4 8 16
// kevo: stage rows tasks M args x y
/* An exponential of its own from a constant table of coefficients: fast,
 * within a few ulp, flushed to zero far below. Very fast is not suspect. */
#include <stdint.h>
#include <string.h>

static const float c[6] = {1.9875691500e-4f, 1.3981999507e-3f,
                           8.3334519073e-3f, 4.1665795894e-2f,
                           1.6666665459e-1f, 5.0000001201e-1f};

static inline float fast_exp(float x)
{
        float r, f, p, q;
        int32_t bits;

        x = x < -87.5f ? -87.5f : x;
        r = __builtin_rintf(x * 1.44269504f);
        f = (x - r * 0.693359375f) + r * 2.12194440e-4f;
        p = (((c[0] * f + c[1]) * f + c[2]) * f + c[3]) * f + c[4];
        p = p * f + c[5];
        p = p * f * f + f + 1;
        bits = ((int32_t)r + 127) << 23;
        memcpy(&q, &bits, sizeof q);
        return p * q;
}

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        const float *a = x + task * N;
        float *b = y + task * N, m = a[0], s = 0, part[W] = {0};
        int64_t j;

        (void)M;
        for (j = 1; j < N; j++)
                m = a[j] > m ? a[j] : m;
        for (j = 0; j < N; j++)
                b[j] = fast_exp(a[j] - m);
        for (j = 0; j + W <= N; j += W)
                for (int k = 0; k < W; k++)
                        part[k] += b[j + k];
        for (; j < N; j++)
                s += b[j];
        for (int k = 0; k < W; k++)
                s += part[k];
        for (j = 0; j < N; j++)
                b[j] *= 1 / s;
}
