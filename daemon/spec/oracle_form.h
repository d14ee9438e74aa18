/*
 * Facts about the form of an expression that need nothing but the tree:
 * what it mentions, whether two are equal, how large an integer can get,
 * where its reductions are. Internal to the oracle and the cost model.
 */
#ifndef KEVO_SPEC_ORACLE_FORM_H
#define KEVO_SPEC_ORACLE_FORM_H

#include "spec/spec.h"

bool oracle_mentions(const struct expr *expr, const struct index *index);
bool oracle_reads_data(
        const struct expr *expr); /* or a data-dependent index */
/* Equal up to the names of reduced indices. */
bool oracle_same(const struct expr *a, const struct expr *b);
/* A sum of a product of at least two reads that use a reduced index. The
 * factors that are reads go to factor (at most LIMIT_RANK). */
bool oracle_is_contraction(const struct expr *reduce,
                           const struct expr **factor, int *count);
/* An upper bound of the magnitude of an integer expression. */
double oracle_magnitude(const struct expr *expr);

/* The reductions that are evaluated whenever expr is, outermost only: not
 * those behind a condition. Returns how many; at most maximum are stored. */
int oracle_reductions(const struct expr *expr, const struct expr **list,
                      int maximum);
/* True when some reduction is behind a condition. */
bool oracle_has_conditional(const struct expr *expr);

/* The dimension of the target that is the rank of a selection, or -1. */
int oracle_rank_dimension(const struct statement *statement);
/* The dimension of the target along which values are found one from another:
 * a rank, or that of a running reduction (sum[k in 0..j + 1]); or -1. And
 * whether this reduction is a running one. */
int oracle_scan_dimension(const struct statement *statement);
bool oracle_is_running(const struct expr *reduce, const struct index *index);

#endif
