/*
 * Parsing of integer expressions into an array of nodes in which operands
 * come first, so that every walk is a loop or a bounded recursion.
 */
#include <stdlib.h>
#include <string.h>

#include "spec/intexpr_tree.h"

enum { NESTING = 64 };

struct parser {
        struct lexer lexer;
        struct token token;
        struct intexpr *expr;
        int depth;
};

const struct intexpr_operator intexpr_operators[] = {
        [INTEXPR_ADD] = {TOKEN_ADD, "+", NULL, INTEXPR_LEVEL_SUM},
        [INTEXPR_SUB] = {TOKEN_SUB, "-", NULL, INTEXPR_LEVEL_SUM},
        [INTEXPR_MUL] = {TOKEN_MUL, "*", NULL, INTEXPR_LEVEL_PRODUCT},
        [INTEXPR_FLOOR_DIV] = {TOKEN_FLOOR_DIV, "//", "kevo_floor_div",
                               INTEXPR_LEVEL_PRODUCT},
        [INTEXPR_FLOOR_MOD] = {TOKEN_FLOOR_MOD, "%", "kevo_floor_mod",
                               INTEXPR_LEVEL_PRODUCT},
        [INTEXPR_MIN] = {TOKEN_END, "min", "kevo_min", INTEXPR_LEVEL_LEAF},
        [INTEXPR_MAX] = {TOKEN_END, "max", "kevo_max", INTEXPR_LEVEL_LEAF},
        [INTEXPR_CEIL] = {TOKEN_END, "ceil", "kevo_ceil_div",
                          INTEXPR_LEVEL_LEAF},
        [INTEXPR_EQ] = {TOKEN_EQ, "==", NULL, INTEXPR_LEVEL_COMPARE},
        [INTEXPR_NE] = {TOKEN_NE, "!=", NULL, INTEXPR_LEVEL_COMPARE},
        [INTEXPR_LT] = {TOKEN_LT, "<", NULL, INTEXPR_LEVEL_COMPARE},
        [INTEXPR_LE] = {TOKEN_LE, "<=", NULL, INTEXPR_LEVEL_COMPARE},
        [INTEXPR_GT] = {TOKEN_GT, ">", NULL, INTEXPR_LEVEL_COMPARE},
        [INTEXPR_GE] = {TOKEN_GE, ">=", NULL, INTEXPR_LEVEL_COMPARE},
        [INTEXPR_AND] = {TOKEN_AND, "&&", NULL, INTEXPR_LEVEL_AND},
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

/* The place is that of the token found. */
static int expected(struct parser *p, const char *what)
{
        char found[64];

        return lex_error(&p->lexer, p->token.line, p->token.column,
                         "expected %s, not %s", what,
                         token_describe(&p->token, found, sizeof(found)));
}

/* The new node is the last one, so operands always come before it. */
static int add_node(struct parser *p, enum intexpr_op op, int column, int a,
                    int b, int *node)
{
        struct intexpr *e = p->expr;

        if (e->node_count == INTEXPR_NODES)
                return lex_error(
                        &p->lexer, 1, column,
                        "an expression has at most %d intexpr_operators, "
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

/* Each different name is kept once. */
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
                        rc = parse_level(p, INTEXPR_LEVEL_AND, &next);
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

/* A name before ( is a function. */
static int named_node(struct parser *p, int *node)
{
        struct lexer ahead = p->lexer;
        struct token next;

        ahead.err = NULL;
        if (lex_next(&ahead, &next) || next.kind != TOKEN_LPAREN)
                return name_node(p, node);
        for (int op = INTEXPR_MIN; op <= INTEXPR_CEIL; op++)
                if (token_is(&p->token, intexpr_operators[op].text)) {
                        int rc = advance(p);

                        return rc ? rc
                                  : call_node(p, (enum intexpr_op)op, node);
                }
        return lex_error(&p->lexer, 1, p->token.column,
                         "the functions are min, max and ceil");
}

/* A condition may stand in parentheses too. */
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
                        rc = parse_level(p, INTEXPR_LEVEL_AND, node);
                if (!rc && p->token.kind != TOKEN_RPAREN)
                        return expected(p, "')'");
                return rc ? rc : advance(p);
        default:
                return expected(p, "a number or a name");
        }
}

/* A literal takes its sign, as in the kernel language. */
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
                if (intexpr_operators[op].level == level &&
                    intexpr_operators[op].token == p->token.kind)
                        return op;
        return -1;
}

/* Operators of C that people try. */
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

/* One loop a level of precedence. */
static int parse_level(struct parser *p, int level, int *node)
{
        int rc, op, column, right;

        if (level == INTEXPR_LEVEL_UNARY)
                return unary(p, node);
        rc = parse_level(p, level + 1, node);
        while (!rc) {
                rc = refuse_operator(p);
                op = operator_at(p, level);
                if (rc || op < 0)
                        return rc;
                column = p->token.column;
                rc = want(p, *node, level == INTEXPR_LEVEL_AND);
                if (!rc)
                        rc = advance(p);
                if (!rc)
                        rc = parse_level(p, level + 1, &right);
                if (!rc)
                        rc = want(p, right, level == INTEXPR_LEVEL_AND);
                if (!rc)
                        rc = add_node(p, (enum intexpr_op)op, column, *node,
                                      right, node);
                if (!rc && level == INTEXPR_LEVEL_COMPARE &&
                    operator_at(p, level) >= 0)
                        return lex_error(&p->lexer, 1, p->token.column,
                                         "comparisons do not chain; write a "
                                         "< b && b < c");
        }
        return rc;
}

/* Nothing may follow the expression. */
static int parse_all(struct parser *p, bool condition)
{
        int root, rc = advance(p);

        if (!rc && p->token.kind == TOKEN_END)
                return lex_error(&p->lexer, 1, 1, "the expression is empty");
        if (!rc)
                rc = parse_level(p, INTEXPR_LEVEL_AND, &root);
        if (!rc && p->token.kind != TOKEN_END)
                return expected(p, "an operator or the end");
        return rc ? rc : want(p, root, condition);
}

int intexpr_parse(const char *text, const char *where, bool condition,
                  struct intexpr **expr, struct error *err)
{
        return intexpr_parse_at(text, where, 0, condition, expr, err);
}

int intexpr_parse_at(const char *text, const char *where, int before,
                     bool condition, struct intexpr **expr, struct error *err)
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
        p.lexer.before = before;
        rc = parse_all(&p, condition);
        for (int i = 0; i < p.expr->node_count; i++)
                p.expr->column[i] += before;
        if (rc)
                free(p.expr);
        else
                *expr = p.expr;
        return rc;
}
