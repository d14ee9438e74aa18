/*
 * Declarations: sizes, constants, parameters and tensors with their
 * constraints. Order in the file does not matter for them; the checker takes
 * each kind in turn.
 */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "spec/syntax.h"

/* A declaration at the current token, counted against the limit of names. */
static int declare(struct parser *parser, enum declaration_kind kind,
                   struct syntax_declaration **made)
{
        struct syntax_declaration *d = arena_alloc(parser->arena, sizeof(*d));

        *made = d;
        if (!d)
                return error_memory(parser->lexer.err);
        if (++parser->file->name_count > LIMIT_SPEC_NAMES)
                return parser_error(parser, "a spec has at most %d names",
                                    LIMIT_SPEC_NAMES);
        d->kind = kind;
        d->line = parser->token.line;
        d->column = parser->token.column;
        return 0;
}

/* `in lo..hi [step n]` after names: the range of all of them. */
static int size_domain(struct parser *parser, struct syntax_declaration *d)
{
        int rc = parser_advance(parser);

        d->has_range = true;
        if (!rc)
                rc = parse_range(parser, false, &d->lo, &d->hi, &d->inclusive);
        if (!rc && token_is(&parser->token, "step")) {
                rc = parser_advance(parser);
                if (!rc)
                        rc = parse_expression(parser, &d->step);
        }
        return rc;
}

/* A domain belongs to all names since the last domain. */
int parse_size(struct parser *parser)
{
        struct syntax_declaration *group[LIMIT_SIZES], *d;
        int pending = 0, rc;
        bool more = true;

        while (more) {
                rc = declare(parser, DECLARE_SIZE, &d);
                if (!rc)
                        rc = parser_name(parser, "the name of a size",
                                         &d->name);
                if (rc)
                        return rc;
                if (pending == LIMIT_SIZES)
                        return parser_error(parser,
                                            "a spec has at most %d "
                                            "sizes",
                                            LIMIT_SIZES);
                group[pending++] = d;
                SYNTAX_APPEND(parser->file->declaration, d);
                if (token_is(&parser->token, "in")) {
                        rc = size_domain(parser, d);
                        if (rc)
                                return rc;
                        /* `size M, N in D` means both. */
                        while (pending > 0) {
                                struct syntax_declaration *other =
                                        group[--pending];

                                other->has_range = true;
                                other->lo = d->lo;
                                other->hi = d->hi;
                                other->inclusive = d->inclusive;
                                other->step = d->step;
                        }
                } else if (parser->token.kind == TOKEN_ASSIGN) {
                        return parser_error(parser,
                                            "a size gets its value "
                                            "from a workload; for a fixed "
                                            "value write const %s = ...",
                                            d->name);
                }
                rc = parser_comma(parser, &more);
                if (rc)
                        return rc;
        }
        return 0;
}

/* `const in` is another declaration, reserved. */
int parse_const(struct parser *parser)
{
        bool more = true;
        int rc;

        if (token_is(&parser->token, "in"))
                return parser_unsupported(parser,
                                          "`const in` (an input that is "
                                          "prepared ahead)");
        while (more) {
                struct syntax_declaration *d;

                rc = declare(parser, DECLARE_CONST, &d);
                if (!rc)
                        rc = parser_name(parser, "the name of a constant",
                                         &d->name);
                if (!rc)
                        rc = parser_expect(parser, TOKEN_ASSIGN,
                                           "'=' and the value of the "
                                           "constant");
                if (!rc)
                        rc = parse_expression(parser, &d->value);
                if (rc)
                        return rc;
                SYNTAX_APPEND(parser->file->declaration, d);
                rc = parser_comma(parser, &more);
                if (rc)
                        return rc;
        }
        return 0;
}

