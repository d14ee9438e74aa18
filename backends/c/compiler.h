/*
 * The C compiler of this machine: which one, its version, the flags that
 * every kernel is built with, and running it in the sandbox.
 */
#ifndef KEVO_BACKENDS_C_COMPILER_H
#define KEVO_BACKENDS_C_COMPILER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/error.h"
#include "core/limits.h"

struct compiler {
        char path[LIMIT_PATH_BYTES]; /* resolved, "/usr/bin/gcc" */
        char version[256];           /* first line of --version */
};

/* $KEVO_CC, else gcc, else cc. Asked once, and again when the program on
 * disk changed, so that an upgrade under a running worker is noticed. */
int compiler_find(const struct compiler **compiler,
                  struct error *err) KEVO_MUST_CHECK;

/* The flags that are part of the environment, as one line. */
const char *compiler_base_flags(void);

enum { COMPILER_DEFINES = LIMIT_SIZES + 2 * LIMIT_TUNES };

/* What to build. */
struct compiler_job {
        const char *text; /* C */
        size_t length;
        const char *file; /* for messages */
        int define_count;
        const char *define[COMPILER_DEFINES]; /* "-DN=8" */
        const char *const *extra; /* more flags, NULL-terminated, or NULL */
        bool executable;          /* else a shared object */
};

/* Build a job; *object is the caller's to free, *log too (may be ""). The
 * text is foreign: the compiler sees nothing of the host but /usr and a
 * private folder. ERR_INPUT with the compiler's first error, ERR_TIMEOUT,
 * ERR_LIMIT. */
int compiler_run(const struct compiler *compiler,
                 const struct compiler_job *job, char **object, size_t *length,
                 char **log, struct error *err) KEVO_MUST_CHECK;

#endif
