/* A buffer grows to its maximum and no further; errors stick. */
#include "check_main.h"

#include <string.h>

#include "core/buf.h"

START_TEST(appends_what_it_is_given)
{
        struct buf buf;
        char *text;

        buf_init(&buf, 100000);
        for (int i = 0; i < 1000; i++)
                buf_printf(&buf, "%d,", i % 10);
        buf_puts(&buf, "end");
        buf_putc(&buf, '.');
        ck_assert_int_eq(buf_check(&buf, "test", NULL), 0);
        ck_assert_uint_eq(buf.length, 2004);
        text = buf_take(&buf);
        ck_assert_uint_eq(strlen(text), 2004);
        ck_assert_str_eq(text + 2000, "end.");
        ck_assert_uint_eq(buf.length, 0);
        free(text);
}
END_TEST

START_TEST(keeps_its_maximum)
{
        struct buf buf;
        struct error err = {0};

        buf_init(&buf, 10);
        buf_puts(&buf, "0123456789");
        ck_assert_int_eq(buf_check(&buf, "test", &err), 0);
        buf_putc(&buf, 'x');
        ck_assert_uint_eq(buf.length, 10);
        ck_assert_int_eq(buf_check(&buf, "the list", &err), ERR_LIMIT);
        ck_assert_ptr_nonnull(strstr(err.text, "the list"));
        ck_assert_ptr_null(buf_take(&buf));
}
END_TEST

START_TEST(an_error_sticks)
{
        struct buf buf;

        buf_init(&buf, 4);
        buf_puts(&buf, "too long");
        buf_puts(&buf, "ok");
        ck_assert_int_eq(buf.failed, ERR_LIMIT);
        buf_clear(&buf);
        buf_puts(&buf, "ok");
        ck_assert_int_eq(buf.failed, ERR_LIMIT);
        ck_assert_ptr_null(buf_take(&buf));
        buf_dispose(&buf);
}
END_TEST

START_TEST(an_empty_buffer_is_text)
{
        struct buf buf;
        char *text;

        buf_init(&buf, 0);
        ck_assert_str_eq(buf.data, "");
        text = buf_take(&buf);
        ck_assert_str_eq(text, "");
        free(text);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {appends_what_it_is_given,
                                      keeps_its_maximum, an_error_sticks,
                                      an_empty_buffer_is_text};

        return check_main("buf", tests, 4);
}
