/*
 * Rows that end one row late: the last pass over a row is part of the pass
 * before it of the next row. Memory then has something to read and to write
 * all the time, while a row by itself computes, waits for stores, and
 * computes again (software pipelining; Lam, PLDI 1988).
 */
#ifndef KEVO_LOWER_ROW_LATE_H
#define KEVO_LOWER_ROW_LATE_H

#include "lower/row_pass.h"

struct pass_run;

/* What is known of the row before. */
struct row_late {
        struct pass_run *run; /* the last pass over it, while it runs */
        const struct vector_memo *memo;
        const struct thread_expr *row[LIMIT_RANK];       /* its indices */
        const struct thread_expr *offset[PASSES_STAGED]; /* of its buffers */
        struct {
                const struct expr *key;
                const struct thread_expr *value; /* survives its row */
        } carried[PASSES_REDUCTIONS];
        int count;
        /* The row itself, while row_late_enter holds. */
        const struct vector_memo *own_memo;
        struct vector_bound own_row[LIMIT_RANK];
        const struct thread_expr *own_offset[PASSES_STAGED];
};

/* Is the last pass over the range of the pass before it? */
bool row_late_applies(const struct passes *passes);

/* The length of a buffer for two rows, in elements; the rows begin apart by
 * more than pages, because what lies a page apart meets in a cache. */
const struct thread_expr *row_late_elements(struct vector_scope *scope,
                                            const struct index *index);

/* Rows first .. last, at least one, of an open stage. */
void row_late_rows(struct vector_scope *scope, struct row_emit *emit,
                   const struct thread_expr *first,
                   const struct thread_expr *last);

/* Does the last pass reduce? Then single values of a row are stored behind it,
 * otherwise with the passes in front of it. */
bool row_late_reduces(const struct passes *passes);

/* From enter to leave the names of scope and emit mean the row before. */
void row_late_enter(struct vector_scope *scope, struct row_emit *emit);
void row_late_leave(struct vector_scope *scope, struct row_emit *emit);

#endif
