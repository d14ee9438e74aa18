/*
 * Declarations and statements: the items of a kernel, one function a word.
 * The word that begins an item picks its function from a table; anything
 * else begins a statement. Order in the file does not matter for
 * declarations, so each kind goes to its own list.
 */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "spec/syntax.h"

typedef int item_parser(struct parser *parser);

/* Append to a singly linked list that keeps its order. */
#define APPEND(list, item)                        \
        do {                                      \
                __typeof__(list) *end_ = &(list); \
                while (*end_)                     \
                        end_ = &(*end_)->next;    \
                *end_ = (item);                   \
        } while (0)

static int advance_past(struct parser *parser, const char *word)
{
        char found[64], want[64];

        if (token_is(&parser->token, word))
                return parser_advance(parser);
        snprintf(want, sizeof(want), "'%s'", word);
        return parser_error(
                parser, "expected %s, not %s", want,
                token_describe(&parser->token, found, sizeof(found)));
}

static int reserved_error(struct parser *parser, const char *what)
{
        return parser_error(parser,
                            "%s is part of the language but not "
                            "supported yet by this version of kevo",
                            what);
}

static struct syntax_declaration *declare(struct parser *parser,
                                          enum declaration_kind kind)
{
        struct syntax_declaration *d = arena_alloc(parser->arena, sizeof(*d));

        if (!d || ++parser->file->name_count > LIMIT_SPEC_NAMES) {
                parser_error(parser, "a spec has at most %d names",
                             LIMIT_SPEC_NAMES);
                return NULL;
        }
        d->kind = kind;
        d->line = parser->token.line;
        d->column = parser->token.column;
        return d;
}

/* A comma that continues the list of one declaration line. */
static int comma(struct parser *parser, bool *more)
{
        *more = parser->token.kind == TOKEN_COMMA;
        return *more ? parser_advance(parser) : 0;
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

static int parse_size(struct parser *parser)
{
        struct syntax_declaration *group[LIMIT_SIZES], *d;
        int pending = 0, rc;
        bool more = true;

        while (more) {
                d = declare(parser, DECLARE_SIZE);
                if (!d)
                        return ERR_LIMIT;
                rc = parser_name(parser, "the name of a size", &d->name);
                if (rc)
                        return rc;
                if (pending == LIMIT_SIZES)
                        return parser_error(parser,
                                            "a spec has at most %d "
                                            "sizes",
                                            LIMIT_SIZES);
                group[pending++] = d;
                APPEND(parser->file->declaration, d);
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
                rc = comma(parser, &more);
                if (rc)
                        return rc;
        }
        return 0;
}

static int parse_const(struct parser *parser)
{
        bool more = true;
        int rc;

        if (token_is(&parser->token, "in"))
                return reserved_error(parser, "`const in` (an input that is "
                                              "prepared ahead)");
        while (more) {
                struct syntax_declaration *d = declare(parser, DECLARE_CONST);

                if (!d)
                        return ERR_LIMIT;
                rc = parser_name(parser, "the name of a constant", &d->name);
                if (!rc)
                        rc = parser_expect(parser, TOKEN_ASSIGN,
                                           "'=' and the value of the "
                                           "constant");
                if (!rc)
                        rc = parse_expression(parser, &d->value);
                if (rc)
                        return rc;
                APPEND(parser->file->declaration, d);
                rc = comma(parser, &more);
                if (rc)
                        return rc;
        }
        return 0;
}

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
        near = text_suggest(name, names);
        return lex_error(&parser->lexer, at.line, at.column,
                         "'%s' is no type%s%s%s; the types are f64 f32 f16 "
                         "bf16 i64 i32 i16 i8 u32 u8 bool",
                         name, near ? " (did you mean " : "", near ? near : "",
                         near ? "?)" : "");
}

static int parse_param(struct parser *parser)
{
        bool more = true;
        int rc;

        while (more) {
                struct syntax_declaration *d = declare(parser, DECLARE_PARAM);

                if (!d)
                        return ERR_LIMIT;
                rc = parser_name(parser, "the name of a parameter", &d->name);
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
                APPEND(parser->file->declaration, d);
                rc = comma(parser, &more);
                if (rc)
                        return rc;
        }
        return 0;
}

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
                        return reserved_error(parser, "a data-dependent "
                                                      "length (`upto`)");
                if (!rc)
                        rc = comma(parser, &more);
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
                return reserved_error(parser, "`alias` (in place)");
        if (token_is(&parser->token, "prepare"))
                return reserved_error(parser, "`prepare`");
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

