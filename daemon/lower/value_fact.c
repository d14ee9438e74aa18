/*
 * Facts about expressions: known values, multiples, equality by structure.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "lower/value_inner.h"

static int64_t floor_div(int64_t a, int64_t b)
{
        int64_t q = a / b;

        return q * b != a && (a < 0) != (b < 0) ? q - 1 : q;
}

/* Fold one integer operation; false when it is not to be folded. */
bool thread_fold(enum thread_op op, int64_t a, int64_t b, int64_t *value)
{
        switch (op) {
        case THREAD_ADD:
                return !__builtin_add_overflow(a, b, value);
        case THREAD_SUB:
                return !__builtin_sub_overflow(a, b, value);
        case THREAD_MUL:
                return !__builtin_mul_overflow(a, b, value);
        case THREAD_MIN:
                *value = a < b ? a : b;
                return true;
        case THREAD_MAX:
                *value = a > b ? a : b;
                return true;
        default:
                break;
        }
        if (b <= 0 || a < 0)
                return false;
        switch (op) {
        case THREAD_DIV:
        case THREAD_FLOOR_DIV:
                *value = a / b;
                return true;
        case THREAD_REM:
        case THREAD_FLOOR_MOD:
                *value = a % b;
                return true;
        case THREAD_CEIL_DIV:
                *value = -floor_div(-a, b);
                return true;
        default:
                return false;
        }
}

bool thread_known(const struct thread_program *program,
                  const struct thread_expr *expr, int64_t *value)
{
        int64_t a, b;

        if (expr->op == THREAD_INTEGER) {
                *value = expr->value.integer;
                return true;
        }
        if (expr->type.lanes != 1 || !dtype_is_integer(expr->type.dtype) ||
            expr->count != 2 || expr->op == THREAD_LOAD ||
            expr->op == THREAD_GATHER)
                return false;
        return thread_known(program, expr->arg[0], &a) &&
               thread_known(program, expr->arg[1], &b) &&
               thread_fold(expr->op, a, b, value);
}

bool thread_is_multiple(const struct thread_program *program,
                        const struct thread_expr *expr, int64_t factor)
{
        int64_t value;

        if (factor == 1)
                return true;
        if (thread_known(program, expr, &value))
                return value % factor == 0;
        switch (expr->op) {
        case THREAD_SIZE:
                value = program->multiple[expr->value.size->number];
                return (value && value % factor == 0) ||
                       (expr->value.size->low % factor == 0 &&
                        expr->value.size->step % factor == 0);
        case THREAD_ADD:
        case THREAD_SUB:
                return thread_is_multiple(program, expr->arg[0], factor) &&
                       thread_is_multiple(program, expr->arg[1], factor);
        case THREAD_MUL:
                return thread_is_multiple(program, expr->arg[0], factor) ||
                       thread_is_multiple(program, expr->arg[1], factor);
        default:
                return false;
        }
}

static bool equal_value(const struct thread_expr *a,
                        const struct thread_expr *b)
{
        switch (a->op) {
        case THREAD_INTEGER:
        case THREAD_LANE:
        case THREAD_SLIDE:
        case THREAD_ZIP:
        case THREAD_UNZIP:
                return a->value.integer == b->value.integer;
        case THREAD_REAL:
                return memcmp(&a->value.real, &b->value.real,
                              sizeof a->value.real) == 0;
        case THREAD_SIZE:
                return a->value.size == b->value.size;
        case THREAD_PARAM:
                return a->value.param == b->value.param;
        case THREAD_VARIABLE:
                return a->value.variable == b->value.variable;
        case THREAD_LOAD:
        case THREAD_GATHER:
                return a->value.array == b->value.array && a->step == b->step;
        case THREAD_CALL:
                return a->value.function == b->value.function &&
                       a->variant == b->variant;
        case THREAD_HORIZONTAL:
                return a->value.reduction == b->value.reduction;
        default:
                return true;
        }
}

bool thread_equal(const struct thread_expr *a, const struct thread_expr *b)
{
        if (a == b)
                return true;
        if (!a || !b || a->op != b->op || a->type.dtype != b->type.dtype ||
            a->type.lanes != b->type.lanes || a->count != b->count ||
            !equal_value(a, b))
                return false;
        for (int i = 0; i < a->count; i++)
                if (!thread_equal(a->arg[i], b->arg[i]))
                        return false;
        return true;
}

/* Steps of the walk below: expressions share operands. */
enum { RANGE_DEPTH = 12 };

static bool find_range(const struct thread_expr *e, double *low, double *high,
                       int depth)
{
        double l, h;

        if (depth == RANGE_DEPTH)
                return false;
        switch (e->op) {
        case THREAD_REAL:
                *low = *high = e->value.real;
                return !isnan(*low);
        case THREAD_VARIABLE:
                return !e->value.variable->assigned &&
                       e->value.variable->value &&
                       find_range(e->value.variable->value, low, high,
                                  depth + 1);
        case THREAD_BROADCAST:
                return find_range(e->arg[0], low, high, depth + 1);
        case THREAD_CALL:
                return (e->value.function == FN_ROUND ||
                        e->value.function == FN_FLOOR ||
                        e->value.function == FN_CEIL ||
                        e->value.function == FN_TRUNC) &&
                       find_range(e->arg[0], low, high, depth + 1);
        case THREAD_SELECT:
                if (!find_range(e->arg[1], low, high, depth + 1) ||
                    !find_range(e->arg[2], &l, &h, depth + 1))
                        return false;
                *low = fmin(*low, l);
                *high = fmax(*high, h);
                return true;
        case THREAD_MIN:
        case THREAD_MAX:
                break;
        default:
                return false;
        }
        *low = l = -INFINITY;
        *high = h = INFINITY;
        /* One bounded side bounds one end. */
        if (!find_range(e->arg[0], low, high, depth + 1)) {
                *low = -INFINITY;
                *high = INFINITY;
        }
        if (!find_range(e->arg[1], &l, &h, depth + 1)) {
                l = -INFINITY;
                h = INFINITY;
        }
        *low = e->op == THREAD_MIN ? fmin(*low, l) : fmax(*low, l);
        *high = e->op == THREAD_MIN ? fmin(*high, h) : fmax(*high, h);
        return true;
}

bool thread_is_short(const struct thread_expr *expr)
{
        double low, high;

        return dtype_is_float(expr->type.dtype) &&
               find_range(expr, &low, &high, 0) && low >= -1e9 && high <= 1e9;
}
