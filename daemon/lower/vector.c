/*
 * Lowering of expressions: one walk over the checked tree in which every
 * node gives a value with one lane or with the scope's lanes.
 *
 * A value keeps one lane as long as nothing in it depends on the lane index:
 * operands adapt when they meet (value.c). Loads and calls are held in
 * variables when the scope asks for it and found again by structure, which is
 * all the common subexpression elimination that generated code needs; a
 * compiler does the rest. Nothing here chooses a loop order or a layout.
 */
#include "lower/vector.h"

#include <string.h>

#include "core/arena.h"
#include "lower/narrow.h"
#include "lower/rewrite.h"

enum dtype vector_real(const struct spec *spec)
{
        for (int i = 0; i < spec->tensor_count; i++)
                if (spec->tensor[i]->dtype == DTYPE_F64)
                        return DTYPE_F64;
        for (int i = 0; i < spec->param_count; i++)
                if (spec->param[i]->dtype == DTYPE_F64)
                        return DTYPE_F64;
        return DTYPE_F32;
}

void vector_open(struct vector_scope *scope, struct thread_program *program)
{
        int count = program->spec->index_count + VECTOR_OWN_INDICES;

        memset(scope, 0, sizeof *scope);
        scope->index_count = count;
        scope->program = program;
        scope->real = vector_real(program->spec);
        scope->lanes = 1;
        scope->index = arena_alloc(program->arena,
                                   (size_t)count * sizeof *scope->index);
        if (!scope->index)
                thread_fail(program, ERR_MEMORY, "out of memory");
}

void vector_bind(struct vector_scope *scope, const struct index *index,
                 const struct thread_expr *value)
{
        if (!scope->index)
                return;
        scope->index[index->number].base = value;
        scope->index[index->number].lanes = false;
}

void vector_bind_lanes(struct vector_scope *scope, const struct index *index,
                       const struct thread_expr *base, int lanes,
                       const struct thread_expr *active)
{
        if (!scope->index)
                return;
        scope->index[index->number].base = base;
        scope->index[index->number].lanes = lanes > 1;
        scope->lanes = lanes;
        scope->active = active;
}

void vector_hold(struct vector_scope *scope, const struct expr *key,
                 const struct thread_expr *value)
{
        struct vector_memo *memo =
                arena_alloc(scope->program->arena, sizeof *memo);

        if (!memo)
                return;
        memo->key = key;
        memo->value = value;
        memo->next = scope->memo;
        scope->memo = memo;
}

enum dtype vector_dtype(const struct vector_scope *scope, enum kind kind)
{
        if (kind == KIND_REAL)
                return scope->real;
        return kind == KIND_INTEGER ? DTYPE_I64 : DTYPE_BOOL;
}

enum dtype vector_stored(const struct vector_scope *scope,
                         const struct tensor *tensor)
{
        if (tensor->dtype != DTYPE_NONE)
                return tensor->dtype;
        return tensor->kind == KIND_BOOLEAN
                       ? DTYPE_U8
                       : vector_dtype(scope, tensor->kind);
}

const struct thread_expr *vector_active(struct vector_scope *scope,
                                        enum dtype dtype)
{
        struct thread_program *program = scope->program;
        enum dtype wide = dtype_bytes(dtype) == 8 ? DTYPE_I64 : DTYPE_I32;

        if (!scope->active || scope->lanes == 1)
                return NULL;
        return thread_less(
                program,
                thread_iota(program, thread_vector(wide, scope->lanes)),
                thread_cast(program, scope->active, wide));
}

/* --- leaves --- */

static const struct thread_expr *lower_index(struct vector_scope *scope,
                                             const struct expr *expr)
{
        struct thread_program *program = scope->program;
        const struct index *index = expr->value.index;
        const struct vector_bound *bound =
                scope->index ? &scope->index[index->number] : NULL;

        if (!bound || !bound->base) {
                thread_fail(program, ERR_INTERNAL,
                            "index %s has no value here", index->name);
                return thread_int(program, 0);
        }
        if (!bound->lanes)
                return bound->base;
        return thread_add(
                program, bound->base,
                thread_iota(program, thread_vector(DTYPE_I64, scope->lanes)));
}

/* A boolean as a number: 1 or 0. */
static const struct thread_expr *number(struct vector_scope *scope,
                                        const struct thread_expr *value,
                                        enum dtype dtype)
{
        struct thread_program *program = scope->program;

        if (value->type.lanes == 1 && value->type.dtype == DTYPE_BOOL)
                return thread_cast(program, value, dtype);
        return thread_select(
                program, value,
                thread_constant(program, thread_scalar(dtype), 1),
                thread_constant(program, thread_scalar(dtype), 0));
}

/* Lower and convert to the type in which a kind is computed. */
const struct thread_expr *vector_lower_as(struct vector_scope *scope,
                                          const struct expr *expr,
                                          enum kind kind)
{
        const struct thread_expr *value = vector_lower(scope, expr);
        enum dtype dtype = vector_dtype(scope, kind);

