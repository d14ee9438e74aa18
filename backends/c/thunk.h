/*
 * The call between harness and kernel. Stages have any number of pointers,
 * sizes and parameters in any order; the harness knows one signature. So
 * every source is compiled with a few lines appended that the compiler
 * checks: one entry point a stage, __kevo_stage_0, __kevo_stage_1, ..., each
 * calling the stage's function with its arguments in their types. A stage
 * whose function is missing or has other parameters does not compile.
 */
#ifndef KEVO_BACKENDS_C_THUNK_H
#define KEVO_BACKENDS_C_THUNK_H

#include <stdint.h>

#include "core/buf.h"
#include "repo/source.h"

/* What an entry point receives. in and out hold tensors in the order of the
 * spec's declarations among their role, scratch in the order of the source;
 * size every size and param every parameter by number. */
struct thunk_call {
        void *const *in, *const *out, *const *scratch;
        const int64_t *size;
        const double *param;
};

/* local: this thread's buffers of the stage, in the order of its line. */
typedef void thunk_entry(int64_t task, const struct thunk_call *call,
                         void *const *local);

/* Append the entry points as C. */
void thunk_print(const struct source *source, const struct spec *spec,
                 struct buf *out);

/* Append launch data for a binding: what identity needs beside the code.
 * Values of tasks, scratch and local sizes go to launch. */
struct launch {
        int64_t tasks[LIMIT_STAGES];
        int64_t local_bytes[LIMIT_STAGES][SOURCE_LOCALS];
        int64_t scratch_bytes[LIMIT_STAGES];
        /* Device languages: tasks are groups of so many work-items, with so
         * many bytes of memory for each group. 0 for C. */
        int64_t block[LIMIT_STAGES], shared[LIMIT_STAGES];
};

int thunk_launch(const struct source *source, const struct spec *spec,
                 const struct binding *binding,
                 const struct device_constants *device, struct launch *launch,
                 struct error *err) KEVO_MUST_CHECK;

#endif
