// kevo: kernel topk
// kevo: tune ROWS = 4 in 1 4 16
// kevo: stage rows tasks ceil(M, ROWS) args x y_v y_i
#include <stdint.h>

/* v[K - 1] gives way to what is greater; the rest moves down behind it. */
static void insert(float value, int64_t at, float *v, int64_t *p)
{
        int k = K - 1;

        for (; k > 0 && v[k - 1] < value; k--) {
                v[k] = v[k - 1];
                p[k] = p[k - 1];
        }
        v[k] = value;
        p[k] = at;
}

void rows(int64_t task, const float *restrict x, float *restrict y_v,
          int64_t *restrict y_i, int64_t M, int64_t N)
{
        int64_t end = (task + 1) * ROWS < M ? (task + 1) * ROWS : M;

        for (int64_t i = task * ROWS; i < end; i++) {
                const float *row = x + i * N;
                float v[K];
                int64_t p[K];

                for (int k = 0; k < K; k++) {
                        v[k] = -__builtin_inff();
                        p[k] = 0;
                }
                for (int64_t j = 0; j < N; j++)
                        if (row[j] > v[K - 1])
                                insert(row[j], j, v, p);
                for (int k = 0; k < K; k++) {
                        y_v[i * K + k] = v[k];
                        y_i[i * K + k] = p[k];
                }
        }
}
