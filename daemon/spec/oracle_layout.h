/*
 * Where the elements of a box lie in memory: strides and base of a view, and
 * copies of inputs in another layout. Internal to the oracle.
 */
#ifndef KEVO_SPEC_ORACLE_LAYOUT_H
#define KEVO_SPEC_ORACLE_LAYOUT_H

#include "spec/oracle_call.h"
#include "spec/oracle_plan.h"

/* Set lo, hi, stride and base: dimension `unit` contiguous, the others in
 * row-major order outside it. */
void oracle_layout_box(struct oracle_view *view, int rank, const int64_t *low,
                       const int64_t *high, int unit);
/* An input as it lies (row-major), or a copy of the needed box with another
 * dimension contiguous; view->copy is then the caller's to free. */
int oracle_layout_input(struct oracle_view *view, const struct tensor *tensor,
                        const struct oracle_need *need, int unit,
                        const void *data, struct error *err) KEVO_MUST_CHECK;

#endif