static int parse_tensors(struct parser *parser, enum declaration_kind kind)
{
        bool more = true;
        int rc;

        while (more) {
                struct syntax_declaration *d = declare(parser, kind);

                if (!d)
                        return ERR_LIMIT;
                rc = parser_name(parser, "the name of a tensor", &d->name);
                if (!rc)
                        rc = parse_dtype(parser, d);
                if (!rc && parser->token.kind == TOKEN_LBRACKET)
                        rc = parse_extents(parser, d);
                if (!rc)
                        rc = parse_constraints(parser, d);
                if (rc)
                        return rc;
                APPEND(parser->file->declaration, d);
                rc = comma(parser, &more);
                if (rc)
                        return rc;
        }
        return 0;
}

static int parse_in(struct parser *parser)
{
        return parse_tensors(parser, DECLARE_IN);
}

static int parse_out(struct parser *parser)
{
        return parse_tensors(parser, DECLARE_OUT);
}

static int parse_tmp(struct parser *parser)
{
        return parse_tensors(parser, DECLARE_TMP);
}

static int parse_macro(struct parser *parser)
{
        struct syntax_macro *macro =
                arena_alloc(parser->arena, sizeof(*macro));
        bool more = true;
        int rc;

        if (!macro || ++parser->file->name_count > LIMIT_SPEC_NAMES)
                return parser_error(parser, "a spec has at most %d names",
                                    LIMIT_SPEC_NAMES);
        macro->line = parser->token.line;
        macro->column = parser->token.column;
        rc = parser_name(parser, "the name of the macro", &macro->name);
        if (!rc)
                rc = parser_expect(parser, TOKEN_LPAREN,
                                   "'(' and the parameters");
        while (!rc && more && parser->token.kind != TOKEN_RPAREN) {
                if (macro->count == LIMIT_RANK)
                        return parser_error(parser,
                                            "a macro has at most %d "
                                            "parameters",
                                            LIMIT_RANK);
                rc = parser_name(parser, "the name of a parameter",
                                 &macro->parameter[macro->count++]);
                if (!rc)
                        rc = comma(parser, &more);
        }
        if (!rc)
                rc = parser_expect(parser, TOKEN_RPAREN, "',' or ')'");
        if (!rc)
                rc = parser_expect(parser, TOKEN_ASSIGN,
                                   "'=' and what the macro stands for");
        if (!rc)
                rc = parse_expression(parser, &macro->body);
        if (!rc)
                APPEND(parser->file->macro, macro);
        return rc;
}

static int parse_setting(struct parser *parser,
                         struct syntax_workload *workload)
{
        struct syntax_setting *setting =
                arena_alloc(parser->arena, sizeof(*setting));
        bool data = token_is(&parser->token, "data");
        int rc;

        if (!setting)
                return error_memory(parser->lexer.err);
        setting->line = parser->token.line;
        setting->column = parser->token.column;
        rc = parser_name(parser, "a size or parameter", &setting->name);
        if (!rc)
                rc = parser_expect(parser, TOKEN_ASSIGN, "'=' and a value");
        if (!rc && data)
                rc = parser_name(parser, "uniform or zipf", &setting->word);
        else if (!rc)
                rc = parse_expression(parser, &setting->value);
        if (!rc)
                APPEND(workload->setting, setting);
        return rc;
}

static int parse_workload(struct parser *parser)
{
        struct syntax_workload *workload =
                arena_alloc(parser->arena, sizeof(*workload));
        int rc, count = 0;

        if (!workload)
                return error_memory(parser->lexer.err);
        workload->line = parser->token.line;
        workload->column = parser->token.column;
        if (parser_peek(parser) == TOKEN_ASSIGN)
                return parser_error(parser, "a workload begins with its "
                                            "name: workload NAME M=8 ...");
        rc = parser_name(parser, "the name of the workload", &workload->name);
        while (!rc && parser->token.kind == TOKEN_NAME) {
                if (++count > 2 * LIMIT_SIZES + 1)
                        return parser_error(parser,
                                            "a workload binds at "
                                            "most %d sizes and as many "
                                            "parameters",
                                            LIMIT_SIZES);
                rc = parse_setting(parser, workload);
                if (!rc && parser->token.kind == TOKEN_COMMA)
                        rc = parser_advance(parser);
        }
        if (rc)
                return rc;
        if (++parser->file->workload_count > LIMIT_WORKLOADS)
                return parser_error(parser, "a spec has at most %d workloads",
                                    LIMIT_WORKLOADS);
        APPEND(parser->file->workload, workload);
        return 0;
}

