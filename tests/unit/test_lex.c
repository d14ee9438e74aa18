/* Tokens: kinds, numbers, places, and where a line ends a statement. */
#include "check_main.h"

#include <math.h>
#include <string.h>

#include "spec/lex.h"

/* The kinds of all tokens as letters: easy to compare. */
static void kinds_of(const char *text, char *out)
{
        struct error err = {0};
        struct lexer lexer;
        struct token token;
        int n = 0;

        lex_init(&lexer, text, strlen(text), "t", &err);
        do {
                ck_assert_msg(lex_next(&lexer, &token) == 0, "%s", err.text);
                out[n++] = token.kind == TOKEN_END            ? '.'
                           : token.kind == TOKEN_NEWLINE      ? ';'
                           : token.kind == TOKEN_NAME         ? 'n'
                           : token.kind == TOKEN_INTEGER      ? 'i'
                           : token.kind == TOKEN_REAL         ? 'r'
                           : token.kind == TOKEN_DOTS         ? 'd'
                           : token.kind == TOKEN_DOTS_EQ      ? 'D'
                           : token.kind == TOKEN_OTHER_ASSIGN ? 'x'
                           : token.kind >= TOKEN_ASSIGN &&
                                           token.kind <= TOKEN_MIN_ASSIGN
                                   ? '='
                                   : 'o';
        } while (token.kind != TOKEN_END);
        out[n] = '\0';
}

START_TEST(lines_end_statements_where_they_can)
{
        static const struct {
                const char *text, *kinds;
        } lines[] = {
                {"a\nb", "n;n."},
                {"a\n\n# c\n\nb", "n;n."},
                {"a; b", "n;n."},
                {"\n\n a", "n."},
                {"a +\n b", "non."},
                {"a\n+ b", "n;on."},
                {"a,\n\nb", "non."},
                {"(a\nb)\nc", "onno;n."},
                {"[a\n(b\n)\n]", "onono"
                                 "o."},
                {"a =\nb", "n=n."},
                {"a max=\nb", "n=n."},
                {"x else\n0", "nni."},
                {"x[i]!\ny", "nonoo;n."},
                {"a ?\nb :\nc", "nonon."},
                {"a # +\nb", "n;n."},
                {"{\na\n}\n", "on;o;."},
        };

        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                char kinds[64];

                kinds_of(lines[i].text, kinds);
                ck_assert_msg(strcmp(kinds, lines[i].kinds) == 0, "%s: %s",
                              lines[i].text, kinds);
        }
}
END_TEST

START_TEST(ranges_and_numbers_are_told_apart)
{
        static const struct {
                const char *text, *kinds;
        } lines[] = {
                {"0..N", "idn."},      {"0..=5", "iDi."},
                {"1.5..2", "rdi."},    {"1...5", "idr."},
                {"1.", "r."},          {".5", "r."},
                {"1e5", "r."},         {"1e-5", "r."},
                {"1.e5", "r."},        {"1e+05 2", "ri."},
                {"0x1f", "i."},        {"a+=1", "n=i."},
                {"a-=1", "nxi."},      {"a//=1", "nxi."},
                {"a<=b", "non."},      {"a<b", "non."},
                {"a==b", "non."},      {"max==b", "non."},
                {"max=b", "=n."},      {"maxi=b", "n=n."},
                {"min = b", "n=n."},   {"a&&b||!c", "nonoon."},
                {"a<<b>>c", "nonon."},
        };

        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                char kinds[64];

                kinds_of(lines[i].text, kinds);
                ck_assert_msg(strcmp(kinds, lines[i].kinds) == 0, "%s: %s",
                              lines[i].text, kinds);
        }
}
END_TEST

static struct token only_token(const char *text)
{
        struct error err = {0};
        struct lexer lexer;
        struct token token;

        lex_init(&lexer, text, strlen(text), "t", &err);
        ck_assert_msg(lex_next(&lexer, &token) == 0, "%s", err.text);
        return token;
}

START_TEST(numbers_have_their_values)
{
        ck_assert_int_eq(only_token("010").integer, 10);
        ck_assert_int_eq(only_token("0xFf").integer, 255);
        ck_assert_int_eq(only_token("9223372036854775807").integer, INT64_MAX);
        ck_assert(only_token("1.25e-3").real == 1.25e-3);
        ck_assert(only_token(".5").real == 0.5);
        ck_assert(only_token("4.9e-324").real == 4.9e-324);
        ck_assert(only_token("1e-400").real == 0);
}
END_TEST

START_TEST(places_count_from_one)
{
        const char *text = "\xef\xbb\xbf"
                           "ab\t cd # \xe2\x82\xac\r\n  ef";
        const int want[][2] = {{1, 1}, {1, 5}, {1, 11}, {2, 3}, {2, 5}};
        struct error err = {0};
        struct lexer lexer;
        struct token token;

        lex_init(&lexer, text, strlen(text), "t", &err);
        for (int i = 0; i < 5; i++) {
                ck_assert_int_eq(lex_next(&lexer, &token), 0);
                ck_assert_int_eq(token.line, want[i][0]);
                ck_assert_int_eq(token.column, want[i][1]);
        }
        ck_assert_int_eq(token.kind, TOKEN_END);
}
END_TEST

/* The text is not NUL-terminated at its end: nothing reads past it. */
START_TEST(nothing_is_read_past_the_end)
{
        static const char *const texts[] = {
                "12",           "1.", "1e",       "1e+", "0x1", "max",
                "max=",         "..", "a.",       "/",   "<",   "&",
                "\xef\xbb\xbf", "\r", "\xe2\x88", "#"};

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                size_t length = strlen(texts[i]);
                char *copy = malloc(length);
                struct error err = {0};
                struct lexer lexer;
                struct token token;
                int steps = 0;

                ck_assert_ptr_nonnull(copy);
                memcpy(copy, texts[i], length);
                lex_init(&lexer, copy, length, "t", &err);
                while (lex_next(&lexer, &token) == 0 &&
                       token.kind != TOKEN_END)
                        ck_assert_int_lt(steps++, 8);
                free(copy);
        }
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                lines_end_statements_where_they_can,
                ranges_and_numbers_are_told_apart, numbers_have_their_values,
                places_count_from_one, nothing_is_read_past_the_end};

        return check_main("lex", tests, 5);
}
