/*
 * Expressions of the oracle as C. What the printed functions mean is in the
 * prelude (oracle_prelude.c). Laziness is kept: what stands behind a
 * condition is evaluated only where the condition holds or is undecided,
 * because it may be out of range or an empty max.
 */
#include "spec/oracle_express.h"

#include <math.h>
#include <stdio.h>

#include "spec/functions.h"

void oracle_print_scoped(struct oracle_emit *emit, const struct expr *expr,
                         oracle_printer *print)
{
        const struct expr *list[1];
        int before = emit->scope_count;

        if (emit->lane || oracle_reductions(expr, list, 1) == 0) {
                print(emit, expr);
                return;
        }
        buf_puts(emit->out, "({ ");
        oracle_print_reductions(emit, expr);
        print(emit, expr);
        buf_puts(emit->out, "; })");
        emit->scope_count = before;
}

const char *oracle_flag(const struct oracle_emit *emit)
{
        return emit->lane ? "U[l]" : "U";
}

const char *oracle_wrap(enum dtype dtype)
{
        switch (dtype) {
        case DTYPE_I32:
                return "(__INT32_TYPE__)";
        case DTYPE_I16:
                return "(__INT16_TYPE__)";
        case DTYPE_I8:
                return "(__INT8_TYPE__)";
        case DTYPE_U32:
                return "(__UINT32_TYPE__)";
        case DTYPE_U8:
                return "(__UINT8_TYPE__)";
        default:
                return "";
        }
}

static void print_literal(struct oracle_emit *emit, double value, bool exact)
{
        char text[64];

        if (isnan(value))
                snprintf(text, sizeof text, "__builtin_nan(\"\")");
        else if (isinf(value))
                snprintf(text, sizeof text, "%sINFINITE",
                         value < 0 ? "-" : "");
        else
                snprintf(text, sizeof text, "%a", value);
        buf_printf(emit->out, exact ? "((R)%s)" : "rounded(%s)", text);
}

static void print_real_binary(struct oracle_emit *emit, const char *name,
                              const struct expr *expr)
{
        bool a = oracle_is_exact(emit->class, expr->arg[0]);
        bool b = oracle_is_exact(emit->class, expr->arg[1]);

        buf_printf(emit->out, "%s_%c%c(", name, a ? 'x' : 'p', b ? 'x' : 'p');
        oracle_print_real(emit, expr->arg[0]);
        buf_puts(emit->out, ", ");
        oracle_print_real(emit, expr->arg[1]);
        buf_putc(emit->out, ')');
}

static void print_real_floor(struct oracle_emit *emit, const struct expr *expr)
{
        buf_puts(emit->out, "({ const P f_a = ");
        oracle_print_pair(emit, expr->arg[0]);
        buf_puts(emit->out, "; const P f_b = ");
        oracle_print_pair(emit, expr->arg[1]);
        buf_printf(emit->out,
                   "; const P f_q = floor_p(div_pp(f_a, f_b), &%s);",
                   oracle_flag(emit));
        buf_puts(emit->out, expr->op == EXPR_FLOOR_DIV
                                    ? " f_q; })"
                                    : " sub_pp(f_a, mul_pp(f_b, f_q)); })");
}

static void print_real_select(struct oracle_emit *emit,
                              const struct expr *expr)
{
        bool exact = oracle_is_exact(emit->class, expr);

        if (!oracle_is_soft(emit->class, expr->arg[0])) {
                buf_putc(emit->out, '(');
                oracle_print_test(emit, expr->arg[0]);
                buf_puts(emit->out, " ? ");
                oracle_print_scoped(emit, expr->arg[1],
                                    exact ? oracle_print_real
                                          : oracle_print_pair);
                buf_puts(emit->out, " : ");
                oracle_print_scoped(emit, expr->arg[2],
                                    exact ? oracle_print_real
                                          : oracle_print_pair);
                buf_putc(emit->out, ')');
                return;
        }
        buf_puts(emit->out, "({ const int s_t = ");
        oracle_print_test(emit, expr->arg[0]);
        buf_puts(emit->out, "; P s_a = px(0), s_b = px(0); "
                            "if (s_t != 0) s_a = ");
        oracle_print_scoped(emit, expr->arg[1], oracle_print_pair);
        buf_puts(emit->out, "; if (s_t != 1) s_b = ");
        oracle_print_scoped(emit, expr->arg[2], oracle_print_pair);
        buf_puts(emit->out, "; pick(s_t, s_a, s_b); })");
}

