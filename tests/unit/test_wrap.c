/* Sentences on a terminal. */
#include "check_main.h"

#include "cli/wrap.h"

static void check(const char *text, int indent, int columns, const char *want)
{
        struct buf out;

        buf_init(&out, 1 << 12);
        wrap_add(&out, text, indent, columns);
        ck_assert_str_eq(out.data, want);
        buf_dispose(&out);
}

START_TEST(lines_break_between_words)
{
        check("one two three four", 2, 11, "  one two\n    three\n    four\n");
        check("one two", 0, 7, "one two\n");
        check("one two", 0, 6, "one\n  two\n");
        check("  faster:  twice ", 4, 80, "    faster: twice\n");
}
END_TEST

START_TEST(long_words_are_kept)
{
        check("a kernels/softmax/generic.c b", 2, 10,
              "  a\n    kernels/softmax/generic.c\n    b\n");
}
END_TEST

START_TEST(programs_get_one_line)
{
        check("one two three four", 4, 0, "    one two three four\n");
        check("", 4, 0, "    \n");
}
END_TEST

/* An e with an accent is two bytes and one column. */
START_TEST(columns_are_characters)
{
        check("\xc3\xa9\xc3\xa9\xc3\xa9 b", 0, 5,
              "\xc3\xa9\xc3\xa9\xc3\xa9 b\n");
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                lines_break_between_words, long_words_are_kept,
                programs_get_one_line, columns_are_characters};

        return check_main("wrap", tests, sizeof tests / sizeof *tests);
}
