/* Every mutant of a sound spec is refused; specs that let one pass, or that
 * hang on undecided comparisons, are told. */
#include "check_main.h"
#include "oracle_fixture.h"
#include "spec/mutants.h"

static struct mutant_report report_of(const char *text)
{
        struct mutant_report report;
        struct error err = {0};
        struct bench b;

        bench_open(&b, text);
        ck_assert_msg(mutants_check(b.spec, b.oracle, 1, &report, &err) == 0,
                      "%s\n%s", err.text, text);
        bench_close(&b);
        ck_assert_int_eq(report.made > 0, 1);
        ck_assert_int_ge(report.made, report.refused + report.skipped);
        return report;
}

START_TEST(sound_specs_refuse_all)
{
        struct mutant_report r = report_of(spec_examples[_i]);

        ck_assert_msg(r.survivor[0] == 0, "%s survives\n%s", r.survivor,
                      spec_examples[_i]);
        ck_assert_int_eq(r.refused + r.skipped, r.made);
        ck_assert_int_gt(r.refused, r.made / 2);
}
END_TEST

/* 90 % of what cancels is more than the result. */
START_TEST(a_lax_spec_is_told)
{
        struct mutant_report r =
                report_of("kernel t { size M, N; in x: f32[M, N]\n"
                          "out y: f32[M, N]\n accuracy 0.9\n"
                          "y[i, j] = (x[i, j] + 1e6) - 1e6 }");

        ck_assert_str_ne(r.survivor, "");
}
END_TEST

/* Output equal to the input: its copy is no mutant. */
START_TEST(a_copy_is_not_a_mutant_of_the_identity)
{
        struct mutant_report r =
                report_of("kernel t { size N; in x: f32[N]\n out y: f32[N]\n"
                          "y[i] = x[i] }");

        ck_assert_str_eq(r.survivor, "");
        ck_assert_int_ge(r.skipped, 1);
}
END_TEST

/* A step at a computed number that is often exactly reached. */
START_TEST(undecided_specs_are_told)
{
        struct mutant_report r =
                report_of("kernel t { size N; in x: f32[N], z: f32[N]\n"
                          "out y: f32[N]\n"
                          "y[i] = (x[i] + z[i]) - z[i] > x[i] ? 1 : 2 }");

        ck_assert_double_gt(r.undecided_share, 0.5);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("mutants");
        TCase *cases = tcase_create("mutants");
        SRunner *runner;
        int failed;

        if (oracle_fixture_begin() < 0)
                return EXIT_FAILURE;
        tcase_set_timeout(cases, 120);
        tcase_add_loop_test(cases, sound_specs_refuse_all, 0, SPEC_EXAMPLES);
        tcase_add_test(cases, a_lax_spec_is_told);
        tcase_add_test(cases, a_copy_is_not_a_mutant_of_the_identity);
        tcase_add_test(cases, undecided_specs_are_told);
        suite_add_tcase(suite, cases);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return oracle_fixture_end(failed ? EXIT_FAILURE : EXIT_SUCCESS);
}
