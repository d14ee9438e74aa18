/*
 * The syntax tree as written: names are not yet resolved, ranges may be
 * missing, nothing is checked but the grammar. parse.c makes it, check.c
 * turns it into the tree of spec.h. Internal to this room.
 */
#ifndef KEVO_SPEC_SYNTAX_H
#define KEVO_SPEC_SYNTAX_H

#include "core/arena.h"
#include "core/error.h"
#include "spec/lex.h"
#include "spec/spec.h"

enum syntax_op {
        SYNTAX_INTEGER,
        SYNTAX_REAL,
        SYNTAX_BOOLEAN,
        SYNTAX_NAME,
        SYNTAX_READ,   /* name[arg...], checked, fallback */
        SYNTAX_CALL,   /* name(arg...): function, macro or cast */
        SYNTAX_UNARY,  /* mark: TOKEN_SUB, TOKEN_NOT, TOKEN_TILDE */
        SYNTAX_BINARY, /* mark, arg[0], arg[1] */
        SYNTAX_SELECT, /* arg[0] ? arg[1] : arg[2] */
        SYNTAX_REDUCE  /* name[binding...] arg[0], name[binding, arg[1]] arg[0]
                        */
};

/* An index that is named with or without a range. */
struct syntax_binding {
        const char *name;
        const struct syntax *lo, *hi; /* half-open; NULL: to be inferred */
        int line, column;
};

struct syntax {
        enum syntax_op op;
        enum token_kind
                mark; /* of a name: TOKEN_FLOOR_DIV when it stands
                         behind one, where a comment of C may be meant */
        int line, column;
        int depth; /* 1 for a leaf */
        bool open; /* ends with the term of a reduction */
        const char *name;
        int64_t integer; /* also a boolean's value */
        double real;
        int count;
        const struct syntax **arg;
        bool checked;                  /* x[i]! */
        const struct syntax *fallback; /* x[i] else fallback */
        int binding_count;
        const struct syntax_binding *binding;
};

enum declaration_kind {
        DECLARE_SIZE,
        DECLARE_CONST,
        DECLARE_PARAM,
        DECLARE_IN,
        DECLARE_OUT,
        DECLARE_TMP
};

struct syntax_declaration {
        struct syntax_declaration *next;
        enum declaration_kind kind;
        const char *name;
        int line, column;
        enum dtype dtype;
        bool has_range;
        const struct syntax *lo, *hi; /* `in` range; hi as written */
        bool inclusive;               /* ..= */
        const struct syntax *step;    /* sizes */
        const struct syntax *value;   /* const, param: after = */
        int rank;
        const struct syntax *extent[LIMIT_RANK];
        bool sorted, distinct, nonfinite, lengths;
        const struct syntax *offsets, *lengths_sum, *init;
        enum distribution_hint hint;
        const struct syntax *hint_a, *hint_b;
        const char *length; /* `upto` this, or NULL */
        int length_line, length_column;
};

/* fn name(parameter, ...) = body */
struct syntax_macro {
        struct syntax_macro *next;
        const char *name;
        int line, column;
        int count;
        const char *parameter[LIMIT_RANK];
        const struct syntax *body;
        int uses[LIMIT_RANK]; /* of a parameter: 0, 1, 2 for more */
        bool library;         /* errors inside are told at the call */
};

struct syntax_statement {
        struct syntax_statement *next;
        const char *name;
        int line, column;
        int rank;
        const struct syntax *subscript[LIMIT_RANK];
        bool checked; /* y[i]! = */
        enum token_kind mark;
        const struct syntax *value;
        int binding_count; /* of the `for` clause */
        const struct syntax_binding *binding;
};

struct syntax_setting {
        struct syntax_setting *next;
        const char *name;
        int line, column;
        const struct syntax *value; /* NULL: word */
        const char *word;
};

struct syntax_workload {
        struct syntax_workload *next;
        const char *name;
        int line, column;
        struct syntax_setting *setting;
};

/* Lists are in the order of the file. */
struct syntax_file {
        const char *name;
        int line, column;
        struct syntax_declaration *declaration;
        struct syntax_macro *macro;
        struct syntax_statement *statement;
        struct syntax_workload *workload;
        bool allow_tf32, bitwise;
        const struct syntax *accuracy;
        const char *reference; /* file name, or NULL */
        int reference_line, reference_column;
        const struct syntax *tolerance[2]; /* absolute, relative */
        int name_count, statement_count, workload_count;
};

