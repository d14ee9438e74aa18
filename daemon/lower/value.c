/*
 * Builders of expressions: folding of integer constants and adaption of
 * operands, so that lowerings can write `i * N + j` without special cases
 * and the printed source still reads like a person's.
 *
 * Reals are never folded beyond x * 1 and x / 1: what rounding a program
 * does must stay visible in it.
 */
#include "lower/value_inner.h"

#include <math.h>
#include <stdlib.h>

#include "core/arena.h"

struct thread_type thread_scalar(enum dtype dtype)
{
        return (struct thread_type){dtype, 1};
}

struct thread_type thread_vector(enum dtype dtype, int lanes)
{
        return (struct thread_type){dtype, lanes};
}

struct thread_expr *thread_node(struct thread_program *program,
                                enum thread_op op, struct thread_type type)
{
        struct thread_expr *expr = arena_alloc(program->arena, sizeof *expr);

        if (!expr)
                expr = &program->spare_expr;
        expr->op = op;
        expr->type = type;
        return expr;
}

struct thread_expr *thread_node_with(struct thread_program *program,
                                     enum thread_op op,
                                     struct thread_type type,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b,
                                     const struct thread_expr *c)
{
        struct thread_expr *expr = thread_node(program, op, type);

        if (expr == &program->spare_expr)
                return expr;
        expr->arg[0] = a;
        expr->arg[1] = b;
        expr->arg[2] = c;
        expr->count = c ? 3 : b ? 2 : a ? 1 : 0;
        return expr;
}

/* --- literals and names --- */

const struct thread_expr *thread_int(struct thread_program *program,
                                     int64_t value)
{
        struct thread_expr *expr =
                thread_node(program, THREAD_INTEGER, thread_scalar(DTYPE_I64));

        expr->value.integer = value;
        return expr;
}

const struct thread_expr *thread_real(struct thread_program *program,
                                      enum dtype dtype, double value)
{
        struct thread_expr *expr =
                thread_node(program, THREAD_REAL, thread_scalar(dtype));

        expr->value.real = value;
        return expr;
}

const struct thread_expr *thread_constant(struct thread_program *program,
                                          struct thread_type type,
                                          double value)
{
        const struct thread_expr *scalar;

        if (dtype_is_float(type.dtype))
                scalar = thread_real(program, type.dtype, value);
        else
                scalar = thread_cast(program,
                                     thread_int(program, (int64_t)value),
                                     type.dtype);
        return thread_broadcast(program, scalar, type.lanes);
}

const struct thread_expr *thread_size(struct thread_program *program,
                                      const struct size *size)
{
        struct thread_expr *expr =
                thread_node(program, THREAD_SIZE, thread_scalar(DTYPE_I64));

        expr->value.size = size;
        return expr;
}

const struct thread_expr *thread_param(struct thread_program *program,
                                       const struct param *param)
{
        struct thread_expr *expr = thread_node(program, THREAD_PARAM,
                                               thread_scalar(param->dtype));

        expr->value.param = param;
        return expr;
}

const struct thread_expr *thread_iota(struct thread_program *program,
                                      struct thread_type type)
{
        return thread_node(program, THREAD_IOTA, type);
}

static bool is_integer(const struct thread_expr *expr, int64_t value)
{
        return expr->op == THREAD_INTEGER && expr->value.integer == value;
}

/* --- memory --- */

const struct thread_expr *thread_load(struct thread_program *program,
                                      struct thread_array *array,
                                      const struct thread_expr *offset,
                                      int lanes)
{
        return thread_load_part(program, array, offset, lanes, NULL);
}

const struct thread_expr *thread_load_part(struct thread_program *program,
                                           struct thread_array *array,
                                           const struct thread_expr *offset,
                                           int lanes,
                                           const struct thread_expr *active)
{
        struct thread_type type = array->type;
        struct thread_expr *expr;

        if (array->space != THREAD_PRIVATE)
                type.lanes = lanes;
        expr = thread_node_with(program, THREAD_LOAD, type, offset, active,
                                NULL);
        expr->value.array = array;
        expr->step = 1;
        return expr;
}

const struct thread_expr *thread_load_window(struct thread_program *program,
                                             struct thread_array *array,
                                             const struct thread_expr *offset,
                                             int step, int lanes,
                                             const struct thread_expr *first,
                                             const struct thread_expr *last)
{
        struct thread_type type = {array->type.dtype, lanes};
        struct thread_expr *expr = thread_node_with(program, THREAD_LOAD, type,
                                                    offset, last, first);

        expr->value.array = array;
        expr->step = step;
        return expr;
}

