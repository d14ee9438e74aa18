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

/* ---- reads ---- */

/* Inputs are there in full, except copies in another layout. */
static bool has_base(const struct oracle_emit *emit,
                     const struct tensor *tensor)
{
        return tensor->role != TENSOR_IN ||
               emit->class->unit[tensor->number] != tensor->rank - 1;
}

void oracle_print_offset(struct oracle_emit *emit, const struct tensor *tensor)
{
        for (int d = 0; d < tensor->rank; d++) {
                buf_printf(emit->out, "%sq%d", d ? " + " : "", d);
                if (d != emit->class->unit[tensor->number])
                        buf_printf(emit->out, " * d%d_%d", tensor->number, d);
        }
        if (tensor->rank == 0)
                buf_putc(emit->out, '0');
        if (has_base(emit, tensor))
                buf_printf(emit->out, " - b%d", tensor->number);
}

/* Offset with the subscripts in place. */
static void print_direct_offset(struct oracle_emit *emit,
                                const struct read *read)
{
        int t = read->tensor->number;

        for (int d = 0; d < read->tensor->rank; d++) {
                if (d)
                        buf_puts(emit->out, " + ");
                oracle_print_integer(emit, read->subscript[d]);
                if (d != emit->class->unit[t])
                        buf_printf(emit->out, " * d%d_%d", t, d);
        }
        if (read->tensor->rank == 0)
                buf_putc(emit->out, '0');
        if (has_base(emit, read->tensor))
                buf_printf(emit->out, " - b%d", t);
}

/* The element at the offset o: R, P or I by want ('x', 'p', 'i'). */
static void print_element(struct oracle_emit *emit,
                          const struct tensor *tensor, char want)
{
        int t = tensor->number;
        bool exact = tensor->role == TENSOR_IN || emit->class->exact[t];

        if (want == 'i' && tensor->role == TENSOR_IN) {
                buf_printf(emit->out,
                           tensor->dtype == DTYPE_BOOL ? "(x%d[o] != 0)"
                                                       : "(I)x%d[o]",
                           t);
                return;
        }
        if (want == 'i') {
                buf_printf(emit->out, "k%d[o]", t);
                return;
        }
        if (want == 'p' && exact)
                buf_puts(emit->out, "px(");
        if (tensor->role == TENSOR_OUT)
                buf_printf(emit->out, "cast_%s(", dtype_name(tensor->dtype));
        if (tensor->role == TENSOR_IN && dtype_bytes(tensor->dtype) == 2)
                buf_printf(emit->out, "(R)half_%s(x%d[o])",
                           dtype_name(tensor->dtype), t);
        else if (tensor->role == TENSOR_IN)
                buf_printf(emit->out, "(R)x%d[o]", t);
        else if (exact)
                buf_printf(emit->out, "v%d[o]", t);
        else
                buf_printf(emit->out, "AT(%d, o)", t);
        if (tensor->role == TENSOR_OUT)
                buf_putc(emit->out, ')');
        if (want == 'p' && exact)
                buf_putc(emit->out, ')');
}

void oracle_print_whole(struct oracle_emit *emit, const struct tensor *tensor,
                        char want)
{
        buf_puts(emit->out, "({ const I o = ");
        oracle_print_offset(emit, tensor);
        buf_puts(emit->out, "; ");
        if (emit->class->soft[tensor->number])
                buf_printf(emit->out, "(%s |= u%d[o]), ", oracle_flag(emit),
                           tensor->number);
        print_element(emit, tensor, want);
        buf_puts(emit->out, "; })");
}

static bool soft_subscripts(struct oracle_emit *emit, const struct read *read)
{
        bool soft = false;

        for (int d = 0; d < read->tensor->rank; d++)
                soft |= oracle_is_soft(emit->class, read->subscript[d]);
        return soft;
}

/* Does the read need a test of its subscripts at run time? Data may break
 * what the checker proved from declared constraints. */
static bool needs_test(const struct read *read)
{
        bool data = read->safety != READ_PROVED;

        for (int d = 0; d < read->tensor->rank; d++)
                data |= oracle_reads_data(read->subscript[d]);
        return data;
}

static void print_otherwise(struct oracle_emit *emit, const struct expr *expr,
                            char want)
{
        const struct read *read = &expr->value.read;

        if (read->safety != READ_ELSE) {
                buf_printf(emit->out, "(fail(c, FAIL_OUTSIDE, %d, %d), %s)",
                           expr->line, expr->column,
                           want == 'p' ? "px(0)" : "0");
                return;
        }
        oracle_print_scoped(emit, read->fallback,
                            want == 'i'   ? oracle_print_integer
                            : want == 'p' ? oracle_print_pair
                                          : oracle_print_real);
}

/* The read itself, without what rounding may add. */
static void print_plain_read(struct oracle_emit *emit, const struct expr *expr,
                             char want)
{
        const struct read *read = &expr->value.read;
        const struct tensor *tensor = read->tensor;
        bool test = needs_test(read);

        buf_puts(emit->out, "({ const I ");
        if (!test) {
                buf_puts(emit->out, "o = ");
                print_direct_offset(emit, read);
        } else {
                for (int d = 0; d < tensor->rank; d++) {
                        buf_printf(emit->out, "q%d = ", d);
                        oracle_print_integer(emit, read->subscript[d]);
                        buf_puts(emit->out, ", ");
                }
                buf_puts(emit->out, "o = ");
                oracle_print_offset(emit, tensor);
        }
        buf_puts(emit->out, "; ");
        for (int d = 0; test && d < tensor->rank; d++)
                buf_printf(emit->out, "%sINSIDE(q%d, n%d_%d)",
                           d ? " && " : "(", d, tensor->number, d);
        if (test && tensor->rank)
                buf_puts(emit->out, ") ? ");
        else
                test = false;
        if (emit->class->soft[tensor->number])
                buf_printf(emit->out, "(%s |= u%d[o]), ", oracle_flag(emit),
                           tensor->number);
        print_element(emit, tensor, want);
        if (test) {
                buf_puts(emit->out, " : ");
                print_otherwise(emit, expr, want);
        }
        buf_puts(emit->out, "; })");
}

static void print_real_read(struct oracle_emit *emit, const struct expr *expr)
{
        const char *narrow = oracle_narrow_type(emit->class, expr);
        bool unsure = soft_subscripts(emit, &expr->value.read);

        if (oracle_is_exact(emit->class, expr)) {
                print_plain_read(emit, expr, 'x');
                return;
        }
        if (narrow)
                buf_printf(emit->out, "narrow_%s(", narrow);
        if (unsure)
                buf_puts(emit->out, "({ const P t = ");
        print_plain_read(emit, expr, 'p');
        if (unsure)
                buf_printf(emit->out, "; unsure(t, %s); })",
                           oracle_flag(emit));
        if (narrow)
                buf_putc(emit->out, ')');
}

/* ---- reals ---- */

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
                print_real_read(emit, expr);
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

void oracle_print_integer_read(struct oracle_emit *emit,
                               const struct expr *expr)
{
        print_plain_read(emit, expr, 'i');
}
