/*
 * Rewriting spec trees: substitution of indices, inlining of definitions,
 * comparison by structure, and facts that the structural classes ask for.
 * New nodes live in the caller's arena; old ones are shared, never changed.
 * In what is made, x[i]! behind a condition is x[i] with an `else`.
 */
#ifndef KEVO_LOWER_REWRITE_H
#define KEVO_LOWER_REWRITE_H

#include "core/arena.h"
#include "spec/spec.h"

/* Largest tree that inlining may make: definitions that use each other twice
 * grow as 2^n. */
enum { REWRITE_NODES = 4000 };

/* Same value for the same meaning of indices. Reduced indices match by
 * position when their ranges match. */
bool rewrite_equal(const struct expr *a, const struct expr *b);

/* expr with every index of `from` replaced by the expression of `to`. NULL
 * when out of memory. */
const struct expr *rewrite_substitute(struct arena *arena,
                                      const struct expr *expr, int count,
                                      const struct index *const *from,
                                      const struct expr *const *to);

/* expr with every part that is equal to one of `old` replaced by that of
 * `made`, which is not looked into. NULL when out of memory. */
const struct expr *rewrite_replace(struct arena *arena,
                                   const struct expr *expr, int count,
                                   const struct expr *const *old,
                                   const struct expr *const *made);

/* expr with every read of a tensor that `chosen` says yes to replaced by its
 * definition at those subscripts, repeatedly. A declared dtype stays as a
 * cast. A read with `else` stays as it is (outside its tensor a definition
 * has no value), and so does one of an updated tensor. NULL when out of memory
 * or past REWRITE_NODES. */
const struct expr *rewrite_inline(struct arena *arena, const struct expr *expr,
                                  bool (*chosen)(const struct tensor *tensor,
                                                 void *data),
                                  void *data);

/* The least value that a tensor may hold, over sizes, as the checker proves
 * it; NULL where it knows none. */
const struct expr *rewrite_least(const struct tensor *tensor);

/* Number of nodes, counting shared ones as often as they occur. */
int rewrite_count(const struct expr *expr);
/* Does expr hold a reduction; a read of tensor? */
bool rewrite_has_reduction(const struct expr *expr);
bool rewrite_has_read(const struct expr *expr); /* of any tensor */
bool rewrite_reads(const struct expr *expr, const struct tensor *tensor);
/* Are the two (possibly different) indices' ranges the same? */
bool rewrite_same_range(const struct index *a, const struct index *b);

#endif
