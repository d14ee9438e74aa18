/*
 * Lowering of elementwise functions.
 */
#include "lower/narrow.h"

static const struct thread_expr *sign_of(struct vector_scope *scope,
                                         const struct thread_expr *a)
{
        struct thread_program *program = scope->program;
        struct thread_type type = thread_scalar(a->type.dtype);
        const struct thread_expr *zero = thread_constant(program, type, 0);

        /* A zero and a NaN keep themselves. */
        return thread_select(
                program, thread_less(program, zero, a),
                thread_constant(program, type, 1),
                thread_select(program, thread_less(program, a, zero),
                              thread_constant(program, type, -1), a));
}

/* Small whole powers are products; everything else is a call. */
static const struct thread_expr *power_of(struct vector_scope *scope,
                                          const struct expr *expr,
                                          const struct thread_expr *a,
                                          const struct thread_expr *b)
{
        struct thread_program *program = scope->program;
        const struct expr *exponent = expr->arg[1];
        double value = exponent->op == EXPR_INTEGER
                               ? (double)exponent->value.integer
                       : exponent->op == EXPR_REAL ? exponent->value.real
                                                   : 0;

        if (value == 2 || value == 3) {
                const struct thread_expr *x = thread_let(program, "base", a);
                const struct thread_expr *square = thread_mul(program, x, x);

                return value == 2 ? square : thread_mul(program, square, x);
        }
        return thread_call(program, FN_POW, scope->variant, a, b);
}

static const struct thread_expr *lower_call_integer(
        struct vector_scope *scope, const struct expr *expr,
        const struct thread_expr *a, const struct thread_expr *b)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *narrow;

        switch (expr->value.function) {
        case FN_MIN:
                narrow = narrow_binary(scope, expr, THREAD_MIN, a, b);
                return narrow ? narrow : thread_min(program, a, b);
        case FN_MAX:
                narrow = narrow_binary(scope, expr, THREAD_MAX, a, b);
                return narrow ? narrow : thread_max(program, a, b);
        case FN_DIV:
                return thread_binary(program, THREAD_DIV, a, b);
        case FN_REM:
                return thread_binary(program, THREAD_REM, a, b);
        case FN_SIGN:
                return sign_of(scope, thread_let(program, "value", a));
        case FN_ABS:
                a = thread_let(program, "value", a);
                return thread_max(program, a,
                                  thread_unary(program, THREAD_NEGATE, a));
        default: /* the rounding functions leave integers alone */
                return a;
        }
}

const struct thread_expr *vector_lower_call(struct vector_scope *scope,
                                            const struct expr *expr)
{
        struct thread_program *program = scope->program;
        enum function function = expr->value.function;
        enum kind kind = expr->kind == KIND_INTEGER ? KIND_INTEGER : KIND_REAL;
        const struct thread_expr *a =
                vector_lower_as(scope, expr->arg[0], kind);
        const struct thread_expr *b = NULL;

        if (expr->count > 1)
                b = vector_lower_as(scope, expr->arg[1], kind);
        if (kind == KIND_INTEGER)
                return lower_call_integer(scope, expr, a, b);
        switch (function) {
        case FN_MIN:
                return thread_min(program, a, b);
        case FN_MAX:
                return thread_max(program, a, b);
        case FN_SIGN:
                return sign_of(scope, thread_let(program, "value", a));
        case FN_POW:
                return power_of(scope, expr, a, b);
        case FN_RSQRT:
                return thread_binary(
                        program, THREAD_DIV,
                        thread_real(program, scope->real, 1),
                        thread_call(program, FN_SQRT, 0, a, NULL));
        default:
                return thread_call(program, function, scope->variant, a, b);
        }
}
