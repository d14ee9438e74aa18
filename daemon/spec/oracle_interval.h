/*
 * Reductions whose terms count only where a sorted input stands in some
 * order to a key:
 *
 *   count[b] (off[b] <= p)               how many
 *   any[u] (ids[u] == v)                 whether there is one
 *   sum[e] (row[e] == v ? w[e] : 0)      only their sum
 *
 * These terms lie side by side. The oracle finds the first and the last by
 * bisection, because specs may have millions of entries and as many keys,
 * and takes the terms between them in order, as it takes all terms. Known by
 * the form alone; what lowering makes of such reductions is found by other
 * code (lower/lookup_find.c), so that neither repeats a mistake of the other.
 * Internal to the oracle and the cost model.
 */
#ifndef KEVO_SPEC_ORACLE_INTERVAL_H
#define KEVO_SPEC_ORACLE_INTERVAL_H

#include "spec/oracle_form.h"

struct oracle_interval {
        const struct index *index;      /* the reduced one */
        const struct expr *entry, *key; /* compared: entry reads at index */
        enum expr_op comparison;        /* EXPR_LT, EXPR_LE or EXPR_EQ */
        bool swapped;                   /* key < entry, key <= entry */
        bool length; /* the reduction is the number of terms */
};

/* Entries and keys are inputs, unrounded, so that no comparison of them is
 * undecided. */
bool oracle_interval_find(const struct expr *reduce,
                          struct oracle_interval *interval);

#endif
