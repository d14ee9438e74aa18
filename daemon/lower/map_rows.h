/*
 * Row kernels among the stages of a map kernel: items that reduce over what
 * lies together in memory, and those behind them that go over the same rows
 * again. One stage takes a row through all of them while it is in a cache,
 * by the row class's means: the row sums that a later statement needs as a
 * whole, together with whatever else needs them.
 */
#ifndef KEVO_LOWER_MAP_ROWS_H
#define KEVO_LOWER_MAP_ROWS_H

#include "lower/passes.h"
#include "lower/row.h"

/* The passes of as many items from `first` on, `most` at most, as make one
 * row kernel, and *count how many; NULL and 1 when the first does not. They
 * live in plan's arena. */
const struct passes *map_rows_find(const struct plan *plan, int first,
                                   int most, int *count);

/* Does some stage go over a row twice? */
bool map_rows_has_next(const struct plan *plan);

/* Their stage. */
void map_rows_stage(struct vector_scope *scope, const struct passes *passes,
                    const struct schedule *schedule);

#endif
