// kevo: kernel rms_norm_backward
// kevo: tune ROWS = 4 in 1 4 16
// kevo: tune COLUMNS = 64 in 16 64 256
// kevo: scratch scale f32[M]
// kevo: stage rows tasks ceil(M, ROWS) args x gain dy dx scale
// kevo: stage columns tasks ceil(N, COLUMNS) args x dy scale dgain
#include <math.h>
#include <stdint.h>

void rows(int64_t task, const float *restrict x, const float *restrict gain,
          const float *restrict dy, float *restrict dx, float *restrict scale,
          int64_t M, int64_t N, float eps)
{
        int64_t end = (task + 1) * ROWS < M ? (task + 1) * ROWS : M;

        for (int64_t i = task * ROWS; i < end; i++) {
                const float *in = x + i * N, *grad = dy + i * N;
                float squares = 0, dot = 0, r;

                for (int64_t j = 0; j < N; j++) {
                        squares += in[j] * in[j];
                        dot += grad[j] * gain[j] * in[j];
                }
                r = 1 / sqrtf(squares / (float)N + eps);
                dot = dot / (float)N * r * r;
                for (int64_t j = 0; j < N; j++)
                        dx[i * N + j] = r * (grad[j] * gain[j] - in[j] * dot);
                scale[i] = r;
        }
}

void columns(int64_t task, const float *restrict x, const float *restrict dy,
             const float *restrict scale, float *restrict dgain, int64_t M,
             int64_t N, float eps)
{
        int64_t begin = task * COLUMNS;
        int64_t end = begin + COLUMNS < N ? begin + COLUMNS : N;

        (void)eps;
        for (int64_t j = begin; j < end; j++)
                dgain[j] = 0;
        for (int64_t i = 0; i < M; i++) {
                for (int64_t j = begin; j < end; j++)
                        dgain[j] += dy[i * N + j] * x[i * N + j] * scale[i];
        }
}