static int parse_allow(struct parser *parser)
{
        parser->file->allow_tf32 = true;
        return advance_past(parser, "tf32");
}

static int parse_accuracy(struct parser *parser)
{
        return parse_expression(parser, &parser->file->accuracy);
}

static int parse_bitwise(struct parser *parser)
{
        parser->file->bitwise = true;
        return 0;
}

static const struct {
        const char *word;
        item_parser *parse;
} items[] = {
        {"size", parse_size},       {"const", parse_const},
        {"param", parse_param},     {"in", parse_in},
        {"out", parse_out},         {"tmp", parse_tmp},
        {"fn", parse_macro},        {"workload", parse_workload},
        {"allow", parse_allow},     {"accuracy", parse_accuracy},
        {"bitwise", parse_bitwise},
};

static int parse_target(struct parser *parser, struct syntax_statement *s)
{
        const struct syntax **list;
        struct token open;
        int rc = parser_name(parser, "a declaration or a statement", &s->name);

        open = parser->token;
        if (rc || open.kind != TOKEN_LBRACKET)
                return rc;
        rc = parser_advance(parser);
        if (!rc)
                rc = parse_list(parser, TOKEN_RBRACKET, LIMIT_RANK, open.line,
                                open.column, &s->rank, &list);
        if (!rc)
                memcpy(s->subscript, list, (size_t)s->rank * sizeof(list[0]));
        return rc;
}

/* After the target: one of the four operators, or help. */
static int parse_assignment(struct parser *parser, struct syntax_statement *s)
{
        const char *words[sizeof(items) / sizeof(items[0]) + 1] = {NULL};
        const char *near;
        char found[64];

        s->operator= parser->token.kind;
        switch (s->operator) {
        case TOKEN_ASSIGN:
        case TOKEN_ADD_ASSIGN:
        case TOKEN_MAX_ASSIGN:
        case TOKEN_MIN_ASSIGN:
                return parser_advance(parser);
        case TOKEN_OTHER_ASSIGN:
                return parser_error(parser,
                                    "the updates are +=, max= and "
                                    "min=; write -= as += of the negated "
                                    "value");
        case TOKEN_EQ:
                return parser_error(parser, "`==` compares; a statement is "
                                            "target = value");
        case TOKEN_COMMA:
                return parser_error(parser, "one statement defines one "
                                            "tensor");
        default:
                break;
        }
        for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
                words[i] = items[i].word;
        near = s->rank ? NULL : text_suggest(s->name, words);
        if (near)
                return lex_error(&parser->lexer, s->line, s->column,
                                 "'%s' begins neither a declaration nor a "
                                 "statement; did you mean '%s'?",
                                 s->name, near);
        return parser_error(
                parser,
                "expected '=', '+=', 'max=' or 'min=' "
                "after the target '%s', not %s",
                s->name, token_describe(&parser->token, found, sizeof(found)));
}

static int parse_statement(struct parser *parser)
{
        struct syntax_statement *s = arena_alloc(parser->arena, sizeof(*s));
        int rc;

        if (!s)
                return error_memory(parser->lexer.err);
        s->line = parser->token.line;
        s->column = parser->token.column;
        if (++parser->file->statement_count > LIMIT_SPEC_STATEMENTS)
                return parser_error(parser,
                                    "a spec has at most %d "
                                    "statements",
                                    LIMIT_SPEC_STATEMENTS);
        rc = parse_target(parser, s);
        if (!rc)
                rc = parse_assignment(parser, s);
        if (!rc)
                rc = parse_expression(parser, &s->value);
        if (!rc && token_is(&parser->token, "for")) {
                rc = parser_advance(parser);
                if (!rc)
                        rc = parse_bindings(parser, true, &s->binding_count,
                                            &s->binding);
        }
        if (!rc)
                APPEND(parser->file->statement, s);
        return rc;
}

