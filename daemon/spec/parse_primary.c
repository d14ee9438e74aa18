/*
 * What an expression is made of: literals, names, reads with their guards,
 * calls, reductions and parentheses.
 */
#include <string.h>

#include "spec/functions.h"
#include "spec/syntax.h"

/* At a minus: whether a literal follows it. */
static bool negative_literal(const struct parser *parser)
{
        struct lexer ahead = parser->lexer;
        struct token token;

        ahead.err = NULL;
        return lex_next(&ahead, &token) == 0 &&
               (token.kind == TOKEN_INTEGER || token.kind == TOKEN_REAL ||
                token_is(&token, "inf"));
}

/* `else` takes a literal (with its sign), a name or a parenthesis. */
static int parse_fallback(struct parser *parser, struct syntax *read)
{
        enum token_kind kind;
        int rc = parser_advance(parser);

        if (rc)
                return rc;
        kind = parser->token.kind;
        if (kind == TOKEN_SUB && !negative_literal(parser)) {
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
        return rc ? rc : syntax_deepen(parser, read, read->fallback->depth);
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

/* One index, and how many are taken: [j, K]; sort takes all: [j]. */
static int parse_selected(struct parser *parser, struct syntax *node,
                          const struct syntax **count)
{
        bool whole = strcmp(node->name, "sort") == 0 ||
                     strcmp(node->name, "argsort") == 0;
        struct syntax_binding *binding =
                arena_alloc(parser->arena, sizeof(*binding));
        int rc;

        if (!binding)
                return error_memory(parser->lexer.err);
        node->binding = binding;
        node->binding_count = 1;
        rc = parse_binding(parser, false, binding);
        if (rc)
                return rc;
        if (whole && parser->token.kind == TOKEN_COMMA)
                return parser_error(parser,
                                    "%s[%s] orders everything; to take the "
                                    "first K write %sbottom[%s, K]",
                                    node->name, binding->name,
                                    node->name[0] == 'a' ? "arg" : "",
                                    binding->name);
        if (whole)
                return 0;
        if (parser->token.kind != TOKEN_COMMA)
                return parser_error(parser,
                                    "%s needs how many to take: %s[%s, K]",
                                    node->name, node->name, binding->name);
        rc = parser_advance(parser);
        return rc ? rc : parse_expression(parser, count);
}

/* all[v] alone, or all[v] / 2, means a tensor of that name. */
static int need_term(struct parser *parser, const char *name)
{
        switch (parser->token.kind) {
        case TOKEN_NAME:
        case TOKEN_INTEGER:
        case TOKEN_REAL:
        case TOKEN_LPAREN:
        case TOKEN_SUB:
        case TOKEN_NOT:
        case TOKEN_TILDE:
                return 0;
        default:
                return parser_error(parser,
                                    "%s[...] is a reduction, and its term "
                                    "comes here; a tensor needs another name",
                                    name);
        }
}

/* The term is one product; see the head of parse_expr.c. */
static int parse_reduction(struct parser *parser, const struct syntax **result)
{
        struct token at = parser->token;
        struct syntax *node = syntax_new(parser, SYNTAX_REDUCE, &at);
        const struct syntax *arg[2] = {NULL, NULL};
        int rc;

        if (!node)
                return parser_memory(parser);
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
        if (!rc && selection_from_name(node->name) != RED_COUNT)
                rc = parse_selected(parser, node, &arg[1]);
        else if (!rc)
                rc = parse_bindings(parser, false, &node->binding_count,
                                    &node->binding);
        if (!rc)
                rc = parser_expect(parser, TOKEN_RBRACKET,
                                   "',' or ']' after the indices of a "
                                   "reduction");
        if (!rc)
                rc = need_term(parser, node->name);
        if (!rc)
                rc = parse_product(parser, &arg[0]);
        if (!rc)
                rc = syntax_arguments(parser, node, arg[1] ? 2 : 1, arg);
        for (int i = 0; !rc && i < node->binding_count; i++)
                if (node->binding[i].lo) {
                        rc = syntax_deepen(parser, node,
                                           node->binding[i].lo->depth);
                        if (!rc)
                                rc = syntax_deepen(parser, node,
                                                   node->binding[i].hi->depth);
                }
        node->open = true;
        parser->depth--;
        *result = node;
        return rc;
}

/* name, name[...] or name(...) */
static int parse_named(struct parser *parser, const struct syntax **result)
{
        struct token at = parser->token, name = at;
        enum token_kind next = parser_peek(parser);
        struct syntax *node;
        int rc;

        /* Before (, max is a function. */
        if (next == TOKEN_LBRACKET && token_is_reduction(&at))
                return parse_reduction(parser, result);
        rc = parse_slip_range(parser);
        if (rc)
                return rc;
        node = syntax_new(parser, SYNTAX_NAME, &at);
        if (!node)
                return parser_memory(parser);
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
                        rc = syntax_deepen(parser, node, node->arg[i]->depth);
                if (!rc && read)
                        rc = parse_read_suffix(parser, node);
                if (!rc)
                        rc = parse_slip_term(parser, &name, node);
        }
        return rc;
}

/* A copy, because inside the parentheses it is still open. */
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

/* Anything else cannot begin a value. */
int parse_primary(struct parser *parser, const struct syntax **result)
{
        struct syntax *node;
        char found[64];

        switch (parser->token.kind) {
        case TOKEN_INTEGER:
        case TOKEN_REAL:
                node = syntax_new(parser, SYNTAX_INTEGER, &parser->token);
                if (!node)
                        return parser_memory(parser);
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
                        parser, "expected a value, not %s%s",
                        token_describe(&parser->token, found, sizeof(found)),
                        lex_comment_hint(&parser->lexer, &parser->token));
        }
}
