/*
 * Nodes that lowering adds to a spec's trees, in the caller's arena. What is
 * made is never NULL: when memory is out it is a constant that must not be
 * used, so that many nodes can be made and arena_failed be asked once.
 */
#ifndef KEVO_LOWER_NODE_H
#define KEVO_LOWER_NODE_H

#include "core/arena.h"
#include "spec/spec.h"

/* A copy of expr that lives as long as the arena. */
const struct expr *node_keep(struct arena *arena, struct expr expr);

const struct expr *node_integer(struct arena *arena, int64_t value);
const struct expr *node_index(struct arena *arena, const struct index *index);

/* a op b, at a's place in the text: an integer where both are and op is no
 * division to a real. */
const struct expr *node_binary(struct arena *arena, enum expr_op op,
                               const struct expr *a, const struct expr *b);

/* tensor[subscript...], known to be inside. */
const struct expr *node_read(struct arena *arena, const struct tensor *tensor,
                             const struct expr *const *subscript);

/* Is it that literal, that index? */
bool node_is_integer(const struct expr *expr, int64_t value);
bool node_is_index(const struct expr *expr, const struct index *index);

#endif
