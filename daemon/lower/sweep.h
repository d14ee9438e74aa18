/*
 * A sweep: the loops that take one index through its range in vectors. Whole
 * rounds of several vectors first, then single vectors, then what is left
 * over as a part of a vector; one body is lowered for each of the three.
 */
#ifndef KEVO_LOWER_SWEEP_H
#define KEVO_LOWER_SWEEP_H

#include "lower/vector.h"

struct sweep {
        const struct index *index; /* bound to the lanes in the body */
        const char *name;          /* of the loop variable */
        const struct thread_expr *low, *high;
        int lanes;    /* 1: a scalar loop */
        int copies;   /* vectors a round, each with its own accumulators */
        int unroll;   /* of the loop over single vectors, 1: none */
        int64_t step; /* of a scalar loop; 0: 1 */
        /* Where rounds and single vectors end, when sweep_ends computed it
         * further out; NULL: computed by sweep_run. */
        const struct thread_expr *rounds, *whole;
};

/* Compute the ends here, for several sweeps over one range. */
void sweep_ends(struct thread_program *program, struct sweep *sweep);

/* Emit the statements for the lanes that are bound; copy numbers the vector
 * of a round (scalar i64; 0 outside of rounds). */
typedef void sweep_body(struct vector_scope *scope,
                        const struct thread_expr *copy, void *data);

void sweep_run(struct vector_scope *scope, const struct sweep *sweep,
               sweep_body *body, void *data);

#endif
