/*
 * OpenCL C sources up to the point where a driver takes over: preprocessed
 * in the sandbox by this machine's C compiler, inspected token by token, and
 * packed with their launch. What was inspected is what is built: no macro of
 * the source, no include and no directive is left for the driver's compiler
 * to see differently.
 */
#ifndef KEVO_BACKENDS_OPENCL_COMPILE_H
#define KEVO_BACKENDS_OPENCL_COMPILE_H

#include "backends/backend.h"

/* Every program is built with these. 1.2 has no writable variables at
 * program scope, no pipes, no kernels that start kernels. */
extern const char opencl_flags[];

/* See struct backend: compile, inspect. */
int opencl_compile(const struct source *source, const struct spec *spec,
                   const struct binding *binding, const char *cache,
                   struct build *build, struct error *err) KEVO_MUST_CHECK;
int opencl_inspect(const struct build *build, const struct source *source,
                   struct error *err) KEVO_MUST_CHECK;

/* Refuse what device code must not contain, in preprocessed text: strings
 * (there is no honest use), inline assembly, compilers' builtins, printf,
 * clocks, attributes that are not about groups, layout or inlining. */
int opencl_inspect_text(const char *text, const char *file,
                        struct error *err) KEVO_MUST_CHECK;

#endif
