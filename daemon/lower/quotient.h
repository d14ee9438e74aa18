/*
 * Values that are the same for a block of elements: y[i, j] that reads
 * s[i, j // G], such as the scale of a group in a quantised row.
 *
 * With j in the lanes each lane would divide, gather, and, where s is
 * inlined, reduce its group again for every element. So such a definition is
 * made anew over two indices in place of j, j = g*G + k: what depends on
 * j // G depends on g alone, is held in front of the loop over k, and a
 * reduction over the group is one of the rows (i, g).
 */
#ifndef KEVO_LOWER_QUOTIENT_H
#define KEVO_LOWER_QUOTIENT_H

#include "core/arena.h"
#include "spec/spec.h"

/* For whom, where G is a literal. Scalar loops are split by any G: j % G and a
 * division are gone, and a compiler unrolls pairs. Lanes want blocks of 8 and
 * more, which fill them, or, where the class can (map_pair.h), pairs. */
enum quotient_use { QUOTIENT_SCALARS, QUOTIENT_LANES, QUOTIENT_PAIRS };

/* Is a length over sizes known to be a multiple of a literal? */
bool quotient_is_multiple(const struct expr *length, int64_t g);

/* A spec of the same function in which the last index of outputs is split
 * where that is worth it; spec itself where it is nowhere. It lives in arena
 * and shares with spec what was not changed; tensors are those of spec, so
 * their definitions are the unsplit ones. Definitions with a reduction are
 * looked into, and inlined, only if `reductions` (plan.h). NULL when out of
 * memory. */
const struct spec *quotient_split(struct arena *arena, const struct spec *spec,
                                  bool reductions, enum quotient_use use);

#endif
