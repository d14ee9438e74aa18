/* Evaluating and printing integer expressions. */
#include "spec/intexpr.h"

#include <stdlib.h>
#include <string.h>

#include "spec/intexpr_tree.h"

void intexpr_free(struct intexpr *expr)
{
        free(expr);
}

/* The state of one evaluation: a value a node, so shared work is done once.
 */
struct evaluation {
        const struct intexpr *expr;
        intexpr_lookup *lookup;
        void *data;
        struct error *err;
};

static int eval_node(const struct evaluation *ev, int n,
                     int64_t *result) KEVO_MUST_CHECK;

static int eval_error(const struct evaluation *ev, int n, const char *what)
{
        return error_set(ev->err, ERR_INPUT, "%s: column %d: %s",
                         ev->expr->where, ev->expr->column[n], what);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
        return a / b - (a % b < 0);
}

/* Overflow is the only failure left once divisors are checked. */
static int eval_binary(const struct evaluation *ev, int n, int64_t a,
                       int64_t b, int64_t *result)
{
        enum intexpr_op op = ev->expr->node[n].op;
        bool overflow = false;

        if ((op == INTEXPR_FLOOR_DIV || op == INTEXPR_FLOOR_MOD ||
             op == INTEXPR_CEIL) &&
            b < 1)
                return eval_error(ev, n, "the divisor is not positive");
        switch (op) {
        case INTEXPR_ADD:
                overflow = __builtin_add_overflow(a, b, result);
                break;
        case INTEXPR_SUB:
                overflow = __builtin_sub_overflow(a, b, result);
                break;
        case INTEXPR_MUL:
                overflow = __builtin_mul_overflow(a, b, result);
                break;
        case INTEXPR_FLOOR_DIV:
                *result = floor_divide(a, b);
                break;
        case INTEXPR_FLOOR_MOD:
                *result = a - floor_divide(a, b) * b;
                break;
        case INTEXPR_CEIL:
                *result = a / b + (a % b > 0);
                break;
        case INTEXPR_MIN:
                *result = a < b ? a : b;
                break;
        case INTEXPR_MAX:
                *result = a > b ? a : b;
                break;
        case INTEXPR_EQ:
                *result = a == b;
                break;
        case INTEXPR_NE:
                *result = a != b;
                break;
        case INTEXPR_LT:
                *result = a < b;
                break;
        case INTEXPR_LE:
                *result = a <= b;
                break;
        case INTEXPR_GT:
                *result = a > b;
                break;
        default: /* INTEXPR_GE */
                *result = a >= b;
        }
        return overflow ? eval_error(ev, n, "this passes 64 bits") : 0;
}

/* The column is that of the name, not of the expression. */
static int eval_name(const struct evaluation *ev, int n, int64_t *result)
{
        const char *name = ev->expr->name[ev->expr->node[n].name];

        if (ev->lookup(name, result, ev->data))
                return 0;
        return error_set(ev->err, ERR_INPUT,
                         "%s: column %d: '%s' has no value here",
                         ev->expr->where, ev->expr->column[n], name);
}

/* Recursion is bounded by the number of nodes. */
static int eval_node(const struct evaluation *ev, int n, int64_t *result)
{
        const struct intexpr_node *node = &ev->expr->node[n];
        int64_t a, b;
        int rc;

        if (node->op == INTEXPR_LITERAL) {
                *result = node->value;
                return 0;
        }
        if (node->op == INTEXPR_NAME)
                return eval_name(ev, n, result);
        rc = eval_node(ev, node->arg[0], &a);
        if (rc)
                return rc;
        if (node->op == INTEXPR_NEGATE) {
                if (__builtin_sub_overflow((int64_t)0, a, result))
                        return eval_error(ev, n, "this passes 64 bits");
                return 0;
        }
        if (node->op == INTEXPR_AND) {
                *result = 0;
                return a ? eval_node(ev, node->arg[1], result) : 0;
        }
        rc = eval_node(ev, node->arg[1], &b);
        return rc ? rc : eval_binary(ev, n, a, b, result);
}

int intexpr_eval(const struct intexpr *expr, intexpr_lookup *lookup,
                 void *data, int64_t *result, struct error *err)
{
        struct evaluation ev = {expr, lookup, data, err};

        *result = 0;
        return eval_node(&ev, expr->node_count - 1, result);
}

