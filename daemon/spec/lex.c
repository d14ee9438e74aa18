/*
 * The lexer. It works on bytes and never reads past `end`; a NUL inside the
 * text is an error like any other byte that means nothing.
 */
#include "spec/lex.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
        const char *text;
        enum token_kind kind;
} marks[] = {
        /* Longest first among those that share a beginning. */
        {"..=", TOKEN_DOTS_EQ},
        {"..", TOKEN_DOTS},
        {"//=", TOKEN_OTHER_ASSIGN},
        {"<<=", TOKEN_OTHER_ASSIGN},
        {">>=", TOKEN_OTHER_ASSIGN},
        {"**=", TOKEN_OTHER_ASSIGN},
        {"+=", TOKEN_ADD_ASSIGN},
        {"-=", TOKEN_OTHER_ASSIGN},
        {"*=", TOKEN_OTHER_ASSIGN},
        {"/=", TOKEN_OTHER_ASSIGN},
        {"%=", TOKEN_OTHER_ASSIGN},
        {"&=", TOKEN_OTHER_ASSIGN},
        {"|=", TOKEN_OTHER_ASSIGN},
        {"^=", TOKEN_OTHER_ASSIGN},
        {"==", TOKEN_EQ},
        {"!=", TOKEN_NE},
        {"<=", TOKEN_LE},
        {">=", TOKEN_GE},
        {"<<", TOKEN_SHL},
        {">>", TOKEN_SHR},
        {"&&", TOKEN_AND},
        {"||", TOKEN_OR},
        {"//", TOKEN_FLOOR_DIV},
        {"**", TOKEN_POWER},
        {"(", TOKEN_LPAREN},
        {")", TOKEN_RPAREN},
        {"[", TOKEN_LBRACKET},
        {"]", TOKEN_RBRACKET},
        {"{", TOKEN_LBRACE},
        {"}", TOKEN_RBRACE},
        {",", TOKEN_COMMA},
        {":", TOKEN_COLON},
        {"?", TOKEN_QUESTION},
        {"=", TOKEN_ASSIGN},
        {"<", TOKEN_LT},
        {">", TOKEN_GT},
        {"+", TOKEN_ADD},
        {"-", TOKEN_SUB},
        {"*", TOKEN_MUL},
        {"/", TOKEN_DIV},
        {"%", TOKEN_FLOOR_MOD},
        {"&", TOKEN_BIT_AND},
        {"|", TOKEN_BIT_OR},
        {"^", TOKEN_BIT_XOR},
        {"!", TOKEN_NOT},
        {"~", TOKEN_TILDE},
};

enum { LONGEST_NUMBER = 200 };

/* Not <ctype.h>: the language does not change with the locale. */
static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* A byte order mark is skipped and is no column. */
void lex_init(struct lexer *lexer, const char *text, size_t length,
              const char *file, struct error *err)
{
        memset(lexer, 0, sizeof(*lexer));
        lexer->file = file;
        lexer->at = text;
        lexer->end = text + length;
        lexer->line = 1;
        lexer->column = 1;
        lexer->err = err;
        if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
                lexer->at += 3;
        lexer->mark = lexer->at;
        lexer->joined = true; /* newlines before the first token */
}

/* A header line has no line of its own to name. */
int lex_error(struct lexer *lexer, int line, int column, const char *format,
              ...)
{
        char text[ERROR_TEXT_BYTES / 2];
        va_list list;

        va_start(list, format);
        vsnprintf(text, sizeof(text), format, list);
        va_end(list);
        if (lexer->single_line)
                return error_set(lexer->err, ERR_INPUT, "%s: column %d: %s",
                                 lexer->file, lexer->before + column, text);
        return error_set(lexer->err, ERR_INPUT, "%s:%d:%d: %s", lexer->file,
                         line, column, text);
}

bool token_is(const struct token *token, const char *word)
{
        return token->kind == TOKEN_NAME && strlen(word) == token->length &&
               memcmp(word, token->text, token->length) == 0;
}

