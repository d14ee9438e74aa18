/* An update while its stages are made. Internal to scatter*.c. */
#ifndef KEVO_LOWER_SCATTER_INNER_H
#define KEVO_LOWER_SCATTER_INNER_H

#include "lower/scatter.h"
#include "lower/sweep.h"

struct scatter_run {
        const struct scatter *scatter;
        int lanes, unroll;
        bool stream; /* segments are written around the caches */
        bool rests;  /* what rows leave of a segment is set behind them */
        /* Where the result belongs, and where it is accumulated: the same
         * unless sums need more precision than the target has. */
        struct thread_array *home, *total;
        enum dtype wide;
        const struct thread_expr *elements; /* of the target */
        struct index flat; /* an element's number, for whole targets */
        /* The open task's share; NULL: all. Rows of the target, its columns,
         * values of scatter->cut. */
        const struct thread_expr *row_low, *row_high;
        const struct thread_expr *column_low, *column_high;
        const struct thread_expr *cut_low, *cut_high;
};

/* scatter_loop.c: every contribution of the open task's share goes into
 * run->total. With tables > 1 consecutive values of the cut index take turns
 * between tables: table c lies at element (first + c) * run->elements. */
void scatter_loops(struct vector_scope *scope, struct scatter_run *run,
                   const struct thread_expr *first, int tables);

/* scatter_segments.c: sets scatter->place. */
void scatter_find_place(struct scatter *scatter);
/* total = init in the open segment from its row `end` on. */
void scatter_init_rest(struct vector_scope *scope, struct scatter_run *run,
                       const struct thread_expr *end);

/* scatter.c: the statement's own index that expr is, or NULL. */
const struct index *scatter_index(const struct statement *s,
                                  const struct expr *expr);
/* That subscript d is, over its whole extent. */
const struct index *scatter_plain(const struct statement *s, int d);
/* Elements of a row of the target. */
const struct thread_expr *scatter_row_elements(struct vector_scope *scope,
                                               const struct tensor *tensor);

/* scatter_whole.c: the elements low..high of whole targets, in lanes. */
/* total = init */
void scatter_init(struct vector_scope *scope, struct scatter_run *run,
                  const struct thread_expr *low,
                  const struct thread_expr *high);
/* home = total */
void scatter_round(struct vector_scope *scope, struct scatter_run *run,
                   const struct thread_expr *low,
                   const struct thread_expr *high);
/* total = what changes nothing */
void scatter_clear(struct vector_scope *scope, struct scatter_run *run,
                   const struct thread_expr *low,
                   const struct thread_expr *high);
/* home = init and all `tables` copies in total */
void scatter_join(struct vector_scope *scope, struct scatter_run *run,
                  int64_t tables, const struct thread_expr *low,
                  const struct thread_expr *high);

enum reduction scatter_reduction(enum update update);

#endif
