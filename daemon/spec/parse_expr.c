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
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "spec/functions.h"
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

static int parse_unary(struct parser *parser,
                       const struct syntax **result) KEVO_MUST_CHECK;

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

int parser_error(struct parser *parser, const char *format, ...)
{
        char text[ERROR_TEXT_BYTES / 2];
        va_list list;

        va_start(list, format);
        vsnprintf(text, sizeof(text), format, list);
        va_end(list);
        return lex_error(&parser->lexer, parser->token.line,
                         parser->token.column, "%s", text);
}

int parser_advance(struct parser *parser)
{
        return lex_next(&parser->lexer, &parser->token);
}

enum token_kind parser_peek(const struct parser *parser)
{
        struct lexer ahead = parser->lexer;
        struct token token;

        ahead.err = NULL;
        return lex_next(&ahead, &token) == 0 ? token.kind : TOKEN_END;
}

int parser_expect(struct parser *parser, enum token_kind kind,
                  const char *what)
{
        char found[64];

        if (parser->token.kind != kind)
                return parser_error(
                        parser, "expected %s, not %s", what,
                        token_describe(&parser->token, found, sizeof(found)));
        return parser_advance(parser);
}

int parser_name(struct parser *parser, const char *what, const char **name)
{
        char found[64];

        if (parser->token.kind != TOKEN_NAME)
                return parser_error(
                        parser, "expected %s, not %s", what,
                        token_describe(&parser->token, found, sizeof(found)));
        if (parser->token.length >= LIMIT_NAME_BYTES)
                return parser_error(parser, "a name has at most %d characters",
                                    LIMIT_NAME_BYTES - 1);
        *name = arena_strndup(parser->arena, parser->token.text,
                              parser->token.length);
        if (!*name)
                return error_memory(parser->lexer.err);
        return parser_advance(parser);
}

/* A node at the place of a token. */
static struct syntax *node_new(struct parser *parser, enum syntax_op op,
                               const struct token *at)
{
        struct syntax *node = arena_alloc(parser->arena, sizeof(*node));

        if (!node) {
                error_set(parser->lexer.err, ERR_LIMIT,
                          "%s: the spec is too large for its %d KiB of tree",
                          parser->lexer.file, LIMIT_SPEC_BYTES >> 10);
                return NULL;
        }
        node->op = op;
        node->line = at->line;
        node->column = at->column;
        node->depth = 1;
        return node;
}

static int node_deepen(struct parser *parser, struct syntax *node, int depth)
{
        if (depth + 1 > node->depth)
                node->depth = depth + 1;
        if (node->depth > LIMIT_SPEC_DEPTH)
                return lex_error(&parser->lexer, node->line, node->column,
                                 "more than %d operations inside each other; "
                                 "define an intermediate for a part of it",
                                 LIMIT_SPEC_DEPTH);
        return 0;
}

static int node_arguments(struct parser *parser, struct syntax *node,
                          int count, const struct syntax *const *arg)
{
        node->count = count;
        node->arg =
                arena_alloc(parser->arena, (size_t)count * sizeof(*arg) + 1);
        if (!node->arg)
                return error_memory(parser->lexer.err);
        for (int i = 0; i < count; i++) {
                int rc = node_deepen(parser, node, arg[i]->depth);

                if (rc)
                        return rc;
                node->arg[i] = arg[i];
        }
        return 0;
}

int parse_list(struct parser *parser, enum token_kind close, int maximum,
               int line, int column, int *count, const struct syntax ***result)
{
        const char *mark = close == TOKEN_RPAREN ? "(" : "[";
        const struct syntax *list[LIMIT_RANK + 1];
        char found[64];
        int rc;

        *count = 0;
        while (parser->token.kind != close) {
                if (*count == maximum)
                        return parser_error(parser,
                                            "at most %d can stand in one "
                                            "list",
                                            maximum);
                rc = parse_expression(parser, &list[*count]);
                if (rc)
                        return rc;
                (*count)++;
                if (parser->token.kind == close)
                        break;
                if (parser->token.kind != TOKEN_COMMA)
                        return parser_error(
                                parser,
                                "expected ',' or '%s' for the '%s' "
                                "at %d:%d, not %s",
                                close == TOKEN_RPAREN ? ")" : "]", mark, line,
                                column,
                                token_describe(&parser->token, found,
                                               sizeof(found)));
                rc = parser_advance(parser);
                if (rc)
                        return rc;
        }
        *result = arena_alloc(parser->arena,
                              (size_t)*count * sizeof(**result) + 1);
        if (!*result)
                return error_memory(parser->lexer.err);
        memcpy(*result, list, (size_t)*count * sizeof(**result));
        return parser_advance(parser);
}

