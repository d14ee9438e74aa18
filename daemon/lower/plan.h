/*
 * What a map or row lowering computes: the stored tensors of a spec, each
 * with its definition after inlining, and the shape of its iteration.
 */
#ifndef KEVO_LOWER_PLAN_H
#define KEVO_LOWER_PLAN_H

#include "core/arena.h"
#include "lower/lower.h"
#include "lower/vector.h"

enum { PLAN_ITEMS = 64 };

/* One stored tensor. */
struct plan_item {
        const struct statement *statement;
        const struct expr *value; /* inlined; NULL for what is kept whole:
                                     updates and selections */
        const struct expr *pair;  /* of the element behind that of value
                                     (map_pair.h), or NULL */
};

struct plan {
        struct arena *arena; /* of the rewritten trees */
        const struct spec *spec;
        bool stored[LIMIT_TENSORS]; /* else inlined or never needed */
        bool alone; /* one item cut out: others are stored before */
        int count;
        struct plan_item item[PLAN_ITEMS];
};

enum plan_flags {
        PLAN_REDUCTIONS = 1, /* definitions with a reduction are inlined too */
        PLAN_KEEP = 2        /* what plan_keeps is stored */
};

/* Fill plan. Outputs are stored; other definitions are inlined where they
 * are read, those with a reduction only with PLAN_REDUCTIONS. False when
 * memory, REWRITE_NODES or PLAN_ITEMS do not suffice, or when a definition
 * that would have to be stored cannot be (PLAN_REDUCTIONS and a read with
 * `else`). */
bool plan_make(struct plan *plan, struct arena *arena, const struct spec *spec,
               unsigned flags);

/* A definition, inlined so far, of an intermediate: does it call a function
 * of some cost, and would a reduction that reads it call it for the same
 * element more than once? And is something stored for that alone? */
bool plan_keeps(const struct spec *spec, const struct tensor *tensor,
                const struct expr *value);
bool plan_has_kept(const struct plan *plan);

/* expr with everything inlined that plan does not store; NULL when memory is
 * out. */
const struct expr *plan_inlined(struct plan *plan, const struct expr *expr);

/* The statement as the spec's file has it, on one line, for comments. */
const char *plan_text(struct thread_program *program,
                      const struct statement *statement);

/* Scratch for every stored tensor that is no output. */
void plan_place(const struct plan *plan, struct vector_scope *scope);

/* How many trailing indices of an item run together as one: all reads move
 * through memory with them, or do not depend on them. At least 1. */
int plan_collapse(const struct plan_item *item);

/* The same question for any indices of an expression: do all reads walk
 * through memory with these `count` indices together, or stand still? */
bool plan_runs_together(const struct expr *expr, int count,
                        const struct index *const *index);

/* Bind the leading `count` indices of a statement from a row number. */
void plan_bind_rows(struct vector_scope *scope, int count,
                    const struct index *const *index,
                    const struct thread_expr *row);

/* Rows first .. last one after the other: what plan_bind_rows binds, counted
 * on from row to row, because a division costs as much as a short row. The
 * loop is open between begin and end; begin returns the row number. */
struct plan_rows {
        int count;
        const struct thread_expr *at[LIMIT_RANK], *extent[LIMIT_RANK];
};

const struct thread_expr *plan_rows_begin(struct vector_scope *scope,
                                          struct plan_rows *rows, int count,
                                          const struct index *const *index,
                                          const struct thread_expr *first,
                                          const struct thread_expr *last);
void plan_rows_end(struct vector_scope *scope, const struct plan_rows *rows);

/* Bind the trailing `count` indices of item for that: the last one is the
 * caller's to bind, the others are 0; returns the product of extents. */
const struct thread_expr *plan_bind_collapsed(struct vector_scope *scope,
                                              const struct plan_item *item,
                                              int count);

/* Hold every part of expr that is worth it, does not depend on index and
 * means something here: it is lowered in front of the loop. */
void plan_hoist(struct vector_scope *scope, const struct expr *expr,
                const struct index *index);

/* x / s with s the same for all values of index: x * (1 / s), so that the
 * division is hoisted. NULL when out of memory. */
const struct expr *plan_reciprocals(struct arena *arena,
                                    const struct expr *expr,
                                    const struct index *index);

/* Does an expression, or any value, call a function that has variants? */
bool plan_has_variant(const struct expr *expr);
bool plan_has_variants(const struct plan *plan);
/* exp among them, of something else than a distance to a maximum? The error
 * of its variant grows with the argument: what it gives where no row's
 * maximum bounds that is refused sooner or later. */
bool plan_has_unbounded_exp(const struct plan *plan);

/* Lanes for the working precision in vectors of `bytes`. */
int plan_lanes(const struct spec *spec, int bytes);
/* Bytes that one call reads and writes, gathers counted once. */
double plan_bytes(const struct spec *spec, const struct binding *workload);
/* Does it pay to store around the caches? Where a call's data does not fit
 * the nearest ones: a line that is stored to need not be read first, and
 * inputs are not driven out. */
bool plan_streams(const struct spec *spec, const struct binding *workload,
                  const struct target *target);
/* The value of an expression over sizes under workload; 1 when it is not. */
int64_t plan_value(const struct expr *expr, const struct binding *workload);

/* Provably above 0: an extent of which there is something. */
bool plan_positive(const struct expr *expr);

/* Append a field to a space. values ends with -1; guess is the value to
 * guess (the nearest one is taken). */
void plan_field(struct schedule_space *space, const char *name,
                const char *meaning, const int64_t *values, int64_t guess);
/* vector: lanes of the working precision; returns the most there are. */
int plan_field_vector(struct schedule_space *space, const struct spec *spec,
                      const struct target *target);
/* group: work-items that share a row. */
void plan_field_group(struct schedule_space *space,
                      const struct target *target, int64_t guess);
/* hint: KiB ahead. */
void plan_field_hint(struct schedule_space *space, int64_t guess);
/* fix = 0 or 1, when every size may be fixed. */
void plan_field_fix(struct schedule_space *space, const struct spec *spec,
                    bool guess);
/* Obey it. */
void plan_fix(struct thread_program *program, const struct binding *workload,
              const struct schedule *schedule);

#endif
