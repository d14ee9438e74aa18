/*
 * From a source and a binding to a shared object, by content: the same text,
 * values, compiler, flags and processor give the same file, which is kept.
 */
#ifndef KEVO_BACKENDS_C_COMPILE_H
#define KEVO_BACKENDS_C_COMPILE_H

#include "backends/backend.h"
#include "backends/c/compiler.h"

/* See struct backend: compile. */
int compile_source(const struct source *source, const struct spec *spec,
                   const struct binding *binding, const char *cache,
                   struct build *build, struct error *err) KEVO_MUST_CHECK;

/* The object alone, of a build that is not for this processor: flags (they
 * end with NULL) come behind those of every kernel. The caller disposes
 * build. */
int compile_object(const struct source *source, const struct spec *spec,
                   const struct binding *binding, const char *const *flags,
                   const char *cache, struct build *build,
                   struct error *err) KEVO_MUST_CHECK;

/* The macros of a source for a binding: the constants of the spec, fixed
 * sizes and tunables, as
 * "-DN=8" in job->define; text holds them. */
enum { COMPILE_DEFINES_BYTES = COMPILER_DEFINES * 96 };
int compile_defines(const struct source *source, const struct spec *spec,
                    const struct binding *binding, char *text,
                    struct compiler_job *job,
                    struct error *err) KEVO_MUST_CHECK;

/* The constants that header expressions may name on this machine. */
void compile_constants(struct device_constants *constants);

#endif