int parse_range(struct parser *parser, bool halve, const struct syntax **lo,
                const struct syntax **hi, bool *inclusive)
{
        const struct syntax *pair[2];
        struct syntax *one, *next;
        struct token at;
        int rc = parse_expression(parser, lo);

        if (rc)
                return rc;
        at = parser->token;
        *inclusive = at.kind == TOKEN_DOTS_EQ;
        if (at.kind != TOKEN_DOTS && at.kind != TOKEN_DOTS_EQ)
                return parser_error(parser, "expected a range lo..hi (half-"
                                            "open) or lo..=hi (inclusive)");
        rc = parser_advance(parser);
        if (!rc)
                rc = parse_expression(parser, hi);
        if (rc || !halve || !*inclusive)
                return rc;
        *inclusive = false;
        one = node_new(parser, SYNTAX_INTEGER, &at);
        next = node_new(parser, SYNTAX_BINARY, &at);
        if (!one || !next)
                return ERR_LIMIT;
        one->integer = 1;
        next->operator= TOKEN_ADD;
        pair[0] = *hi;
        pair[1] = one;
        *hi = next;
        return node_arguments(parser, next, 2, pair);
}

int parse_bindings(struct parser *parser, bool ranges, int *count,
                   const struct syntax_binding **result)
{
        struct syntax_binding list[LIMIT_RANK];
        bool inclusive;
        int rc = 0;

        memset(list, 0, sizeof(list));
        *count = 0;
        for (;;) {
                struct syntax_binding *b = &list[*count];

                if (*count == LIMIT_RANK)
                        return parser_error(parser,
                                            "at most %d indices can "
                                            "stand here",
                                            LIMIT_RANK);
                b->line = parser->token.line;
                b->column = parser->token.column;
                rc = parser_name(parser, "the name of an index", &b->name);
                if (rc)
                        return rc;
                (*count)++;
                if (token_is(&parser->token, "in")) {
                        rc = parser_advance(parser);
                        if (!rc)
                                rc = parse_range(parser, true, &b->lo, &b->hi,
                                                 &inclusive);
                        if (rc)
                                return rc;
                } else if (ranges) {
                        return parser_error(parser,
                                            "expected 'in lo..hi' "
                                            "after 'for %s'",
                                            b->name);
                }
                if (parser->token.kind != TOKEN_COMMA)
                        break;
                rc = parser_advance(parser);
                if (rc)
                        return rc;
        }
        struct syntax_binding *copy =
                arena_alloc(parser->arena, (size_t)*count * sizeof(list[0]));
        if (!copy)
                return error_memory(parser->lexer.err);
        memcpy(copy, list, (size_t)*count * sizeof(list[0]));
        *result = copy;
        return 0;
}

/* `else` takes a literal (with its sign), a name or a parenthesis. */
static int parse_fallback(struct parser *parser, struct syntax *read)
{
        enum token_kind kind;
        int rc = parser_advance(parser);

        if (rc)
                return rc;
        kind = parser->token.kind;
        if (kind == TOKEN_SUB) {
                enum token_kind next = parser_peek(parser);

                if (next != TOKEN_INTEGER && next != TOKEN_REAL &&
                    next != TOKEN_NAME)
                        kind = TOKEN_END;
        } else if (kind == TOKEN_NAME) {
                enum token_kind next = parser_peek(parser);

                if (next == TOKEN_LBRACKET || next == TOKEN_LPAREN)
                        return parser_error(
                                parser,
                                "`else` takes a literal, a name or "
                                "a parenthesis; write else (%.*s...)",
                                (int)(parser->token.length > 40
                                              ? 40
                                              : parser->token.length),
                                parser->token.text);
        }
        if (kind != TOKEN_SUB && kind != TOKEN_NAME && kind != TOKEN_LPAREN &&
            kind != TOKEN_INTEGER && kind != TOKEN_REAL)
                return parser_error(parser, "`else` takes a literal, a name "
                                            "or a parenthesis");
        rc = parse_unary(parser, &read->fallback);
        return rc ? rc : node_deepen(parser, read, read->fallback->depth);
}

