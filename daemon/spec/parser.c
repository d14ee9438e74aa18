/*
 * The steps that parsing of declarations and of expressions share: tokens,
 * nodes of bounded depth, lists, ranges.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "spec/syntax.h"

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

/* A copy of the lexer reads ahead; its error is not reported twice. */
enum token_kind parser_peek(const struct parser *parser)
{
        struct lexer ahead = parser->lexer;
        struct token token;

        ahead.err = NULL;
        return lex_next(&ahead, &token) == 0 ? token.kind : TOKEN_END;
}

bool parser_continues(const struct parser *parser, const char *word)
{
        struct lexer ahead = parser->lexer;
        struct token token;

        ahead.err = NULL;
        return parser->token.kind == TOKEN_NEWLINE &&
               lex_next(&ahead, &token) == 0 && token_is(&token, word);
}

/* what is said as the reader would say it. */
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

/* The copy outlives the text. */
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

int parser_memory(const struct parser *parser)
{
        if (arena_failed(parser->arena) != ERR_LIMIT)
                return error_memory(parser->lexer.err);
        return error_set(parser->lexer.err, ERR_LIMIT,
                         "%s: the spec is too large for its %d KiB of tree",
                         parser->lexer.file, LIMIT_SPEC_BYTES >> 10);
}

/* A node at the place of a token. */
struct syntax *syntax_new(struct parser *parser, enum syntax_op op,
                          const struct token *at)
{
        struct syntax *node = arena_alloc(parser->arena, sizeof(*node));

        if (!node) {
                parser_memory(parser);
                return NULL;
        }
        node->op = op;
        node->line = at->line;
        node->column = at->column;
        node->depth = 1;
        return node;
}

/* The tree is as deep as its deepest part, and bounded. */
int syntax_deepen(struct parser *parser, struct syntax *node, int depth)
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

/* The list is copied, so it may be on the stack. */
int syntax_arguments(struct parser *parser, struct syntax *node, int count,
                     const struct syntax *const *arg)
{
        node->count = count;
        node->arg =
                arena_alloc(parser->arena, (size_t)count * sizeof(*arg) + 1);
        if (!node->arg)
                return error_memory(parser->lexer.err);
        for (int i = 0; i < count; i++) {
                int rc = syntax_deepen(parser, node, arg[i]->depth);

                if (rc)
                        return rc;
                node->arg[i] = arg[i];
        }
        return 0;
}

/* A trailing comma is accepted. */
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

/* Where inclusive ends are kept, the caller asks for them. */
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
        one = syntax_new(parser, SYNTAX_INTEGER, &at);
        next = syntax_new(parser, SYNTAX_BINARY, &at);
        if (!one || !next)
                return parser_memory(parser);
        one->integer = 1;
        next->mark = TOKEN_ADD;
        pair[0] = *hi;
        pair[1] = one;
        *hi = next;
        return syntax_arguments(parser, next, 2, pair);
}

/* ranges: `in lo..hi` must follow. */
int parse_binding(struct parser *parser, bool ranges, struct syntax_binding *b)
{
        bool inclusive;
        int rc;

        b->line = parser->token.line;
        b->column = parser->token.column;
        rc = parser_name(parser, "the name of an index", &b->name);
        if (rc)
                return rc;
        if (token_is(&parser->token, "in")) {
                rc = parser_advance(parser);
                return rc ? rc
                          : parse_range(parser, true, &b->lo, &b->hi,
                                        &inclusive);
        }
        if (ranges)
                return parser_error(parser,
                                    "expected 'in lo..hi' after 'for %s'",
                                    b->name);
        return 0;
}

/* Up to the token that ends the list, which stays. */
int parse_bindings(struct parser *parser, bool ranges, int *count,
                   const struct syntax_binding **result)
{
        struct syntax_binding list[LIMIT_RANK];
        int rc = 0;

        memset(list, 0, sizeof(list));
        *count = 0;
        for (;;) {
                if (*count == LIMIT_RANK)
                        return parser_error(parser,
                                            "at most %d indices can "
                                            "stand here",
                                            LIMIT_RANK);
                rc = parse_binding(parser, ranges, &list[*count]);
                if (rc)
                        return rc;
                (*count)++;
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

int parser_comma(struct parser *parser, bool *more)
{
        *more = parser->token.kind == TOKEN_COMMA;
        return *more ? parser_advance(parser) : 0;
}

int parser_unsupported(struct parser *parser, const char *what)
{
        return parser_error(parser,
                            "%s is part of the language but not supported "
                            "yet by this version of kevo",
                            what);
}
