/* Thread programs as OpenCL C: simt/print.h with this language's dialect. */
#ifndef KEVO_BACKENDS_OPENCL_PRINT_H
#define KEVO_BACKENDS_OPENCL_PRINT_H

#include "core/buf.h"
#include "lower/thread.h"

/* See struct backend: print. */
int opencl_print(const struct thread_program *program, const char *origin,
                 struct buf *out, struct error *err) KEVO_MUST_CHECK;

#endif
