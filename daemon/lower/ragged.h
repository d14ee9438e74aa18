/*
 * Ragged segments: rows whose work is as long as a table of offsets says,
 *
 *   y[b, d] = sum[p in off[b]..off[b + 1]] table[idx[p], d]
 *
 * Tasks of equal numbers of rows are unequal tasks where lengths are skewed.
 * Here task t of n takes the rows whose start lies in its n-th of all
 * elements, found by a binary search in the offsets; a row counts as an
 * element of its own, so that many empty rows are shared out too.
 */
#ifndef KEVO_LOWER_RAGGED_H
#define KEVO_LOWER_RAGGED_H

#include "lower/plan.h"

struct ragged {
        const struct tensor *offsets;
        const struct index *row; /* of the segments */
};

/* The table of offsets when expr is off[row + further]; NULL otherwise. */
const struct tensor *ragged_offset(const struct expr *expr,
                                   const struct index *row, int64_t further);

/* Does item's value reduce over segments that its first index counts, and
 * are its rows numbered by that index alone? */
bool ragged_find(struct ragged *ragged, const struct plan_item *item);

/* The rows of task `task` of `tasks`. */
void ragged_rows(struct vector_scope *scope, const struct ragged *ragged,
                 const struct thread_expr *task, int64_t tasks,
                 const struct thread_expr **first,
                 const struct thread_expr **last);

#endif
