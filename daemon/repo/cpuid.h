/*
 * What the processor says about itself: vendor, brand, family, model,
 * instruction sets and caches into a struct machine. On processors without
 * CPUID, what the kernel says.
 */
#ifndef KEVO_REPO_CPUID_H
#define KEVO_REPO_CPUID_H

#include "repo/machine.h"

/* machine is zeroed; arch is set. */
void cpuid_read(struct machine *machine);
/* An instruction set that hardware files ask for: one that changes which
 * code is fast, not each one that exists. */
bool cpuid_is_notable(const char *isa);

#endif
