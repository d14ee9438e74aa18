/* A selection while its stages are made. Internal to best*.c. */
#ifndef KEVO_LOWER_BEST_INNER_H
#define KEVO_LOWER_BEST_INNER_H

#include "lower/select_inner.h"
#include "lower/best.h"

struct best_run {
        const struct best *selection;
        const struct index *term; /* that runs through the list */
        int lanes, copies;
        int64_t rows, pieces;
        bool ordered; /* what is kept lies in a row, not in a heap */
        struct thread_array *block; /* keys of a round, of the open stage */
};

/* How many lists there are; binding one of them for every statement. */
const struct thread_expr *best_lists(struct vector_scope *scope,
                                     const struct best *selection);
void best_bind(struct vector_scope *scope, const struct best *selection,
               const struct thread_expr *list);

/* Open a stage of tasks of run->rows lists each, and the loop over the lists
 * of a task; thread_end and thread_stage_end close them. before() makes what
 * all lists of a task share. Returns the list's number. */
const struct thread_expr *best_begin(
        struct vector_scope *scope, const struct best_run *run,
        void (*before)(struct vector_scope *scope, void *data), void *data);

/* best_keep.c: what is kept, of the open stage: s->keys and s->places.
 * Slots of a heap are in no order. */
void best_keep_open(struct select *s, const struct best_run *run);
void best_keep_clear(const struct select *s, const struct best_run *run);
struct element best_keep_at(const struct select *s, const struct best_run *run,
                            const struct thread_expr *slot);
struct element best_keep_last(const struct select *s,
                              const struct best_run *run);
void best_keep_offer(const struct select *s, const struct best_run *run,
                     struct element term);
void best_keep_write(const struct select *s, const struct best_run *run);

/* best_sort.c: all stages of a sort. */
void best_sort(struct vector_scope *scope, const struct best_run *run);

#endif
