/*
 * Expressions of device code. All values are scalars; index arithmetic is
 * done in 64 bits, so a product of nothing but int literals is cast, and so is
 * a shifted one.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "backends/c/print_expr.h"
#include "backends/simt/print_inner.h"

/* Binding strength, weakest first, as in C. */
enum level {
        LEVEL_ANY,
        LEVEL_SELECT,
        LEVEL_OR,
        LEVEL_AND,
        LEVEL_BIT,
        LEVEL_EQUAL,
        LEVEL_LESS,
        LEVEL_SHIFT,
        LEVEL_ADD,
        LEVEL_MUL,
        LEVEL_UNARY,
        LEVEL_POSTFIX
};

static const struct operation {
        const char *text;
        enum level level;
} operators[] = {
        [THREAD_ADD] = {"+", LEVEL_ADD},
        [THREAD_SUB] = {"-", LEVEL_ADD},
        [THREAD_MUL] = {"*", LEVEL_MUL},
        [THREAD_DIV] = {"/", LEVEL_MUL},
        [THREAD_REM] = {"%", LEVEL_MUL},
        [THREAD_LT] = {"<", LEVEL_LESS},
        [THREAD_LE] = {"<=", LEVEL_LESS},
        [THREAD_EQ] = {"==", LEVEL_EQUAL},
        [THREAD_NE] = {"!=", LEVEL_EQUAL},
        [THREAD_AND] = {"&&", LEVEL_AND},
        [THREAD_OR] = {"||", LEVEL_OR},
        [THREAD_BIT_AND] = {"&", LEVEL_BIT},
        [THREAD_BIT_OR] = {"|", LEVEL_BIT},
        [THREAD_BIT_XOR] = {"^", LEVEL_BIT},
        [THREAD_SHL] = {"<<", LEVEL_SHIFT},
        [THREAD_SHR] = {">>", LEVEL_SHIFT},
};

static void put_part(struct simt *s, const struct thread_expr *expr,
                     enum level level);

static struct buf *out_of(struct simt *s)
{
        return &s->line.line;
}

/* --- literals --- */

static void put_real(struct simt *s, double value, enum dtype dtype)
{
        bool wide = dtype == DTYPE_F64;

        if (isnan(value) || isinf(value)) {
                buf_printf(out_of(s), "%s%s%s", wide ? "(double)" : "",
                           value < 0 ? "-" : "",
                           isnan(value) ? s->dialect->not_a_number
                                        : s->dialect->infinity);
                return;
        }
        print_digits(out_of(s), value, wide);
        buf_puts(out_of(s), wide ? "" : "f");
}

static void put_integer(struct simt *s, const struct thread_expr *expr)
{
        const char *suffix = s->dialect->suffix;
        int64_t value = expr->value.integer;
        int64_t most = expr->type.dtype == DTYPE_I64 ? PRINT_INT : INT32_MAX;

        if (value == INT64_MIN)
                buf_printf(out_of(s), "(-%lld%s - 1)", (long long)INT64_MAX,
                           suffix);
        else if (value > most || value < -most)
                buf_printf(out_of(s), "%lld%s", (long long)value, suffix);
        else
                buf_printf(out_of(s), "%lld", (long long)value);
}

/* --- operators --- */

static void put_arguments(struct simt *s, const char *name,
                          const struct thread_expr *expr)
{
        buf_printf(out_of(s), "%s(", name);
        for (int i = 0; i < expr->count; i++) {
                if (i)
                        buf_puts(out_of(s), ", ");
                put_part(s, expr->arg[i], LEVEL_SELECT);
        }
        buf_putc(out_of(s), ')');
}

/* Smaller or larger of two; NaN wins where the spec says so. */
static void put_extreme(struct simt *s, const struct thread_expr *expr)
{
        bool least = expr->op == THREAD_MIN;
        enum dtype dtype = expr->type.dtype;
        const char *name;

        if (!dtype_is_float(dtype))
                name = simt_helper(s, least ? "min_int" : "max_int");
        else if (!s->program->nonfinite)
                name = least ? "fmin" : "fmax";
        else if (dtype == DTYPE_F64)
                name = simt_helper(s, least ? "min_nan_f64" : "max_nan_f64");
        else
                name = simt_helper(s, least ? "min_nan" : "max_nan");
        put_arguments(s, name, expr);
}

