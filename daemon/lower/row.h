/*
 * Class row: kernels whose statements share leading indices and reduce over
 * the rest of a row: softmax, norms, losses, row sums. A task takes whole
 * rows; the passes over a row are fused, its values stay in a cache.
 */
#ifndef KEVO_LOWER_ROW_H
#define KEVO_LOWER_ROW_H

#include "lower/lower.h"
#include "lower/row_pass.h"

bool row_applies(const struct spec *spec, const struct target *target);
int row_fields(const struct spec *spec, const struct binding *workload,
               const struct target *target, struct schedule_space *space,
               struct error *err) KEVO_MUST_CHECK;
int row_lower(const struct spec *spec, const struct binding *workload,
              const struct target *target, const struct schedule *schedule,
              struct thread_program *program,
              struct error *err) KEVO_MUST_CHECK;

/* The stage `name` of passes in a program whose tensors are placed, for a
 * class that has one row kernel among its stages. */
void row_stage(struct vector_scope *scope, const struct passes *passes,
               const struct schedule *schedule, const char *name);

/* What a schedule says about them. */
void row_read_choice(const struct passes *passes,
                     const struct schedule *schedule,
                     struct row_choice *choice);

/* The rows first .. last (numbers over all row indices) of passes, inside an
 * open stage whose tasks have other work too. */
void row_block(struct vector_scope *scope, const struct passes *passes,
               const struct row_choice *choice,
               const struct thread_expr *first,
               const struct thread_expr *last);

#endif
