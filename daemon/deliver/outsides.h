/*
 * Outside baselines in a commit message: what the team would call otherwise,
 * measured beside the kernel (docs/baselines.md). One that is faster is the
 * first thing a reviewer reads; a verdict without any says so and why.
 */
#ifndef KEVO_DELIVER_OUTSIDES_H
#define KEVO_DELIVER_OUTSIDES_H

#include "deliver/letter.h"

/* A paragraph when one is faster than the kernel, else nothing. */
void outsides_write_faster(struct letter *l);
/* The "Baselines:" part. */
void outsides_write(struct letter *l);

/* The best one that was measured at a workload of a run (the JSON of
 * record_run_json), NULL when there is none. workload NULL: of all, by
 * ratio. */
const cJSON *outsides_best(const cJSON *run, const char *workload);

#endif
