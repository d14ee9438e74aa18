/*
 * Builders of expressions: folding of integer constants and adaption of
 * operands, so that lowerings can write `i * N + j` without special cases
 * and the printed source still reads like a person's.
 *
 * Reals are never folded beyond x * 1 and x / 1: what rounding a program
 * does must stay visible in it.
 */
#include "lower/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

struct thread_type thread_scalar(enum dtype dtype)
{
        return (struct thread_type){dtype, 1};
}

struct thread_type thread_vector(enum dtype dtype, int lanes)
{
        return (struct thread_type){dtype, lanes};
}

static struct thread_expr *expr_new(struct thread_program *program,
                                    enum thread_op op, struct thread_type type)
{
        struct thread_expr *expr = arena_alloc(program->arena, sizeof *expr);

        if (!expr)
                expr = &program->spare_expr;
        expr->op = op;
        expr->type = type;
        return expr;
}

static struct thread_expr *expr_with(struct thread_program *program,
                                     enum thread_op op,
                                     struct thread_type type,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b,
                                     const struct thread_expr *c)
{
        struct thread_expr *expr = expr_new(program, op, type);

        if (expr == &program->spare_expr)
                return expr;
        expr->arg[0] = a;
        expr->arg[1] = b;
        expr->arg[2] = c;
        expr->count = c ? 3 : b ? 2 : a ? 1 : 0;
        return expr;
}

/* --- literals and names ---------------------------------------------------
 */

const struct thread_expr *thread_int(struct thread_program *program,
                                     int64_t value)
{
        struct thread_expr *expr =
                expr_new(program, THREAD_INTEGER, thread_scalar(DTYPE_I64));

        expr->value.integer = value;
        return expr;
}

const struct thread_expr *thread_real(struct thread_program *program,
                                      enum dtype dtype, double value)
{
        struct thread_expr *expr =
                expr_new(program, THREAD_REAL, thread_scalar(dtype));

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
                expr_new(program, THREAD_SIZE, thread_scalar(DTYPE_I64));

        expr->value.size = size;
        return expr;
}

const struct thread_expr *thread_param(struct thread_program *program,
                                       const struct param *param)
{
        struct thread_expr *expr =
                expr_new(program, THREAD_PARAM, thread_scalar(param->dtype));

        expr->value.param = param;
        return expr;
}

const struct thread_expr *thread_iota(struct thread_program *program,
                                      struct thread_type type)
{
        return expr_new(program, THREAD_IOTA, type);
}

/* --- facts ------------------------------------------------------------------
 */

static int64_t floor_div(int64_t a, int64_t b)
{
        int64_t q = a / b;

        return q * b != a && (a < 0) != (b < 0) ? q - 1 : q;
}

/* Fold one integer operation; false when it is not to be folded. */
static bool fold(enum thread_op op, int64_t a, int64_t b, int64_t *value)
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
               fold(expr->op, a, b, value);
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
                return a->value.array == b->value.array;
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

static bool is_integer(const struct thread_expr *expr, int64_t value)
{
        return expr->op == THREAD_INTEGER && expr->value.integer == value;
}

/* --- memory ------------------------------------------------------------- */

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
        expr = expr_with(program, THREAD_LOAD, type, offset, active, NULL);
        expr->value.array = array;
        return expr;
}

const struct thread_expr *thread_load_window(struct thread_program *program,
                                             struct thread_array *array,
                                             const struct thread_expr *offset,
                                             int lanes,
                                             const struct thread_expr *first,
                                             const struct thread_expr *last)
{
        struct thread_type type = {array->type.dtype, lanes};
        struct thread_expr *expr =
                expr_with(program, THREAD_LOAD, type, offset, last, first);

        expr->value.array = array;
        return expr;
}

const struct thread_expr *thread_gather(struct thread_program *program,
                                        struct thread_array *array,
                                        const struct thread_expr *offsets,
                                        const struct thread_expr *mask)
{
        struct thread_type type = {array->type.dtype, offsets->type.lanes};
        struct thread_expr *expr;

        if (mask)
                mask = thread_cast(program, mask, DTYPE_I64);
        expr = expr_with(program, THREAD_GATHER, type, offsets, mask, NULL);
        expr->value.array = array;
        return expr;
}

/* --- types -------------------------------------------------------------- */

const struct thread_expr *thread_cast(struct thread_program *program,
                                      const struct thread_expr *value,
                                      enum dtype dtype)
{
        struct thread_type type = {dtype, value->type.lanes};
        struct thread_expr *expr;

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
                expr = expr_new(program, THREAD_INTEGER, type);
                expr->value.integer = value->value.integer;
                return expr;
        }
        if (value->op == THREAD_BROADCAST)
                return thread_broadcast(
                        program, thread_cast(program, value->arg[0], dtype),
                        type.lanes);
        return expr_with(program, THREAD_CAST, type, value, NULL, NULL);
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
        return expr_with(program, THREAD_BROADCAST,
                         thread_vector(value->type.dtype, lanes), value, NULL,
                         NULL);
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

