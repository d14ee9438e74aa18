/*
 * A program: one source built for one binding, ready to be loaded by a cell
 * or, in a device language, by a device process.
 */
#ifndef KEVO_EVALUATE_PROGRAM_H
#define KEVO_EVALUATE_PROGRAM_H

#include "backends/backend.h"
#include "backends/c/thunk.h"
#include "evaluate/memory.h"
#include "evaluate/zygote.h"

struct program {
        const struct spec *spec;     /* borrowed */
        const struct source *source; /* borrowed */
        const struct backend *backend;
        struct binding binding;
        struct build build;
        struct memory object;
        struct launch launch;
        int64_t compile_ns; /* 0 when the build was kept */
};

/* Build, inspect, evaluate the launch. zygote starts what builds device
 * code. cache: folder of builds, or NULL. *stage (may be NULL) names the
 * check that failed: "build", "inspect". */
int program_make(struct program **program, const struct source *source,
                 const struct spec *spec, const struct binding *binding,
                 struct zygote *zygote, const char *cache, const char **stage,
                 struct error *err) KEVO_MUST_CHECK;
void program_free(struct program *program);

/* Does the source apply to a binding on this machine? */
bool program_applies(const struct source *source, const struct spec *spec,
                     const struct binding *binding);

/* Most threads that its stages can use; a device schedules its own: 1. */
int program_threads(const struct program *program, int threads);

#endif
