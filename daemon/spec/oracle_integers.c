/*
 * Integers and conditions of the oracle as C. Integers are exact 64-bit
 * numbers: an operation that could overflow is checked, one whose operands
 * are small by their form (indices, sizes, narrow types) is not, so that
 * subscripts stay cheap. See oracle_emit.h.
 */
#include "spec/oracle_emit.h"
#include "spec/oracle_express.h"

static void print_checked(struct oracle_emit *emit, const char *name,
                          const struct expr *expr)
{
        buf_printf(emit->out, "%s(c, ", name);
        for (int i = 0; i < expr->count; i++) {
                oracle_print_integer(emit, expr->arg[i]);
                buf_puts(emit->out, ", ");
        }
        buf_printf(emit->out, "%d, %d)", expr->line, expr->column);
}

static void print_infix(struct oracle_emit *emit, const char *operator,
                        const struct expr * expr)
{
        buf_putc(emit->out, '(');
        oracle_print_integer(emit, expr->arg[0]);
        buf_printf(emit->out, " %s ", operator);
        oracle_print_integer(emit, expr->arg[1]);
        buf_putc(emit->out, ')');
}

/* + - *: plain when the result surely fits. */
static void print_arithmetic(struct oracle_emit *emit, const char *operator,
                             const char * name, const struct expr *expr)
{
        if (oracle_magnitude(expr) < 0x1p62)
                print_infix(emit, operator, expr);
        else
                print_checked(emit, name, expr);
}

static void print_division(struct oracle_emit *emit, const char *simple,
                           const char *checked, const struct expr *expr)
{
        const struct expr *by = expr->arg[1];

        if (by->op != EXPR_SIZE &&
            !(by->op == EXPR_INTEGER && by->value.integer > 0)) {
                print_checked(emit, checked, expr);
                return;
        }
        buf_printf(emit->out, "%s(", simple);
        oracle_print_integer(emit, expr->arg[0]);
        buf_puts(emit->out, ", ");
        oracle_print_integer(emit, by);
        buf_putc(emit->out, ')');
}

static void print_integer_cast(struct oracle_emit *emit,
                               const struct expr *expr)
{
        const struct expr *arg = expr->arg[0];

        buf_printf(emit->out, "((I)%s", oracle_wrap(expr->dtype));
        if (arg->kind != KIND_REAL) {
                oracle_print_integer(emit, arg);
        } else if (oracle_is_exact(emit->class, arg)) {
                buf_puts(emit->out, "int_x(c, ");
                oracle_print_real(emit, arg);
                buf_printf(emit->out, ", %d, %d)", expr->line, expr->column);
        } else {
                buf_puts(emit->out, "int_p(c, ");
                oracle_print_pair(emit, arg);
                buf_printf(emit->out, ", &%s, %d, %d)", oracle_flag(emit),
                           expr->line, expr->column);
        }
        buf_putc(emit->out, ')');
}

static void print_integer_call(struct oracle_emit *emit,
                               const struct expr *expr)
{
        switch (expr->value.function) {
        case FN_ABS:
                print_checked(emit, "iabs", expr);
                break;
        case FN_DIV:
                print_checked(emit, "idiv", expr);
                break;
        case FN_REM:
                print_checked(emit, "irem", expr);
                break;
        case FN_SIGN:
                buf_puts(emit->out, "isign(");
                oracle_print_integer(emit, expr->arg[0]);
                buf_putc(emit->out, ')');
                break;
        case FN_MIN:
        case FN_MAX:
                buf_puts(emit->out, expr->value.function == FN_MIN
                                            ? "min_ii("
                                            : "max_ii(");
                oracle_print_integer(emit, expr->arg[0]);
                buf_puts(emit->out, ", ");
                oracle_print_integer(emit, expr->arg[1]);
                buf_putc(emit->out, ')');
                break;
        default: /* rounding leaves integers as they are */
                oracle_print_integer(emit, expr->arg[0]);
                break;
        }
}

