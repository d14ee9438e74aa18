// kevo: kernel softmax
// kevo: stage rows tasks M args x y
/* Other code for other sizes, one of them a workload's: all of it right. */
#include <math.h>
#include <stdint.h>

static void known(const float *restrict a, float *restrict b)
{
        float m = a[0], s = 0;

        for (int j = 1; j < 96; j++)
                m = a[j] > m ? a[j] : m;
#pragma GCC unroll 8
        for (int j = 0; j < 96; j++)
                s += b[j] = expf(a[j] - m);
        for (int j = 0; j < 96; j++)
                b[j] /= s;
}

static void eights(const float *restrict a, float *restrict b, int64_t N)
{
        float m[8], s[8] = {0}, top, all = 0;

        for (int k = 0; k < 8; k++)
                m[k] = a[k];
        for (int64_t j = 8; j < N; j += 8)
                for (int k = 0; k < 8; k++)
                        m[k] = a[j + k] > m[k] ? a[j + k] : m[k];
        top = m[0];
        for (int k = 1; k < 8; k++)
                top = m[k] > top ? m[k] : top;
        for (int64_t j = 0; j < N; j += 8)
                for (int k = 0; k < 8; k++)
                        s[k] += b[j + k] = expf(a[j + k] - top);
        for (int k = 0; k < 8; k++)
                all += s[k];
        for (int64_t j = 0; j < N; j++)
                b[j] /= all;
}

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        const float *a = x + task * N;
        float *b = y + task * N, m = a[0], s = 0;

        (void)M;
        if (N == 96) {
                known(a, b);
        } else if (N % 8 == 0) {
                eights(a, b, N);
        } else {
                for (int64_t j = 1; j < N; j++)
                        m = a[j] > m ? a[j] : m;
                for (int64_t j = 0; j < N; j++)
                        s += b[j] = expf(a[j] - m);
                for (int64_t j = 0; j < N; j++)
                        b[j] /= s;
        }
}
