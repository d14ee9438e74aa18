// kevo: kernel softmax
// kevo: scratch top f32[M]
// kevo: scratch total f32[M] zero
// kevo: stage find tasks M args x top
// kevo: stage add tasks M local e f32[N] args x top total e
// kevo: stage divide tasks ceil(M, 4) args x y top total
/* Three stages with scratch between them and a local buffer. */
#include <math.h>
#include <stdint.h>

void find(int64_t task, const float *x, float *top, int64_t M, int64_t N)
{
        const float *a = x + task * N;
        float m = a[0];

        (void)M;
        for (int64_t j = 1; j < N; j++)
                m = a[j] > m ? a[j] : m;
        top[task] = m;
}

void add(int64_t task, const float *x, float *top, float *total, float *e,
         int64_t M, int64_t N)
{
        const float *a = x + task * N;

        (void)M;
        for (int64_t j = 0; j < N; j++)
                e[j] = expf(a[j] - top[task]);
        for (int64_t j = 0; j < N; j++)
                total[task] += e[j];
}

void divide(int64_t task, const float *x, float *y, float *top, float *total,
            int64_t M, int64_t N)
{
        for (int64_t i = 4 * task; i < 4 * task + 4 && i < M; i++)
                for (int64_t j = 0; j < N; j++)
                        y[i * N + j] = expf(x[i * N + j] - top[i]) / total[i];
}
