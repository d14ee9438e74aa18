/*
 * The plan of a chain: a run of statements that share their leading indices
 * and read each other only at the same values of these.
 *
 *   s[b, i, j] = sum[d] q[b, i, d] * k[b, j, d]      a product
 *   p[b, i, j] = softmax of s[b, i, .]               passes over a row
 *   y[b, i, d] = sum[j] p[b, i, j] * v[b, j, d]      a product
 *
 * Of the leading indices, the first ones are batch indices of all products
 * (b), the others number the rows (i). A row value that a product reads, such
 * as p, is computed once by passes of the row class, with everything that it
 * is made of inlined; it is not computed again for each element.
 */
#ifndef KEVO_LOWER_CHAIN_PLAN_H
#define KEVO_LOWER_CHAIN_PLAN_H

#include "lower/contraction_plan.h"
#include "lower/passes.h"

struct chain_plan {
        struct contraction_plan plan; /* roles: SEPARATE is a row value where
                                         the chain is */
        struct plan rows;             /* what passes inline */
        /* Of row values that are computed together, by the first of them;
         * `joined` marks the others. */
        struct passes *passes[CONTRACTION_STATEMENTS];
        bool joined[CONTRACTION_STATEMENTS];
        int first, end;               /* statements of the chain */
        int batch, lead;              /* leading indices: of the batch; all */
        bool resident[LIMIT_TENSORS]; /* read by the chain alone */
};

/* Plan spec in arena; false when it has no chain of two statements with a
 * product among them. */
bool chain_plan_make(struct arena *arena, const struct spec *spec,
                     struct chain_plan *chain);

/* Is statement s computed by the chain's stage (not inlined or fused), by
 * itself or joined to another one? */
bool chain_plan_has(const struct chain_plan *chain, int s);

#endif
