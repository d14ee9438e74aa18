/* What the two ways of a prefix share. Internal to prefix*.c. */
#ifndef KEVO_LOWER_PREFIX_INNER_H
#define KEVO_LOWER_PREFIX_INNER_H

#include "lower/prefix.h"

struct prefix_run {
        const struct prefix *prefix;
        int lanes, copies, unroll;
        bool stream;
        /* What came before, in lanes that are all the same, a reduction;
         * NULL while only totals are made. */
        const struct thread_expr *carry[PREFIX_REDUCTIONS];
        /* Accumulators of totals, or of columns. */
        struct thread_array *total[PREFIX_REDUCTIONS];
};

/* The index that is scanned along, and how many terms it runs through. */
const struct index *prefix_axis(const struct prefix *prefix);
const struct thread_expr *prefix_terms(struct vector_scope *scope,
                                       const struct prefix *prefix);

/* Terms at `base`: every reduced index there, the axis where their prefix
 * belongs; in lanes (of which `active` are in use) or scalar. */
void prefix_bind(struct vector_scope *scope, const struct prefix *prefix,
                 const struct thread_expr *base, int lanes,
                 const struct thread_expr *active);
void prefix_unbind(struct vector_scope *scope, const struct prefix *prefix);

/* Of one reduction: its type in `lanes`, its operation, its term. */
struct thread_type prefix_type(const struct vector_scope *scope,
                               const struct prefix *prefix, int r, int lanes);
enum reduction prefix_operation(const struct prefix *prefix, int r);
const struct thread_expr *prefix_term(struct vector_scope *scope,
                                      const struct prefix *prefix, int r,
                                      int lanes);

/* Store the element whose prefixes are held. */
void prefix_write(struct vector_scope *scope, const struct prefix_run *run);
/* The same at the axis' first place, before which there is nothing; lanes of
 * another index may be bound. */
void prefix_write_first(struct vector_scope *scope,
                        const struct prefix_run *run);

/* prefix_row.c, prefix_column.c: lanes along the axis, and across it. */
void prefix_row_stages(struct vector_scope *scope, struct prefix_run *run,
                       const struct schedule *schedule);
void prefix_column_stage(struct vector_scope *scope, struct prefix_run *run,
                         const struct schedule *schedule);

#endif
