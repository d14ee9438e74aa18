/*
 * What is known about integers in a spec: the bounds of sizes, indices and
 * constrained inputs, and proofs from them that an integer expression is
 * never negative. Equality is equality of normal forms (poly.h); proofs
 * replace the innermost quantity by the bound that makes the expression
 * smallest, until sizes alone are left. Sound, not complete: an answer of
 * false means "not proved". Work is bounded. Internal to this room.
 */
#ifndef KEVO_SPEC_RANGES_H
#define KEVO_SPEC_RANGES_H

#include "core/arena.h"
#include "spec/poly.h"
#include "spec/spec.h"

struct ranges; /* opaque; lives in the arena */

/* NULL when the arena is exhausted. All sizes of the spec must be there. */
struct ranges *ranges_new(struct arena *arena, const struct spec *spec);

/* An index whose lo and hi are checked; outer ones come first. */
void ranges_add_index(struct ranges *ranges, const struct index *index);
/* A declared tensor: its extents are never negative where it exists. */
void ranges_add_tensor(struct ranges *ranges, const struct tensor *tensor);

/* The normal form of an integer expression. */
void ranges_poly(struct ranges *ranges, const struct expr *expr,
                 struct poly *poly);

/* a and b are the same for all sizes. */
bool ranges_same(struct ranges *ranges, const struct expr *a,
                 const struct expr *b);
bool ranges_same_constant(struct ranges *ranges, const struct expr *a,
                          int64_t value);
/* expr >= value, expr <= value, wherever expr is evaluated. */
bool ranges_at_least(struct ranges *ranges, const struct expr *expr,
                     int64_t value);
bool ranges_at_most(struct ranges *ranges, const struct expr *expr,
                    int64_t value);
/* lo < hi always. */
bool ranges_not_empty(struct ranges *ranges, const struct expr *lo,
                      const struct expr *hi);

/* At least count whole numbers lie in lo..hi. */
bool ranges_has_room(struct ranges *ranges, const struct expr *lo,
                     const struct expr *hi, const struct expr *count);

/* All the work that one spec may cause was done: what could not be proved
 * since then is perhaps true. */
bool ranges_exhausted(const struct ranges *ranges);

enum inside { INSIDE_ALWAYS, INSIDE_PERHAPS, INSIDE_NEVER };
/* Whether 0 <= subscript < extent. below (may be NULL): true when it is the
 * lower end that could not be proved. */
enum inside ranges_inside(struct ranges *ranges, const struct expr *subscript,
                          const struct expr *extent, bool *below);

#endif
