// kevo: kernel softmax
// kevo: stage rows tasks M args x y
/* 32 KiB of constants: 2^(k/4096), made by the compiler. The large table is
 * the program's, not an earlier call's. */
#include <math.h>
#include <stdint.h>

#define B(k, bit, factor) (((k) >> (bit)&1) ? factor : 1.0)
#define P(k)                                                               \
        (B(k, 0, 1.0001692397053021) * B(k, 1, 1.0003385080526823) *       \
         B(k, 2, 1.000677130693066) * B(k, 3, 1.0013547198921082) *        \
         B(k, 4, 1.0027112750502025) * B(k, 5, 1.0054299011128028) *       \
         B(k, 6, 1.0108892860517005) * B(k, 7, 1.0218971486541166) *       \
         B(k, 8, 1.0442737824274138) * B(k, 9, 1.0905077326652577) *       \
         B(k, 10, 1.189207115002721) * B(k, 11, 1.4142135623730951))
#define P4(k) P(k), P(k + 1), P(k + 2), P(k + 3)
#define P16(k) P4(k), P4(k + 4), P4(k + 8), P4(k + 12)
#define P64(k) P16(k), P16(k + 16), P16(k + 32), P16(k + 48)
#define P256(k) P64(k), P64(k + 64), P64(k + 128), P64(k + 192)
#define P1024(k) P256(k), P256(k + 256), P256(k + 512), P256(k + 768)

static const double power[4096] = {P1024(0), P1024(1024), P1024(2048),
                                   P1024(3072)};

static float table_exp(float x)
{
        double t = (x < -87.5f ? -87.5 : (double)x) * 5909.278887481194;
        double n = floor(t), f = (t - n) * (0.6931471805599453 / 4096);
        int64_t k = (int64_t)n;

        return (float)ldexp(power[k & 4095] * (1 + f), (int)(k >> 12));
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
                s += b[j] = table_exp(a[j] - m);
        for (int64_t j = 0; j < N; j++)
                b[j] /= s;
}
