/*
 * Conversions, functions and reductions over lanes as C.
 */
#include <stdio.h>

#include "backends/c/print_inner.h"

void print_cast(const struct context *c, const struct thread_expr *expr)
{
        const struct thread_expr *a = expr->arg[0];
        enum dtype from = a->type.dtype, to = expr->type.dtype;

        if (expr->type.lanes > 1) {
                print_arguments(
                        c, prelude_cast(c->prelude, a->type, expr->type).text,
                        expr);
                return;
        }
        if (from == DTYPE_BF16) {
                if (to != DTYPE_F32)
                        buf_printf(c->out, "(%s)",
                                   prelude_type(c->prelude, expr->type).text);
                print_arguments(c,
                                prelude_cast(c->prelude, a->type,
                                             thread_scalar(DTYPE_F32))
                                        .text,
                                expr);
                return;
        }
        if (to == DTYPE_BF16) {
                print_arguments(c,
                                prelude_cast(c->prelude,
                                             thread_scalar(DTYPE_F32),
                                             expr->type)
                                        .text,
                                expr);
                return;
        }
        if (to == DTYPE_BOOL) {
                print_part(c, a, LEVEL_LESS);
                buf_puts(c->out, " != 0");
                return;
        }
        buf_printf(c->out, "(%s)", prelude_type(c->prelude, expr->type).text);
        print_part(c, a, LEVEL_UNARY);
}

/* The C library's name of a function, for double. */
static const char *library_name(enum function function)
{
        switch (function) {
        case FN_ABS:
                return "fabs";
        case FN_ROUND:
                return "rint";
        default:
                return function_name(function);
        }
}

void print_test(const struct context *c, const struct thread_expr *expr)
{
        const struct thread_expr *a = expr->arg[0];

        if (expr->value.function == FN_ISNAN) {
                print_part(c, a, LEVEL_LESS);
                buf_puts(c->out, " != ");
                print_part(c, a, LEVEL_LESS);
                return;
        }
        buf_printf(c->out, "__builtin_fabs%s(",
                   a->type.dtype == DTYPE_F32 ? "f" : "");
        print_part(c, a, LEVEL_ANY);
        buf_puts(c->out, ") == __builtin_inf()");
}

void print_function(const struct context *c, const struct thread_expr *expr)
{
        enum function function = expr->value.function;
        struct thread_type type = expr->arg[0]->type;
        char name[32];

        if (type.lanes == 1) {
                snprintf(name, sizeof name, "%s%s", library_name(function),
                         type.dtype == DTYPE_F32 ? "f" : "");
                c->prelude->uses_math = true;
                print_arguments(c, name, expr);
                return;
        }
        if (expr->variant) {
                snprintf(name, sizeof name, "%s_fast",
                         function_name(function));
                if (prelude_has(name, type.dtype)) {
                        print_arguments(
                                c, prelude_helper(c->prelude, name, type).text,
                                expr);
                        return;
                }
        }
        if (prelude_has(function_name(function), type.dtype))
                print_arguments(c,
                                prelude_helper(c->prelude,
                                               function_name(function), type)
                                        .text,
                                expr);
        else
                print_arguments(
                        c,
                        prelude_libm(c->prelude, function_name(function),
                                     library_name(function), expr->count, type)
                                .text,
                        expr);
}

void print_horizontal(const struct context *c, const struct thread_expr *expr)
{
        static const char *const names[] = {
                [RED_SUM] = "hsum", [RED_PROD] = "hprod", [RED_MAX] = "hmax",
                [RED_MIN] = "hmin", [RED_ANY] = "hany",   [RED_ALL] = "hall"};
        enum reduction reduction = expr->value.reduction;
        const char *name = names[reduction];

        if (c->prelude->nonfinite && dtype_is_float(expr->type.dtype)) {
                if (reduction == RED_MAX)
                        name = "hmaxnan";
                if (reduction == RED_MIN)
                        name = "hminnan";
        }
        print_arguments(
                c, prelude_helper(c->prelude, name, expr->arg[0]->type).text,
                expr);
}
