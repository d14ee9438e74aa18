/*
 * From a change to what it asks for: a table with a row a kind of change.
 * A new kind of thing in a repository is one row and one function.
 */
#ifndef KEVO_PLAN_RULES_H
#define KEVO_PLAN_RULES_H

#include "plan/planning.h"

/* Apply the row of each change: decisions about the changes themselves are
 * drafted, kernels to look at are touched. */
int rules_apply(struct planning *p, const struct changes *changes,
                struct error *err) KEVO_MUST_CHECK;

#endif
