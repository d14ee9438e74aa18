/*
 * Integer expressions: parsed into an array of nodes in which operands come
 * first, so that every walk is a loop or a bounded recursion.
 */
#include "spec/intexpr.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "spec/lex.h"

enum {
        LEVEL_AND,
        LEVEL_COMPARE,
        LEVEL_SUM,
        LEVEL_PRODUCT,
        LEVEL_UNARY,
        LEVEL_LEAF,
        NESTING = 64
};

struct intexpr {
        int node_count, name_count;
        struct intexpr_node node[INTEXPR_NODES];
        int column[INTEXPR_NODES];
        char name[INTEXPR_NAMES][LIMIT_NAME_BYTES];
        char where[256];
};

struct parser {
        struct lexer lexer;
        struct token token;
        struct intexpr *expr;
        int depth;
};

static const struct {
        enum token_kind token;
        const char *text, *call; /* in C */
        int level;
} operators[] = {
        [INTEXPR_ADD] = {TOKEN_ADD, "+", NULL, LEVEL_SUM},
        [INTEXPR_SUB] = {TOKEN_SUB, "-", NULL, LEVEL_SUM},
        [INTEXPR_MUL] = {TOKEN_MUL, "*", NULL, LEVEL_PRODUCT},
        [INTEXPR_FLOOR_DIV] = {TOKEN_FLOOR_DIV, "//", "kevo_floor_div",
                               LEVEL_PRODUCT},
        [INTEXPR_FLOOR_MOD] = {TOKEN_FLOOR_MOD, "%", "kevo_floor_mod",
                               LEVEL_PRODUCT},
        [INTEXPR_MIN] = {TOKEN_END, "min", "kevo_min", LEVEL_LEAF},
        [INTEXPR_MAX] = {TOKEN_END, "max", "kevo_max", LEVEL_LEAF},
        [INTEXPR_CEIL] = {TOKEN_END, "ceil", "kevo_ceil_div", LEVEL_LEAF},
        [INTEXPR_EQ] = {TOKEN_EQ, "==", NULL, LEVEL_COMPARE},
        [INTEXPR_NE] = {TOKEN_NE, "!=", NULL, LEVEL_COMPARE},
        [INTEXPR_LT] = {TOKEN_LT, "<", NULL, LEVEL_COMPARE},
        [INTEXPR_LE] = {TOKEN_LE, "<=", NULL, LEVEL_COMPARE},
        [INTEXPR_GT] = {TOKEN_GT, ">", NULL, LEVEL_COMPARE},
        [INTEXPR_GE] = {TOKEN_GE, ">=", NULL, LEVEL_COMPARE},
        [INTEXPR_AND] = {TOKEN_AND, "&&", NULL, LEVEL_AND},
};

static int parse_level(struct parser *p, int level, int *node) KEVO_MUST_CHECK;

static bool is_condition(enum intexpr_op op)
{
        return op >= INTEXPR_EQ;
}

static int advance(struct parser *p)
{
        return lex_next(&p->lexer, &p->token);
}

static int expected(struct parser *p, const char *what)
{
        char found[64];

        return lex_error(&p->lexer, p->token.line, p->token.column,
                         "expected %s, not %s", what,
                         token_describe(&p->token, found, sizeof(found)));
}

static int add_node(struct parser *p, enum intexpr_op op, int column, int a,
                    int b, int *node)
{
        struct intexpr *e = p->expr;

        if (e->node_count == INTEXPR_NODES)
                return lex_error(&p->lexer, 1, column,
                                 "an expression has at most %d operators, "
                                 "names and numbers",
                                 INTEXPR_NODES);
        e->node[e->node_count].op = op;
        e->node[e->node_count].arg[0] = a;
        e->node[e->node_count].arg[1] = b;
        e->column[e->node_count] = column;
        *node = e->node_count++;
        return 0;
}

/* Operands must be numbers, or conditions. */
static int want(struct parser *p, int node, bool condition)
{
        if (is_condition(p->expr->node[node].op) == condition)
                return 0;
        return lex_error(&p->lexer, 1, p->expr->column[node],
                         condition ? "a condition must stand here, such as "
                                     "N %% 4 == 0"
                                   : "a number must stand here, not a "
                                     "condition");
}

