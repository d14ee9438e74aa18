/*
 * Copies with margins: a guarded read such as
 *
 *   x[b, c, i*2 + r - 1, j*2 + s - 1] else 0
 *
 * computes for every element whether it is inside. Where its subscripts are
 * sums of literal multiples of indices, the same values can be read without
 * asking from a copy of the tensor that has the `else` value around it. One
 * pass over the tensor pays when each element is read several times: the taps
 * of convolutions and pools.
 */
#ifndef KEVO_LOWER_MARGIN_H
#define KEVO_LOWER_MARGIN_H

#include "core/arena.h"
#include "spec/spec.h"

enum { MARGIN_COPIES = 4 };

/* The copy: its tensor is numbered behind the spec's, and so are the indices
 * of the statement that fills it. */
struct margin {
        const struct expr *read; /* what it stands for */
        struct tensor tensor;
        struct statement statement;
        int64_t low[LIMIT_RANK]; /* elements in front of the first one */
};

struct margins {
        struct arena *arena;
        const struct spec *spec;
        int count;
        struct margin *margin[MARGIN_COPIES];
};

/* Is expr a guarded read that a copy can stand for? */
bool margin_can(const struct expr *expr);
/* Is there one in expr? */
bool margin_inside(const struct expr *expr);
/* Elements of that copy under a binding. */
double margin_elements(const struct expr *expr, const struct binding *binding);
/* expr with reads from copies, which are appended to margins (one for equal
 * reads), instead of the guarded reads that can be, as far as there is room;
 * expr itself when there are none; NULL when out of memory. */
const struct expr *margin_rewrite(struct margins *margins,
                                  const struct expr *expr);

#endif
