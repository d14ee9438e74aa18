/* How long processes waited, of what the system tells. */
#include "check_main.h"

#include "core/pressure.h"

START_TEST(the_total_is_read)
{
        ck_assert_int_eq(pressure_parse("some avg10=2.41 avg60=4.49 "
                                        "avg300=6.26 total=2183990855\n"),
                         2183990855);
        ck_assert_int_eq(pressure_parse(""), -1);
        ck_assert_int_eq(pressure_parse("some avg10=2.41 total=5\n"), -1);
        ck_assert_int_eq(
                pressure_parse("some avg10=0 avg60=0 avg300=0 total=-5\n"),
                -1);
}
END_TEST

START_TEST(shares_are_of_the_time_between)
{
        const struct pressure_mark from = {1000, 500};
        const struct pressure_mark unknown = {2000, -1};

        ck_assert_double_eq_tol(
                pressure_between(from, (struct pressure_mark){1000 + 2000000,
                                                              500 + 500}),
                0.25, 1e-12);
        ck_assert_double_eq(pressure_between(from, unknown), 0);
        ck_assert_double_eq(pressure_between(unknown, from), 0);
        ck_assert_double_eq(pressure_between(from, from), 0);
        /* What two clocks disagree about is no more than all. */
        ck_assert_double_eq(
                pressure_between(from, (struct pressure_mark){1001, 100000}),
                1);
}
END_TEST

START_TEST(marks_do_not_run_backwards)
{
        struct pressure_mark a = pressure_now(), b = pressure_now();

        ck_assert_int_ge(b.at_ns, a.at_ns);
        ck_assert_int_ge(b.waited_us, a.waited_us);
        ck_assert_double_ge(pressure_between(a, b), 0);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {the_total_is_read,
                                      shares_are_of_the_time_between,
                                      marks_do_not_run_backwards};

        return check_main("pressure", tests, 3);
}
