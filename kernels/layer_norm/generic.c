// kevo: kernel layer_norm
// kevo: tune ROWS = 4 in 1 4 16
// kevo: stage rows tasks ceil(M, ROWS) args x gain bias y
#include <math.h>
#include <stdint.h>

void rows(int64_t task, const float *restrict x, const float *restrict gain,
          const float *restrict bias, float *restrict y, int64_t M, int64_t N,
          float eps)
{
        int64_t end = (task + 1) * ROWS < M ? (task + 1) * ROWS : M;

        for (int64_t i = task * ROWS; i < end; i++) {
                const float *in = x + i * N;
                float *out = y + i * N;
                float mean = 0, var = 0, scale;

                for (int64_t j = 0; j < N; j++)
                        mean += in[j];
                mean /= (float)N;
                for (int64_t j = 0; j < N; j++)
                        var += (in[j] - mean) * (in[j] - mean);
                scale = 1 / sqrtf(var / (float)N + eps);
                for (int64_t j = 0; j < N; j++)
                        out[j] = (in[j] - mean) * scale * gain[j] + bias[j];
        }
}
