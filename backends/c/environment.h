/*
 * What a number measured with the C backend depends on: processor, threads,
 * compiler, flags, C library. Named versions only, never a measured value.
 */
#ifndef KEVO_BACKENDS_C_ENVIRONMENT_H
#define KEVO_BACKENDS_C_ENVIRONMENT_H

#include <cjson/cJSON.h>

#include "repo/machine.h"

/* {"cpu", "isa", "threads", "compiler", "flags", "libc", "method"};
 * caller deletes. */
int environment_of(const struct machine *machine, cJSON **fields,
                   struct error *err) KEVO_MUST_CHECK;

/* "sse4_2 avx avx2 ...": holds 32 * 17 bytes. */
void environment_isa(const struct machine *machine, char *text);

#endif
