/*
 * Pairs: outputs whose last index has two values, such as the two parts of a
 * complex number or what a rotary embedding turns together. Two lanes are
 * none; so the index in front of it takes the lanes, both values of a pair
 * are computed, and two vectors are stored with their lanes in turn.
 *
 *   y[p, e] = x[p, e] * c[p] + (2*e - 1) * x[p, 1 - e] * s[p]
 *
 * Reads of x are loads of every second element. What runs through memory as
 * one range anyway (plan_collapse) stays as it is.
 */
#ifndef KEVO_LOWER_MAP_PAIR_H
#define KEVO_LOWER_MAP_PAIR_H

#include "lower/plan.h"

/* May a value be computed so? One that reduces is computed as it stands: its
 * reads would be gone through once for each of the two. */
bool map_pair_can(const struct expr *value);

/* Make the plan's pairs items over one index less, with `pair`. False when
 * memory is out. */
bool map_pair_split(struct plan *plan);

#endif