const char *token_describe(const struct token *token, char *out, size_t bytes)
{
        int length = token->length > 40 ? 40 : (int)token->length;

        if (token->kind == TOKEN_END)
                snprintf(out, bytes, "the end of the text");
        else if (token->kind == TOKEN_NEWLINE)
                snprintf(out, bytes, "the end of the statement");
        else
                snprintf(out, bytes, "'%.*s'", length, token->text);
        return out;
}

/* Back to the first character of the line, as far as the column says: what
 * lies before it may be none of the text. */
const char *lex_comment_hint(const struct lexer *lexer,
                             const struct token *token)
{
        const char *at = token->text;
        int left = token->column - 1;

        for (;;) {
                if (lexer->end - at > 1 && at[0] == '/' &&
                    (at[1] == '/' || at[1] == '*'))
                        return "; a comment begins with #";
                if (left == 0)
                        return "";
                at--;
                left -= ((unsigned char)*at & 0xc0) != 0x80;
        }
}

/* Move the mark to lexer->at: characters, so bytes 10xxxxxx do not count. */
static void count_columns(struct lexer *lexer)
{
        for (; lexer->mark < lexer->at; lexer->mark++)
                if (((unsigned char)*lexer->mark & 0xc0) != 0x80)
                        lexer->column++;
}

/* CR, LF and CRLF are one line end each. */
static void next_line(struct lexer *lexer)
{
        if (*lexer->at == '\r' && lexer->at + 1 < lexer->end &&
            lexer->at[1] == '\n')
                lexer->at++;
        lexer->at++;
        lexer->line++;
        lexer->column = 1;
        lexer->mark = lexer->at;
}

static void skip_comment(struct lexer *lexer)
{
        while (lexer->at < lexer->end && *lexer->at != '\n' &&
               *lexer->at != '\r')
                lexer->at++;
}

/* Skips blanks; true at a newline that ends a statement. */
static bool skip_blanks(struct lexer *lexer)
{
        for (; lexer->at < lexer->end;) {
                char c = *lexer->at;

                if (c == '#') {
                        skip_comment(lexer);
                } else if (c == '\n' || c == '\r') {
                        if (!lexer->joined && !lexer->brackets)
                                return true;
                        next_line(lexer);
                } else if (c == ' ' || c == '\t' || c == '\f' || c == '\v') {
                        lexer->at++;
                } else {
                        break;
                }
        }
        return false;
}

/* Whether a newline after this token is part of the statement. */
static bool joins(const struct token *token)
{
        switch (token->kind) {
        case TOKEN_NEWLINE:
        case TOKEN_COMMA:
        case TOKEN_COLON:
        case TOKEN_QUESTION:
        case TOKEN_LBRACE:
                return true;
        case TOKEN_NOT: /* x[i]! may end a statement */
                return false;
        case TOKEN_NAME:
                return token_is(token, "else");
        default:
                return token->kind >= TOKEN_ASSIGN;
        }
}

static const char *skip_digits(const char *at, const char *end)
{
        while (at < end && is_digit(*at))
                at++;
        return at;
}

/* The end of the number that begins at lexer->at; whether it is a real. */
static const char *scan_number(const struct lexer *lexer, bool *real)
{
        const char *at = lexer->at, *end = lexer->end;

        *real = false;
        if (end - at > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
                for (at += 2; at < end &&
                              (is_digit(*at) || (*at >= 'a' && *at <= 'f') ||
                               (*at >= 'A' && *at <= 'F'));)
                        at++;
                return at;
        }
        at = skip_digits(at, end);
        /* 0..N is a range, not a fraction. */
        if (at < end && *at == '.' && !(at + 1 < end && at[1] == '.')) {
                *real = true;
                at = skip_digits(at + 1, end);
        }
        if (at < end && (*at == 'e' || *at == 'E')) {
                const char *e = at + 1;

                if (e < end && (*e == '+' || *e == '-'))
                        e++;
                if (e < end && is_digit(*e)) {
                        *real = true;
                        at = skip_digits(e, end);
                }
        }
        return at;
}

