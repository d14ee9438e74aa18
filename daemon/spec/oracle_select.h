/*
 * Statements that are selections: the keys of one list are gathered and put
 * in order, then read by rank (oracle_prelude_select.c). Names as in
 * oracle_emit.h; s<n> is the list. Internal to the oracle.
 */
#ifndef KEVO_SPEC_ORACLE_SELECT_H
#define KEVO_SPEC_ORACLE_SELECT_H

#include "spec/oracle_emit.h"

/* The empty list, once a function, and its end. */
void oracle_print_list(struct oracle_emit *emit, const struct expr *select);
void oracle_print_unlist(struct oracle_emit *emit, const struct expr *select);
/* Its keys in order, for the target's indices without the rank. */
void oracle_print_gather(struct oracle_emit *emit, const struct expr *select);
/* r<n>, the element at the rank, in scope. */
void oracle_print_rank(struct oracle_emit *emit, const struct expr *select);

#endif
