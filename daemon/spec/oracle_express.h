/* What the printers of reals and of integers share. Internal to the oracle. */
#ifndef KEVO_SPEC_ORACLE_EXPRESS_H
#define KEVO_SPEC_ORACLE_EXPRESS_H

#include "spec/oracle_emit.h"

typedef void oracle_printer(struct oracle_emit *emit, const struct expr *expr);

/* expr together with the reductions that are evaluated only with it. */
void oracle_print_scoped(struct oracle_emit *emit, const struct expr *expr,
                         oracle_printer *print);
/* The element of tensor at q0, q1, ...: R, P or I by want ('x', 'p', 'i'). */
void oracle_print_whole(struct oracle_emit *emit, const struct tensor *tensor,
                        char want);
/* A real element, with what a narrower type may add: R or P. */
void oracle_print_real_read(struct oracle_emit *emit, const struct expr *expr);
/* An integer or boolean element. */
void oracle_print_integer_read(struct oracle_emit *emit,
                               const struct expr *expr);

#endif