/* The parser's state: one token ahead. Errors stick in lexer.err. */
struct parser {
        struct lexer lexer;
        struct token token;
        struct arena *arena;
        int depth; /* of recursion */
        bool in_statement;
        struct syntax_file *file;
};

/* Append to a singly linked list that keeps its order. */
#define SYNTAX_APPEND(list, item)                 \
        do {                                      \
                __typeof__(list) *end_ = &(list); \
                while (*end_)                     \
                        end_ = &(*end_)->next;    \
                *end_ = (item);                   \
        } while (0)

/* parse.c: a whole file. */
int parse_file(const char *text, size_t length, const char *file,
               struct arena *arena, struct syntax_file **result,
               struct error *err) KEVO_MUST_CHECK;

/* parse_expr.c. Each leaves *result NULL on failure. */
int parse_expression(struct parser *parser,
                     const struct syntax **result) KEVO_MUST_CHECK;
/* One chain of * / // %, and one operand with its signs. */
int parse_product(struct parser *parser,
                  const struct syntax **result) KEVO_MUST_CHECK;
int parse_unary(struct parser *parser,
                const struct syntax **result) KEVO_MUST_CHECK;
/* parse_primary.c: an operand without signs. */
int parse_primary(struct parser *parser,
                  const struct syntax **result) KEVO_MUST_CHECK;

/* parse_slips.c. Only before [: max(a, b) is a function. */
bool token_is_reduction(const struct token *token);
/* At a name that begins no reduction: refuse name[k in and name(k in. */
int parse_slip_range(struct parser *parser) KEVO_MUST_CHECK;
/* Behind name[...] or name(...), whose name stood at `at`: refuse a term, as
 * reductions have. */
int parse_slip_term(struct parser *parser, const struct token *at,
                    const struct syntax *node) KEVO_MUST_CHECK;

/* parse_declarations.c, by the word that begins the line. */
typedef int item_parser(struct parser *parser);
item_parser parse_size, parse_const, parse_param, parse_in, parse_out,
        parse_tmp;

/* parser.c: steps that the others share. */
/* lo..hi or lo..=hi; with `halve`, an inclusive end becomes hi + 1. */
int parse_range(struct parser *parser, bool halve, const struct syntax **lo,
                const struct syntax **hi, bool *inclusive) KEVO_MUST_CHECK;
/* name [in lo..hi]; it is cleared before. */
int parse_binding(struct parser *parser, bool ranges,
                  struct syntax_binding *binding) KEVO_MUST_CHECK;
/* name [in lo..hi], ... up to what ends it. */
int parse_bindings(struct parser *parser, bool ranges, int *count,
                   const struct syntax_binding **result) KEVO_MUST_CHECK;
/* Expressions separated by commas up to the closing token; the opening one
 * was consumed and stood at line:column. */
int parse_list(struct parser *parser, enum token_kind close, int maximum,
               int line, int column, int *count,
               const struct syntax ***result) KEVO_MUST_CHECK;
int parser_advance(struct parser *parser) KEVO_MUST_CHECK;
/* Consume a token of that kind or fail with "expected WHAT, not ...". */
int parser_expect(struct parser *parser, enum token_kind kind,
                  const char *what) KEVO_MUST_CHECK;
/* Consume a name; a copy lives in the arena. */
int parser_name(struct parser *parser, const char *what,
                const char **name) KEVO_MUST_CHECK;
/* The token after the current one, without consuming; TOKEN_END when the
 * lexer fails there. */
enum token_kind parser_peek(const struct parser *parser);
/* The line ends here and the next one begins with a word that begins no
 * statement: it goes on. */
bool parser_continues(const struct parser *parser, const char *word);
/* A comma that continues a list is consumed: *more. */
int parser_comma(struct parser *parser, bool *more) KEVO_MUST_CHECK;
/* The first failure of an allocation, as an error. */
int parser_memory(const struct parser *parser);
/* A node at the place of a token; NULL with an error when out of room. */
struct syntax *syntax_new(struct parser *parser, enum syntax_op op,
                          const struct token *at);
/* Something of that depth hangs below node. */
int syntax_deepen(struct parser *parser, struct syntax *node,
                  int depth) KEVO_MUST_CHECK;
int syntax_arguments(struct parser *parser, struct syntax *node, int count,
                     const struct syntax *const *arg) KEVO_MUST_CHECK;
/* "WHAT is part of the language but not supported yet". */
int parser_unsupported(struct parser *parser, const char *what);
/* An error at the current token. */
int parser_error(struct parser *parser, const char *format, ...)
        KEVO_PRINTF(2, 3);

#endif
