/*
 * Ranges of passes (passes.h): expressions of statements and reductions in
 * the indices of the range that they run over. Internal to passes.c.
 */
#ifndef KEVO_LOWER_PASS_RANGE_H
#define KEVO_LOWER_PASS_RANGE_H

#include "lower/passes.h"

/* expr, which runs over `count` indices, in the indices of one range: the
 * last ones run together where they can, their last one carrying the number
 * and the others 0. NULL when memory or ranges are out; *range tells which. */
const struct expr *pass_range_rewrite(struct passes *passes,
                                      const struct expr *expr, int count,
                                      const struct index *const *index,
                                      int *range);

#endif