int intexpr_name_count(const struct intexpr *expr)
{
        return expr->name_count;
}

const char *intexpr_name(const struct intexpr *expr, int i)
{
        return expr->name[i];
}

bool intexpr_uses(const struct intexpr *expr, const char *name)
{
        for (int i = 0; i < expr->name_count; i++)
                if (strcmp(expr->name[i], name) == 0)
                        return true;
        return false;
}

int intexpr_node_count(const struct intexpr *expr)
{
        return expr->node_count;
}

const struct intexpr_node *intexpr_node(const struct intexpr *expr, int i)
{
        return &expr->node[i];
}

/* INT64_MIN cannot be written as a literal. */
static void print_literal(int64_t value, const char *format, struct buf *out)
{
        if (value == INT64_MIN)
                buf_puts(out, "(-9223372036854775807 - 1)");
        else
                buf_printf(out, format, (long long)value);
}

/* Parentheses everywhere: the reader is a compiler. */
static void print_c_node(const struct intexpr *e, int n, struct buf *out)
{
        const struct intexpr_node *node = &e->node[n];
        const char *call;

        if (node->op == INTEXPR_LITERAL) {
                print_literal(node->value, "((int64_t)%lld)", out);
                return;
        }
        if (node->op == INTEXPR_NAME) {
                buf_printf(out, "((int64_t)%s)", e->name[node->name]);
                return;
        }
        if (node->op == INTEXPR_NEGATE) {
                buf_puts(out, "(-");
                print_c_node(e, node->arg[0], out);
                buf_putc(out, ')');
                return;
        }
        call = intexpr_operators[node->op].call;
        buf_printf(out, "%s(", call ? call : "");
        print_c_node(e, node->arg[0], out);
        if (call)
                buf_puts(out, ", ");
        else
                buf_printf(out, " %s ", intexpr_operators[node->op].text);
        print_c_node(e, node->arg[1], out);
        buf_putc(out, ')');
}

void intexpr_print_c(const struct intexpr *expr, struct buf *out)
{
        print_c_node(expr, expr->node_count - 1, out);
}

/* How tightly a node binds in its own notation. */
static int level_of(const struct intexpr_node *node)
{
        if (node->op == INTEXPR_LITERAL)
                return node->value < 0 ? INTEXPR_LEVEL_UNARY
                                       : INTEXPR_LEVEL_LEAF;
        if (node->op == INTEXPR_NAME)
                return INTEXPR_LEVEL_LEAF;
        if (node->op == INTEXPR_NEGATE)
                return INTEXPR_LEVEL_UNARY;
        return intexpr_operators[node->op].level;
}

/* A repeated min or max is printed nested, which means the same. */
static void print_node(const struct intexpr *e, int n, int level,
                       struct buf *out)
{
        const struct intexpr_node *node = &e->node[n];
        int own = level_of(node);
        bool call = node->op >= INTEXPR_MIN && node->op <= INTEXPR_CEIL;

        if (own < level)
                buf_putc(out, '(');
        if (node->op == INTEXPR_LITERAL) {
                print_literal(node->value, "%lld", out);
        } else if (node->op == INTEXPR_NAME) {
                buf_puts(out, e->name[node->name]);
        } else if (node->op == INTEXPR_NEGATE) {
                buf_putc(out, '-');
                print_node(e, node->arg[0], INTEXPR_LEVEL_UNARY, out);
        } else if (call) {
                buf_printf(out, "%s(", intexpr_operators[node->op].text);
                print_node(e, node->arg[0], INTEXPR_LEVEL_AND, out);
                buf_puts(out, ", ");
                print_node(e, node->arg[1], INTEXPR_LEVEL_AND, out);
                buf_putc(out, ')');
        } else {
                print_node(e, node->arg[0],
                           own == INTEXPR_LEVEL_COMPARE ? own + 1 : own, out);
                buf_printf(out, " %s ", intexpr_operators[node->op].text);
                print_node(e, node->arg[1], own + 1, out);
        }
        if (own < level)
                buf_putc(out, ')');
}

void intexpr_print(const struct intexpr *expr, struct buf *out)
{
        print_node(expr, expr->node_count - 1, INTEXPR_LEVEL_AND, out);
}