static void print_integer_select(struct oracle_emit *emit,
                                 const struct expr *expr)
{
        buf_putc(emit->out, '(');
        oracle_print_test(emit, expr->arg[0]);
        if (oracle_is_soft(emit->class, expr->arg[0]))
                buf_puts(emit->out, " & 1");
        buf_puts(emit->out, " ? ");
        oracle_print_scoped(emit, expr->arg[1], oracle_print_integer);
        buf_puts(emit->out, " : ");
        oracle_print_scoped(emit, expr->arg[2], oracle_print_integer);
        buf_putc(emit->out, ')');
}

static void print_operation(struct oracle_emit *emit, const struct expr *expr)
{
        switch (expr->op) {
        case EXPR_ADD:
                print_arithmetic(emit, "+", "iadd", expr);
                break;
        case EXPR_SUB:
                print_arithmetic(emit, "-", "isub", expr);
                break;
        case EXPR_MUL:
                print_arithmetic(emit, "*", "imul", expr);
                break;
        case EXPR_FLOOR_DIV:
                print_division(emit, "floor_div", "ifloor_div", expr);
                break;
        case EXPR_FLOOR_MOD:
                print_division(emit, "floor_mod", "ifloor_mod", expr);
                break;
        case EXPR_BIT_AND:
                print_infix(emit, "&", expr);
                break;
        case EXPR_BIT_OR:
                print_infix(emit, "|", expr);
                break;
        case EXPR_BIT_XOR:
                print_infix(emit, "^", expr);
                break;
        case EXPR_SHL:
                print_checked(emit, "ishl", expr);
                break;
        case EXPR_SHR:
                print_checked(emit, "ishr", expr);
                break;
        default:
                buf_puts(emit->out, "unprintable");
                break;
        }
}

void oracle_print_integer(struct oracle_emit *emit, const struct expr *expr)
{
        if (expr->kind == KIND_BOOLEAN) {
                buf_puts(emit->out, "((I)(");
                oracle_print_test(emit, expr);
                buf_puts(emit->out, ") & 1)");
                return;
        }
        switch (expr->op) {
        case EXPR_INTEGER:
                buf_printf(emit->out, "((I)%lldL)",
                           (long long)expr->value.integer);
                break;
        case EXPR_SIZE:
                buf_printf(emit->out, "z%d", expr->value.size->number);
                break;
        case EXPR_PARAM:
                buf_printf(emit->out, "((I)p%d)", expr->value.param->number);
                break;
        case EXPR_INDEX:
                buf_printf(emit->out, "i%d", expr->value.index->number);
                break;
        case EXPR_READ:
                oracle_print_integer_read(emit, expr);
                break;
        case EXPR_NEGATE:
                print_checked(emit, "ineg", expr);
                break;
        case EXPR_BIT_NOT:
                buf_puts(emit->out, "(~");
                oracle_print_integer(emit, expr->arg[0]);
                buf_putc(emit->out, ')');
                break;
        case EXPR_CAST:
                print_integer_cast(emit, expr);
                break;
        case EXPR_SELECT:
                print_integer_select(emit, expr);
                break;
        case EXPR_CALL:
                print_integer_call(emit, expr);
                break;
        case EXPR_REDUCE:
                oracle_print_reduced(emit, expr);
                break;
        default:
                print_operation(emit, expr);
                break;
        }
}

/* ---- conditions ---- */

static void print_comparison(struct oracle_emit *emit, const struct expr *expr)
{
        static const char *const name[] = {"lt", "le", "eq", "ne"};
        static const char *const operator[] = {"<", "<=", "==", "!="};
        const struct expr *a = expr->arg[0], *b = expr->arg[1];
        bool real = a->kind == KIND_REAL || b->kind == KIND_REAL;
        int which = (int)(expr->op - EXPR_LT);

        if (real && !(oracle_is_exact(emit->class, a) &&
                      oracle_is_exact(emit->class, b))) {
                buf_printf(emit->out, "%s_pp(", name[which]);
                oracle_print_pair(emit, a);
                buf_puts(emit->out, ", ");
                oracle_print_pair(emit, b);
                buf_printf(emit->out, ", &%s)", oracle_flag(emit));
                return;
        }
        buf_putc(emit->out, '(');
        (real ? oracle_print_real : oracle_print_integer)(emit, a);
        buf_printf(emit->out, " %s ", operator[which]);
        (real ? oracle_print_real : oracle_print_integer)(emit, b);
        buf_putc(emit->out, ')');
}

