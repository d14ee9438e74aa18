/*
 * Expressions: recursive descent, one function a level of precedence for the
 * odd levels and one table for the binary operators. The depth of the tree
 * is bounded here, so that every later walk may recurse.
 *
 *   c ? a : b      ||   &&   == != < <= > >=   |   ^   &   << >>
 *   + -   * / // %   unary - ! ~   x[i] f(a) sum[i] term (...)
 *
 * Bits bind tighter than comparisons (unlike C), a reduction takes one chain
 * of * / // %, and comparisons do not chain.
 */
#include <string.h>

#include "spec/syntax.h"

enum {
        LEVEL_OR,
        LEVEL_AND,
        LEVEL_COMPARE,
        LEVEL_BIT_OR,
        LEVEL_BIT_XOR,
        LEVEL_BIT_AND,
        LEVEL_SHIFT,
        LEVEL_SUM,
        LEVEL_PRODUCT,
        LEVEL_UNARY
};

/* -1 for what is no binary operator. */
static int binary_level(enum token_kind kind)
{
        switch (kind) {
        case TOKEN_OR:
                return LEVEL_OR;
        case TOKEN_AND:
                return LEVEL_AND;
        case TOKEN_EQ:
        case TOKEN_NE:
        case TOKEN_LT:
        case TOKEN_LE:
        case TOKEN_GT:
        case TOKEN_GE:
                return LEVEL_COMPARE;
        case TOKEN_BIT_OR:
                return LEVEL_BIT_OR;
        case TOKEN_BIT_XOR:
                return LEVEL_BIT_XOR;
        case TOKEN_BIT_AND:
                return LEVEL_BIT_AND;
        case TOKEN_SHL:
        case TOKEN_SHR:
                return LEVEL_SHIFT;
        case TOKEN_ADD:
        case TOKEN_SUB:
                return LEVEL_SUM;
        case TOKEN_MUL:
        case TOKEN_DIV:
        case TOKEN_FLOOR_DIV:
        case TOKEN_FLOOR_MOD:
                return LEVEL_PRODUCT;
        default:
                return -1;
        }
}

/* A literal keeps its sign, so that -1 is one literal. */
static bool negate_literal(struct syntax *node, const struct syntax *operand)
{
        if (operand->op != SYNTAX_INTEGER && operand->op != SYNTAX_REAL)
                return false;
        node->op = operand->op;
        node->integer = -operand->integer;
        node->real = -operand->real;
        return true;
}

/* Signs nest, so they count as depth. */
int parse_unary(struct parser *parser, const struct syntax **result)
{
        struct token at = parser->token;
        const struct syntax *operand = NULL;
        struct syntax *node;
        int rc;

        *result = NULL;
        if (at.kind == TOKEN_ADD)
                return parser_error(parser, "there is no unary +; leave it "
                                            "out");
        if (at.kind != TOKEN_SUB && at.kind != TOKEN_NOT &&
            at.kind != TOKEN_TILDE)
                return parse_primary(parser, result);
        if (++parser->depth > LIMIT_SPEC_DEPTH)
                return parser_error(parser,
                                    "more than %d operations inside "
                                    "each other",
                                    LIMIT_SPEC_DEPTH);
        node = syntax_new(parser, SYNTAX_UNARY, &at);
        if (!node)
                return parser_memory(parser);
        rc = parser_advance(parser);
        if (!rc)
                rc = parse_unary(parser, &operand);
        parser->depth--;
        if (rc)
                return rc;
        node->mark = at.kind;
        node->open = operand->open;
        *result = node;
        if (at.kind == TOKEN_SUB && negate_literal(node, operand))
                return 0;
        return syntax_arguments(parser, node, 1, &operand);
}

/* Operators of other languages that read as something else here. */
static int refuse_operator(struct parser *parser, const struct syntax *left,
                           int level)
{
        enum token_kind kind = parser->token.kind;

        if (kind == TOKEN_POWER)
                return parser_error(parser, "write pow(x, y); for a square, "
                                            "x * x");
        if (level < LEVEL_SUM && left->open)
                return parser_error(
                        parser, "a reduction takes one chain of * / // %%; "
                                "put its term in parentheses (to reduce what "
                                "follows too) or the whole reduction");
        return 0;
}

/* Operators of one level, left to right. */
static int parse_level(struct parser *parser, int level,
                       const struct syntax **result)
{
        const struct syntax *pair[2];
        struct syntax *node;
        struct token at;
        int rc;

        if (level == LEVEL_UNARY)
                return parse_unary(parser, result);
        rc = parse_level(parser, level + 1, result);
        while (!rc) {
                at = parser->token;
                if (at.kind == TOKEN_POWER)
                        return refuse_operator(parser, *result, level);
                if (binary_level(at.kind) != level)
                        return 0;
                rc = refuse_operator(parser, *result, level);
                if (rc)
                        return rc;
                node = syntax_new(parser, SYNTAX_BINARY, &at);
                if (!node)
                        return parser_memory(parser);
                node->mark = at.kind;
                pair[0] = *result;
                rc = parser_advance(parser);
                if (!rc)
                        rc = parse_level(parser, level + 1, &pair[1]);
                if (!rc)
                        rc = syntax_arguments(parser, node, 2, pair);
                if (rc)
                        return rc;
                if (at.kind == TOKEN_FLOOR_DIV && pair[1]->op == SYNTAX_NAME)
                        ((struct syntax *)pair[1])->mark = at.kind;
                node->open = pair[1]->open;
                *result = node;
                if (level == LEVEL_COMPARE &&
                    binary_level(parser->token.kind) == LEVEL_COMPARE)
                        return parser_error(parser,
                                            "comparisons do not "
                                            "chain; write a < b && b < c");
        }
        return rc;
}

int parse_product(struct parser *parser, const struct syntax **result)
{
        return parse_level(parser, LEVEL_PRODUCT, result);
}

/* The arms of c ? a : b. */
static int parse_arms(struct parser *parser, const struct syntax **result)
{
        const struct syntax *arg[3] = {*result};
        struct syntax *node =
                syntax_new(parser, SYNTAX_SELECT, &parser->token);
        int rc;

        if (!node)
                return parser_memory(parser);
        if (arg[0]->open)
                return parser_error(parser,
                                    "put the reduction before '?' "
                                    "in parentheses, or its term with the "
                                    "whole choice");
        rc = parser_advance(parser);
        if (!rc)
                rc = parse_expression(parser, &arg[1]);
        if (!rc)
                rc = parser_expect(parser, TOKEN_COLON,
                                   "':' and the other value of '? :'");
        if (!rc)
                rc = parse_expression(parser, &arg[2]);
        if (!rc)
                rc = syntax_arguments(parser, node, 3, arg);
        if (rc)
                return rc;
        node->open = arg[2]->open;
        *result = node;
        return 0;
}

/* The choice is the loosest and groups to the right. */
int parse_expression(struct parser *parser, const struct syntax **result)
{
        int rc;

        *result = NULL;
        if (++parser->depth > LIMIT_SPEC_DEPTH)
                return parser_error(parser,
                                    "more than %d parentheses or "
                                    "operations inside each other; define an "
                                    "intermediate for a part of it",
                                    LIMIT_SPEC_DEPTH);
        rc = parse_level(parser, LEVEL_OR, result);
        if (!rc && parser->token.kind == TOKEN_QUESTION)
                rc = parse_arms(parser, result);
        parser->depth--;
        return rc;
}
