/*
 * Foreign load: how much processor time others used while we measured, on the
 * processors that are ours (affinity): a large machine is never quiet, the
 * part that a service was given may be. A block of measurements that shared
 * its processors is discarded. What others do to caches and memory from
 * elsewhere is not seen here but in the null experiment.
 */
#ifndef KEVO_EVALUATE_LOAD_H
#define KEVO_EVALUATE_LOAD_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct load {
        int64_t busy_ns, wall_ns, own_ns;
};

/* Busy time of some processors in a text of the form of /proc/stat. */
int64_t load_sum_busy_ns(FILE *stat, const cpu_set_t *ours);

/* Read our processors' busy time; own_ns is what our processes have used so
 * far (all of them, this one included). */
void load_read(struct load *load, int64_t cells_cpu_ns);

/* Did others use a notable share between two readings? False when the
 * kernel does not tell. */
bool load_was_foreign(const struct load *before, const struct load *after);

#endif
