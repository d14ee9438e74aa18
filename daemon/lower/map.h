/*
 * Class map: every stored tensor by itself, its last index in the lanes.
 * Elementwise kernels, gathers and layout changes, and anything whose
 * reductions are short (pooling, embedding bags): undeclared intermediates
 * are inlined where that repeats no reduction.
 */
#ifndef KEVO_LOWER_MAP_H
#define KEVO_LOWER_MAP_H

#include "lower/lower.h"

/* The signatures of every class. program comes from thread_new and is
 * finished by the caller. */
bool map_applies(const struct spec *spec, const struct target *target);
int map_fields(const struct spec *spec, const struct binding *workload,
               const struct target *target, struct schedule_space *space,
               struct error *err) KEVO_MUST_CHECK;
int map_lower(const struct spec *spec, const struct binding *workload,
              const struct target *target, const struct schedule *schedule,
              struct thread_program *program,
              struct error *err) KEVO_MUST_CHECK;

#endif