/* What may follow the ] of a read. */
static int parse_read_suffix(struct parser *parser, struct syntax *read)
{
        int rc = 0;

        if (parser->token.kind == TOKEN_LBRACKET)
                return parser_error(parser,
                                    "one pair of brackets holds all "
                                    "subscripts; write %s[i, j]",
                                    read->name);
        if (parser->token.kind == TOKEN_NOT) {
                read->checked = true;
                rc = parser_advance(parser);
        }
        if (!rc && token_is(&parser->token, "else")) {
                if (read->checked)
                        return parser_error(parser, "a read has `!` or "
                                                    "`else`, not both");
                rc = parse_fallback(parser, read);
        }
        return rc;
}

static bool is_reduction(const struct token *token)
{
        char name[16];

        if (token->kind != TOKEN_NAME || token->length >= sizeof(name))
                return false;
        memcpy(name, token->text, token->length);
        name[token->length] = '\0';
        return strcmp(name, "count") == 0 ||
               reduction_from_name(name) != RED_COUNT;
}

static int parse_product(struct parser *parser,
                         const struct syntax **result) KEVO_MUST_CHECK;

static int parse_reduction(struct parser *parser, const struct syntax **result)
{
        struct token at = parser->token;
        struct syntax *node = node_new(parser, SYNTAX_REDUCE, &at);
        const struct syntax *term;
        int rc;

        if (!node)
                return ERR_LIMIT;
        if (++parser->depth > LIMIT_SPEC_DEPTH)
                return parser_error(parser,
                                    "more than %d operations inside "
                                    "each other",
                                    LIMIT_SPEC_DEPTH);
        rc = parser_name(parser, "a reduction", &node->name);
        if (!rc)
                rc = parser_expect(parser, TOKEN_LBRACKET, "'['");
        if (!rc && parser->token.kind == TOKEN_RBRACKET)
                return parser_error(parser,
                                    "name the indices to reduce over:"
                                    " %s[i] term",
                                    node->name);
        if (!rc)
                rc = parse_bindings(parser, false, &node->binding_count,
                                    &node->binding);
        if (!rc)
                rc = parser_expect(parser, TOKEN_RBRACKET,
                                   "',' or ']' after the indices of a "
                                   "reduction");
        if (!rc)
                rc = parse_product(parser, &term);
        if (!rc)
                rc = node_arguments(parser, node, 1, &term);
        for (int i = 0; !rc && i < node->binding_count; i++)
                if (node->binding[i].lo) {
                        rc = node_deepen(parser, node,
                                         node->binding[i].lo->depth);
                        if (!rc)
                                rc = node_deepen(parser, node,
                                                 node->binding[i].hi->depth);
                }
        node->open = true;
        parser->depth--;
        *result = node;
        return rc;
}

static int unsupported(struct parser *parser, const char *what)
{
        return parser_error(parser,
                            "%s is part of the language but not "
                            "supported yet by this version of kevo",
                            what);
}

/* name, name[...] or name(...) */
static int parse_named(struct parser *parser, const struct syntax **result)
{
        struct token at = parser->token;
        enum token_kind next = parser_peek(parser);
        struct syntax *node;
        int rc;

        if (next == TOKEN_LBRACKET && is_reduction(&at))
                return parse_reduction(parser, result);
        if (next == TOKEN_LBRACKET && token_is(&at, "top"))
                return unsupported(parser, "the selection top[j, K]");
        if (next == TOKEN_LBRACKET && token_is(&at, "sort"))
                return unsupported(parser, "the selection sort[j]");
        node = node_new(parser, SYNTAX_NAME, &at);
        if (!node)
                return ERR_LIMIT;
        if (token_is(&at, "inf")) {
                node->op = SYNTAX_REAL;
                node->real = __builtin_inf();
        } else if (token_is(&at, "true") || token_is(&at, "false")) {
                node->op = SYNTAX_BOOLEAN;
                node->integer = token_is(&at, "true");
        }
        *result = node;
        rc = parser_name(parser, "a name", &node->name);
        if (rc || node->op != SYNTAX_NAME)
                return rc;
        at = parser->token;
        if (at.kind == TOKEN_LBRACKET || at.kind == TOKEN_LPAREN) {
                bool read = at.kind == TOKEN_LBRACKET;

                node->op = read ? SYNTAX_READ : SYNTAX_CALL;
                rc = parser_advance(parser);
                if (!rc)
                        rc = parse_list(parser,
                                        read ? TOKEN_RBRACKET : TOKEN_RPAREN,
                                        LIMIT_RANK, at.line, at.column,
                                        &node->count, &node->arg);
                for (int i = 0; !rc && i < node->count; i++)
                        rc = node_deepen(parser, node, node->arg[i]->depth);
                if (!rc && read)
                        rc = parse_read_suffix(parser, node);
        }
        return rc;
}