static int name_node(struct parser *p, int *node)
{
        struct intexpr *e = p->expr;
        int column = p->token.column, i = 0, rc;

        if (p->token.length >= LIMIT_NAME_BYTES)
                return lex_error(&p->lexer, 1, column,
                                 "a name has at most %d characters",
                                 LIMIT_NAME_BYTES - 1);
        while (i < e->name_count && !token_is(&p->token, e->name[i]))
                i++;
        if (i == INTEXPR_NAMES)
                return lex_error(&p->lexer, 1, column,
                                 "an expression has at most %d names",
                                 INTEXPR_NAMES);
        if (i == e->name_count) {
                memcpy(e->name[i], p->token.text, p->token.length);
                e->name[i][p->token.length] = '\0';
                e->name_count++;
        }
        rc = add_node(p, INTEXPR_NAME, column, 0, 0, node);
        if (rc)
                return rc;
        e->node[*node].name = i;
        return advance(p);
}

/* min(a, b, ...), max(a, b, ...), ceil(a, b) after the opening (. */
static int call_node(struct parser *p, enum intexpr_op op, int *node)
{
        int column = p->token.column, count = 0, next, rc;

        do {
                rc = advance(p);
                if (!rc)
                        rc = parse_level(p, LEVEL_AND, &next);
                if (!rc)
                        rc = want(p, next, false);
                if (rc)
                        return rc;
                if (count++ == 0)
                        *node = next;
                else
                        rc = add_node(p, op, column, *node, next, node);
        } while (!rc && p->token.kind == TOKEN_COMMA);
        if (rc)
                return rc;
        if (p->token.kind != TOKEN_RPAREN)
                return expected(p, "',' or ')'");
        if (count < 2 || (op == INTEXPR_CEIL && count > 2))
                return lex_error(
                        &p->lexer, 1, column,
                        op == INTEXPR_CEIL
                                ? "ceil(a, b) is a / b rounded up: it takes "
                                  "two numbers"
                                : "min and max take two or more numbers");
        return advance(p);
}

static int named_node(struct parser *p, int *node)
{
        struct lexer ahead = p->lexer;
        struct token next;

        ahead.err = NULL;
        if (lex_next(&ahead, &next) || next.kind != TOKEN_LPAREN)
                return name_node(p, node);
        for (int op = INTEXPR_MIN; op <= INTEXPR_CEIL; op++)
                if (token_is(&p->token, operators[op].text)) {
                        int rc = advance(p);

                        return rc ? rc
                                  : call_node(p, (enum intexpr_op)op, node);
                }
        return lex_error(&p->lexer, 1, p->token.column,
                         "the functions are min, max and ceil");
}

static int primary(struct parser *p, int *node)
{
        int column = p->token.column, rc;

        switch (p->token.kind) {
        case TOKEN_INTEGER:
                rc = add_node(p, INTEXPR_LITERAL, column, 0, 0, node);
                if (rc)
                        return rc;
                p->expr->node[*node].value = p->token.integer;
                return advance(p);
        case TOKEN_REAL:
                return lex_error(&p->lexer, 1, column,
                                 "numbers are integers here");
        case TOKEN_NAME:
                return named_node(p, node);
        case TOKEN_LPAREN:
                rc = advance(p);
                if (!rc)
                        rc = parse_level(p, LEVEL_AND, node);
                if (!rc && p->token.kind != TOKEN_RPAREN)
                        return expected(p, "')'");
                return rc ? rc : advance(p);
        default:
                return expected(p, "a number or a name");
        }
}

static int unary(struct parser *p, int *node)
{
        int column = p->token.column, rc;

        if (++p->depth > NESTING)
                return lex_error(&p->lexer, 1, column,
                                 "more than %d operations inside each other",
                                 NESTING);
        if (p->token.kind == TOKEN_SUB) {
                rc = advance(p);
                if (!rc)
                        rc = unary(p, node);
                if (!rc)
                        rc = want(p, *node, false);
                if (!rc && p->expr->node[*node].op == INTEXPR_LITERAL)
                        p->expr->node[*node].value =
                                -p->expr->node[*node].value;
                else if (!rc)
                        rc = add_node(p, INTEXPR_NEGATE, column, *node, 0,
                                      node);
        } else {
                rc = primary(p, node);
        }
        p->depth--;
        return rc;
}

/* The operator of this level that the token is, or -1. */
static int operator_at(const struct parser *p, int level)
{
        for (int op = INTEXPR_ADD; op <= INTEXPR_AND; op++)
                if (operators[op].level == level &&
                    operators[op].token == p->token.kind)
                        return op;
        return -1;
}

static int refuse_operator(struct parser *p)
{
        if (p->token.kind == TOKEN_DIV)
                return lex_error(&p->lexer, 1, p->token.column,
                                 "write // for division rounded down, or "
                                 "ceil(a, b)");
        if (p->token.kind == TOKEN_OR)
                return lex_error(&p->lexer, 1, p->token.column,
                                 "only && joins conditions");
        if (p->token.kind == TOKEN_ASSIGN)
                return lex_error(&p->lexer, 1, p->token.column,
                                 "equality is written ==");
        return 0;
}