static void put_infix(struct simt *s, const struct thread_expr *expr)
{
        const struct operation *op = &operators[expr->op];
        enum level left = op->level, right = (enum level)(op->level + 1);

        if (op->level < LEVEL_EQUAL || op->level == LEVEL_SHIFT) {
                bool logic = op->level <= LEVEL_AND;

                left = right = logic ? LEVEL_EQUAL : LEVEL_UNARY;
                if (expr->arg[0]->op == expr->op)
                        left = op->level;
        }
        if (print_widens(s->program, expr))
                buf_printf(out_of(s), "(%s)", simt_type(s, DTYPE_I64, false));
        put_part(s, expr->arg[0], left);
        buf_printf(out_of(s), " %s ", op->text);
        put_part(s, expr->arg[1], right);
}

/* (a + b - 1) / b */
static void put_ceil_div(struct simt *s, const struct thread_expr *expr)
{
        buf_putc(out_of(s), '(');
        put_part(s, expr->arg[0], LEVEL_ADD);
        buf_puts(out_of(s), " + ");
        put_part(s, expr->arg[1], LEVEL_MUL);
        buf_puts(out_of(s), " - 1) / ");
        put_part(s, expr->arg[1], LEVEL_UNARY);
}

static void put_unary(struct simt *s, const struct thread_expr *expr)
{
        const struct thread_expr *a = expr->arg[0];

        buf_putc(out_of(s), expr->op == THREAD_NEGATE ? '-'
                            : expr->op == THREAD_NOT  ? '!'
                                                      : '~');
        put_part(s, a,
                 a->op == THREAD_NEGATE || a->op == THREAD_INTEGER ||
                                 a->op == THREAD_REAL
                         ? LEVEL_POSTFIX
                         : LEVEL_UNARY);
}

/* --- conversions and functions --- */

/* 16-bit floats are bits in memory and variables; f32 is made of them. */
static bool is_bits(enum dtype dtype)
{
        return dtype == DTYPE_F16 || dtype == DTYPE_BF16;
}

static void put_cast(struct simt *s, const struct thread_expr *expr)
{
        const struct thread_expr *a = expr->arg[0];
        enum dtype from = a->type.dtype, to = expr->type.dtype;

        if (from == to) {
                put_part(s, a, LEVEL_POSTFIX);
                return;
        }
        if (is_bits(to)) {
                buf_printf(out_of(s), "%s(",
                           simt_helper(s, to == DTYPE_F16 ? "f16_from_f32"
                                                          : "bf16_from_f32"));
                if (is_bits(from))
                        put_arguments(s,
                                      simt_helper(s, from == DTYPE_F16
                                                             ? "f32_from_f16"
                                                             : "f32_from_"
                                                               "bf16"),
                                      expr);
                else
                        put_part(s, a, LEVEL_SELECT);
                buf_putc(out_of(s), ')');
                return;
        }
        if (to == DTYPE_BOOL && !is_bits(from)) {
                buf_putc(out_of(s), '(');
                put_part(s, a, LEVEL_LESS);
                buf_puts(out_of(s), " != 0)");
                return;
        }
        if (to != DTYPE_F32 || !is_bits(from))
                buf_printf(out_of(s), "(%s)", simt_type(s, to, false));
        if (is_bits(from))
                put_arguments(s,
                              simt_helper(s, from == DTYPE_F16
                                                     ? "f32_from_f16"
                                                     : "f32_from_bf16"),
                              expr);
        else
                put_part(s, a, LEVEL_UNARY);
}

static void put_call(struct simt *s, const struct thread_expr *expr)
{
        enum function function = expr->value.function;
        const char *name = function == FN_ABS     ? "fabs"
                           : function == FN_ROUND ? "rint"
                                                  : function_name(function);

        if (expr->arg[0]->type.dtype == DTYPE_F64)
                s->f64 = true;
        put_arguments(s, name, expr);
}

/* --- memory --- */

void simt_element(struct simt *s, const struct thread_array *array,
                  const struct thread_expr *offset)
{
        buf_printf(out_of(s), "%s[", print_name(array->name).text);
        put_part(s, offset, LEVEL_ANY);
        buf_putc(out_of(s), ']');
}

static void put_load(struct simt *s, const struct thread_expr *expr)
{
        if (expr->count > 1) {
                simt_fail(s, "parts of vectors");
                return;
        }
        simt_element(s, expr->value.array, expr->arg[0]);
}