const struct thread_expr *thread_gather(struct thread_program *program,
                                        struct thread_array *array,
                                        const struct thread_expr *offsets,
                                        const struct thread_expr *mask,
                                        bool near)
{
        struct thread_type type = {array->type.dtype, offsets->type.lanes};
        struct thread_expr *expr;

        if (mask)
                mask = thread_cast(program, mask, DTYPE_I64);
        expr = thread_node_with(program, THREAD_GATHER, type, offsets, mask,
                                NULL);
        expr->value.array = array;
        expr->variant = near;
        return expr;
}

/* --- operations --- */

const struct thread_expr *thread_horizontal(struct thread_program *program,
                                            enum reduction reduction,
                                            const struct thread_expr *value)
{
        struct thread_expr *expr;

        if (value->type.lanes == 1)
                return value;
        expr = thread_node_with(program, THREAD_HORIZONTAL,
                                thread_scalar(value->type.dtype), value, NULL,
                                NULL);
        expr->value.reduction = reduction;
        return expr;
}

const struct thread_expr *thread_lane(struct thread_program *program,
                                      const struct thread_expr *value,
                                      int lane)
{
        struct thread_expr *expr;

        if (value->type.lanes == 1)
                return value;
        expr = thread_node_with(program, THREAD_LANE,
                                thread_scalar(value->type.dtype), value, NULL,
                                NULL);
        expr->value.integer = lane;
        return expr;
}

static const struct thread_expr *shuffle(struct thread_program *program,
                                         enum thread_op op,
                                         const struct thread_expr *a,
                                         const struct thread_expr *b, int from)
{
        struct thread_expr *expr =
                thread_node_with(program, op, a->type, a, b, NULL);

        expr->value.integer = from;
        return expr;
}

const struct thread_expr *thread_slide(struct thread_program *program,
                                       const struct thread_expr *low,
                                       const struct thread_expr *high,
                                       int from)
{
        if (from == 0)
                return low;
        if (from == low->type.lanes)
                return high;
        return shuffle(program, THREAD_SLIDE, low, high, from);
}

const struct thread_expr *thread_zip(struct thread_program *program,
                                     const struct thread_expr *even,
                                     const struct thread_expr *odd, int from)
{
        return shuffle(program, THREAD_ZIP, even, odd, from);
}

const struct thread_expr *thread_unzip(struct thread_program *program,
                                       const struct thread_expr *low,
                                       const struct thread_expr *high,
                                       int from)
{
        return shuffle(program, THREAD_UNZIP, low, high, from);
}

const struct thread_expr *thread_unary(struct thread_program *program,
                                       enum thread_op op,
                                       const struct thread_expr *a)
{
        if (op == THREAD_NEGATE && a->op == THREAD_INTEGER &&
            a->value.integer > -INT64_MAX && a->type.dtype == DTYPE_I64)
                return thread_int(program, -a->value.integer);
        if (op == THREAD_NEGATE && a->op == THREAD_REAL)
                return thread_real(program, a->type.dtype, -a->value.real);
        if (op == THREAD_NOT && a->op == THREAD_NOT)
                return a->arg[0];
        if (op == THREAD_NOT && a->type.lanes == 1)
                a = thread_cast(program, a, DTYPE_BOOL);
        return thread_node_with(program, op, a->type, a, NULL, NULL);
}

/* What needs no operation: x + 0, x * 1, x / 1, x * 0; or NULL. */
static const struct thread_expr *trivial(struct thread_program *program,
                                         enum thread_op op,
                                         const struct thread_expr *a,
                                         const struct thread_expr *b)
{
        int64_t value;

        if (dtype_is_float(a->type.dtype)) {
                if ((op == THREAD_MUL || op == THREAD_DIV) &&
                    b->op == THREAD_REAL && b->value.real == 1)
                        return a;
                if (op == THREAD_MUL && a->op == THREAD_REAL &&
                    a->value.real == 1)
                        return b;
                return NULL;
        }
        if (a->op == THREAD_INTEGER && b->op == THREAD_INTEGER &&
            a->type.dtype == DTYPE_I64 &&
            thread_fold(op, a->value.integer, b->value.integer, &value))
                return thread_int(program, value);
        if ((op == THREAD_ADD || op == THREAD_SUB) && is_integer(b, 0))
                return a;
        if (op == THREAD_ADD && is_integer(a, 0))
                return b;
        if ((op == THREAD_MUL || op == THREAD_DIV || op == THREAD_FLOOR_DIV ||
             op == THREAD_CEIL_DIV) &&
            is_integer(b, 1))
                return a;
        if (op == THREAD_MUL && (is_integer(a, 1) || is_integer(b, 0)))
                return b;
        if (op == THREAD_MUL && is_integer(a, 0))
                return a;
        if ((op == THREAD_REM || op == THREAD_FLOOR_MOD) && is_integer(b, 1))
                return thread_int(program, 0);
        if ((op == THREAD_MIN || op == THREAD_MAX) && thread_equal(a, b))
                return a;
        return NULL;
}

