/* A contest's batches. Internal to contest*.c. */
#ifndef KEVO_EVALUATE_CONTEST_INNER_H
#define KEVO_EVALUATE_CONTEST_INNER_H

#include "evaluate/contest.h"

/* How long calls may take, when they are expected to take so long. Generous: a
 * busy machine is no fault of the kernel's. */
int64_t contest_allowance(double expected_ns);
/* n calls that start at a set, in a rig of so many slots. */
struct cell_batch contest_calls(const struct contest *contest, uint32_t set,
                                int n, int slots);
/* Slots that a rig of the contest has. */
int contest_slots(const struct contest *contest);
/* A cell failed with rc: a finding of the candidate's (0, not *alive), an
 * error of the baseline's. */
int contest_end(struct contest *contest, enum contest_side side, int rc,
                const struct error *failure, bool *alive, struct error *err);

#endif
