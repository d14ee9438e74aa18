/*
 * Thread programs as device code: kernels of work-groups, values scalar,
 * one dialect a language (dialect.h). A stage whose tasks are groups becomes
 * a grid of them; any other stage becomes one work-item a task, in groups of
 * SIMT_GROUP. Buffers of a task lie in scratch that has one for every task.
 */
#ifndef KEVO_BACKENDS_SIMT_PRINT_H
#define KEVO_BACKENDS_SIMT_PRINT_H

#include "backends/simt/dialect.h"
#include "core/buf.h"
#include "lower/thread.h"

enum { SIMT_GROUP = 64 };

/* See struct backend: print. ERR_UNSUPPORTED for lanes, which device code
 * does not have. */
int simt_print(const struct dialect *dialect,
               const struct thread_program *program, const char *origin,
               struct buf *out, struct error *err) KEVO_MUST_CHECK;

#endif
