/*
 * Constants: the value of an expression of literals, constants and the
 * functions that people use in one (const C = sqrt(2 / 3.14159265358979)).
 * Integers are exact and refuse to overflow.
 */
#include <math.h>

#include "spec/check.h"

static int fold(struct check *check, const struct expr *expr,
                struct number *n) KEVO_MUST_CHECK;

static void set_integer(struct number *n, int64_t value)
{
        n->kind = KIND_INTEGER;
        n->integer = value;
        n->real = (double)value;
}

static void set_real(struct number *n, double value)
{
        n->kind = KIND_REAL;
        n->integer = 0;
        n->real = value;
}

static void set_boolean(struct number *n, bool value)
{
        n->kind = KIND_BOOLEAN;
        n->integer = value;
        n->real = value;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
        int64_t q = a / b;

        return q * b != a && (a < 0) != (b < 0) ? q - 1 : q;
}

/* Exact or an error. */
static int fold_integers(struct check *check, const struct expr *expr,
                         int64_t a, int64_t b, struct number *n)
{
        bool overflow = false;
        int64_t value = 0;

        switch (expr->op) {
        case EXPR_ADD:
                overflow = __builtin_add_overflow(a, b, &value);
                break;
        case EXPR_SUB:
                overflow = __builtin_sub_overflow(a, b, &value);
                break;
        case EXPR_MUL:
                overflow = __builtin_mul_overflow(a, b, &value);
                break;
        default: /* EXPR_FLOOR_DIV, EXPR_FLOOR_MOD */
                if (b == 0)
                        return check_error(check, expr->line, expr->column,
                                           "division by 0");
                if (b == -1)
                        overflow = __builtin_sub_overflow(0, a, &value);
                else
                        value = floor_divide(a, b);
                if (expr->op == EXPR_FLOOR_MOD)
                        value = b == -1 ? 0 : a - value * b;
        }
        if (overflow)
                return check_error(check, expr->line, expr->column,
                                   "this passes the 64 bits of an integer");
        set_integer(n, value);
        return 0;
}

/* -1, 0 or 1, exact of integers; 2: not comparable, a NaN. */
static int compare(const struct number *a, const struct number *b)
{
        if (a->kind != KIND_REAL && b->kind != KIND_REAL)
                return (a->integer > b->integer) - (a->integer < b->integer);
        if (isnan(a->real) || isnan(b->real))
                return 2;
        return (a->real > b->real) - (a->real < b->real);
}

/* Reals as doubles: constants are written in decimal anyway. */
static int fold_binary(struct check *check, const struct expr *expr,
                       struct number *n)
{
        struct number a, b;
        int rc = fold(check, expr->arg[0], &a);

        if (!rc)
                rc = fold(check, expr->arg[1], &b);
        if (rc)
                return rc;
        if (expr->kind == KIND_INTEGER)
                return fold_integers(check, expr, a.integer, b.integer, n);
        switch (expr->op) {
        case EXPR_ADD:
                set_real(n, a.real + b.real);
                return 0;
        case EXPR_SUB:
                set_real(n, a.real - b.real);
                return 0;
        case EXPR_MUL:
                set_real(n, a.real * b.real);
                return 0;
        case EXPR_DIV:
                set_real(n, a.real / b.real);
                return 0;
        case EXPR_LT:
                set_boolean(n, compare(&a, &b) == -1);
                return 0;
        case EXPR_LE:
                set_boolean(n, compare(&a, &b) <= 0);
                return 0;
        case EXPR_EQ:
                set_boolean(n, compare(&a, &b) == 0);
                return 0;
        default: /* EXPR_NE */
                set_boolean(n, compare(&a, &b) != 0);
                return 0;
        }
}

static int refuse(struct check *check, const struct expr *expr)
{
        return check_error(check, expr->line, expr->column,
                           "a constant is made of literals, constants, + - * "
                           "/ // %% and simple functions; not of this");
}

/* The functions that people need to state a constant. */
static int fold_call(struct check *check, const struct expr *expr,
                     struct number *n)
{
        struct number a, b = {KIND_INTEGER, 0, 0};
        int rc = fold(check, expr->arg[0], &a);

        if (!rc && expr->count > 1)
                rc = fold(check, expr->arg[1], &b);
        if (rc)
                return rc;
        switch (expr->value.function) {
        case FN_MIN:
                *n = compare(&b, &a) == -1 ? b : a;
                break;
        case FN_MAX:
                *n = compare(&b, &a) == 1 ? b : a;
                break;
        case FN_SQRT:
                set_real(n, sqrt(a.real));
                break;
        case FN_RSQRT:
                set_real(n, 1 / sqrt(a.real));
                break;
        case FN_EXP:
                set_real(n, exp(a.real));
                break;
        case FN_LOG:
                set_real(n, log(a.real));
                break;
        case FN_LOG2:
                set_real(n, log2(a.real));
                break;
        case FN_POW:
                set_real(n, pow(a.real, b.real));
                break;
        case FN_ATAN:
                set_real(n, atan(a.real));
                break;
        default:
                return refuse(check, expr);
        }
        if (expr->kind == KIND_REAL && n->kind == KIND_INTEGER)
                set_real(n, n->real);
        return 0;
}

static int fold_negate(struct check *check, const struct expr *expr,
                       struct number *n)
{
        int rc = fold(check, expr->arg[0], n);

        if (rc)
                return rc;
        if (n->kind == KIND_REAL)
                set_real(n, -n->real);
        else if (n->integer == INT64_MIN)
                return check_error(check, expr->line, expr->column,
                                   "this passes the 64 bits of an integer");
        else
                set_integer(n, -n->integer);
        return 0;
}

/* The value of a checked expression without names. */
static int fold(struct check *check, const struct expr *expr, struct number *n)
{
        switch (expr->op) {
        case EXPR_INTEGER:
                set_integer(n, expr->value.integer);
                return 0;
        case EXPR_REAL:
                set_real(n, expr->value.real);
                return 0;
        case EXPR_BOOLEAN:
                set_boolean(n, expr->value.integer != 0);
                return 0;
        case EXPR_NEGATE:
                return fold_negate(check, expr, n);
        case EXPR_ADD:
        case EXPR_SUB:
        case EXPR_MUL:
        case EXPR_DIV:
        case EXPR_FLOOR_DIV:
        case EXPR_FLOOR_MOD:
        case EXPR_LT:
        case EXPR_LE:
        case EXPR_EQ:
        case EXPR_NE:
                return fold_binary(check, expr, n);
        case EXPR_CALL:
                return fold_call(check, expr, n);
        default:
                return refuse(check, expr);
        }
}

/* NaN is refused: nothing compares with it as its author expects. */
int check_constant(struct check *check, const struct syntax *syntax,
                   const char *what, struct number *number)
{
        const struct expr *expr;
        int rc = check_expr(check, syntax, &expr);

        if (!rc)
                rc = fold(check, expr, number);
        if (!rc && isnan(number->real))
                rc = check_error(check, syntax->line, syntax->column,
                                 "%s is not a number", what);
        return rc;
}

/* 1.0 is a real and refused too. */
int check_constant_integer(struct check *check, const struct syntax *syntax,
                           const char *what, int64_t *value)
{
        struct number number;
        int rc = check_constant(check, syntax, what, &number);

        if (!rc && number.kind != KIND_INTEGER)
                rc = check_error(check, syntax->line, syntax->column,
                                 "%s must be an integer", what);
        *value = rc ? 0 : number.integer;
        return rc;
}