static int parse_item(struct parser *parser)
{
        char found[64];

        if (token_is(&parser->token, "reference"))
                return reserved_error(parser, "`reference`");
        if (token_is(&parser->token, "alias") ||
            token_is(&parser->token, "prepare")) {
                if (parser_peek(parser) == TOKEN_NAME)
                        return reserved_error(parser, "this declaration");
        }
        if (token_is(&parser->token, "kernel"))
                return parser_error(parser,
                                    "one file holds one kernel; the "
                                    "one before is not closed with '}'");
        for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
                int rc;

                if (!token_is(&parser->token, items[i].word))
                        continue;
                rc = parser_advance(parser);
                return rc ? rc : items[i].parse(parser);
        }
        if (parser->token.kind != TOKEN_NAME)
                return parser_error(
                        parser,
                        "a statement cannot begin with %s; to "
                        "continue a line, end it with an operator or a comma",
                        token_describe(&parser->token, found, sizeof(found)));
        return parse_statement(parser);
}

/* Between items stands a newline, a ; or the closing brace. */
static int end_item(struct parser *parser)
{
        char found[64];

        if (parser->token.kind == TOKEN_NEWLINE)
                return parser_advance(parser);
        if (parser->token.kind == TOKEN_RBRACE)
                return 0;
        if (parser->token.kind == TOKEN_RPAREN ||
            parser->token.kind == TOKEN_RBRACKET)
                return parser_error(
                        parser, "this %s closes nothing",
                        token_describe(&parser->token, found, sizeof(found)));
        if (token_is(&parser->token, "else"))
                return parser_error(parser, "`else` follows a read x[...]; a "
                                            "choice is c ? a : b");
        if (parser->token.kind == TOKEN_DOTS ||
            parser->token.kind == TOKEN_DOTS_EQ)
                return parser_error(parser, "a range stands after `in`: "
                                            "i in lo..hi");
        if (parser->token.kind == TOKEN_ASSIGN)
                return parser_error(parser, "a second '='; equality is ==");
        if (parser->token.kind == TOKEN_END)
                return 0;
        return parser_error(
                parser,
                "expected the end of the statement, not "
                "%s; two statements on one line need a ';'",
                token_describe(&parser->token, found, sizeof(found)));
}

static int parse_kernel(struct parser *parser)
{
        struct token open;
        int rc = parser_advance(parser);

        if (rc)
                return rc;
        if (parser->token.kind == TOKEN_END)
                return parser_error(parser, "the file is empty; a spec is "
                                            "kernel NAME { ... }");
        rc = advance_past(parser, "kernel");
        if (rc)
                return rc;
        parser->file->line = parser->token.line;
        parser->file->column = parser->token.column;
        rc = parser_name(parser, "the name of the kernel",
                         &parser->file->name);
        if (rc)
                return rc;
        if (!text_is_kernel_name(parser->file->name))
                return lex_error(&parser->lexer, parser->file->line,
                                 parser->file->column,
                                 "the name of a kernel "
                                 "is a C identifier in lower case, not '%s'",
                                 parser->file->name);
        open = parser->token;
        rc = parser_expect(parser, TOKEN_LBRACE, "'{'");
        while (!rc && parser->token.kind != TOKEN_RBRACE) {
                if (parser->token.kind == TOKEN_END)
                        return parser_error(parser,
                                            "the '{' at %d:%d is not "
                                            "closed; end the kernel with '}'",
                                            open.line, open.column);
                if (parser->token.kind == TOKEN_NEWLINE) {
                        rc = parser_advance(parser);
                        continue;
                }
                rc = parse_item(parser);
                if (!rc)
                        rc = end_item(parser);
        }
        if (!rc)
                rc = parser_advance(parser);
        while (!rc && parser->token.kind == TOKEN_NEWLINE)
                rc = parser_advance(parser);
        if (!rc && parser->token.kind != TOKEN_END)
                return parser_error(parser, "one file holds one kernel; "
                                            "nothing may follow its '}'");
        return rc;
}

int parse_file(const char *text, size_t length, const char *file,
               struct arena *arena, struct syntax_file **result,
               struct error *err)
{
        struct parser parser = {.arena = arena};
        int rc;

        lex_init(&parser.lexer, text, length, file, err);
        parser.file = arena_alloc(arena, sizeof(*parser.file));
        if (!parser.file)
                return error_memory(err);
        rc = parse_kernel(&parser);
        *result = rc ? NULL : parser.file;
        return rc;
}
