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

/* The body is an expression; what it may use is checked later. */
static int parse_macro(struct parser *parser)
{
        struct syntax_macro *macro =
                arena_alloc(parser->arena, sizeof(*macro));
        bool more = true;
        int rc;

        if (!macro)
                return error_memory(parser->lexer.err);
        if (++parser->file->name_count > LIMIT_SPEC_NAMES)
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
                        rc = parser_comma(parser, &more);
        }
        if (!rc)
                rc = parser_expect(parser, TOKEN_RPAREN, "',' or ')'");
        if (!rc)
                rc = parser_expect(parser, TOKEN_ASSIGN,
                                   "'=' and what the macro stands for");
        if (!rc)
                rc = parse_expression(parser, &macro->body);
        if (!rc)
                SYNTAX_APPEND(parser->file->macro, macro);
        return rc;
}

/* data takes a word, everything else a constant expression. */
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
                SYNTAX_APPEND(workload->setting, setting);
        return rc;
}

/* Settings are separated by blanks; commas are accepted. */
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
        SYNTAX_APPEND(parser->file->workload, workload);
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

/* Only the name of a file that lies beside the spec. */
static bool is_reference_name(const char *name, size_t length)
{
        if (length < 3 || length >= LIMIT_NAME_BYTES ||
            memcmp(name + length - 2, ".c", 2) != 0)
                return false;
        for (size_t i = 0; i < length - 2; i++)
                if (!((name[i] >= 'a' && name[i] <= 'z') ||
                      (name[i] >= '0' && name[i] <= '9') || name[i] == '_'))
                        return false;
        return length != strlen("generic.c") ||
               memcmp(name, "generic.c", length) != 0;
}

/* reference c "ref.c" tolerance ABSOLUTE RELATIVE */
static int parse_reference(struct parser *parser)
{
        struct syntax_file *file = parser->file;
        const char *name;
        size_t length;
        int rc = 0;

        if (file->reference)
                return parser_error(parser,
                                    "a second reference; the first "
                                    "is at %d:%d",
                                    file->reference_line,
                                    file->reference_column);
        if (!token_is(&parser->token, "c"))
                return parser_error(parser,
                                    "a reference is written in C: reference c "
                                    "\"ref.c\" tolerance ABSOLUTE RELATIVE");
        file->reference_line = parser->token.line;
        file->reference_column = parser->token.column;
        rc = lex_quoted(&parser->lexer, &name, &length);
        if (rc)
                return rc;
        if (!is_reference_name(name, length))
                return parser_error(parser,
                                    "a reference is a file beside the spec, "
                                    "named in small letters, digits and _ "
                                    "with .c behind, such as \"ref.c\", and "
                                    "not generic.c, which is a source");
        file->reference = arena_strndup(parser->arena, name, length);
        if (!file->reference)
                return error_memory(parser->lexer.err);
        rc = parser_advance(parser);
        if (!rc)
                rc = advance_past(parser, "tolerance");
        for (int i = 0; !rc && i < 2; i++)
                rc = parse_primary(parser, &file->tolerance[i]);
        return rc;
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
        {"bitwise", parse_bitwise}, {"reference", parse_reference},
};

/* A scalar target has no brackets. */
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
        if (!rc && parser->token.kind == TOKEN_NOT) {
                s->checked = true;
                rc = parser_advance(parser);
        }
        return rc;
}

/* After the target: one of the four operators, or help. */
static int parse_assignment(struct parser *parser, struct syntax_statement *s)
{
        const char *words[sizeof(items) / sizeof(items[0]) + 1] = {NULL};
        const char *near;
        char found[64];

        s->mark = parser->token.kind;
        switch (s->mark) {
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
                                            "tensor; two only a selection, "
                                            "as in v[i, k], p[i, k] = "
                                            "top[j, K] x[i, j]");
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

/* A statement up to its target; NULL with *rc set. */
static struct syntax_statement *new_statement(struct parser *parser, int *rc)
{
        struct syntax_statement *s = arena_alloc(parser->arena, sizeof(*s));

        if (!s) {
                *rc = error_memory(parser->lexer.err);
                return NULL;
        }
        s->line = parser->token.line;
        s->column = parser->token.column;
        if (++parser->file->statement_count > LIMIT_SPEC_STATEMENTS)
                *rc = parser_error(parser, "a spec has at most %d statements",
                                   LIMIT_SPEC_STATEMENTS);
        else
                *rc = parse_target(parser, s);
        return *rc ? NULL : s;
}

/* The value of the second target: the indices of what the first takes. */
static int give_indices(struct parser *parser, const struct token *comma,
                        const struct syntax *value,
                        struct syntax_statement *second)
{
        static const char *const pairs[][2] = {{"top", "argtop"},
                                               {"bottom", "argbottom"},
                                               {"sort", "argsort"}};
        struct syntax *copy = arena_alloc(parser->arena, sizeof(*copy));

        if (!copy)
                return error_memory(parser->lexer.err);
        *copy = *value;
        for (int i = 0; i < 3 && value->op == SYNTAX_REDUCE; i++)
                if (strcmp(value->name, pairs[i][0]) == 0) {
                        copy->name = pairs[i][1];
                        second->value = copy;
                        return 0;
                }
        return lex_error(&parser->lexer, comma->line, comma->column,
                         "one statement defines one tensor; only top, bottom "
                         "and sort as the whole value give two, what is "
                         "taken and its indices");
}

/* target [, target] operator value [for ranges] */
static int parse_statement(struct parser *parser)
{
        struct syntax_statement *s, *second = NULL;
        struct token comma;
        int rc = 0;

        parser->in_statement = true;
        s = new_statement(parser, &rc);
        comma = parser->token;
        if (s && comma.kind == TOKEN_COMMA) {
                rc = parser_advance(parser);
                if (!rc)
                        second = new_statement(parser, &rc);
        }
        if (!rc)
                rc = parse_assignment(parser, s);
        if (!rc)
                rc = parse_expression(parser, &s->value);
        if (!rc && second)
                rc = give_indices(parser, &comma, s->value, second);
        if (!rc && parser_continues(parser, "for"))
                rc = parser_advance(parser);
        if (!rc && token_is(&parser->token, "for")) {
                rc = parser_advance(parser);
                if (!rc)
                        rc = parse_bindings(parser, true, &s->binding_count,
                                            &s->binding);
        }
        if (!rc)
                SYNTAX_APPEND(parser->file->statement, s);
        if (!rc && second) {
                second->mark = s->mark;
                second->binding_count = s->binding_count;
                second->binding = s->binding;
                SYNTAX_APPEND(parser->file->statement, second);
        }
        parser->in_statement = false;
        return rc;
}

/* Words of the language that cannot begin a name are tried first. */
static int parse_item(struct parser *parser)
{
        char found[64];

        if (token_is(&parser->token, "alias") ||
            token_is(&parser->token, "prepare")) {
                if (parser_peek(parser) == TOKEN_NAME)
                        return parser_unsupported(parser, "this declaration");
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
                        "continue a line, end it with an operator or a "
                        "comma%s",
                        token_describe(&parser->token, found, sizeof(found)),
                        lex_comment_hint(&parser->lexer, &parser->token));
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
                "%s; two statements on one line need a ';'%s",
                token_describe(&parser->token, found, sizeof(found)),
                lex_comment_hint(&parser->lexer, &parser->token));
}

/* kernel NAME { items } and nothing else. */
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
