/*
 * Hints for rows of taps: what the rows of a window read for the first time is
 * a few rows of an image for each row of the result, one behind the other in
 * memory, but the processor sees many short reads at several places.
 */
#ifndef KEVO_LOWER_FETCH_TAPS_H
#define KEVO_LOWER_FETCH_TAPS_H

#include "lower/map_split.h"

/* At the begin of the row that is bound: hints for as much as lies between it
 * and the next one, `bytes` further along, of every input that guarded reads
 * walk through with row and inner. */
void fetch_taps(struct vector_scope *scope, const struct map_split *split,
                const struct index *row, const struct index *inner,
                int64_t bytes);

/* Is there any such input? */
bool fetch_taps_applies(const struct map_split *split, const struct index *row,
                        const struct index *inner);

#endif
