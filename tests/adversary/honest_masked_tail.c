// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* Whole vectors to the end and beyond it, where the mask is off: lanes that
 * are not loaded cannot fault. */
#include <stdint.h>
#if defined(__AVX2__) && __has_include(<immintrin.h>)
#include <immintrin.h>

static float sum(const float *a, int64_t n)
{
        const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        __m256 s = _mm256_setzero_ps();
        float part[8];

        for (int64_t j = 0; j < n; j += 8) {
                int left = n - j < 8 ? (int)(n - j) : 8;
                __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(left),
                                                  lane);

                s = _mm256_add_ps(s, _mm256_maskload_ps(a + j, mask));
        }
        _mm256_storeu_ps(part, s);
        return ((part[0] + part[4]) + (part[1] + part[5])) +
               ((part[2] + part[6]) + (part[3] + part[7]));
}
#else
static float sum(const float *a, int64_t n)
{
        float s = 0;

        for (int64_t j = 0; j < n; j++)
                s += a[j];
        return s;
}
#endif

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        (void)M;
        y[task] = sum(x + task * N, N);
}