/* Make two operands of one type: lanes by broadcast, literals give way. */
static void adapt(struct thread_program *program, const struct thread_expr **a,
                  const struct thread_expr **b)
{
        enum dtype dtype;

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
        /* A broadcast truth became a mask of its own width. */
        if ((*a)->type.dtype != (*b)->type.dtype) {
                *a = thread_cast(program, *a, (*b)->type.dtype);
        }
        if ((*a)->type.lanes != (*b)->type.lanes)
                thread_fail(program, ERR_INTERNAL,
                            "operands of %d and %d lanes", (*a)->type.lanes,
                            (*b)->type.lanes);
}

/* The signed integer as wide as dtype: what a comparison of lanes gives. */
static enum dtype mask_dtype(enum dtype dtype)
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

/* --- operations ------------------------------------------------------------
 */

const struct thread_expr *thread_horizontal(struct thread_program *program,
                                            enum reduction reduction,
                                            const struct thread_expr *value)
{
        struct thread_expr *expr;

        if (value->type.lanes == 1)
                return value;
        expr = expr_with(program, THREAD_HORIZONTAL,
                         thread_scalar(value->type.dtype), value, NULL, NULL);
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
        expr = expr_with(program, THREAD_LANE,
                         thread_scalar(value->type.dtype), value, NULL, NULL);
        expr->value.integer = lane;
        return expr;
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
        return expr_with(program, op, a->type, a, NULL, NULL);
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
            fold(op, a->value.integer, b->value.integer, &value))
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
                a.dtype = a.lanes > 1 ? mask_dtype(a.dtype) : DTYPE_BOOL;
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

        adapt(program, &a, &b);
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
        return expr_with(program, op, result_type(op, a->type), a, b, NULL);
}

const struct thread_expr *thread_select(struct thread_program *program,
                                        const struct thread_expr *condition,
                                        const struct thread_expr *a,
                                        const struct thread_expr *b)
{
        adapt(program, &a, &b);
        if (condition->type.lanes > 1 || a->type.lanes > 1) {
                int lanes = condition->type.lanes > 1 ? condition->type.lanes
                                                      : a->type.lanes;

                a = thread_broadcast(program, a, lanes);
                b = thread_broadcast(program, b, lanes);
                condition = thread_broadcast(program, condition, lanes);
                condition = thread_cast(program, condition,
                                        mask_dtype(a->type.dtype));
        }
        return expr_with(program, THREAD_SELECT, a->type, condition, a, b);
}

const struct thread_expr *thread_call(struct thread_program *program,
                                      enum function function, int variant,
                                      const struct thread_expr *a,
                                      const struct thread_expr *b)
{
        struct thread_expr *expr;
        struct thread_type type;

        if (b)
                adapt(program, &a, &b);
        type = a->type;
        if (function == FN_ISNAN || function == FN_ISINF)
                type.dtype =
                        type.lanes > 1 ? mask_dtype(type.dtype) : DTYPE_BOOL;
        expr = expr_with(program, THREAD_CALL, type, a, b, NULL);
        expr->value.function = function;
        expr->variant = variant;
        return expr;
}

/* --- by name ------------------------------------------------------------ */

const struct thread_expr *thread_add(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b)
{
        return thread_binary(program, THREAD_ADD, a, b);
}

const struct thread_expr *thread_sub(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b)
{
        return thread_binary(program, THREAD_SUB, a, b);
}

const struct thread_expr *thread_mul(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b)
{
        return thread_binary(program, THREAD_MUL, a, b);
}

const struct thread_expr *thread_min(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b)
{
        return thread_binary(program, THREAD_MIN, a, b);
}

const struct thread_expr *thread_max(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b)
{
        return thread_binary(program, THREAD_MAX, a, b);
}

const struct thread_expr *thread_less(struct thread_program *program,
                                      const struct thread_expr *a,
                                      const struct thread_expr *b)
{
        return thread_binary(program, THREAD_LT, a, b);
}

const struct thread_expr *thread_quotient(struct thread_program *program,
                                          const struct thread_expr *a,
                                          const struct thread_expr *b)
{
        return thread_binary(program, THREAD_DIV, a, b);
}

const struct thread_expr *thread_remainder(struct thread_program *program,
                                           const struct thread_expr *a,
                                           const struct thread_expr *b)
{
        return thread_binary(program, THREAD_REM, a, b);
}

const struct thread_expr *thread_blocks(struct thread_program *program,
                                        const struct thread_expr *a,
                                        const struct thread_expr *block)
{
        return thread_binary(program, THREAD_CEIL_DIV, a, block);
}
