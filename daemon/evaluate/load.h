/*
 * Foreign load: how much processor time others used while we measured. A
 * block of measurements that shared the machine is discarded.
 */
#ifndef KEVO_EVALUATE_LOAD_H
#define KEVO_EVALUATE_LOAD_H

#include <stdbool.h>
#include <stdint.h>

struct load {
        int64_t busy_ns, wall_ns, own_ns;
};

/* Read the machine's busy time; own_ns is what our processes have used so
 * far (all of them, this one included). */
void load_read(struct load *load, int64_t cells_cpu_ns);

/* Did others use a notable share between two readings? False when the
 * kernel does not tell. */
bool load_was_foreign(const struct load *before, const struct load *after);

#endif