/* The whole list of types is short enough to be in the message. */
static int parse_dtype(struct parser *parser, struct syntax_declaration *d)
{
        static const char *const names[] = {"f64", "f32", "f16",  "bf16",
                                            "i64", "i32", "i16",  "i8",
                                            "u32", "u8",  "bool", NULL};
        const char *name, *near;
        struct token at;
        int rc = parser_expect(parser, TOKEN_COLON, "':' and a type");

        if (rc)
                return rc;
        at = parser->token;
        rc = parser_name(parser, "a type such as f32", &name);
        if (rc)
                return rc;
        d->dtype = dtype_from_name(name);
        if (d->dtype)
                return 0;
        near = dtype_name(dtype_from_foreign(name));
        if (!*near)
                near = text_suggest(name, names);
        return lex_error(&parser->lexer, at.line, at.column,
                         "'%s' is no type%s%s%s; the types are f64 f32 f16 "
                         "bf16 i64 i32 i16 i8 u32 u8 bool",
                         name, near ? " (did you mean " : "", near ? near : "",
                         near ? "?)" : "");
}

/* name: type in range = default */
int parse_param(struct parser *parser)
{
        bool more = true;
        int rc;

        while (more) {
                struct syntax_declaration *d;

                rc = declare(parser, DECLARE_PARAM, &d);
                if (!rc)
                        rc = parser_name(parser, "the name of a parameter",
                                         &d->name);
                if (!rc)
                        rc = parse_dtype(parser, d);
                if (!rc && token_is(&parser->token, "in")) {
                        d->has_range = true;
                        rc = parser_advance(parser);
                        if (!rc)
                                rc = parse_range(parser, false, &d->lo, &d->hi,
                                                 &d->inclusive);
                }
                if (!rc)
                        rc = parser_expect(parser, TOKEN_ASSIGN,
                                           "'=' and the default value");
                if (!rc)
                        rc = parse_expression(parser, &d->value);
                if (rc)
                        return rc;
                SYNTAX_APPEND(parser->file->declaration, d);
                rc = parser_comma(parser, &more);
                if (rc)
                        return rc;
        }
        return 0;
}

/* `upto n` after the first extent: n is a name, checked later. */
static int parse_length(struct parser *parser, struct syntax_declaration *d)
{
        int rc;

        if (d->rank > 1)
                return parser_error(parser,
                                    "only the first dimension of a tensor can "
                                    "have a data-dependent length; make it "
                                    "the first, or flatten the two");
        rc = parser_advance(parser);
        d->length_line = parser->token.line;
        d->length_column = parser->token.column;
        if (!rc)
                rc = parser_name(parser,
                                 "the name of the output that holds "
                                 "the length",
                                 &d->length);
        return rc;
}

/* The closing bracket is reported with the place of the opening one. */
static int parse_extents(struct parser *parser, struct syntax_declaration *d)
{
        struct token open = parser->token;
        bool more = true;
        char found[64];
        int rc = parser_advance(parser);

        while (!rc && more) {
                if (d->rank == LIMIT_RANK)
                        return parser_error(parser,
                                            "a tensor has at most %d "
                                            "dimensions",
                                            LIMIT_RANK);
                rc = parse_expression(parser, &d->extent[d->rank++]);
                if (!rc && token_is(&parser->token, "upto"))
                        rc = parse_length(parser, d);
                if (!rc)
                        rc = parser_comma(parser, &more);
        }
        if (rc)
                return rc;
        if (parser->token.kind != TOKEN_RBRACKET)
                return parser_error(
                        parser,
                        "expected ',' or ']' for the "
                        "'[' at %d:%d, not %s",
                        open.line, open.column,
                        token_describe(&parser->token, found, sizeof(found)));
        return parser_advance(parser);
}

/* ~ normal(mean, deviation) or ~ uniform(low, high); arguments may miss. */
static int parse_hint(struct parser *parser, struct syntax_declaration *d)
{
        const struct syntax **argument;
        struct token open;
        int count, rc = parser_advance(parser);

        if (rc)
                return rc;
        if (token_is(&parser->token, "normal"))
                d->hint = HINT_NORMAL;
        else if (token_is(&parser->token, "uniform"))
                d->hint = HINT_UNIFORM;
        else
                return parser_error(parser,
                                    "after `~` comes normal(mean, "
                                    "deviation) or uniform(low, high)");
        rc = parser_advance(parser);
        if (rc || parser->token.kind != TOKEN_LPAREN)
                return rc;
        open = parser->token;
        rc = parser_advance(parser);
        if (!rc)
                rc = parse_list(parser, TOKEN_RPAREN, 2, open.line,
                                open.column, &count, &argument);
        if (rc)
                return rc;
        if (count != 2)
                return lex_error(&parser->lexer, open.line, open.column,
                                 "a distribution takes two numbers, not %d",
                                 count);
        d->hint_a = argument[0];
        d->hint_b = argument[1];
        return 0;
}