static int parse_parenthesis(struct parser *parser,
                             const struct syntax **result)
{
        struct token open = parser->token;
        struct syntax *copy;
        char found[64];
        int rc = parser_advance(parser);

        if (!rc)
                rc = parse_expression(parser, result);
        if (rc)
                return rc;
        if (parser->token.kind != TOKEN_RPAREN)
                return parser_error(
                        parser,
                        "expected ')' for the '(' at "
                        "%d:%d, not %s",
                        open.line, open.column,
                        token_describe(&parser->token, found, sizeof(found)));
        copy = arena_alloc(parser->arena, sizeof(*copy));
        if (!copy)
                return error_memory(parser->lexer.err);
        *copy = **result;
        copy->open = false;
        *result = copy;
        return parser_advance(parser);
}

static int parse_primary(struct parser *parser, const struct syntax **result)
{
        struct syntax *node;
        char found[64];

        switch (parser->token.kind) {
        case TOKEN_INTEGER:
        case TOKEN_REAL:
                node = node_new(parser, SYNTAX_INTEGER, &parser->token);
                if (!node)
                        return ERR_LIMIT;
                if (parser->token.kind == TOKEN_REAL)
                        node->op = SYNTAX_REAL;
                node->integer = parser->token.integer;
                node->real = parser->token.real;
                *result = node;
                return parser_advance(parser);
        case TOKEN_LPAREN:
                return parse_parenthesis(parser, result);
        case TOKEN_NAME:
                return parse_named(parser, result);
        case TOKEN_MAX_ASSIGN:
        case TOKEN_MIN_ASSIGN:
                return parser_error(parser, "`max=` updates a tensor: "
                                            "target[...] max= value");
        default:
                return parser_error(
                        parser, "expected a value, not %s",
                        token_describe(&parser->token, found, sizeof(found)));
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

static int parse_unary(struct parser *parser, const struct syntax **result)
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
        node = node_new(parser, SYNTAX_UNARY, &at);
        if (!node)
                return ERR_LIMIT;
        rc = parser_advance(parser);
        if (!rc)
                rc = parse_unary(parser, &operand);
        parser->depth--;
        if (rc)
                return rc;
        node->operator= at.kind;
        node->open = operand->open;
        *result = node;
        if (at.kind == TOKEN_SUB && negate_literal(node, operand))
                return 0;
        return node_arguments(parser, node, 1, &operand);
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
                node = node_new(parser, SYNTAX_BINARY, &at);
                if (!node)
                        return ERR_LIMIT;
                node->operator= at.kind;
                pair[0] = *result;
                rc = parser_advance(parser);
                if (!rc)
                        rc = parse_level(parser, level + 1, &pair[1]);
                if (!rc)
                        rc = node_arguments(parser, node, 2, pair);
                if (rc)
                        return rc;
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

static int parse_product(struct parser *parser, const struct syntax **result)
{
        return parse_level(parser, LEVEL_PRODUCT, result);
}

/* The arms of c ? a : b. */
static int parse_arms(struct parser *parser, const struct syntax **result)
{
        const struct syntax *arg[3] = {*result};
        struct syntax *node = node_new(parser, SYNTAX_SELECT, &parser->token);
        int rc;

        if (!node)
                return ERR_LIMIT;
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
                rc = node_arguments(parser, node, 3, arg);
        if (rc)
                return rc;
        node->open = arg[2]->open;
        *result = node;
        return 0;
}

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