        if (expr->kind == kind)
                return value;
        if (expr->kind == KIND_BOOLEAN)
                return number(scope, value, dtype);
        if (kind == KIND_BOOLEAN)
                return thread_binary(
                        scope->program, THREAD_NE, value,
                        thread_constant(scope->program,
                                        thread_scalar(value->type.dtype), 0));
        return thread_cast(scope->program, value, dtype);
}

const struct thread_expr *vector_lower_real(struct vector_scope *scope,
                                            const struct expr *expr)
{
        return vector_lower_as(scope, expr, KIND_REAL);
}

/* --- operators --- */

static enum thread_op binary_op(enum expr_op op)
{
        switch (op) {
        case EXPR_ADD:
                return THREAD_ADD;
        case EXPR_SUB:
                return THREAD_SUB;
        case EXPR_MUL:
                return THREAD_MUL;
        case EXPR_DIV:
                return THREAD_DIV;
        case EXPR_FLOOR_DIV:
                return THREAD_FLOOR_DIV;
        case EXPR_FLOOR_MOD:
                return THREAD_FLOOR_MOD;
        case EXPR_LT:
                return THREAD_LT;
        case EXPR_LE:
                return THREAD_LE;
        case EXPR_EQ:
                return THREAD_EQ;
        case EXPR_NE:
                return THREAD_NE;
        case EXPR_AND:
                return THREAD_AND;
        case EXPR_OR:
                return THREAD_OR;
        case EXPR_BIT_AND:
                return THREAD_BIT_AND;
        case EXPR_BIT_OR:
                return THREAD_BIT_OR;
        case EXPR_BIT_XOR:
                return THREAD_BIT_XOR;
        case EXPR_SHL:
                return THREAD_SHL;
        default:
                return THREAD_SHR;
        }
}

/* The kind in which the operands of a binary operation meet. */
static enum kind operand_kind(const struct expr *expr)
{
        enum kind a = expr->arg[0]->kind, b = expr->arg[1]->kind;

        if (expr->op == EXPR_AND || expr->op == EXPR_OR)
                return KIND_BOOLEAN;
        if (expr->op == EXPR_DIV || a == KIND_REAL || b == KIND_REAL)
                return KIND_REAL;
        if (a == KIND_BOOLEAN && b == KIND_BOOLEAN &&
            expr->kind == KIND_BOOLEAN)
                return KIND_BOOLEAN;
        return KIND_INTEGER;
}

static const struct thread_expr *lower_binary(struct vector_scope *scope,
                                              const struct expr *expr)
{
        struct thread_program *program = scope->program;
        enum kind kind = operand_kind(expr);
        const struct thread_expr *a =
                vector_lower_as(scope, expr->arg[0], kind);
        const struct thread_expr *b;
        bool lazy = expr->op == EXPR_AND || expr->op == EXPR_OR;

        scope->conditional += lazy;
        b = vector_lower_as(scope, expr->arg[1], kind);
        scope->conditional -= lazy;
        if (kind == KIND_REAL &&
            (expr->op == EXPR_FLOOR_DIV || expr->op == EXPR_FLOOR_MOD)) {
                /* a // b = floor(a / b); a % b = a - b * (a // b). */
                const struct thread_expr *q = thread_call(
                        program, FN_FLOOR, 0,
                        thread_binary(program, THREAD_DIV, a, b), NULL);

                if (expr->op == EXPR_FLOOR_DIV)
                        return q;
                return thread_sub(program, a, thread_mul(program, b, q));
        }
        if (kind == KIND_INTEGER &&
            (expr->op <= EXPR_MUL || expr->op == EXPR_BIT_AND ||
             expr->op == EXPR_SHR)) {
                const struct thread_expr *narrow =
                        narrow_binary(scope, expr, binary_op(expr->op), a, b);

                if (narrow)
                        return narrow;
        }
        return thread_binary(program, binary_op(expr->op), a, b);
}

/* A comparison of literals: indices that a class unrolled. */
static bool is_literal(const struct thread_expr *condition, bool *truth)
{
        int64_t a, b;

        if (condition->op < THREAD_LT || condition->op > THREAD_NE ||
            condition->arg[0]->op != THREAD_INTEGER ||
            condition->arg[1]->op != THREAD_INTEGER)
                return false;
        a = condition->arg[0]->value.integer;
        b = condition->arg[1]->value.integer;
        *truth = condition->op == THREAD_LT   ? a < b
                 : condition->op == THREAD_LE ? a <= b
                 : condition->op == THREAD_EQ ? a == b
                                              : a != b;
        return true;
}