/* One lane of a gather: a load that may be guarded. */
static void put_gather(struct simt *s, const struct thread_expr *expr)
{
        if (expr->count > 1) {
                put_part(s, expr->arg[1], LEVEL_OR);
                buf_puts(out_of(s), " ? ");
        }
        simt_element(s, expr->value.array, expr->arg[0]);
        if (expr->count > 1)
                buf_puts(out_of(s), " : 0");
}

/* --- the walk --- */

static enum level level_of(const struct thread_expr *expr)
{
        switch (expr->op) {
        case THREAD_INTEGER:
                return expr->value.integer < 0 ? LEVEL_UNARY : LEVEL_POSTFIX;
        case THREAD_REAL:
                return signbit(expr->value.real) ||
                                       expr->type.dtype == DTYPE_F64
                               ? LEVEL_UNARY
                               : LEVEL_POSTFIX;
        case THREAD_NEGATE:
        case THREAD_NOT:
        case THREAD_BIT_NOT:
        case THREAD_CAST:
                return LEVEL_UNARY;
        case THREAD_SELECT:
                return LEVEL_SELECT;
        case THREAD_GATHER:
                return expr->count > 1 ? LEVEL_SELECT : LEVEL_POSTFIX;
        case THREAD_CEIL_DIV:
                return LEVEL_MUL;
        case THREAD_MIN:
        case THREAD_MAX:
        case THREAD_FLOOR_DIV:
        case THREAD_FLOOR_MOD:
                return LEVEL_POSTFIX;
        default:
                if (expr->op < THREAD_ADD || expr->op > THREAD_SHR)
                        return LEVEL_POSTFIX;
                return operators[expr->op].level;
        }
}

static void put_operation(struct simt *s, const struct thread_expr *expr)
{
        switch (expr->op) {
        case THREAD_MIN:
        case THREAD_MAX:
                put_extreme(s, expr);
                break;
        case THREAD_FLOOR_DIV:
                put_arguments(s, simt_helper(s, "floor_div"), expr);
                break;
        case THREAD_FLOOR_MOD:
                put_arguments(s, simt_helper(s, "floor_mod"), expr);
                break;
        case THREAD_CEIL_DIV:
                put_ceil_div(s, expr);
                break;
        case THREAD_SELECT:
                put_part(s, expr->arg[0], LEVEL_OR);
                buf_puts(out_of(s), " ? ");
                put_part(s, expr->arg[1], LEVEL_OR);
                buf_puts(out_of(s), " : ");
                put_part(s, expr->arg[2], LEVEL_SELECT);
                break;
        default:
                if (expr->op < THREAD_ADD || expr->op > THREAD_SHR)
                        simt_fail(s, "lanes");
                else
                        put_infix(s, expr);
        }
}

static void put_inner(struct simt *s, const struct thread_expr *expr)
{
        if (expr->type.lanes > 1) {
                simt_fail(s, "lanes");
                return;
        }
        switch (expr->op) {
        case THREAD_INTEGER:
                put_integer(s, expr);
                break;
        case THREAD_REAL:
                put_real(s, expr->value.real, expr->type.dtype);
                break;
        case THREAD_SIZE:
                buf_puts(out_of(s), print_name(expr->value.size->name).text);
                break;
        case THREAD_PARAM:
                buf_puts(out_of(s), print_name(expr->value.param->name).text);
                break;
        case THREAD_VARIABLE:
                buf_puts(out_of(s), expr->value.variable->name);
                break;
        case THREAD_LOAD:
                put_load(s, expr);
                break;
        case THREAD_GATHER:
                put_gather(s, expr);
                break;
        case THREAD_CAST:
                put_cast(s, expr);
                break;
        case THREAD_BROADCAST:
                put_part(s, expr->arg[0], LEVEL_POSTFIX);
                break;
        case THREAD_NEGATE:
        case THREAD_NOT:
        case THREAD_BIT_NOT:
                put_unary(s, expr);
                break;
        case THREAD_CALL:
                put_call(s, expr);
                break;
        default:
                put_operation(s, expr);
        }
}

static void put_part(struct simt *s, const struct thread_expr *expr,
                     enum level level)
{
        bool paren = level_of(expr) < level;

        if (paren)
                buf_putc(out_of(s), '(');
        put_inner(s, expr);
        if (paren)
                buf_putc(out_of(s), ')');
}

void simt_operand(struct simt *s, const struct thread_expr *expr)
{
        put_part(s, expr, LEVEL_SHIFT);
}

void simt_expr(struct simt *s, const struct thread_expr *expr)
{
        put_part(s, expr, LEVEL_ANY);
}
