/*
 * Reductions as other languages write them, or misspelt: name[k in 0..N]
 * term, name[k] term and sum(k) term are no reads and no calls, and what
 * comes behind them would be blamed instead.
 */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "spec/functions.h"
#include "spec/syntax.h"

bool token_is_reduction(const struct token *token)
{
        char name[16];

        if (token->kind != TOKEN_NAME || token->length >= sizeof(name))
                return false;
        memcpy(name, token->text, token->length);
        name[token->length] = '\0';
        return strcmp(name, "count") == 0 ||
               reduction_from_name(name) != RED_COUNT ||
               selection_from_name(name) != RED_COUNT;
}

/* The reduction that is called so elsewhere or nearly so here, or NULL. */
static const char *likely_reduction(const char *name)
{
        static const char *const known[] = {
                "sum",    "prod",      "max",     "min", "argmax", "argmin",
                "any",    "all",       "count",   "top", "bottom", "sort",
                "argtop", "argbottom", "argsort", NULL};
        static const char *const others[][2] = {
                {"add", "sum"},     {"total", "sum"},   {"mul", "prod"},
                {"maximum", "max"}, {"minimum", "min"}, {"amax", "max"},
                {"amin", "min"},    {"some", "any"},    {"every", "all"},
        };

        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
                if (strcmp(others[i][0], name) == 0)
                        return others[i][1];
        return text_suggest(name, known);
}

/* why: ", and ..." A mean is what people ask for most. */
static int no_reduction(struct parser *parser, const struct token *at,
                        const char *why)
{
        char name[LIMIT_NAME_BYTES];
        const char *near;

        snprintf(name, sizeof(name), "%.*s", (int)at->length, at->text);
        near = likely_reduction(name);
        if (strcmp(name, "mean") == 0 || strcmp(name, "avg") == 0 ||
            strcmp(name, "average") == 0)
                return lex_error(&parser->lexer, at->line, at->column,
                                 "%s is no reduction; write (sum[k in "
                                 "0..N] ...) / N",
                                 name);
        return lex_error(&parser->lexer, at->line, at->column,
                         "'%s' is no reduction%s%s%s%s; reductions are sum "
                         "prod max min argmax argmin any all count",
                         name, near ? " (did you mean " : "", near ? near : "",
                         near ? "?)" : "", why);
}

int parse_slip_range(struct parser *parser)
{
        struct lexer ahead = parser->lexer;
        struct token open, index, word;

        ahead.err = NULL;
        if (lex_next(&ahead, &open) < 0 || lex_next(&ahead, &index) < 0 ||
            lex_next(&ahead, &word) < 0 || index.kind != TOKEN_NAME ||
            !token_is(&word, "in"))
                return 0;
        if (open.kind == TOKEN_LPAREN && token_is_reduction(&parser->token))
                return parser_error(
                        parser,
                        "the index of a reduction stands in brackets: write "
                        "%.*s[%.*s in lo..hi] term",
                        (int)parser->token.length, parser->token.text,
                        (int)(index.length > 47 ? 47 : index.length),
                        index.text);
        if (open.kind != TOKEN_LBRACKET && open.kind != TOKEN_LPAREN)
                return 0;
        return no_reduction(parser, &parser->token,
                            ", and only a reduction takes `in`");
}

/* Names that were declared or defined above; what comes below may be too, but
 * the sentence is true of it as well. */
static bool is_known(const struct parser *parser, const char *name)
{
        const struct syntax_declaration *d = parser->file->declaration;
        const struct syntax_statement *s = parser->file->statement;

        while (d && strcmp(d->name, name) != 0)
                d = d->next;
        while (s && strcmp(s->name, name) != 0)
                s = s->next;
        return d || s;
}

/* What begins a value, where none can follow. */
static bool begins_term(const struct token *token)
{
        if (token->kind == TOKEN_NAME)
                return !token_is(token, "for") && !token_is(token, "else") &&
                       !token_is(token, "in");
        return token->kind == TOKEN_LPAREN || token->kind == TOKEN_INTEGER ||
               token->kind == TOKEN_REAL;
}

/* "j" or "i, j" as they were written, or "i". */
static void list_names(const struct syntax *node, char *out, size_t bytes)
{
        size_t n = 0;

        snprintf(out, bytes, "i");
        for (int i = 0; i < node->count && n < bytes; i++) {
                if (node->arg[i]->op != SYNTAX_NAME) {
                        snprintf(out, bytes, "i");
                        return;
                }
                n += (size_t)snprintf(out + n, bytes - n, "%s%s",
                                      i ? ", " : "", node->arg[i]->name);
        }
}

int parse_slip_term(struct parser *parser, const struct token *at,
                    const struct syntax *node)
{
        char names[128];

        if (!parser->in_statement || !begins_term(&parser->token))
                return 0;
        if (node->op == SYNTAX_CALL && token_is_reduction(at)) {
                list_names(node, names, sizeof(names));
                return lex_error(&parser->lexer, at->line, at->column,
                                 "the index of a reduction stands in "
                                 "brackets: write %s[%s] term",
                                 node->name, names);
        }
        if (node->op != SYNTAX_READ || is_known(parser, node->name))
                return 0;
        return no_reduction(parser, at,
                            ", and nothing stands behind the subscripts of a "
                            "tensor");
}
