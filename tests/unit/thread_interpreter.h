/*
 * Runs a thread program without a compiler, so that a lowering's tests need
 * no backend and see more than a native run shows: every access is checked
 * against its array's length, inputs cannot be written, what nobody wrote is
 * NaN (or a wild integer), tasks run in a random order, and a task that
 * reads or overwrites what another task of the same stage wrote is a failure.
 */
#ifndef KEVO_TESTS_THREAD_INTERPRETER_H
#define KEVO_TESTS_THREAD_INTERPRETER_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "lower/thread.h"

enum { INTERPRETER_VARIABLES = 8192 };

struct interpreter_value {
        struct thread_type type;
        union {
                double real[THREAD_LANES];
                int64_t integer[THREAD_LANES];
        } lane;
};

struct interpreter_array {
        const struct thread_array *array;
        void *data;
        int64_t count;   /* elements of array->type.dtype */
        int64_t *writer; /* task + 1 that wrote it in this stage */
};

struct interpreter {
        const struct thread_program *program;
        const struct binding *binding;
        int array_count;
        struct interpreter_array array[THREAD_ARRAYS + 256];
        const struct thread_variable *variable[INTERPRETER_VARIABLES];
        struct interpreter_value value[INTERPRETER_VARIABLES];
        int64_t task; /* that runs now */
        char failure[256];
};

static void interpreter_eval(struct interpreter *in,
                             const struct thread_expr *expr,
                             struct interpreter_value *out);

#define INTERPRETER_FAIL(in, ...)                                      \
        do {                                                           \
                if (!(in)->failure[0])                                 \
                        snprintf((in)->failure, sizeof((in)->failure), \
                                 __VA_ARGS__);                         \
        } while (0)

static inline bool interpreter_is_real(struct thread_type type)
{
        return dtype_is_float(type.dtype);
}

static int interpreter_slot(struct interpreter *in,
                            const struct thread_variable *variable)
{
        size_t h = ((size_t)variable >> 4) % INTERPRETER_VARIABLES;

        while (in->variable[h] && in->variable[h] != variable)
                h = (h + 1) % INTERPRETER_VARIABLES;
        in->variable[h] = variable;
        return (int)h;
}

/* Only the lanes that there are: most values are scalars. */
static inline void interpreter_copy(struct interpreter_value *to,
                                    const struct interpreter_value *from)
{
        to->type = from->type;
        memcpy(&to->lane, &from->lane,
               sizeof(int64_t) * (size_t)from->type.lanes);
}

static int64_t interpreter_integer(struct interpreter *in,
                                   const struct thread_expr *expr)
{
        struct interpreter_value value;

        interpreter_eval(in, expr, &value);
        return interpreter_is_real(value.type) ? (int64_t)value.lane.real[0]
                                               : value.lane.integer[0];
}

/* --- memory ---------------------------------------------------------------
 */

static struct interpreter_array *interpreter_find(
        struct interpreter *in, const struct thread_array *array)
{
        for (int i = 0; i < in->array_count; i++)
                if (in->array[i].array == array)
                        return &in->array[i];
        INTERPRETER_FAIL(in, "array %s is not declared here", array->name);
        return NULL;
}

static void interpreter_poison(struct interpreter_array *a)
{
        for (int64_t i = 0; i < a->count; i++)
                if (dtype_is_float(a->array->type.dtype))
                        dtype_store(a->array->type.dtype, a->data, i, NAN);
                else
                        dtype_store_int(a->array->type.dtype, a->data, i,
                                        0x5a5a5a5a5a5a);
        memset(a->writer, 0, sizeof(*a->writer) * (size_t)(a->count + 1));
}

static void interpreter_add(struct interpreter *in,
                            const struct thread_array *array, int64_t count,
                            void *data)
{
        struct interpreter_array *a = &in->array[in->array_count++];

        a->array = array;
        a->count = count;
        a->writer = calloc((size_t)count + 1, sizeof(*a->writer));
        a->data = data ? data
                       : calloc((size_t)count + 1,
                                dtype_bytes(array->type.dtype));
        if (!data && !array->zero)
                interpreter_poison(a);
}

