// kevo: kernel attention
// kevo: tune ROWS = 16 in 4 16 64
// kevo: stage rows tasks B*ceil(L, ROWS) local score f32[S] args q k v y score
#include <math.h>
#include <stdint.h>

static void row(const float *restrict q, const float *restrict k,
                const float *restrict v, float *restrict y,
                float *restrict score, int64_t S, int64_t D, int64_t E)
{
        float max = -INFINITY, sum = 0;

        for (int64_t j = 0; j < S; j++) {
                float dot = 0;

                for (int64_t d = 0; d < D; d++)
                        dot += q[d] * k[j * D + d];
                score[j] = dot / sqrtf((float)D);
                max = score[j] > max ? score[j] : max;
        }
        for (int64_t e = 0; e < E; e++)
                y[e] = 0;
        for (int64_t j = 0; j < S; j++) {
                float weight = expf(score[j] - max);

                sum += weight;
                for (int64_t e = 0; e < E; e++)
                        y[e] += weight * v[j * E + e];
        }
        for (int64_t e = 0; e < E; e++)
                y[e] /= sum;
}

void rows(int64_t task, const float *restrict q, const float *restrict k,
          const float *restrict v, float *restrict y, float *restrict score,
          int64_t B, int64_t L, int64_t S, int64_t D, int64_t E)
{
        int64_t blocks = (L + ROWS - 1) / ROWS, b = task / blocks;
        int64_t begin = task % blocks * ROWS;
        int64_t end = begin + ROWS < L ? begin + ROWS : L;

        (void)B;
        for (int64_t i = begin; i < end; i++)
                row(q + (b * L + i) * D, k + b * S * D, v + b * S * E,
                    y + (b * L + i) * E, score, S, D, E);
}
