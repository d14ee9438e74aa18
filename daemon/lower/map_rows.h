/*
 * Row kernels among the stages of a map kernel: items that reduce over what
 * lies together in memory, and those behind them that go over the same rows
 * again. One stage takes a row through all of them while it is in a cache,
 * by the row class's means: the row sums that a later statement needs as a
 * whole, together with whatever else needs them.
 */
#ifndef KEVO_LOWER_MAP_ROWS_H
#define KEVO_LOWER_MAP_ROWS_H

#include "lower/map_sums.h"
#include "lower/row.h"

struct map_rows {
        const struct passes *passes; /* in the plan's arena */
        int count;                   /* items it takes, from its first on */
        struct map_sums sums;        /* those of them that it only begins */
};

/* As many items from `first` on, `most` at most, as make one row kernel;
 * parts > 0: sums over the rows among them, as parts of that many tasks.
 * False, and a count of 1, when the first does not. */
bool map_rows_find(const struct plan *plan, int first, int most, int64_t parts,
                   struct map_rows *rows);

/* The first stage that goes over a row twice, or NULL. */
const struct passes *map_rows_with_next(const struct plan *plan);
/* The first item of one that could begin sums over its rows, or NULL. */
const struct plan_item *map_rows_has_sums(const struct plan *plan);

/* Their stage. What it begins is in sums.join, for stages of the caller's,
 * until map_sums_close. */
void map_rows_stage(struct vector_scope *scope, const struct map_rows *rows,
                    const struct schedule *schedule);

#endif