/* The text is copied, because it may end without a NUL. */
static int lex_number(struct lexer *lexer, struct token *token)
{
        char text[LONGEST_NUMBER + 1];
        bool real, hexadecimal;
        const char *at = scan_number(lexer, &real);

        token->length = (size_t)(at - token->text);
        if (at < lexer->end && is_letter(*at))
                return lex_error(lexer, token->line, token->column,
                                 "a number cannot be followed by a letter "
                                 "at once; write %.*s * %c... for a product",
                                 token->length > 40 ? 40 : (int)token->length,
                                 token->text, *at);
        if (token->length > LONGEST_NUMBER)
                return lex_error(lexer, token->line, token->column,
                                 "a number has at most %d characters",
                                 LONGEST_NUMBER);
        memcpy(text, token->text, token->length);
        text[token->length] = '\0';
        lexer->at = at;
        token->kind = real ? TOKEN_REAL : TOKEN_INTEGER;
        if (real) {
                token->real = strtod(text, NULL);
                if (isinf(token->real))
                        return lex_error(lexer, token->line, token->column,
                                         "%s is too large for a double; "
                                         "write inf if you mean infinity",
                                         text);
                return 0;
        }
        /* Not base 0: 010 is ten. */
        hexadecimal = text[1] == 'x' || text[1] == 'X';
        errno = 0;
        token->integer = strtoll(text, NULL, hexadecimal ? 16 : 10);
        if (errno == ERANGE || (hexadecimal && !text[2]))
                return lex_error(lexer, token->line, token->column,
                                 "%s is no integer of 64 bits", text);
        return 0;
}

/* Length is checked where a name is used. */
static void lex_name(struct lexer *lexer, struct token *token)
{
        const char *at = lexer->at;

        while (at < lexer->end && (is_letter(*at) || is_digit(*at)))
                at++;
        token->kind = TOKEN_NAME;
        token->length = (size_t)(at - token->text);
        /* `max=` and `min=` are one word; `max ==` is not. */
        if (at < lexer->end && *at == '=' &&
            !(at + 1 < lexer->end && at[1] == '=')) {
                bool maximum = token_is(token, "max");

                if (maximum || token_is(token, "min")) {
                        token->kind =
                                maximum ? TOKEN_MAX_ASSIGN : TOKEN_MIN_ASSIGN;
                        token->length++;
                        at++;
                }
        }
        lexer->at = at;
}

/* What a byte that starts no token probably was meant to be. */
static int lex_stray(struct lexer *lexer, const struct token *token)
{
        static const struct {
                const char *bytes, *hint;
        } hints[] = {
                {"\xc2\xa0", "a no-break space; use a plain space"},
                {"\xc3\x97", "a multiplication sign; write *"},
                {"\xc2\xb7", "a middle dot; write *"},
                {"\xc3\xb7", "a division sign; write /"},
                {"\xe2\x88\x92", "a minus sign; write -"},
                {"\xe2\x80\x93", "a dash; write -"},
                {"\xe2\x89\xa4", "a less-or-equal sign; write <="},
                {"\xe2\x89\xa5", "a greater-or-equal sign; write >="},
                {"\xe2\x89\xa0", "a not-equal sign; write !="},
                {"\xe2\x88\x91", "a sum sign; write sum[i] term"},
                {"\xe2\x88\x9e", "an infinity sign; write inf"},
                {"\xe2\x80\xa6", "an ellipsis; write .."},
                {"\\", "a backslash; end a line with an operator or a comma "
                       "to continue it"},
                {"\"", "a quotation mark; only `reference c` takes a name "
                       "in quotation marks"},
                {"'", "a quotation mark; the language has no strings"},
                {".", "a single dot; a range is lo..hi and a number needs a "
                      "digit before its dot"},
                {"@", "an @; write a matrix product as sum[k] a[i, k] * "
                      "b[k, j]"},
        };
        size_t left = (size_t)(lexer->end - lexer->at);

        for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
                size_t n = strlen(hints[i].bytes);

                if (n <= left && memcmp(lexer->at, hints[i].bytes, n) == 0)
                        return lex_error(lexer, token->line, token->column,
                                         "this is %s%s", hints[i].hint,
                                         lex_comment_hint(lexer, token));
        }
        if ((unsigned char)*lexer->at >= 0x80)
                return lex_error(lexer, token->line, token->column,
                                 "a character beyond ASCII can stand in a "
                                 "comment only%s",
                                 lex_comment_hint(lexer, token));
        if ((unsigned char)*lexer->at < 0x20 || *lexer->at == 0x7f)
                return lex_error(lexer, token->line, token->column,
                                 "a control character (byte %d) is no part "
                                 "of the language; is this a text file?",
                                 (unsigned char)*lexer->at);
        return lex_error(lexer, token->line, token->column,
                         "the character '%c' means nothing here%s", *lexer->at,
                         lex_comment_hint(lexer, token));
}

