/*
 * How long a thread program would take, from its text alone: the prior of a
 * search, before anything was measured (docs/search.md).
 *
 * A walk over one task in the middle of each stage, with the sizes bound:
 * operations by registers of the target's vectors, the latency of sums that
 * wait for themselves, loads and stores by the cache level that the array
 * fits, whole tasks on whole threads, a start for each stage. It is a guess
 * that orders candidates of one kernel; never a number for people.
 */
#ifndef KEVO_LOWER_ESTIMATE_H
#define KEVO_LOWER_ESTIMATE_H

#include "lower/lower.h"

/* Nanoseconds of one call. */
double estimate_program(const struct thread_program *program,
                        const struct binding *binding,
                        const struct target *target);

/* Of a schedule; 0 when it cannot be lowered. */
double estimate_schedule(const struct spec *spec,
                         const struct binding *binding,
                         const struct target *target,
                         const struct schedule *schedule);

#endif
