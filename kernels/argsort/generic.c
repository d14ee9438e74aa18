// kevo: kernel argsort
// kevo: stage rows tasks M local spare i64[N] args x p spare
#include <stdint.h>

/* Runs a[0..n) and a[n..n + m) of columns into one, stably. */
static void merge(const float *x, const int64_t *a, int64_t n, int64_t m,
                  int64_t *out)
{
        int64_t i = 0, k = n, end = n + m;

        while (i < n && k < end)
                *out++ = x[a[k]] < x[a[i]] ? a[k++] : a[i++];
        while (i < n)
                *out++ = a[i++];
        while (k < end)
                *out++ = a[k++];
}

void rows(int64_t task, const float *restrict x, int64_t *restrict p,
          int64_t *restrict spare, int64_t M, int64_t N)
{
        int64_t *from = p + task * N, *to = spare;

        (void)M;
        x += task * N;
        for (int64_t j = 0; j < N; j++)
                from[j] = j;
        for (int64_t run = 1; run < N; run *= 2) {
                int64_t *other = from;

                for (int64_t j = 0; j < N; j += 2 * run) {
                        int64_t n = run < N - j ? run : N - j;
                        int64_t m = run < N - j - n ? run : N - j - n;

                        merge(x, from + j, n, m, to + j);
                }
                from = to;
                to = other;
        }
        if (from == spare)
                for (int64_t j = 0; j < N; j++)
                        p[task * N + j] = spare[j];
}