static int parse_level(struct parser *p, int level, int *node)
{
        int rc, op, column, right;

        if (level == LEVEL_UNARY)
                return unary(p, node);
        rc = parse_level(p, level + 1, node);
        while (!rc) {
                rc = refuse_operator(p);
                op = operator_at(p, level);
                if (rc || op < 0)
                        return rc;
                column = p->token.column;
                rc = want(p, *node, level == LEVEL_AND);
                if (!rc)
                        rc = advance(p);
                if (!rc)
                        rc = parse_level(p, level + 1, &right);
                if (!rc)
                        rc = want(p, right, level == LEVEL_AND);
                if (!rc)
                        rc = add_node(p, (enum intexpr_op)op, column, *node,
                                      right, node);
                if (!rc && level == LEVEL_COMPARE &&
                    operator_at(p, level) >= 0)
                        return lex_error(&p->lexer, 1, p->token.column,
                                         "comparisons do not chain; write a "
                                         "< b && b < c");
        }
        return rc;
}

static int parse_all(struct parser *p, bool condition)
{
        int root, rc = advance(p);

        if (!rc && p->token.kind == TOKEN_END)
                return lex_error(&p->lexer, 1, 1, "the expression is empty");
        if (!rc)
                rc = parse_level(p, LEVEL_AND, &root);
        if (!rc && p->token.kind != TOKEN_END)
                return expected(p, "an operator or the end");
        return rc ? rc : want(p, root, condition);
}

int intexpr_parse(const char *text, const char *where, bool condition,
                  struct intexpr **expr, struct error *err)
{
        struct parser p = {.depth = 0};
        size_t length = strlen(text);
        int rc;

        *expr = NULL;
        if (length > INTEXPR_BYTES)
                return error_set(err, ERR_LIMIT,
                                 "%s: an expression has at "
                                 "most %d bytes",
                                 where, INTEXPR_BYTES);
        p.expr = calloc(1, sizeof(*p.expr));
        if (!p.expr)
                return error_memory(err);
        strncpy(p.expr->where, where, sizeof(p.expr->where) - 1);
        lex_init(&p.lexer, text, length, where, err);
        p.lexer.single_line = true;
        rc = parse_all(&p, condition);
        if (rc)
                free(p.expr);
        else
                *expr = p.expr;
        return rc;
}

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

static int eval_name(const struct evaluation *ev, int n, int64_t *result)
{
        const char *name = ev->expr->name[ev->expr->node[n].name];

        if (ev->lookup(name, result, ev->data))
                return 0;
        return error_set(ev->err, ERR_INPUT,
                         "%s: column %d: '%s' has no value here",
                         ev->expr->where, ev->expr->column[n], name);
}

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
        call = operators[node->op].call;
        buf_printf(out, "%s(", call ? call : "");
        print_c_node(e, node->arg[0], out);
        if (call)
                buf_puts(out, ", ");
        else
                buf_printf(out, " %s ", operators[node->op].text);
        print_c_node(e, node->arg[1], out);
        buf_putc(out, ')');
}

void intexpr_print_c(const struct intexpr *expr, struct buf *out)
{
        print_c_node(expr, expr->node_count - 1, out);
}

static int level_of(const struct intexpr_node *node)
{
        if (node->op == INTEXPR_LITERAL)
                return node->value < 0 ? LEVEL_UNARY : LEVEL_LEAF;
        if (node->op == INTEXPR_NAME)
                return LEVEL_LEAF;
        if (node->op == INTEXPR_NEGATE)
                return LEVEL_UNARY;
        return operators[node->op].level;
}

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
                print_node(e, node->arg[0], LEVEL_UNARY, out);
        } else if (call) {
                buf_printf(out, "%s(", operators[node->op].text);
                print_node(e, node->arg[0], LEVEL_AND, out);
                buf_puts(out, ", ");
                print_node(e, node->arg[1], LEVEL_AND, out);
                buf_putc(out, ')');
        } else {
                print_node(e, node->arg[0],
                           own == LEVEL_COMPARE ? own + 1 : own, out);
                buf_printf(out, " %s ", operators[node->op].text);
                print_node(e, node->arg[1], own + 1, out);
        }
        if (own < level)
                buf_putc(out, ')');
}

void intexpr_print(const struct intexpr *expr, struct buf *out)
{
        print_node(expr, expr->node_count - 1, LEVEL_AND, out);
}
