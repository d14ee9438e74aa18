/*
 * Class contraction: matrix products, batched or with a bias and an
 * activation behind them, transposed operands, convolutions as implicit
 * matrix products, interactions; any statement with a sum of a product whose
 * indices split into rows, columns, reduced and batch (contraction_form.h).
 * Statements around it are inlined, fused, or stages of their own.
 */
#ifndef KEVO_LOWER_CONTRACTION_H
#define KEVO_LOWER_CONTRACTION_H

#include "lower/lower.h"

/* The signatures of every class; see map.h. Fields and the guess are made
 * for the largest contraction of the spec; all share the schedule. */
bool contraction_applies(const struct spec *spec, const struct target *target);
int contraction_fields(const struct spec *spec, const struct binding *workload,
                       const struct target *target,
                       struct schedule_space *space,
                       struct error *err) KEVO_MUST_CHECK;
int contraction_lower(const struct spec *spec, const struct binding *workload,
                      const struct target *target,
                      const struct schedule *schedule,
                      struct thread_program *program,
                      struct error *err) KEVO_MUST_CHECK;

#endif
