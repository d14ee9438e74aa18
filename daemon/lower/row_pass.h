/*
 * Emitting the passes of one row: accumulators in lanes, their sweep, their
 * end; stores of outputs; values staged for later passes.
 */
#ifndef KEVO_LOWER_ROW_PASS_H
#define KEVO_LOWER_ROW_PASS_H

#include "lower/passes.h"

/* The fields of a row schedule. */
struct row_choice {
        int lanes;  /* 1 on targets with work-items */
        int group;  /* work-items of a row; 0: a task is none */
        int copies; /* accumulators of a reduction */
        int unroll; /* of passes that only store */
        int64_t rows;
        int64_t balance; /* tasks of equal shares of segments, 0: rows */
        int stage;       /* enum row_stage */
        bool stream;
        int64_t hint; /* bytes ahead that the first pass fetches, 0: not */
        bool next;    /* fetch the next row in the second pass over this one */
        bool late;    /* store a row while the next one is computed */
};

/* Is there a second pass over what the first one reads? */
bool row_pass_has_next(const struct passes *passes);

/* Where a value waits for a later pass. */
enum row_stage {
        ROW_RECOMPUTE, /* nowhere: computed again */
        ROW_OUTPUT,    /* in the output row that it becomes part of */
        ROW_LOCAL      /* in a buffer of the task */
};

struct row_late;

struct row_emit {
        const struct passes *passes;
        const struct row_choice *choice;
        struct thread_array *buffer[PASSES_STAGED];      /* NULL: not staged */
        const struct thread_expr *offset[PASSES_STAGED]; /* of the row */
        /* Where sweeps over a range end, when that is the same for all
         * rows; both NULL: not computed. */
        struct {
                const struct thread_expr *rounds, *whole;
        } end[PASSES_RANGES];
        /* Passes run over part `part` of `parts` of their range only; NULL:
         * over all of it. */
        const struct thread_expr *part;
        int64_t parts;
        /* Which item of a group this is: it takes every group-th element of
         * a range. NULL: no group. */
        const struct thread_expr *item;
        /* The row before, whose last pass the one before it of this row
         * takes along; NULL: there is none. */
        struct row_late *late;
};

/* Every output's own row indices mean the rows. */
void row_pass_bind_outputs(struct vector_scope *scope,
                           const struct passes *passes);

/* One pass by itself, over the part of its range that emit tells. */
void row_pass_run(struct vector_scope *scope, struct row_emit *emit, int pass);
/* Store the outputs that are one value a row. */
void row_pass_store_values(struct vector_scope *scope, struct row_emit *emit);

/* Compute those ends in front of the loop over rows. */
void row_pass_ends(struct vector_scope *scope, struct row_emit *emit);

/* All passes of the row that is bound in scope, then its single values. */
void row_pass_all(struct vector_scope *scope, struct row_emit *emit);

#endif