static bool interpreter_touch(struct interpreter *in,
                              struct interpreter_array *a, int64_t at,
                              bool write)
{
        bool shared = a && a->array->space != THREAD_LOCAL &&
                      a->array->space != THREAD_PRIVATE;

        if (!a)
                return false;
        if (at < 0 || at >= a->count) {
                INTERPRETER_FAIL(in, "%s of %s[%lld] of %lld",
                                 write ? "store" : "load", a->array->name,
                                 (long long)at, (long long)a->count);
                return false;
        }
        if (write && a->array->space == THREAD_INPUT)
                INTERPRETER_FAIL(in, "store to input %s", a->array->name);
        if (shared && a->writer[at] && a->writer[at] != in->task + 1)
                INTERPRETER_FAIL(in, "tasks %lld and %lld race on %s[%lld]",
                                 (long long)a->writer[at] - 1,
                                 (long long)in->task, a->array->name,
                                 (long long)at);
        if (write)
                a->writer[at] = in->task + 1;
        return true;
}

static void interpreter_get(struct interpreter *in,
                            struct interpreter_array *a, int64_t at,
                            struct interpreter_value *out, int lane)
{
        enum dtype dtype = out->type.dtype;

        if (!interpreter_touch(in, a, at, false))
                at = -1;
        if (interpreter_is_real(out->type))
                out->lane.real[lane] =
                        at < 0 ? 0 : dtype_load(dtype, a->data, at);
        else
                out->lane.integer[lane] =
                        at < 0 ? 0 : dtype_load_int(dtype, a->data, at);
}

/* --- expressions -----------------------------------------------------------
 */

static void interpreter_load(struct interpreter *in,
                             const struct thread_expr *expr,
                             struct interpreter_value *out)
{
        struct interpreter_array *a = interpreter_find(in, expr->value.array);
        int unit = expr->value.array->type.lanes;
        int64_t at = interpreter_integer(in, expr->arg[0]) * unit;
        int64_t active = out->type.lanes, first = 0;

        memset(&out->lane, 0, sizeof(int64_t) * (size_t)out->type.lanes);
        if (expr->arg[1])
                active = interpreter_integer(in, expr->arg[1]);
        if (expr->arg[2])
                first = interpreter_integer(in, expr->arg[2]);
        for (int l = first > 0 ? (int)first : 0;
             l < out->type.lanes && l < active; l++)
                interpreter_get(in, a, at + (int64_t)l * expr->step, out, l);
}

static void interpreter_gather(struct interpreter *in,
                               const struct thread_expr *expr,
                               struct interpreter_value *out)
{
        struct interpreter_array *a = interpreter_find(in, expr->value.array);
        struct interpreter_value offset, mask;

        memset(&out->lane, 0, sizeof(out->lane));
        interpreter_eval(in, expr->arg[0], &offset);
        if (expr->arg[1])
                interpreter_eval(in, expr->arg[1], &mask);
        for (int l = 0; l < out->type.lanes; l++)
                if (!expr->arg[1] || mask.lane.integer[l])
                        interpreter_get(in, a, offset.lane.integer[l], out, l);
}

static double interpreter_function(enum function function, double a, double b)
{
        switch (function) {
        case FN_ABS:
                return fabs(a);
        case FN_SQRT:
                return sqrt(a);
        case FN_RSQRT:
                return 1 / sqrt(a);
        case FN_EXP:
                return exp(a);
        case FN_LOG:
                return log(a);
        case FN_TANH:
                return tanh(a);
        case FN_ERF:
                return erf(a);
        case FN_FLOOR:
                return floor(a);
        case FN_TRUNC:
                return trunc(a);
        case FN_ROUND:
                return nearbyint(a);
        case FN_CEIL:
                return ceil(a);
        case FN_POW:
                return pow(a, b);
        default:
                return NAN;
        }
}

