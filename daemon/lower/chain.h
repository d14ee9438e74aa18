/*
 * Class chain: products and row passes that follow each other on the same
 * rows, with a block of rows resident: attention (scores, softmax, weighted
 * values), feed-forward layers, a product with a norm behind it. A task takes
 * a block of rows through all of them; what lies between two is in a buffer
 * of the task that stays in its cache and never becomes a tensor in memory.
 *
 * Built from the pieces of two classes: the register tiles and panels of the
 * contraction class and the passes of the row class. What a spec's statements
 * become is in chain_plan.h.
 */
#ifndef KEVO_LOWER_CHAIN_H
#define KEVO_LOWER_CHAIN_H

#include "lower/lower.h"

/* The signatures of every class; see map.h. */
bool chain_applies(const struct spec *spec, const struct target *target);
int chain_fields(const struct spec *spec, const struct binding *workload,
                 const struct target *target, struct schedule_space *space,
                 struct error *err) KEVO_MUST_CHECK;
int chain_lower(const struct spec *spec, const struct binding *workload,
                const struct target *target, const struct schedule *schedule,
                struct thread_program *program,
                struct error *err) KEVO_MUST_CHECK;

#endif
