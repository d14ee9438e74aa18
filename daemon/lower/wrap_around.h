/*
 * Reads that go round: x[(j + 1) % W], where j goes over all of W and W is
 * the extent that is read. In lanes a remainder is a division and a gather;
 * but it is one of two reads that walk through memory,
 *
 *   x[j + 1] else x[j + 1 - W]
 *
 * of which the second is needed at the border alone (map_split.h).
 */
#ifndef KEVO_LOWER_WRAP_AROUND_H
#define KEVO_LOWER_WRAP_AROUND_H

#include "core/arena.h"
#include "spec/spec.h"

/* value with the reads of inputs that go round along index so rewritten;
 * NULL when out of memory. */
const struct expr *wrap_around(struct arena *arena, const struct expr *value,
                               const struct index *index);

#endif
