// kevo: kernel batch_event_truncate
// kevo: scratch start i64[U]
// kevo: stage count tasks 1 args events inner kept n m lengths start
// kevo: stage copy tasks U args events inner values y start
#include <stdint.h>
#include <string.h>

/* Where each user's events and values end. */
void count(int64_t task, const int64_t *restrict events,
           const int64_t *restrict inner, int64_t *restrict kept,
           int64_t *restrict n, int64_t *restrict m, int64_t *restrict lengths,
           int64_t *restrict start, int64_t U, int64_t E, int64_t V, int64_t N)
{
        int64_t at = 0, total = 0;

        (void)task;
        (void)E;
        (void)V;
        for (int64_t u = 0; u < U; u++) {
                int64_t first = events[u], all = events[u + 1] - first;

                kept[u] = all < N ? all : N;
                start[u] = total;
                for (int64_t k = first; k < first + kept[u]; k++)
                        lengths[at++] = inner[k + 1] - inner[k];
                total += inner[first + kept[u]] - inner[first];
        }
        *n = at;
        *m = total;
}

void copy(int64_t task, const int64_t *restrict events,
          const int64_t *restrict inner, const float *restrict values,
          float *restrict y, const int64_t *restrict start, int64_t U,
          int64_t E, int64_t V, int64_t N)
{
        int64_t first = events[task], last = events[task + 1];

        (void)U;
        (void)E;
        (void)V;
        last = last - first < N ? last : first + N;
        memcpy(y + start[task], values + inner[first],
               (uint64_t)(inner[last] - inner[first]) * sizeof *y);
}
