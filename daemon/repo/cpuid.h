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
/* Is it one that this version looks for on some processor? Else a hardware
 * file that asks for it never matches; *near (may be NULL) is the likest
 * known one, or NULL. */
bool cpuid_knows(const char *isa, const char **near);

/* Where an x86 processor says that it has one: the bit of a register (0:
 * EAX, 1: EBX, ...) of a leaf, and what XCR0 must have beside it. */
struct cpuid_feature {
        const char *name;
        unsigned leaf, subleaf, reg, bit;
        uint64_t state;
};
/* NULL for the sets of other processors. */
const struct cpuid_feature *cpuid_find_feature(const char *isa);

#endif
