/*
 * Class irregular: kernels in which some stored tensor is made by a prefix
 * reduction, an update, a search in a sorted table, or from ragged segments,
 * or gathers rows. Each of these has its own means (prefix.h, scatter.h,
 * lookup.h, ragged.h, fetch.h); everything else that such a kernel stores is
 * lowered as in class map.
 */
#ifndef KEVO_LOWER_IRREGULAR_H
#define KEVO_LOWER_IRREGULAR_H

#include "lower/lower.h"

bool irregular_applies(const struct spec *spec, const struct target *target);
int irregular_fields(const struct spec *spec, const struct binding *workload,
                     const struct target *target, struct schedule_space *space,
                     struct error *err) KEVO_MUST_CHECK;
int irregular_lower(const struct spec *spec, const struct binding *workload,
                    const struct target *target,
                    const struct schedule *schedule,
                    struct thread_program *program,
                    struct error *err) KEVO_MUST_CHECK;

#endif
