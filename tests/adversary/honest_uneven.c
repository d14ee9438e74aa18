// kevo: kernel softmax
// kevo: stage rows tasks min(M, 7) args x y
/* Tasks of very uneven length: the last does thirteen times the first. */
#include <math.h>
#include <stdint.h>

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        int64_t tasks = M < 7 ? M : 7, all = tasks * tasks;

        for (int64_t i = M * task * task / all;
             i < M * (task + 1) * (task + 1) / all; i++) {
                const float *a = x + i * N;
                float *b = y + i * N, m = a[0], s = 0;

                for (int64_t j = 1; j < N; j++)
                        m = a[j] > m ? a[j] : m;
                for (int64_t j = 0; j < N; j++)
                        s += b[j] = expf(a[j] - m);
                for (int64_t j = 0; j < N; j++)
                        b[j] /= s;
        }
}
