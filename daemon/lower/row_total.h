/*
 * Reductions of a pass while it runs: accumulators in lanes, opened in front
 * of the sweep, stepped in its body, closed behind it. Internal to
 * row_pass.c.
 */
#ifndef KEVO_LOWER_ROW_TOTAL_H
#define KEVO_LOWER_ROW_TOTAL_H

#include "lower/row_pass.h"

/* A reduction while its pass runs. */
struct accumulator {
        const struct pass_reduction *reduction;
        enum reduction op;
        struct thread_type type;         /* of the running value, in lanes */
        struct thread_array *array;      /* copies > 1 */
        const struct thread_expr *value; /* copies == 1 */
        const struct thread_expr *position; /* argmax, argmin; i64 lanes */
};

struct pass_run {
        struct row_emit *emit;
        int pass, range;
        int count;
        struct accumulator accumulator[PASSES_REDUCTIONS];
};

void row_total_open(struct vector_scope *scope, const struct pass_run *run,
                    struct accumulator *a);
/* Take the term at the bound lanes; copy numbers the vector of a round. */
void row_total_step(struct vector_scope *scope, const struct pass_run *run,
                    struct accumulator *a, const struct thread_expr *copy);
/* Join copies and lanes and hold the result as the reduction's value. */
void row_total_close(struct vector_scope *scope, const struct pass_run *run,
                     const struct accumulator *a);

#endif
