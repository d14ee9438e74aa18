/*
 * A backend: how sources of one language are printed, built and inspected.
 * One folder and one line in backend_table (backend.c) each; the portable C
 * backend is always there. Members said to be optional may be NULL.
 */
#ifndef KEVO_BACKENDS_BACKEND_H
#define KEVO_BACKENDS_BACKEND_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "backends/device.h"
#include "core/buf.h"
#include "lower/lower.h"
#include "repo/machine.h"
#include "repo/source.h"

/* BACKEND_METHOD is evaluate.h's EVALUATE_METHOD: environments name it. */
enum { BACKEND_ABI = 2, BACKEND_METHOD = 4 };

/* What a build produces: a file in memory plus its identity. */
struct build {
        char *object; /* a shared object's bytes; of a device backend a
                         struct device_code with text */
        size_t length;
        char code[HASH_TEXT_BYTES];     /* hash of loadable code */
        char identity[HASH_TEXT_BYTES]; /* the same with launch data */
        char *log;                      /* the compiler's output, bounded */
        bool cached;                    /* nothing was compiled */
};

void build_dispose(struct build *build);

struct backend {
        int abi;              /* BACKEND_ABI */
        const char *language; /* "c" */
        const char *kind;     /* hardware kind it runs on: "cpu" */

        /* The lowering's view of this machine. */
        void (*target)(const struct machine *machine, struct target *target);

        /* Named versions that a number depends on, as a JSON object of
         * texts and integers; never a measured value. Caller deletes. */
        int (*environment)(const struct machine *machine, cJSON **fields,
                           struct error *err);

        /* Print a thread program as a complete source with header lines.
         * origin is one line for the top comment. */
        int (*print)(const struct thread_program *program, const char *origin,
                     struct buf *out, struct error *err);

        /* Build a source for a binding (fixed sizes become macros). ERR_INPUT
         * with the compiler's message when it does not build; ERR_TIMEOUT
         * and ERR_LIMIT for a compiler that hangs or floods. cache: folder
         * of builds by content, or NULL: none. */
        int (*compile)(const struct source *source, const struct spec *spec,
                       const struct binding *binding, const char *cache,
                       struct build *build, struct error *err);

        /* Refuse what a pure function must not contain; the error names the
         * symbol or section (ERR_INPUT). */
        int (*inspect)(const struct build *build, const struct source *source,
                       struct error *err);

        /* Optional: programs run in a device process through this driver
         * instead of in a cell; evaluate builds what compile made there. */
        const struct device_driver *driver;

        /* Optional: what header expressions may name; without it the
         * processor's. */
        int (*constants)(struct device_constants *constants,
                         struct error *err);
};

/* NULL when unknown. */
const struct backend *backend_find(const char *language);
/* The first that runs on hardware of a kind: "cpu", "opencl"; or NULL. */
const struct backend *backend_for_kind(const char *kind);
/* backend->constants or the processor's. */
int backend_constants(const struct backend *backend,
                      struct device_constants *constants,
                      struct error *err) KEVO_MUST_CHECK;
/* All, ending with NULL. */
const struct backend *const *backend_all(void);

extern const struct backend backend_c, backend_opencl;

#endif
