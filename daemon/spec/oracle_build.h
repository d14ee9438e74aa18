/*
 * From the oracle's text to functions: compile, cache, load. The text is
 * trusted (printed from a checked tree); the sandbox is used where it works.
 * A cached object is named by the hash of text, compiler, processor and
 * flags, appears by rename, and is rebuilt when it does not load: any number
 * of processes may share a cache and die at any time. Internal to the oracle.
 */
#ifndef KEVO_SPEC_ORACLE_BUILD_H
#define KEVO_SPEC_ORACLE_BUILD_H

#include <stddef.h>

#include "core/error.h"

/* *library is for dlsym; dlclose it. cache_dir is made when absent. */
int oracle_build(const char *text, size_t length, const char *cache_dir,
                 void **library, struct error *err) KEVO_MUST_CHECK;

#endif
