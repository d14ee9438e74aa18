/*
 * This machine's processor as hardware files and environments name it: read
 * from CPUID and /sys, never measured.
 */
#ifndef KEVO_REPO_MACHINE_H
#define KEVO_REPO_MACHINE_H

#include "repo/repository.h"

struct machine {
        char vendor[16];     /* "AuthenticAMD" */
        char model_name[64]; /* brand string */
        int family, model, stepping;
        int isa_count;
        char isa[32][16]; /* "avx2", "fma", "avx512f", ... sorted */
        int vector_bytes; /* widest float vectors: 16, 32, 64 */
        bool fma;
        char arch[16]; /* "x86_64", "aarch64" */
        int threads;   /* schedulable here (affinity, cgroup) */
        int cores;     /* of those, physical */
        int64_t l1_bytes, l2_bytes, llc_bytes; /* data caches; llc: the larger
                                                  of sysfs and CPUID */
        int64_t memory_bytes;
};

void machine_probe(struct machine *machine);
/* "amd-epyc-zen4": vendor, line, microarchitecture; [a-z0-9-]. name holds
 * LIMIT_NAME_BYTES + 1. */
void machine_hardware_name(const struct machine *machine, char *name);
/* The same, made different from the repository's hardware files: with the
 * number of threads ("amd-epyc-zen4-2t"), then a number, behind it. */
void machine_new_hardware_name(const struct machine *machine,
                               const struct repository *repository,
                               char *name);
/* The hardware file that `kevo hardware add` writes; caller frees. */
char *machine_hardware_json(const struct machine *machine, const char *name);
/* Does a "cpu" hardware file match this machine? */
bool machine_matches(const struct machine *machine,
                     const struct hardware *hardware);
/* The one hardware file that matches: ERR_NOT_FOUND with the line that adds
 * it, ERR_INPUT naming both when two match. */
int machine_find_hardware(const struct machine *machine,
                          const struct repository *repository,
                          const struct hardware **hardware,
                          struct error *err) KEVO_MUST_CHECK;

#endif