static const struct thread_expr *lower_select(struct vector_scope *scope,
                                              const struct expr *expr)
{
        const struct thread_expr *condition, *a, *b, *narrow;
        const struct vector_memo *memo = scope->memo;
        bool truth;

        condition = vector_lower_as(scope, expr->arg[0], KIND_BOOLEAN);
        if (is_literal(condition, &truth))
                return vector_lower_as(scope, expr->arg[truth ? 1 : 2],
                                       expr->kind);
        scope->conditional++;
        a = vector_lower_as(scope, expr->arg[1], expr->kind);
        b = vector_lower_as(scope, expr->arg[2], expr->kind);
        scope->conditional--;
        /* What was held under a condition was guarded by it. */
        scope->memo = memo;
        narrow = narrow_select(scope, expr, condition, a, b);
        return narrow ? narrow
                      : thread_select(scope->program, condition, a, b);
}

static const struct thread_expr *lower_cast(struct vector_scope *scope,
                                            const struct expr *expr)
{
        struct thread_program *program = scope->program;
        enum dtype dtype = expr->dtype;
        const struct thread_expr *value;

        if (dtype == DTYPE_BOOL)
                return vector_lower_as(scope, expr->arg[0], KIND_BOOLEAN);
        value = vector_lower(scope, expr->arg[0]);
        if (expr->arg[0]->kind == KIND_BOOLEAN)
                value = number(scope, value, DTYPE_I64);
        if (dtype_is_integer(dtype) && dtype_is_float(value->type.dtype))
                value = thread_cast(program, value, DTYPE_I64);
        return thread_cast(program, thread_cast(program, value, dtype),
                           vector_dtype(scope, expr->kind));
}

/* --- the walk --- */

static const struct thread_expr *lower_node(struct vector_scope *scope,
                                            const struct expr *expr)
{
        struct thread_program *program = scope->program;

        switch (expr->op) {
        case EXPR_INTEGER:
                return thread_int(program, expr->value.integer);
        case EXPR_REAL:
                return thread_real(program, scope->real, expr->value.real);
        case EXPR_BOOLEAN:
                return thread_cast(program,
                                   thread_int(program, expr->value.integer),
                                   DTYPE_BOOL);
        case EXPR_SIZE:
                return thread_size(program, expr->value.size);
        case EXPR_PARAM:
                return thread_cast(program,
                                   thread_param(program, expr->value.param),
                                   vector_dtype(scope, expr->kind));
        case EXPR_INDEX:
                return lower_index(scope, expr);
        case EXPR_READ:
                return vector_read(scope, expr);
        case EXPR_NEGATE:
                return thread_unary(
                        program, THREAD_NEGATE,
                        vector_lower_as(scope, expr->arg[0], expr->kind));
        case EXPR_NOT:
                return thread_unary(
                        program, THREAD_NOT,
                        vector_lower_as(scope, expr->arg[0], KIND_BOOLEAN));
        case EXPR_BIT_NOT:
                return thread_unary(
                        program, THREAD_BIT_NOT,
                        vector_lower_as(scope, expr->arg[0], KIND_INTEGER));
        case EXPR_CAST:
                return lower_cast(scope, expr);
        case EXPR_SELECT:
                return lower_select(scope, expr);
        case EXPR_CALL:
                return vector_lower_call(scope, expr);
        case EXPR_REDUCE:
                return vector_reduce(scope, expr);
        default:
                return lower_binary(scope, expr);
        }
}

static bool worth_holding(const struct vector_scope *scope,
                          const struct expr *expr,
                          const struct thread_expr *value)
{
        if (scope->conditional || value->op == THREAD_VARIABLE)
                return false;
        /* A guarded element reads better by itself. */
        if (expr->op == EXPR_READ && value->op == THREAD_SELECT)
                return true;
        if (!scope->hold)
                return false;
        if (expr->op != EXPR_CALL && expr->op != EXPR_DIV &&
            (expr->op != EXPR_READ || value->type.lanes == 1) &&
            !vector_label_of(scope, expr))
                return false;
        return !vector_is_size(expr);
}

/* Lanes of short integers are held as they are: some uses widen them less,
 * or not at all. */
static const struct thread_expr *hold(struct thread_program *program,
                                      const char *name,
                                      const struct thread_expr *value)
{
        if (value->op != THREAD_CAST || value->type.lanes == 1 ||
            !dtype_is_integer(value->type.dtype) ||
            !dtype_is_integer(value->arg[0]->type.dtype))
                return thread_let(program, name, value);
        return thread_cast(program, thread_let(program, name, value->arg[0]),
                           value->type.dtype);
}

const struct thread_expr *vector_lower(struct vector_scope *scope,
                                       const struct expr *expr)
{
        const struct thread_expr *value;

        if (expr->op >= EXPR_READ)
                for (const struct vector_memo *m = scope->memo; m; m = m->next)
                        if (rewrite_equal(m->key, expr))
                                return m->value;
        value = lower_node(scope, expr);
        if (worth_holding(scope, expr, value)) {
                char name[LIMIT_NAME_BYTES + 8];

                vector_name(scope, expr, name, sizeof name);
                value = hold(scope->program, name, value);
                vector_hold(scope, expr, value);
        }
        return value;
}