static double interpreter_real_op(enum thread_op op, double a, double b)
{
        switch (op) {
        case THREAD_ADD:
                return a + b;
        case THREAD_SUB:
                return a - b;
        case THREAD_MUL:
                return a * b;
        case THREAD_DIV:
                return a / b;
        case THREAD_MIN:
                return a < b ? a : b;
        case THREAD_MAX:
                return a > b ? a : b;
        default:
                return NAN;
        }
}

static int64_t interpreter_floor_div(int64_t a, int64_t b)
{
        return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

static int64_t interpreter_integer_op(struct interpreter *in,
                                      enum thread_op op, int64_t a, int64_t b)
{
        bool divides = op == THREAD_DIV || op == THREAD_REM ||
                       op == THREAD_FLOOR_DIV || op == THREAD_FLOOR_MOD ||
                       op == THREAD_CEIL_DIV;

        if (divides && b == 0) {
                INTERPRETER_FAIL(in, "division by 0");
                return 0;
        }
        switch (op) {
        case THREAD_ADD:
                return (int64_t)((uint64_t)a + (uint64_t)b);
        case THREAD_SUB:
                return (int64_t)((uint64_t)a - (uint64_t)b);
        case THREAD_MUL:
                return (int64_t)((uint64_t)a * (uint64_t)b);
        case THREAD_DIV:
                return a / b;
        case THREAD_REM:
                return a % b;
        case THREAD_FLOOR_DIV:
                return interpreter_floor_div(a, b);
        case THREAD_FLOOR_MOD:
                return a - b * interpreter_floor_div(a, b);
        case THREAD_CEIL_DIV:
                return -interpreter_floor_div(-a, b);
        case THREAD_MIN:
                return a < b ? a : b;
        case THREAD_MAX:
                return a > b ? a : b;
        case THREAD_AND:
                return a && b;
        case THREAD_OR:
                return a || b;
        case THREAD_BIT_AND:
                return a & b;
        case THREAD_BIT_OR:
                return a | b;
        case THREAD_BIT_XOR:
                return a ^ b;
        case THREAD_SHL:
                return (int64_t)((uint64_t)a << (b & 63));
        default:
                return a >> (b & 63);
        }
}

static bool interpreter_compare(enum thread_op op,
                                const struct interpreter_value *a,
                                const struct interpreter_value *b, int l)
{
        bool real = interpreter_is_real(a->type);
        double x = real ? a->lane.real[l] : 0, y = real ? b->lane.real[l] : 0;
        int64_t i = real ? 0 : a->lane.integer[l];
        int64_t j = real ? 0 : b->lane.integer[l];

        switch (op) {
        case THREAD_LT:
                return real ? x < y : i < j;
        case THREAD_LE:
                return real ? x <= y : i <= j;
        case THREAD_EQ:
                return real ? x == y : i == j;
        default:
                return real ? x != y : i != j;
        }
}

static void interpreter_binary(struct interpreter *in,
                               const struct thread_expr *expr,
                               struct interpreter_value *out)
{
        struct interpreter_value a, b;
        int lanes = out->type.lanes;

        interpreter_eval(in, expr->arg[0], &a);
        interpreter_eval(in, expr->arg[1], &b);
        if (a.type.lanes != b.type.lanes || a.type.lanes != lanes)
                INTERPRETER_FAIL(in, "operator %d between %d and %d lanes",
                                 (int)expr->op, a.type.lanes, b.type.lanes);
        for (int l = 0; l < lanes; l++) {
                if (expr->op >= THREAD_LT && expr->op <= THREAD_NE) {
                        bool yes = interpreter_compare(expr->op, &a, &b, l);

                        out->lane.integer[l] = lanes > 1 ? -yes : yes;
                } else if (interpreter_is_real(out->type)) {
                        out->lane.real[l] = dtype_round(
                                out->type.dtype,
                                interpreter_real_op(expr->op, a.lane.real[l],
                                                    b.lane.real[l]));
                } else if (lanes > 1 && expr->op == THREAD_AND) {
                        out->lane.integer[l] =
                                a.lane.integer[l] & b.lane.integer[l];
                } else if (lanes > 1 && expr->op == THREAD_OR) {
                        out->lane.integer[l] =
                                a.lane.integer[l] | b.lane.integer[l];
                } else {
                        out->lane.integer[l] = interpreter_integer_op(
                                in, expr->op, a.lane.integer[l],
                                b.lane.integer[l]);
                }
        }
}

/* What is left of an integer in a narrower type. */
static int64_t interpreter_wrap(enum dtype dtype, int64_t value)
{
        int64_t stored = 0;

        dtype_store_int(dtype, &stored, 0, value);
        return dtype_load_int(dtype, &stored, 0);
}

static void interpreter_cast(const struct interpreter_value *a,
                             struct interpreter_value *out)
{
        for (int l = 0; l < out->type.lanes; l++) {
                bool from = interpreter_is_real(a->type);
                double real =
                        from ? a->lane.real[l] : (double)a->lane.integer[l];

                if (interpreter_is_real(out->type))
                        out->lane.real[l] = dtype_round(out->type.dtype, real);
                else if (out->type.dtype == DTYPE_BOOL)
                        out->lane.integer[l] = real != 0;
                else
                        out->lane.integer[l] = interpreter_wrap(
                                out->type.dtype,
                                from ? (int64_t)real : a->lane.integer[l]);
        }
}

static void interpreter_unary(struct interpreter *in,
                              const struct thread_expr *expr,
                              struct interpreter_value *out)
{
        struct interpreter_value a;

        interpreter_eval(in, expr->arg[0], &a);
        for (int l = 0; l < out->type.lanes; l++) {
                switch (expr->op) {
                case THREAD_BROADCAST:
                        out->lane.integer[l] = a.lane.integer[0];
                        break;
                case THREAD_LANE:
                        out->lane.integer[l] =
                                a.lane.integer[expr->value.integer];
                        break;
                case THREAD_NEGATE:
                        if (interpreter_is_real(out->type))
                                out->lane.real[l] = -a.lane.real[l];
                        else
                                out->lane.integer[l] =
                                        (int64_t)(0 -
                                                  (uint64_t)a.lane.integer[l]);
                        break;
                case THREAD_NOT:
                        out->lane.integer[l] = out->type.lanes > 1
                                                       ? ~a.lane.integer[l]
                                                       : !a.lane.integer[l];
                        break;
                default:
                        out->lane.integer[l] = ~a.lane.integer[l];
                }
        }
        if (expr->op == THREAD_CAST)
                interpreter_cast(&a, out);
}

static void interpreter_horizontal(struct interpreter *in,
                                   const struct thread_expr *expr,
                                   struct interpreter_value *out)
{
        static const enum thread_op op[RED_COUNT] = {
                [RED_SUM] = THREAD_ADD, [RED_PROD] = THREAD_MUL,
                [RED_MAX] = THREAD_MAX, [RED_MIN] = THREAD_MIN,
                [RED_ANY] = THREAD_OR,  [RED_ALL] = THREAD_AND};
        struct interpreter_value a;

        interpreter_eval(in, expr->arg[0], &a);
        out->lane.integer[0] = a.lane.integer[0];
        for (int l = 1; l < a.type.lanes; l++)
                if (interpreter_is_real(a.type))
                        out->lane.real[0] = dtype_round(
                                out->type.dtype,
                                interpreter_real_op(op[expr->value.reduction],
                                                    out->lane.real[0],
                                                    a.lane.real[l]));
                else
                        out->lane.integer[0] = interpreter_integer_op(
                                in, op[expr->value.reduction],
                                out->lane.integer[0], a.lane.integer[l]);
}

static void interpreter_shuffle(struct interpreter *in,
                                const struct thread_expr *expr,
                                struct interpreter_value *out)
{
        struct interpreter_value a, b;
        int lanes = out->type.lanes, from = (int)expr->value.integer;

        interpreter_eval(in, expr->arg[0], &a);
        interpreter_eval(in, expr->arg[1], &b);
        if (a.type.lanes != lanes || b.type.lanes != lanes)
                INTERPRETER_FAIL(in, "a shuffle of %d and %d lanes",
                                 a.type.lanes, b.type.lanes);
        for (int l = 0; l < lanes; l++) {
                int at = expr->op == THREAD_ZIP
                                 ? from + l / 2 + (l % 2) * lanes
                                 : from + l * (expr->op == THREAD_UNZIP ? 2
                                                                        : 1);

                out->lane.integer[l] = at < lanes ? a.lane.integer[at]
                                                  : b.lane.integer[at - lanes];
        }
}

static void interpreter_select(struct interpreter *in,
                               const struct thread_expr *expr,
                               struct interpreter_value *out)
{
        struct interpreter_value c, a, b;

        interpreter_eval(in, expr->arg[0], &c);
        if (out->type.lanes == 1) {
                interpreter_eval(in, expr->arg[c.lane.integer[0] ? 1 : 2],
                                 out);
                return;
        }
        interpreter_eval(in, expr->arg[1], &a);
        interpreter_eval(in, expr->arg[2], &b);
        for (int l = 0; l < out->type.lanes; l++)
                out->lane.integer[l] = c.lane.integer[l] ? a.lane.integer[l]
                                                         : b.lane.integer[l];
}

static void interpreter_call(struct interpreter *in,
                             const struct thread_expr *expr,
                             struct interpreter_value *out)
{
        struct interpreter_value a, b = {0};

        interpreter_eval(in, expr->arg[0], &a);
        if (expr->count > 1)
                interpreter_eval(in, expr->arg[1], &b);
        for (int l = 0; l < out->type.lanes; l++)
                out->lane.real[l] = dtype_round(
                        out->type.dtype,
                        interpreter_function(expr->value.function,
                                             a.lane.real[l], b.lane.real[l]));
}

static void interpreter_leaf(struct interpreter *in,
                             const struct thread_expr *expr,
                             struct interpreter_value *out)
{
        double value;

        for (int l = 0; l < out->type.lanes; l++)
                switch (expr->op) {
                case THREAD_INTEGER:
                        if (interpreter_is_real(out->type))
                                out->lane.real[l] =
                                        (double)expr->value.integer;
                        else
                                out->lane.integer[l] = expr->value.integer;
                        break;
                case THREAD_REAL:
                        if (interpreter_is_real(out->type))
                                out->lane.real[l] = dtype_round(
                                        out->type.dtype, expr->value.real);
                        else
                                out->lane.integer[l] =
                                        (int64_t)expr->value.real;
                        break;
                case THREAD_SIZE:
                        out->lane.integer[l] =
                                in->binding->size[expr->value.size->number];
                        break;
                case THREAD_PARAM:
                        value = in->binding->param[expr->value.param->number];
                        if (interpreter_is_real(out->type))
                                out->lane.real[l] = value;
                        else
                                out->lane.integer[l] = (int64_t)value;
                        break;
                default:
                        out->lane.integer[l] = l;
                }
}

static void interpreter_eval(struct interpreter *in,
                             const struct thread_expr *expr,
                             struct interpreter_value *out)
{
        out->type = expr->type;
        switch (expr->op) {
        case THREAD_INTEGER:
        case THREAD_REAL:
        case THREAD_SIZE:
        case THREAD_PARAM:
        case THREAD_IOTA:
                interpreter_leaf(in, expr, out);
                return;
        case THREAD_VARIABLE:
                interpreter_copy(out, &in->value[interpreter_slot(
                                              in, expr->value.variable)]);
                return;
        case THREAD_LOAD:
                interpreter_load(in, expr, out);
                return;
        case THREAD_GATHER:
                interpreter_gather(in, expr, out);
                return;
        case THREAD_HORIZONTAL:
                interpreter_horizontal(in, expr, out);
                return;
        case THREAD_SLIDE:
        case THREAD_ZIP:
        case THREAD_UNZIP:
                interpreter_shuffle(in, expr, out);
                return;
        case THREAD_SELECT:
                interpreter_select(in, expr, out);
                return;
        case THREAD_CALL:
                interpreter_call(in, expr, out);
                return;
        default:
                if (expr->count == 1)
                        interpreter_unary(in, expr, out);
                else
                        interpreter_binary(in, expr, out);
        }
}

/* --- statements -------------------------------------------------------------
 */

static void interpreter_block(struct interpreter *in,
                              const struct thread_block *block);

static void interpreter_store(struct interpreter *in,
                              const struct thread_statement *statement)
{
        struct interpreter_array *a = interpreter_find(in, statement->array);
        struct interpreter_value value, stored;
        int64_t at = interpreter_integer(in, statement->offset) *
                     statement->array->type.lanes;
        int64_t active;

        interpreter_eval(in, statement->value, &value);
        active = value.type.lanes;
        if (statement->active)
                active = interpreter_integer(in, statement->active);
        stored.type =
                thread_vector(statement->array->type.dtype, value.type.lanes);
        interpreter_cast(&value, &stored);
        for (int l = 0; l < value.type.lanes && l < active; l++) {
                if (!interpreter_touch(in, a, at + l, true))
                        return;
                if (interpreter_is_real(stored.type))
                        dtype_store(stored.type.dtype, a->data, at + l,
                                    stored.lane.real[l]);
                else
                        dtype_store_int(stored.type.dtype, a->data, at + l,
                                        stored.lane.integer[l]);
        }
}

/* A hint reads nothing and may lie behind the end, where a panel's last
 * steps look ahead, but its offset must mean something. */
static void interpreter_hint(struct interpreter *in,
                             const struct thread_statement *s)
{
        struct interpreter_array *a = interpreter_find(in, s->array);
        int64_t at = interpreter_integer(in, s->offset);

        if (a && at < 0)
                INTERPRETER_FAIL(in, "a hint at %s[%lld] of %lld",
                                 s->array->name, (long long)at,
                                 (long long)a->count);
}

static void interpreter_turn(struct interpreter *in,
                             const struct thread_array *array)
{
        struct interpreter_array *a = interpreter_find(in, array);
        int lanes = array->type.lanes;
        size_t size = dtype_bytes(array->type.dtype);

        if (!a || array->space != THREAD_PRIVATE || a->count != lanes * lanes)
                INTERPRETER_FAIL(in, "%s is not square", array->name);
        for (int v = 0; a && v < lanes && !in->failure[0]; v++)
                for (int l = 0; l < v; l++) {
                        char *x = (char *)a->data + (v * lanes + l) * size;
                        char *y = (char *)a->data + (l * lanes + v) * size;
                        char kept[8];

                        memcpy(kept, x, size);
                        memcpy(x, y, size);
                        memcpy(y, kept, size);
                }
}

static void interpreter_for(struct interpreter *in,
                            const struct thread_statement *statement)
{
        int64_t low = interpreter_integer(in, statement->low);
        int64_t high = interpreter_integer(in, statement->high);
        int slot = interpreter_slot(in, statement->variable);

        for (int64_t i = low; i < high && !in->failure[0];
             i += statement->step) {
                in->value[slot].type = thread_scalar(DTYPE_I64);
                in->value[slot].lane.integer[0] = i;
                interpreter_block(in, &statement->body);
        }
}

static void interpreter_array_new(struct interpreter *in,
                                  const struct thread_array *array)
{
        int64_t count =
                interpreter_integer(in, array->elements) * array->type.lanes;

        for (int i = 0; i < in->array_count; i++)
                if (in->array[i].array == array) {
                        interpreter_poison(&in->array[i]);
                        return;
                }
        interpreter_add(in, array, count, NULL);
}

static void interpreter_block(struct interpreter *in,
                              const struct thread_block *block)
{
        const struct thread_statement *s;

        for (s = block->first; s && !in->failure[0]; s = s->next)
                switch (s->kind) {
                case THREAD_DECLARE:
                case THREAD_ASSIGN: {
                        struct interpreter_value value;

                        interpreter_eval(in, s->value, &value);
                        interpreter_copy(
                                &in->value[interpreter_slot(in, s->variable)],
                                &value);
                        break;
                }
                case THREAD_STORE:
                        interpreter_store(in, s);
                        break;
                case THREAD_PREFETCH:
                        interpreter_hint(in, s);
                        break;
                case THREAD_TURN:
                        interpreter_turn(in, s->array);
                        break;
                case THREAD_FOR:
                        interpreter_for(in, s);
                        break;
                case THREAD_IF:
                        interpreter_block(in, interpreter_integer(in, s->value)
                                                      ? &s->body
                                                      : &s->otherwise);
                        break;
                case THREAD_ARRAY:
                        interpreter_array_new(in, s->array);
                        break;
                default:
                        break;
                }
}

/* --- programs ---------------------------------------------------------------
 */

static void interpreter_stage(struct interpreter *in,
                              const struct thread_stage *stage,
                              struct rng *rng)
{
        int64_t tasks = interpreter_integer(in, stage->tasks);
        int64_t *order = calloc((size_t)tasks + 1, sizeof(*order));
        int slot = interpreter_slot(in, stage->task);

        for (int a = 0; a < in->array_count; a++)
                memset(in->array[a].writer, 0,
                       sizeof(int64_t) * (size_t)in->array[a].count);
        for (int64_t t = 0; t < tasks; t++) {
                int64_t other = (int64_t)rng_below(rng, (uint64_t)t + 1);

                order[t] = order[other];
                order[other] = t;
        }
        for (int64_t t = 0; t < tasks && !in->failure[0]; t++) {
                in->task = order[t];
                in->value[slot].type = thread_scalar(DTYPE_I64);
                in->value[slot].lane.integer[0] = order[t];
                for (int a = 0; a < in->array_count; a++)
                        if (in->array[a].array->owner == stage)
                                interpreter_poison(&in->array[a]);
                interpreter_block(in, &stage->block);
        }
        free(order);
}

/* Run program under binding; tensor[n] is the data of tensor number n for
 * inputs and outputs. True when nothing was wrong; else failure (256 bytes)
 * says what. */
static inline bool interpreter_run(const struct thread_program *program,
                                   const struct binding *binding,
                                   void *const *tensor, uint64_t seed,
                                   char *failure)
{
        struct interpreter *in = calloc(1, sizeof(*in));
        struct rng rng = {seed, 0};
        bool ok;

        in->program = program;
        in->binding = binding;
        for (int i = 0; i < program->array_count; i++) {
                const struct thread_array *array = program->array[i];

                if (array->tensor)
                        interpreter_add(in, array,
                                        spec_tensor_elements(array->tensor,
                                                             binding, NULL),
                                        tensor[array->tensor->number]);
                else if (array->space != THREAD_PRIVATE)
                        interpreter_add(
                                in, array,
                                interpreter_integer(in, array->elements),
                                NULL);
        }
        for (int s = 0; s < program->stage_count && !in->failure[0]; s++)
                interpreter_stage(in, program->stage[s], &rng);
        ok = !in->failure[0];
        snprintf(failure, 256, "%s", in->failure);
        for (int a = 0; a < in->array_count; a++) {
                free(in->array[a].writer);
                if (!in->array[a].array->tensor)
                        free(in->array[a].data);
        }
        free(in);
        return ok;
}

#endif
