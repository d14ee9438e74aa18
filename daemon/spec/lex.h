/*
 * Words of the kernel language: one token at a time from a text, with line
 * and column (counted from 1, in characters). A newline is a token where it
 * ends a statement: not inside ( ) or [ ], and not after an operator, a
 * comma or `else`. Comments begin with # and end with the line.
 *
 * The text may begin with a byte order mark and use CRLF or CR line ends.
 * Bytes beyond ASCII are allowed in comments only.
 */
#ifndef KEVO_SPEC_LEX_H
#define KEVO_SPEC_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum token_kind {
        TOKEN_END,     /* end of the text */
        TOKEN_NEWLINE, /* newline or ; */
        TOKEN_NAME,    /* text, length */
        TOKEN_INTEGER, /* integer */
        TOKEN_REAL,    /* real */
        TOKEN_LPAREN,
        TOKEN_RPAREN,
        TOKEN_LBRACKET,
        TOKEN_RBRACKET,
        TOKEN_LBRACE,
        TOKEN_RBRACE,
        TOKEN_COMMA,
        TOKEN_COLON,
        TOKEN_QUESTION,
        TOKEN_ASSIGN,
        TOKEN_ADD_ASSIGN,
        TOKEN_MAX_ASSIGN,
        TOKEN_MIN_ASSIGN,
        TOKEN_OTHER_ASSIGN, /* -= *= /= and such: only to say no */
        TOKEN_EQ,
        TOKEN_NE,
        TOKEN_LT,
        TOKEN_LE,
        TOKEN_GT,
        TOKEN_GE,
        TOKEN_ADD,
        TOKEN_SUB,
        TOKEN_MUL,
        TOKEN_DIV,
        TOKEN_FLOOR_DIV,
        TOKEN_FLOOR_MOD,
        TOKEN_POWER, /* **: only to say no */
        TOKEN_AND,
        TOKEN_OR,
        TOKEN_BIT_AND,
        TOKEN_BIT_OR,
        TOKEN_BIT_XOR,
        TOKEN_SHL,
        TOKEN_SHR,
        TOKEN_NOT,
        TOKEN_TILDE,
        TOKEN_DOTS,
        TOKEN_DOTS_EQ
};

struct token {
        enum token_kind kind;
        const char *text; /* inside the source */
        size_t length;
        int64_t integer;
        double real;
        int line, column;
};

/* Copying a lexer copies its position: that is how a parser looks ahead. */
struct lexer {
        const char *file; /* starts every error */
        const char *at, *end;
        const char *mark; /* a place in the line at `line` ... */
        int line, column; /* ... and its column */
        int brackets;     /* open ( and [ */
        bool joined;      /* a newline now would not end a statement */
        bool single_line; /* errors name the column only */
        int before;       /* ... and add these of the line to it */
        struct error *err;
};

void lex_init(struct lexer *lexer, const char *text, size_t length,
              const char *file, struct error *err);
/* The next token, or a negative code. */
int lex_next(struct lexer *lexer, struct token *token) KEVO_MUST_CHECK;

/* "NAME" on the rest of this line: a file beside the spec, without the
 * quotation marks. What the last token was stays as it is. */
int lex_quoted(struct lexer *lexer, const char **text,
               size_t *length) KEVO_MUST_CHECK;

/* "; a comment begins with #" where a token stands in or behind what may be
 * meant as a comment of C, else "". */
const char *lex_comment_hint(const struct lexer *lexer,
                             const struct token *token);

bool token_is(const struct token *token, const char *word);
/* What to call a token in a message: "'+='", "the end of the line". */
const char *token_describe(const struct token *token, char *out, size_t bytes);

/* Fill lexer->err with FILE:LINE:COLUMN: and the sentence; ERR_INPUT. */
int lex_error(struct lexer *lexer, int line, int column, const char *format,
              ...) KEVO_PRINTF(4, 5);

#endif
