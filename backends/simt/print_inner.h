/* What the files of the device printer share. Internal to simt/print*.c. */
#ifndef KEVO_BACKENDS_SIMT_PRINT_INNER_H
#define KEVO_BACKENDS_SIMT_PRINT_INNER_H

#include "backends/c/print_line.h"
#include "backends/simt/print.h"

enum { SIMT_HELPERS = 32 };

struct simt {
        struct printer line; /* lines, wrapping, the failure */
        const struct dialect *dialect;
        const struct thread_program *program;
        bool f64; /* doubles were printed */
        int helper_count;
        const char *helper[SIMT_HELPERS]; /* carried already */
};

/* Refuse once: sticks in line.prelude.failure. */
void simt_fail(struct simt *s, const char *what);
/* The name of a helper, which is carried from now on. */
const char *simt_helper(struct simt *s, const char *name);
/* The type of a variable, or of elements in memory. */
const char *simt_type(struct simt *s, enum dtype dtype, bool memory);

/* print_expr.c: append to s->line.line. */
void simt_expr(struct simt *s, const struct thread_expr *expr);
/* The same as the right side of a comparison. */
void simt_operand(struct simt *s, const struct thread_expr *expr);
void simt_element(struct simt *s, const struct thread_array *array,
                  const struct thread_expr *offset);

#endif
