// kevo: kernel cross_entropy
// kevo: tune ROWS = 4 in 1 4 16
// kevo: scratch part f32[M]
// kevo: stage rows tasks ceil(M, ROWS) args x target part
// kevo: stage mean tasks 1 args part loss
#include <math.h>
#include <stdint.h>

void rows(int64_t task, const float *restrict x,
          const int64_t *restrict target, float *restrict part, int64_t M,
          int64_t N)
{
        int64_t end = (task + 1) * ROWS < M ? (task + 1) * ROWS : M;

        for (int64_t i = task * ROWS; i < end; i++) {
                const float *in = x + i * N;
                float max = in[0], sum = 0;

                for (int64_t j = 1; j < N; j++)
                        max = in[j] > max ? in[j] : max;
                for (int64_t j = 0; j < N; j++)
                        sum += expf(in[j] - max);
                part[i] = logf(sum) + max - in[target[i]];
        }
}

void mean(int64_t task, const float *restrict part, float *restrict loss,
          int64_t M, int64_t N)
{
        float sum = 0;

        (void)task;
        (void)N;
        for (int64_t i = 0; i < M; i++)
                sum += part[i];
        *loss = sum / (float)M;
}