/* && and ||: the second operand only where it matters. */
static void print_logic(struct oracle_emit *emit, const struct expr *expr)
{
        bool and = expr->op == EXPR_AND;

        if (!oracle_is_soft(emit->class, expr)) {
                buf_putc(emit->out, '(');
                oracle_print_test(emit, expr->arg[0]);
                buf_puts(emit->out, and? " && " : " || ");
                oracle_print_scoped(emit, expr->arg[1], oracle_print_test);
                buf_putc(emit->out, ')');
                return;
        }
        buf_puts(emit->out, "({ const int l_t = ");
        oracle_print_test(emit, expr->arg[0]);
        buf_puts(emit->out, and? "; l_t == 0 ? 0 : and_t(l_t, "
                               : "; l_t == 1 ? 1 : or_t(l_t, ");
        oracle_print_scoped(emit, expr->arg[1], oracle_print_test);
        buf_puts(emit->out, "); })");
}

static void print_class_test(struct oracle_emit *emit, const struct expr *expr)
{
        buf_puts(emit->out,
                 expr->value.function == FN_ISNAN ? "is_nan(" : "is_inf(");
        oracle_print_pair(emit, expr->arg[0]);
        buf_puts(emit->out, ".v)");
}

/* Conditions that are not three-valued by themselves. */
static void print_two_valued(struct oracle_emit *emit, const struct expr *expr)
{
        const char *infix = expr->op == EXPR_BIT_AND  ? "&"
                            : expr->op == EXPR_BIT_OR ? "|"
                                                      : "^";

        switch (expr->op) {
        case EXPR_READ:
                oracle_print_integer_read(emit, expr);
                break;
        case EXPR_PARAM:
                buf_printf(emit->out, "(p%d != 0)", expr->value.param->number);
                break;
        case EXPR_SELECT:
                print_integer_select(emit, expr);
                break;
        case EXPR_CAST:
                if (expr->arg[0]->kind == KIND_REAL) {
                        buf_putc(emit->out, '(');
                        oracle_print_pair(emit, expr->arg[0]);
                        buf_puts(emit->out, ".v != 0)");
                        break;
                }
                buf_putc(emit->out, '(');
                oracle_print_integer(emit, expr->arg[0]);
                buf_puts(emit->out, " != 0)");
                break;
        default:
                print_infix(emit, infix, expr);
                break;
        }
}

void oracle_print_test(struct oracle_emit *emit, const struct expr *expr)
{
        bool soft = oracle_is_soft(emit->class, expr);
        bool integers = expr->count == 2 && expr->arg[0]->kind != KIND_REAL &&
                        expr->arg[1]->kind != KIND_REAL;

        switch (expr->op) {
        case EXPR_BOOLEAN:
                buf_puts(emit->out, expr->value.integer ? "1" : "0");
                return;
        case EXPR_NOT:
                buf_puts(emit->out, soft ? "not_t(" : "(!");
                oracle_print_test(emit, expr->arg[0]);
                buf_putc(emit->out, ')');
                return;
        case EXPR_AND:
        case EXPR_OR:
                print_logic(emit, expr);
                return;
        case EXPR_CALL:
                print_class_test(emit, expr);
                return;
        case EXPR_REDUCE:
                oracle_print_reduced(emit, expr);
                return;
        case EXPR_LT:
        case EXPR_LE:
        case EXPR_EQ:
        case EXPR_NE:
                if (!soft || !integers) {
                        print_comparison(emit, expr);
                        return;
                }
                break;
        default:
                break;
        }
        if (!soft) {
                print_two_valued(emit, expr);
                return;
        }
        buf_puts(emit->out, "({ const int t = ");
        if (integers && expr->op >= EXPR_LT && expr->op <= EXPR_NE)
                print_comparison(emit, expr);
        else
                print_two_valued(emit, expr);
        buf_printf(emit->out, "; soft(t, %s); })", oracle_flag(emit));
}
