/*
 * The heap of a selection, for every way of feeding it. Internal to select*.c
 * and best*.c. Elements are scalars; they are compared by key, then by
 * place, so that no two are equal.
 */
#ifndef KEVO_LOWER_SELECT_INNER_H
#define KEVO_LOWER_SELECT_INNER_H

#include "lower/select.h"

struct select {
        struct vector_scope *scope;
        const struct expr *expr;
        bool bottom; /* ascending */
        const struct thread_expr *taken, *levels;
        struct thread_array *keys, *places;
};

/* An element of the order. */
struct element {
        const struct thread_expr *key, *place;
};

/* Which index of the statement is the rank; -1: none. */
int select_rank(const struct statement *statement);
bool select_may_be_empty(const struct thread_program *program,
                         const struct thread_expr *taken);

/* The order: keys alone (lanes too), and elements. */
const struct thread_expr *select_greater(const struct select *s,
                                         const struct thread_expr *a,
                                         const struct thread_expr *b);
const struct thread_expr *select_before(const struct select *s,
                                        struct element a, struct element b);
/* Behind everything there can be. */
struct element select_nothing(const struct select *s);

struct element select_at(const struct select *s, const struct thread_expr *at);
void select_put(const struct select *s, const struct thread_expr *at,
                struct element element);
/* Levels below the root of a heap of s->taken. */
const struct thread_expr *select_levels(const struct select *s);
void select_clear(const struct select *s);
/* element in place of the root of a heap of size elements. */
void select_sink(const struct select *s, struct element element,
                 const struct thread_expr *size);
/* Keep term if it comes before the last that is kept. */
void select_offer(const struct select *s, struct element term);

/* Store element at rank of every statement (their other indices are bound):
 * its key, or its place where that is asked for. */
void select_write(const struct select *s, int count,
                  const struct statement *const *statement,
                  const struct thread_expr *rank, struct element element);
/* Store all that is kept, from the last to the first. */
void select_take_out(const struct select *s, int count,
                     const struct statement *const *statement);

#endif
