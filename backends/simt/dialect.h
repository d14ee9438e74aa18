/*
 * What differs between the languages of devices that run work-items in
 * groups: OpenCL C, and next to it CUDA and HIP. One table each; the printer
 * (print.h) is the same for all of them.
 */
#ifndef KEVO_BACKENDS_SIMT_DIALECT_H
#define KEVO_BACKENDS_SIMT_DIALECT_H

#include "backends/device.h"
#include "spec/spec.h"

/* A helper of printed sources, carried when it is used; after those that it
 * names itself. */
struct dialect_helper {
        const char *name;
        const char *text;
};

struct dialect {
        const char *language;
        /* In front of a kernel's name, with the work-items of its group as
         * the one %d. */
        const char *kernel;
        const char *global, *restricted;     /* around the * of an argument */
        const char *shared;                  /* in front of an array's type */
        const char *group, *item;            /* numbers, as expressions */
        const char *barrier;                 /* a statement */
        const char *type[DTYPE_BOOL + 1];    /* of elements in memory; f16 and
                                                bf16 as 16 bits */
        const char *suffix;                  /* of i64 literals */
        const char *infinity, *not_a_number; /* in f32 */
        const char *f64_line; /* above a source with doubles; "": none */
        const char *unroll;   /* above a loop, one %d */
        const struct dialect_helper *helper; /* ends with NULL */
};

#endif
