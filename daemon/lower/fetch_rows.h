/*
 * Hints for gathers within a row: x[i, idx[i, k]] reads places of row i in no
 * order, and waits for each. Where a row gives about as many elements as it
 * has cache lines, all of the next row is fetched in order, some lines with
 * each vector of this one.
 */
#ifndef KEVO_LOWER_FETCH_ROWS_H
#define KEVO_LOWER_FETCH_ROWS_H

#include "lower/vector.h"

enum { FETCH_ROWS = 4, FETCH_LINE_BYTES = 64 };

struct fetch_rows {
        const struct index *row, *inner;
        int lanes, count;
        const struct expr *read[FETCH_ROWS];
        const struct thread_expr *lines[FETCH_ROWS]; /* with each vector */
};

/* The reads of expr that gather by `inner` in a row that `row` says; false
 * when there are none. */
bool fetch_rows_find(struct fetch_rows *rows, const struct expr *expr,
                     const struct index *row, const struct index *inner);
/* Do rows give at least as many elements, `length`, as they have lines? */
bool fetch_rows_pays(const struct fetch_rows *rows, int64_t length,
                     const struct binding *workload);

/* In front of all rows: how many lines a vector of `lanes` fetches. */
void fetch_rows_open(struct vector_scope *scope, struct fetch_rows *rows,
                     const struct thread_expr *length, int lanes);
/* With the vector that is bound. */
void fetch_rows_step(struct vector_scope *scope,
                     const struct fetch_rows *rows);

#endif
