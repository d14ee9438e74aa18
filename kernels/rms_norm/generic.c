// kevo: kernel rms_norm
// kevo: tune ROWS = 4 in 1 4 16
// kevo: stage rows tasks ceil(M, ROWS) args x gain y
#include <math.h>
#include <stdint.h>

void rows(int64_t task, const float *restrict x, const float *restrict gain,
          float *restrict y, int64_t M, int64_t N, float eps)
{
        int64_t end = (task + 1) * ROWS < M ? (task + 1) * ROWS : M;

        for (int64_t i = task * ROWS; i < end; i++) {
                const float *in = x + i * N;
                float sum = 0, scale;

                for (int64_t j = 0; j < N; j++)
                        sum += in[j] * in[j];
                scale = 1 / sqrtf(sum / (float)N + eps);
                for (int64_t j = 0; j < N; j++)
                        y[i * N + j] = in[j] * scale * gain[j];
        }
}