static void print_real_call(struct oracle_emit *emit, const struct expr *expr)
{
        enum function function = expr->value.function;
        const char *name = function_name(function);

        if (function == FN_MIN || function == FN_MAX) {
                if (oracle_is_exact(emit->class, expr)) {
                        print_real_binary(emit, name, expr);
                        return;
                }
                buf_printf(emit->out, "%s_pp(", name);
        } else if (oracle_is_exact(emit->class, expr)) {
                buf_printf(emit->out, "%s_x%s(", name,
                           expr->count == 2 ? "x" : "");
                oracle_print_real(emit, expr->arg[0]);
                if (expr->count == 2) {
                        buf_puts(emit->out, ", ");
                        oracle_print_real(emit, expr->arg[1]);
                }
                buf_putc(emit->out, ')');
                return;
        } else {
                buf_printf(emit->out, "%s_p%s(", name,
                           expr->count == 2 ? "p" : "");
        }
        oracle_print_pair(emit, expr->arg[0]);
        if (expr->count == 2) {
                buf_puts(emit->out, ", ");
                oracle_print_pair(emit, expr->arg[1]);
        } else if (function_row(function)->kind == FUNCTION_ROUNDS ||
                   function == FN_SIGN) {
                buf_printf(emit->out, ", &%s", oracle_flag(emit));
        }
        buf_putc(emit->out, ')');
}

/* An integer used as a real. */
static void print_converted(struct oracle_emit *emit, const struct expr *expr)
{
        if (oracle_is_exact(emit->class, expr)) {
                buf_printf(emit->out, "((R)%lld)",
                           (long long)expr->value.integer);
        } else if (oracle_is_soft(emit->class, expr)) {
                buf_puts(emit->out, "({ const I t = ");
                oracle_print_integer(emit, expr);
                buf_printf(emit->out, "; from_soft(t, %s); })",
                           oracle_flag(emit));
        } else {
                buf_puts(emit->out, "from_int(");
                oracle_print_integer(emit, expr);
                buf_putc(emit->out, ')');
        }
}

void oracle_print_real(struct oracle_emit *emit, const struct expr *expr)
{
        bool exact = oracle_is_exact(emit->class, expr);

        if (expr->kind != KIND_REAL) {
                print_converted(emit, expr);
                return;
        }
        switch (expr->op) {
        case EXPR_REAL:
                print_literal(emit, expr->value.real, exact);
                break;
        case EXPR_PARAM:
                buf_printf(emit->out, exact ? "((R)p%d)" : "rounded(p%d)",
                           expr->value.param->number);
                break;
        case EXPR_READ:
                oracle_print_real_read(emit, expr);
                break;
        case EXPR_NEGATE:
                buf_puts(emit->out, exact ? "neg_x(" : "neg_p(");
                oracle_print_real(emit, expr->arg[0]);
                buf_putc(emit->out, ')');
                break;
        case EXPR_CAST:
                buf_printf(emit->out, "cast_%s(", dtype_name(expr->dtype));
                oracle_print_pair(emit, expr->arg[0]);
                buf_putc(emit->out, ')');
                break;
        case EXPR_ADD:
                print_real_binary(emit, "add", expr);
                break;
        case EXPR_SUB:
                print_real_binary(emit, "sub", expr);
                break;
        case EXPR_MUL:
                print_real_binary(emit, "mul", expr);
                break;
        case EXPR_DIV:
                print_real_binary(emit, "div", expr);
                break;
        case EXPR_FLOOR_DIV:
        case EXPR_FLOOR_MOD:
                print_real_floor(emit, expr);
                break;
        case EXPR_SELECT:
                print_real_select(emit, expr);
                break;
        case EXPR_CALL:
                print_real_call(emit, expr);
                break;
        case EXPR_REDUCE:
                oracle_print_reduced(emit, expr);
                break;
        default:
                buf_puts(emit->out, "unprintable");
                break;
        }
}

void oracle_print_pair(struct oracle_emit *emit, const struct expr *expr)
{
        bool exact = oracle_is_exact(emit->class, expr);

        if (exact)
                buf_puts(emit->out, "px(");
        oracle_print_real(emit, expr);
        if (exact)
                buf_putc(emit->out, ')');
}