/* Closing more than was opened is for the parser to report. */
static int lex_mark(struct lexer *lexer, struct token *token)
{
        size_t left = (size_t)(lexer->end - lexer->at);

        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
                size_t n = strlen(marks[i].text);

                if (n > left || memcmp(lexer->at, marks[i].text, n) != 0)
                        continue;
                token->kind = marks[i].kind;
                token->length = n;
                lexer->at += n;
                if (token->kind == TOKEN_LPAREN ||
                    token->kind == TOKEN_LBRACKET)
                        lexer->brackets++;
                else if ((token->kind == TOKEN_RPAREN ||
                          token->kind == TOKEN_RBRACKET) &&
                         lexer->brackets > 0)
                        lexer->brackets--;
                return 0;
        }
        return lex_stray(lexer, token);
}

/* The place is taken before the token, so errors point to its start. */
int lex_quoted(struct lexer *lexer, const char **text, size_t *length)
{
        const char *at;

        while (lexer->at < lexer->end &&
               (*lexer->at == ' ' || *lexer->at == '\t'))
                lexer->at++;
        count_columns(lexer);
        at = lexer->at;
        if (at == lexer->end || *at != '"')
                return lex_error(lexer, lexer->line, lexer->column,
                                 "expected a file name in quotation marks, "
                                 "as in \"ref.c\"");
        for (at++; at < lexer->end && *at != '"'; at++)
                if (*at == '\n' || *at == '\r')
                        break;
        if (at == lexer->end || *at != '"')
                return lex_error(lexer, lexer->line, lexer->column,
                                 "this quotation mark is not closed on its "
                                 "line");
        *text = lexer->at + 1;
        *length = (size_t)(at - *text);
        lexer->at = at + 1;
        lexer->joined = false;
        return 0;
}

int lex_next(struct lexer *lexer, struct token *token)
{
        bool ended = skip_blanks(lexer);
        int rc = 0;
        char c;

        count_columns(lexer);
        memset(token, 0, sizeof(*token));
        token->text = lexer->at;
        token->line = lexer->line;
        token->column = lexer->column;
        if (lexer->at >= lexer->end)
                return 0; /* TOKEN_END */
        c = *lexer->at;
        if (ended || c == ';') {
                token->kind = TOKEN_NEWLINE;
                token->length = 1;
                if (!ended)
                        lexer->at++;
        } else if (is_letter(c)) {
                lex_name(lexer, token);
        } else if (is_digit(c) || (c == '.' && lexer->at + 1 < lexer->end &&
                                   is_digit(lexer->at[1]))) {
                rc = lex_number(lexer, token);
        } else {
                rc = lex_mark(lexer, token);
        }
        lexer->joined = joins(token);
        return rc;
}
