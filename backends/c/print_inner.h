/*
 * What the files that print expressions share. Internal to print_expr.c and
 * print_call.c.
 */
#ifndef KEVO_BACKENDS_C_PRINT_INNER_H
#define KEVO_BACKENDS_C_PRINT_INNER_H

#include "backends/c/print_expr.h"

/* Binding strength, weakest first, as in C. */
enum level {
        LEVEL_ANY,
        LEVEL_SELECT,
        LEVEL_OR,
        LEVEL_AND,
        LEVEL_BIT_OR,
        LEVEL_BIT_XOR,
        LEVEL_BIT_AND,
        LEVEL_EQUAL,
        LEVEL_LESS,
        LEVEL_SHIFT,
        LEVEL_ADD,
        LEVEL_MUL,
        LEVEL_UNARY,
        LEVEL_POSTFIX
};

struct context {
        const struct thread_program *program;
        struct prelude *prelude;
        struct buf *out;
};

/* expr, in parentheses when it binds weaker than level. */
void print_part(const struct context *c, const struct thread_expr *expr,
                enum level level);
/* name(arguments of expr) */
void print_arguments(const struct context *c, const char *name,
                     const struct thread_expr *expr);

/* print_call.c */
void print_cast(const struct context *c, const struct thread_expr *expr);
void print_test(const struct context *c, const struct thread_expr *expr);
void print_function(const struct context *c, const struct thread_expr *expr);
void print_horizontal(const struct context *c, const struct thread_expr *expr);

#endif