/* Is every lane the literal `value`? */
static bool is_all(const struct thread_expr *expr, int64_t value)
{
        return expr->op == THREAD_BROADCAST && is_integer(expr->arg[0], value);
}

/* The same for integers in lanes: x + 0 and x * 1. */
static const struct thread_expr *trivial_lanes(enum thread_op op,
                                               const struct thread_expr *a,
                                               const struct thread_expr *b)
{
        if ((op == THREAD_ADD && is_all(b, 0)) ||
            (op == THREAD_SUB && is_all(b, 0)) ||
            (op == THREAD_MUL && is_all(b, 1)))
                return a;
        if ((op == THREAD_ADD && is_all(a, 0)) ||
            (op == THREAD_MUL && is_all(a, 1)))
                return b;
        return NULL;
}

static struct thread_type result_type(enum thread_op op, struct thread_type a)
{
        switch (op) {
        case THREAD_LT:
        case THREAD_LE:
        case THREAD_EQ:
        case THREAD_NE:
                a.dtype =
                        a.lanes > 1 ? thread_mask_dtype(a.dtype) : DTYPE_BOOL;
                return a;
        case THREAD_AND:
        case THREAD_OR:
                if (a.lanes == 1)
                        a.dtype = DTYPE_BOOL;
                return a;
        default:
                return a;
        }
}

const struct thread_expr *thread_binary(struct thread_program *program,
                                        enum thread_op op,
                                        const struct thread_expr *a,
                                        const struct thread_expr *b)
{
        const struct thread_expr *simple;

        thread_adapt(program, &a, &b);
        if (a->type.lanes > 1 && !dtype_is_float(a->type.dtype)) {
                simple = trivial_lanes(op, a, b);
                if (simple)
                        return simple;
        }
        if (a->type.lanes == 1) {
                simple = trivial(program, op, a, b);
                if (simple)
                        return simple;
                /* (a + 1) + 2 and (a - 1) + 2: one literal. */
                if ((op == THREAD_ADD || op == THREAD_SUB) &&
                    b->op == THREAD_INTEGER && a->op == THREAD_ADD &&
                    a->arg[1]->op == THREAD_INTEGER &&
                    a->type.dtype == DTYPE_I64)
                        return thread_binary(
                                program, THREAD_ADD, a->arg[0],
                                thread_binary(program, op, a->arg[1], b));
        }
        return thread_node_with(program, op, result_type(op, a->type), a, b,
                                NULL);
}

const struct thread_expr *thread_select(struct thread_program *program,
                                        const struct thread_expr *condition,
                                        const struct thread_expr *a,
                                        const struct thread_expr *b)
{
        thread_adapt(program, &a, &b);
        if (condition->type.lanes > 1 || a->type.lanes > 1) {
                int lanes = condition->type.lanes > 1 ? condition->type.lanes
                                                      : a->type.lanes;

                a = thread_broadcast(program, a, lanes);
                b = thread_broadcast(program, b, lanes);
                condition = thread_broadcast(program, condition, lanes);
                condition = thread_cast(program, condition,
                                        thread_mask_dtype(a->type.dtype));
        }
        return thread_node_with(program, THREAD_SELECT, a->type, condition, a,
                                b);
}

const struct thread_expr *thread_call(struct thread_program *program,
                                      enum function function, int variant,
                                      const struct thread_expr *a,
                                      const struct thread_expr *b)
{
        struct thread_expr *expr;
        struct thread_type type;

        if (b)
                thread_adapt(program, &a, &b);
        type = a->type;
        if (function == FN_ISNAN || function == FN_ISINF)
                type.dtype = type.lanes > 1 ? thread_mask_dtype(type.dtype)
                                            : DTYPE_BOOL;
        expr = thread_node_with(program, THREAD_CALL, type, a, b, NULL);
        expr->value.function = function;
        expr->variant = variant;
        return expr;
}
