/*
 * What the loops of reductions (oracle_reduce.c) and their accumulators
 * (oracle_terms.c) share. Internal to the oracle.
 */
#ifndef KEVO_SPEC_ORACLE_REDUCE_H
#define KEVO_SPEC_ORACLE_REDUCE_H

#include "spec/oracle_emit.h"

bool oracle_is_extreme(enum reduction reduction); /* max or min */

/* Accumulator s<n> (or arrays of lanes), one term into it, its value r<n>. */
void oracle_open_terms(struct oracle_emit *emit, const struct expr *reduce,
                       int n);
void oracle_print_term(struct oracle_emit *emit, const struct expr *reduce,
                       int n);
void oracle_close_terms(struct oracle_emit *emit, const struct expr *reduce,
                        int n);

#endif
