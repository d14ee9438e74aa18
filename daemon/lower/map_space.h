/*
 * What the schedule space of class map and its stages both ask of an item.
 */
#ifndef KEVO_LOWER_MAP_SPACE_H
#define KEVO_LOWER_MAP_SPACE_H

#include "lower/fetch_rows.h"
#include "lower/plan.h"

/* What the class computes: stored tensors, those that plan_keeps too with
 * `keep`, and pairs where lanes are used. False as plan_make. */
bool map_plan(struct plan *plan, struct arena *arena, const struct spec *spec,
              const struct target *target, bool keep);

/* Can its last index lie in the lanes? */
bool map_is_vectorised(const struct plan_item *item);
/* Gathers within its rows; false: none. */
bool map_find_fetch(struct fetch_rows *fetch, const struct plan_item *item);
/* Guarded reads that reductions repeat. */
bool map_has_taps(const struct expr *value);

#endif
