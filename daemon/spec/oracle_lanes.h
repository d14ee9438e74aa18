/*
 * Lanes: the dimension of a statement's target along which several elements
 * are computed side by side, and the layouts that make its reads contiguous.
 * An input that a contraction reads across its rows again and again
 * (w[j, k] with k reduced and j the lane) is copied once a call with that
 * dimension innermost. Internal to the oracle.
 */
#ifndef KEVO_SPEC_ORACLE_LANES_H
#define KEVO_SPEC_ORACLE_LANES_H

#include "spec/oracle_class.h"

enum {
        ORACLE_LANES = 64,     /* elements side by side: contiguous, */
        ORACLE_LANES_APART = 8 /* or a row apart */
};

/* Fill class->unit; the rest of class is complete. */
void oracle_choose_layout(struct oracle_class *class);
/* Dimension of the lanes, or -1. */
int oracle_lane_dimension(const struct oracle_class *class,
                          const struct statement *statement, int *width);

#endif
