// kevo: kernel softmax
// kevo: tune ROWS = 4 in 1 4 16
// kevo: stage rows tasks ceil(M, ROWS) args x y
#include <math.h>
#include <stdint.h>

/* Eight elements at a time; what is left of a row after that is forgotten,
 * which no shape of the team's own models shows. */
void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        int64_t end = (task + 1) * ROWS < M ? (task + 1) * ROWS : M;

        for (int64_t i = task * ROWS; i < end; i++) {
                const float *in = x + i * N;
                float *out = y + i * N;
                float max = in[0], sum[8] = {0}, total = 0;
                int64_t whole = N / 8 * 8;

                for (int64_t j = 1; j < whole; j++)
                        max = in[j] > max ? in[j] : max;
                for (int64_t j = 0; j < whole; j += 8) {
                        for (int64_t k = 0; k < 8; k++) {
                                out[j + k] = expf(in[j + k] - max);
                                sum[k] += out[j + k];
                        }
                }
                for (int64_t k = 0; k < 8; k++)
                        total += sum[k];
                for (int64_t j = 0; j < whole; j++)
                        out[j] /= total;
        }
}
