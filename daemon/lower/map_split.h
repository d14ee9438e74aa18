/*
 * Rows of guarded reads in three parts: where the border is near, lanes ask
 * whether they are inside; in between are whole vectors for which every tap
 * of every lane is, and nothing is asked: what image pipelines call interior
 * and border (Ragan-Kelley and others, "Halide", PLDI 2013).
 */
#ifndef KEVO_LOWER_MAP_SPLIT_H
#define KEVO_LOWER_MAP_SPLIT_H

#include "lower/vector.h"

enum { MAP_SPLIT_READS = 8 };

struct map_split {
        const struct expr *value;  /* for the vectors inside */
        const struct expr *border; /* for the others of a row whose own
                                      subscripts are all inside */
        int count;
        const struct expr *read[MAP_SPLIT_READS]; /* guarded ones of value */
        int index_count; /* of reductions that value goes over */
        const struct index *index[LIMIT_RANK];
};

/* Are the subscripts of all guarded reads in value sums of literal multiples
 * of inner and of reduced indices, and of other indices and sizes? False too
 * when there are none, or out of memory. */
bool map_split_find(struct map_split *split, struct arena *arena,
                    const struct expr *value, const struct index *inner);

/* For the row that is bound: returns whether its own subscripts are inside
 * (NULL: surely); if so, all lanes are inside of the whole vectors between
 * *from and *to, which are a multiple of lanes behind low and another one
 * behind it, or high. */
const struct thread_expr *map_split_row(struct vector_scope *scope,
                                        const struct map_split *split,
                                        const struct index *inner, int lanes,
                                        const struct thread_expr *low,
                                        const struct thread_expr *high,
                                        const struct thread_expr **from,
                                        const struct thread_expr **to);

/* The least or largest value over the reduced indices of a subscript, for
 * whatever value inner is bound to. */
const struct thread_expr *map_split_extreme(struct vector_scope *scope,
                                            const struct map_split *split,
                                            const struct expr *s,
                                            bool largest);

/* Does expr depend on one of the reduced indices? */
bool map_split_reduces(const struct map_split *split, const struct expr *expr);
/* Is the read the first one of its tensor? */
bool map_split_is_first(const struct map_split *split, int number);

/* From the elements *from to *to, the whole vectors among them: a multiple of
 * lanes behind low, and another one behind it; both at most high. */
void map_split_vectors(struct vector_scope *scope, int lanes,
                       const struct thread_expr *low,
                       const struct thread_expr *high,
                       const struct thread_expr **from,
                       const struct thread_expr **to);

#endif
