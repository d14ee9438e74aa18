// kevo: kernel log_softmax
// kevo: tune ROWS = 4 in 1 4 16
// kevo: stage rows tasks ceil(M, ROWS) args x y
#include <math.h>
#include <stdint.h>

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
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
                sum = logf(sum);
                for (int64_t j = 0; j < N; j++)
                        y[i * N + j] = in[j] - max - sum;
        }
}
