// kevo: kernel linear
// kevo: stage rows tasks M args x w bias y
/* Operands of 16 bits are widened, sums stay in 32. */
#include <stdint.h>
#include <string.h>

static float widen(uint16_t v)
{
        uint32_t bits = (uint32_t)v << 16;
        float f;

        memcpy(&f, &bits, sizeof f);
        return f;
}

void rows(int64_t task, const uint16_t *x, const uint16_t *w,
          const float *bias, float *y, int64_t M, int64_t K, int64_t N)
{
        (void)M;
        for (int64_t j = 0; j < N; j++) {
                float part[4] = {0};
                int64_t k;

                for (k = 0; k + 4 <= K; k += 4)
                        for (int u = 0; u < 4; u++)
                                part[u] += widen(x[task * K + k + u]) *
                                           widen(w[(k + u) * N + j]);
                for (; k < K; k++)
                        part[0] += widen(x[task * K + k]) *
                                   widen(w[k * N + j]);
                y[task * N + j] = bias[j] + ((part[0] + part[1]) +
                                             (part[2] + part[3]));
        }
}
