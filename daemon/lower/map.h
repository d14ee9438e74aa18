/*
 * Class map: every stored tensor by itself, its last index in the lanes.
 * Elementwise kernels, gathers and layout changes, and anything whose
 * reductions are short (pooling, embedding bags): undeclared intermediates
 * are inlined where that repeats no reduction.
 */
#ifndef KEVO_LOWER_MAP_H
#define KEVO_LOWER_MAP_H

#include "lower/lower.h"
#include "lower/plan.h"

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

/* For a class that takes on more kinds of items: the fields of these, and
 * the stage of item `number`, a definition with an index, and of what follows
 * it on the same rows: returns how many items it took, at most `most`. A
 * schedule may have two more fields then: `lookup` (1: search sorted tables,
 * lookup.h) and `balance` (tasks of equal shares of ragged segments, ragged.h;
 * 0: of equal numbers of rows). */
void map_add_fields(const struct plan *plan, const struct binding *workload,
                    const struct target *target, struct schedule_space *space);
int map_item_stage(struct vector_scope *scope, const struct plan *plan,
                   int number, int most, const struct schedule *schedule);

#endif
