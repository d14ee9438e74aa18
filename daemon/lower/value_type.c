/*
 * Types of operands: conversions, broadcasts, and what two operands become
 * when they meet.
 */
#include <stdlib.h>

#include "lower/value_inner.h"

/* Lanes are widened to i64 because integers are computed so; where nothing
 * was computed, twice as many lanes fit a register without. */
static const struct thread_expr *unwidened(struct thread_program *program,
                                           const struct thread_expr *value,
                                           enum dtype dtype)
{
        const struct thread_expr *from = value->arg[0];
        enum dtype narrow;

        if (value->op != THREAD_CAST || value->type.dtype != DTYPE_I64 ||
            value->type.lanes == 1 || dtype == DTYPE_BOOL)
                return value;
        narrow = from->type.dtype;
        if (dtype_is_integer(narrow))
                return from;
        if (dtype_is_integer(dtype) && dtype_bytes(dtype) <= 4 &&
            thread_is_short(from))
                return thread_cast(program, from, DTYPE_I32);
        return value;
}

const struct thread_expr *thread_cast(struct thread_program *program,
                                      const struct thread_expr *value,
                                      enum dtype dtype)
{
        struct thread_type type = {dtype, value->type.lanes};
        struct thread_expr *expr;

        value = unwidened(program, value, dtype);
        if (value->type.dtype == dtype)
                return value;
        if (value->op == THREAD_REAL && dtype_is_float(dtype))
                return thread_real(program, dtype, value->value.real);
        if (value->op == THREAD_INTEGER && dtype_is_float(dtype) &&
            llabs(value->value.integer) < 1 << 24)
                return thread_real(program, dtype,
                                   (double)value->value.integer);
        if (value->op == THREAD_INTEGER && dtype_is_integer(dtype) &&
            value->value.integer >= dtype_int_low(dtype) &&
            value->value.integer <= dtype_int_high(dtype)) {
                expr = thread_node(program, THREAD_INTEGER, type);
                expr->value.integer = value->value.integer;
                return expr;
        }
        if (value->op == THREAD_INTEGER && dtype == DTYPE_BOOL) {
                expr = thread_node(program, THREAD_INTEGER, type);
                expr->value.integer = value->value.integer != 0;
                return expr;
        }
        if (value->op == THREAD_BROADCAST)
                return thread_broadcast(
                        program, thread_cast(program, value->arg[0], dtype),
                        type.lanes);
        return thread_node_with(program, THREAD_CAST, type, value, NULL, NULL);
}

const struct thread_expr *thread_broadcast(struct thread_program *program,
                                           const struct thread_expr *value,
                                           int lanes)
{
        if (value->type.lanes == lanes)
                return value;
        if (value->type.lanes != 1)
                thread_fail(program, ERR_INTERNAL,
                            "a broadcast of %d lanes to %d", value->type.lanes,
                            lanes);
        /* Truth in lanes is a mask; the narrowest integer holds it. */
        if (value->type.dtype == DTYPE_BOOL)
                value = thread_unary(program, THREAD_NEGATE,
                                     thread_cast(program, value, DTYPE_I32));
        return thread_node_with(program, THREAD_BROADCAST,
                                thread_vector(value->type.dtype, lanes), value,
                                NULL, NULL);
}

/* Floats win over integers, wide over narrow; mixed signs meet in i64. */
static enum dtype common_dtype(enum dtype a, enum dtype b)
{
        if (a == b)
                return a;
        if (dtype_is_float(a) || dtype_is_float(b)) {
                if (a == DTYPE_F64 || b == DTYPE_F64)
                        return DTYPE_F64;
                return DTYPE_F32;
        }
        if (a == DTYPE_BOOL)
                return b;
        if (b == DTYPE_BOOL)
                return a;
        if ((dtype_int_low(a) < 0) != (dtype_int_low(b) < 0))
                return DTYPE_I64;
        return dtype_bytes(a) > dtype_bytes(b) ? a : b;
}

static bool is_literal(const struct thread_expr *expr)
{
        return expr->op == THREAD_INTEGER || expr->op == THREAD_REAL;
}

/* A scalar truth that meets a mask is one, too: 0 or -1 in its lanes. */
static void spread_truth(struct thread_program *program,
                         const struct thread_expr **truth,
                         const struct thread_expr *other)
{
        if ((*truth)->type.dtype != DTYPE_BOOL || other->type.lanes == 1 ||
            dtype_is_float(other->type.dtype))
                return;
        *truth = thread_broadcast(program, *truth, other->type.lanes);
        *truth = thread_cast(program, *truth, other->type.dtype);
}

/* Make two operands of one type: lanes by broadcast, literals give way. */
void thread_adapt(struct thread_program *program, const struct thread_expr **a,
                  const struct thread_expr **b)
{
        enum dtype dtype;

        spread_truth(program, a, *b);
        spread_truth(program, b, *a);
        if (is_literal(*a) && !is_literal(*b) &&
            (dtype_is_float((*b)->type.dtype) || (*a)->op == THREAD_INTEGER))
                dtype = (*b)->type.dtype;
        else if (is_literal(*b) && !is_literal(*a) &&
                 (dtype_is_float((*a)->type.dtype) ||
                  (*b)->op == THREAD_INTEGER))
                dtype = (*a)->type.dtype;
        else
                dtype = common_dtype((*a)->type.dtype, (*b)->type.dtype);
        *a = thread_cast(program, *a, dtype);
        *b = thread_cast(program, *b, dtype);
        if ((*a)->type.lanes == 1 && (*b)->type.lanes > 1)
                *a = thread_broadcast(program, *a, (*b)->type.lanes);
        if ((*b)->type.lanes == 1 && (*a)->type.lanes > 1)
                *b = thread_broadcast(program, *b, (*a)->type.lanes);
        if ((*a)->type.lanes != (*b)->type.lanes)
                thread_fail(program, ERR_INTERNAL,
                            "operands of %d and %d lanes", (*a)->type.lanes,
                            (*b)->type.lanes);
}

/* The signed integer as wide as dtype: what a comparison of lanes gives. */
enum dtype thread_mask_dtype(enum dtype dtype)
{
        switch (dtype_bytes(dtype)) {
        case 8:
                return DTYPE_I64;
        case 4:
                return DTYPE_I32;
        case 2:
                return DTYPE_I16;
        default:
                return DTYPE_I8;
        }
}
