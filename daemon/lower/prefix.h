/*
 * Prefix reductions: sums (products, largest, smallest) of all that lies
 * before an element along one index, in one pass instead of one reduction an
 * element:
 *
 *   y[i, j] = sum[k in 0..j + 1] x[i, k]       inclusive
 *   y[i, j] = sum[k in 0..j] x[i, k]           exclusive
 *
 * The term may be any expression that does not depend on j, and the value any
 * expression of such prefixes and of what else j gives. No subtraction is
 * ever made of it: an element is the total of what comes before its block
 * and of the block up to it, both sums of just its terms.
 */
#ifndef KEVO_LOWER_PREFIX_H
#define KEVO_LOWER_PREFIX_H

#include "lower/plan.h"

enum { PREFIX_REDUCTIONS = 8 };

struct prefix {
        const struct plan_item *item;
        const struct expr *value; /* with reciprocals */
        int axis;       /* the statement's index that is scanned along */
        bool exclusive; /* the element's own term is not in its prefix */
        int count;
        const struct expr *reduction[PREFIX_REDUCTIONS];
};

/* False when item is no definition by prefixes along one of its indices. */
bool prefix_find(struct prefix *prefix, const struct plan *plan,
                 const struct plan_item *item);

/* The stages that compute and store prefix->item. Fields: vector, unroll,
 * copies, stream; along the last index: rows and parts; along another one:
 * strip. */
void prefix_stages(struct vector_scope *scope, const struct prefix *prefix,
                   const struct schedule *schedule);

#endif