/* Words that are constraints only in this place. */
static bool begins_constraint(const struct token *token)
{
        static const char *const list[] = {"in",        "sorted",  "distinct",
                                           "nonfinite", "offsets", "lengths",
                                           "init"};

        for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
                if (token_is(token, list[i]))
                        return true;
        return false;
}

/* One constraint; twice the same means the last. */
static int parse_constraint(struct parser *parser,
                            struct syntax_declaration *d)
{
        struct token at = parser->token;
        int rc;

        if (at.kind == TOKEN_TILDE)
                return parse_hint(parser, d);
        rc = parser_advance(parser);
        if (rc)
                return rc;
        if (token_is(&at, "in")) {
                d->has_range = true;
                return parse_range(parser, true, &d->lo, &d->hi,
                                   &d->inclusive);
        }
        if (token_is(&at, "offsets"))
                return parse_expression(parser, &d->offsets);
        if (token_is(&at, "init"))
                return parse_expression(parser, &d->init);
        if (token_is(&at, "sorted"))
                d->sorted = true;
        else if (token_is(&at, "distinct"))
                d->distinct = true;
        else if (token_is(&at, "nonfinite"))
                d->nonfinite = true;
        else {
                d->lengths = true;
                if (parser->token.kind == TOKEN_INTEGER ||
                    parser->token.kind == TOKEN_LPAREN ||
                    (parser->token.kind == TOKEN_NAME &&
                     !begins_constraint(&parser->token)))
                        return parse_expression(parser, &d->lengths_sum);
        }
        return 0;
}

/* An unknown word here is a constraint misspelt or a comma forgotten. */
static int parse_constraints(struct parser *parser,
                             struct syntax_declaration *d)
{
        static const char *const names[] = {"in",        "sorted",  "distinct",
                                            "nonfinite", "offsets", "lengths",
                                            "init",      NULL};
        char word[LIMIT_NAME_BYTES];
        const char *near;
        int rc = 0;

        while (!rc && (parser->token.kind == TOKEN_TILDE ||
                       begins_constraint(&parser->token)))
                rc = parse_constraint(parser, d);
        if (rc || parser->token.kind != TOKEN_NAME)
                return rc;
        if (token_is(&parser->token, "alias"))
                return parser_unsupported(parser, "`alias` (in place)");
        if (token_is(&parser->token, "prepare"))
                return parser_unsupported(parser, "`prepare`");
        snprintf(word, sizeof(word), "%.*s", (int)parser->token.length,
                 parser->token.text);
        near = text_suggest(word, names);
        return parser_error(parser,
                            "'%s' is no constraint%s%s%s; after a "
                            "type come in lo..hi, sorted, distinct, "
                            "nonfinite, offsets T, lengths T, ~ normal(a, "
                            "b), init value, or a comma and the next tensor",
                            word, near ? " (did you mean " : "",
                            near ? near : "", near ? "?)" : "");
}

/* name: type[extents] constraints, ... */
static int parse_tensors(struct parser *parser, enum declaration_kind kind)
{
        bool more = true;
        int rc;

        while (more) {
                struct syntax_declaration *d;

                rc = declare(parser, kind, &d);
                if (!rc)
                        rc = parser_name(parser, "the name of a tensor",
                                         &d->name);
                if (!rc)
                        rc = parse_dtype(parser, d);
                if (!rc && parser->token.kind == TOKEN_LBRACKET)
                        rc = parse_extents(parser, d);
                if (!rc)
                        rc = parse_constraints(parser, d);
                if (rc)
                        return rc;
                SYNTAX_APPEND(parser->file->declaration, d);
                rc = parser_comma(parser, &more);
                if (rc)
                        return rc;
        }
        return 0;
}

int parse_in(struct parser *parser)
{
        return parse_tensors(parser, DECLARE_IN);
}

int parse_out(struct parser *parser)
{
        return parse_tensors(parser, DECLARE_OUT);
}

int parse_tmp(struct parser *parser)
{
        return parse_tensors(parser, DECLARE_TMP);
}
