/* See narrow.h. Bounds are intervals, from the leaves up. */
#include "lower/narrow.h"

struct interval {
        int64_t low, high;
};

static bool bounds(const struct expr *expr, struct interval *i);

static bool is_small(const struct interval *i)
{
        return i->low >= INT32_MIN && i->high <= INT32_MAX;
}

static void widen(struct interval *i, const struct interval *other)
{
        i->low = i->low < other->low ? i->low : other->low;
        i->high = i->high > other->high ? i->high : other->high;
}

static bool bounds_of_dtype(enum dtype dtype, struct interval *i)
{
        if (!dtype_is_integer(dtype) || dtype_bytes(dtype) > 4)
                return false;
        *i = (struct interval){dtype_int_low(dtype), dtype_int_high(dtype)};
        return true;
}

static bool bounds_of_read(const struct expr *expr, struct interval *i)
{
        const struct read *read = &expr->value.read;
        struct interval fallback;

        if (!bounds_of_dtype(read->tensor->dtype, i))
                return false;
        if (!read->fallback)
                return true;
        if (!bounds(read->fallback, &fallback))
                return false;
        widen(i, &fallback);
        return true;
}

/* Both are small, so nothing here overflows. */
static void combine(enum expr_op op, const struct interval *a,
                    const struct interval *b, struct interval *i)
{
        const int64_t corner[] = {a->low * b->low, a->low * b->high,
                                  a->high * b->low, a->high * b->high};

        if (op == EXPR_ADD) {
                *i = (struct interval){a->low + b->low, a->high + b->high};
        } else if (op == EXPR_SUB) {
                *i = (struct interval){a->low - b->high, a->high - b->low};
        } else {
                *i = (struct interval){corner[0], corner[0]};
                for (int k = 1; k < 4; k++)
                        widen(i, &(struct interval){corner[k], corner[k]});
        }
}

/* The most terms that a reduction may have; -1: not known. */
static int64_t most_terms(const struct expr *reduction)
{
        int64_t terms = 1;

        for (int k = 0; k < reduction->value.reduce.count; k++) {
                const struct index *index = reduction->value.reduce.index[k];
                struct interval low, high;

                if (!bounds(index->lo, &low) || !bounds(index->hi, &high) ||
                    high.high <= low.low)
                        return -1;
                terms *= high.high - low.low;
                if (terms > INT32_MAX)
                        return -1;
        }
        return terms;
}

static bool bounds_of_sum(const struct expr *expr, struct interval *i)
{
        int64_t terms = most_terms(expr);
        struct interval term;

        if (expr->value.reduce.reduction != RED_SUM || terms < 0 ||
            !bounds(expr->arg[0], &term))
                return false;
        combine(EXPR_MUL, &(struct interval){0, terms}, &term, i);
        return true;
}

static bool bounds_of_extreme(const struct expr *expr, struct interval *i)
{
        bool min = expr->value.function == FN_MIN;
        struct interval b;

        if ((!min && expr->value.function != FN_MAX) ||
            !bounds(expr->arg[0], i) || !bounds(expr->arg[1], &b))
                return false;
        if (min ? b.low < i->low : b.low > i->low)
                i->low = b.low;
        if (min ? b.high < i->high : b.high > i->high)
                i->high = b.high;
        return true;
}

/* Shifted to the right by a literal, or cut by a mask that is one. */
static bool bounds_of_bits(const struct expr *expr, struct interval *i)
{
        const struct expr *literal = expr->arg[1];
        int64_t value = literal->value.integer;

        if (literal->op != EXPR_INTEGER || value < 0 ||
            !bounds(expr->arg[0], i))
                return false;
        if (expr->op == EXPR_BIT_AND) {
                *i = (struct interval){0, value};
                return true;
        }
        if (value > 31)
                return false;
        *i = (struct interval){i->low >> value, i->high >> value};
        return true;
}

/* False where they are not known, or not small. */
static bool bounds(const struct expr *expr, struct interval *i)
{
        struct interval a, b;
        bool known = false;

        if (expr->kind != KIND_INTEGER)
                return false;
        switch (expr->op) {
        case EXPR_INTEGER:
                *i = (struct interval){expr->value.integer,
                                       expr->value.integer};
                known = true;
                break;
        case EXPR_SIZE:
                *i = (struct interval){expr->value.size->low,
                                       expr->value.size->high};
                known = true;
                break;
        case EXPR_READ:
                known = bounds_of_read(expr, i);
                break;
        case EXPR_NEGATE:
                known = bounds(expr->arg[0], &a);
                if (known)
                        combine(EXPR_SUB, &(struct interval){0, 0}, &a, i);
                break;
        case EXPR_ADD:
        case EXPR_SUB:
        case EXPR_MUL:
                known = bounds(expr->arg[0], &a) && bounds(expr->arg[1], &b);
                if (known)
                        combine(expr->op, &a, &b, i);
                break;
        case EXPR_BIT_AND:
        case EXPR_SHR:
                known = bounds_of_bits(expr, i);
                break;
        case EXPR_SELECT:
                known = bounds(expr->arg[1], i) && bounds(expr->arg[2], &b);
                if (known)
                        widen(i, &b);
                break;
        case EXPR_CALL:
                known = bounds_of_extreme(expr, i);
                break;
        case EXPR_CAST:
                known = bounds_of_dtype(expr->dtype, i);
                break;
        case EXPR_REDUCE:
                known = bounds_of_sum(expr, i);
                break;
        default:
                break;
        }
        return known && is_small(i);
}

bool narrow_fits(const struct expr *expr)
{
        struct interval i;

        return bounds(expr, &i);
}

enum dtype narrow_total(const struct vector_scope *scope,
                        const struct expr *reduction)
{
        if (reduction->value.reduce.reduction == RED_SUM &&
            narrow_fits(reduction))
                return DTYPE_I32;
        return vector_dtype(scope, reduction->kind);
}

/* Lanes that were loaded or computed in at most 32 bits. */
static bool was_widened(const struct thread_expr *value)
{
        return value->op == THREAD_CAST && value->type.lanes > 1 &&
               dtype_is_integer(value->arg[0]->type.dtype) &&
               dtype_bytes(value->arg[0]->type.dtype) <= 4;
}

static bool can_narrow(const struct expr *expr, const struct thread_expr *a,
                       const struct thread_expr *b)
{
        return (was_widened(a) || a->type.lanes == 1) &&
               (was_widened(b) || b->type.lanes == 1) &&
               (a->type.lanes > 1 || b->type.lanes > 1) && narrow_fits(expr);
}

const struct thread_expr *narrow_binary(struct vector_scope *scope,
                                        const struct expr *expr,
                                        enum thread_op op,
                                        const struct thread_expr *a,
                                        const struct thread_expr *b)
{
        struct thread_program *program = scope->program;

        if (!can_narrow(expr, a, b))
                return NULL;
        return thread_cast(program,
                           thread_binary(program, op,
                                         thread_cast(program, a, DTYPE_I32),
                                         thread_cast(program, b, DTYPE_I32)),
                           DTYPE_I64);
}

const struct thread_expr *narrow_select(struct vector_scope *scope,
                                        const struct expr *expr,
                                        const struct thread_expr *condition,
                                        const struct thread_expr *a,
                                        const struct thread_expr *b)
{
        struct thread_program *program = scope->program;

        if (!can_narrow(expr, a, b))
                return NULL;
        return thread_cast(program,
                           thread_select(program, condition,
                                         thread_cast(program, a, DTYPE_I32),
                                         thread_cast(program, b, DTYPE_I32)),
                           DTYPE_I64);
}
