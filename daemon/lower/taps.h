/*
 * Weights of taps: w[c, r, s] in a sum over r and s in literal ranges is the
 * same for all vectors of a row. Each is held in all lanes in front of the
 * row, in a small array that the compiler keeps in registers: else it puts
 * the scalar into all lanes for every vector anew, which takes as long as the
 * multiplication does.
 */
#ifndef KEVO_LOWER_TAPS_H
#define KEVO_LOWER_TAPS_H

#include "lower/vector.h"

/* Most vectors that are held: with some to compute with, as many as there are
 * registers. */
enum { TAPS_HELD = 28 };

/* Fill taps with such reads of value, whose lanes are values of inner. */
void taps_find(struct vector_taps *taps, const struct expr *value,
               const struct index *inner);

/* In front of the row: declare and fill the arrays. What is lowered with so
 * many lanes reads them until scope->taps is set back. */
void taps_open(struct vector_scope *scope, struct vector_taps *taps,
               int lanes);

/* Does what is lowered here read such a weight? */
bool taps_has(const struct vector_scope *scope, const struct expr *expr);
/* The read of a tap, or NULL when expr is none: its indices are bound. */
const struct thread_expr *taps_read(struct vector_scope *scope,
                                    const struct expr *expr);

#endif
