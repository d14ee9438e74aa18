/*
 * Mean and sum of squared deviations in one pass over a row.
 *
 *   m = (sum[j] t[j]) / N          p = (sum[j in 0..K] t[j]) / K
 *   q = sum[j] (t[j] - m)^2        a = sum[j] (t[j] - p)
 *                                  b = sum[j] (t[j] - p)^2
 *                                  m = p + a / N,  q = b - a*a / N
 *
 * Both sums on the right need only p, so they share a pass: the row is read
 * from memory once and from a cache once less (the shifted data algorithm;
 * Chan, Golub and LeVeque, Algorithms for computing the sample variance,
 * 1983). b - a*a/N loses what p differs from m. With K at least a sixteenth
 * of the row that is bounded whatever the data: the values of the part alone
 * make q at least K/N * (m - p)^2 * N, so b is at most 16 times q.
 */
#ifndef KEVO_LOWER_MOMENTS_H
#define KEVO_LOWER_MOMENTS_H

#include "core/arena.h"
#include "spec/spec.h"

enum { MOMENTS_PART = 16, MOMENTS_MAX = 4 };

/* What is replaced by what. */
struct moments {
        int count;
        const struct expr *from[3 * MOMENTS_MAX], *to[3 * MOMENTS_MAX];
};

/* Add those in expr. Ranges begin at 0 and are never empty. False when memory
 * is out. */
bool moments_find(struct moments *moments, struct arena *arena,
                  const struct expr *expr);
/* expr with all of them replaced; NULL when memory is out. */
const struct expr *moments_apply(const struct moments *moments,
                                 struct arena *arena, const struct expr *expr);

#endif
