/*
 * Verification where the oracle looks at boxes only: an element outside of
 * them that is wrong is found by what another program says there, and an
 * honest program is accepted whatever the other one says.
 */
#include "evaluate/verify.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/proc.h"

static struct zygote zygote;
static char folder[LIMIT_PATH_BYTES];

enum { ELEMENTS = 100000 };

static const char *const spec_text = "kernel scale {\n"
                                     "    size N in 1..=1000000\n"
                                     "    in   x: f32[N]\n"
                                     "    out  y: f32[N]\n"
                                     "    y[i] = exp(x[i])\n"
                                     "    workload all N=100000\n"
                                     "}\n";
static const char *const source_text =
        "// kevo: stage all tasks ceil(N, 1000) args x y\n"
        "#include <math.h>\n#include <stdint.h>\n"
        "void all(int64_t t, const float *x, float *y, int64_t N)\n"
        "{\n"
        "        for (int64_t i = 1000 * t; i < 1000 * t + 1000 && i < N; "
        "i++)\n"
        "                %s;\n"
        "}\n";

/* A spec, its oracle, and inputs of which it knows one box. */
struct scene {
        struct spec *spec;
        struct oracle *oracle;
        struct stock *stock;
        struct source *source[2];
        struct program *program[2];
        struct findings findings;
        struct verify verify;
        struct error err;
};

static void build(struct scene *s, int n, const char *statement)
{
        char text[1024];

        snprintf(text, sizeof text, source_text, statement);
        ck_assert_msg(source_parse(text, strlen(text), "test.c", "c", s->spec,
                                   &s->source[n], &s->err) == 0,
                      "%s", s->err.text);
        ck_assert_msg(program_make(&s->program[n], s->source[n], s->spec,
                                   &s->stock->binding, &zygote, folder, NULL,
                                   &s->err) == 0,
                      "%s", s->err.text);
}

static void set_up_scene(struct scene *s, const char *statement,
                         const char *other)
{
        struct stock_order order = {.seed = 11,
                                    .distribution = DIST_NORMAL,
                                    .twins = true,
                                    .effort = {0, 0, 1, true},
                                    .threads = 1};

        *s = (struct scene){0};
        ck_assert_int_eq(spec_parse(spec_text, strlen(spec_text), "scale",
                                    &s->spec, &s->err),
                         0);
        ck_assert_msg(oracle_open(&s->oracle, s->spec, folder, &s->err) == 0,
                      "%s", s->err.text);
        order.spec = s->spec;
        order.oracle = s->oracle;
        binding_from_workload(&order.binding, s->spec, s->spec->workload[0]);
        ck_assert_msg(stock_make(&s->stock, &order, &s->err) == 0, "%s",
                      s->err.text);
        build(s, 0, statement);
        build(s, 1, other);
        s->verify = (struct verify){
                .zygote = &zygote, .threads = 2, .findings = &s->findings};
        s->verify.deadline_ns = clock_monotonic_ns() + 60LL * CLOCK_SECOND_NS;
}

static void tear_down_scene(struct scene *s)
{
        for (int i = 0; i < 2; i++) {
                program_free(s->program[i]);
                source_free(s->source[i]);
        }
        stock_free(s->stock);
        oracle_close(s->oracle);
        spec_free(s->spec);
}

/* The check that refuses, CHECK_COUNT when none does. */
static enum check check(struct scene *s, bool against)
{
        struct verify_instance instance = {.label = "all",
                                           .call_ns = 20LL * CLOCK_SECOND_NS};
        int rc = against ? verify_against(&s->verify, s->program[0],
                                          s->program[1], s->stock, &instance,
                                          &s->err)
                         : verify_program(&s->verify, s->program[0], s->stock,
                                          &instance, &s->err);

        ck_assert_msg(rc == 0, "%s", s->err.text);
        return findings_failed(&s->findings);
}

START_TEST(test_one_wrong_element_is_found_outside_of_boxes)
{
        struct scene s;

        set_up_scene(&s, "y[i] = expf(x[i]) * (i == 54321 ? 1.001f : 1)",
                     "y[i] = expf(x[i])");
        ck_assert(stock_has_gaps(s.stock));
        ck_assert_int_eq(check(&s, false), CHECK_COUNT);
        ck_assert_int_eq(check(&s, true), CHECK_ORACLE);
        ck_assert_ptr_nonnull(
                strstr(s.findings.row[CHECK_ORACLE].detail, "y[54321]"));
        tear_down_scene(&s);
}
END_TEST

/* Right, beside one that rounds, one that is wrong, one that faults and one
 * that does not end: the oracle alone judges. */
START_TEST(test_the_other_program_decides_nothing)
{
        static const char *const others[] = {
                "y[i] = (float)exp(x[i])", "y[i] = x[i]",
                "y[i + 300000000] = 1",
                "for (volatile int64_t k = 0; k >= 0; k++)\n;"};
        struct scene s;

        set_up_scene(&s, "y[i] = expf(x[i])", others[_i]);
        if (_i == 3)
                s.verify.deadline_ns =
                        clock_monotonic_ns() + CLOCK_SECOND_NS / 2;
        ck_assert_int_eq(check(&s, true), CHECK_COUNT);
        if (_i >= 2)
                ck_assert_ptr_nonnull(
                        strstr(s.findings.row[CHECK_ORACLE].detail, "boxes"));
        tear_down_scene(&s);
}
END_TEST

/* A program that does not end is refused for time, and what it was given is
 * told. */
START_TEST(test_time_is_told_from_wrong_results)
{
        struct scene s;

        set_up_scene(&s, "for (volatile int64_t k = 0; k >= 0; k++)\n;",
                     "y[i] = expf(x[i])");
        s.verify.deadline_ns = clock_monotonic_ns() + 3LL * CLOCK_SECOND_NS;
        ck_assert_int_eq(check(&s, false), CHECK_RUNS);
        ck_assert(s.findings.row[CHECK_RUNS].late);
        ck_assert_ptr_nonnull(
                strstr(s.findings.row[CHECK_RUNS].detail, "left of its time"));
        tear_down_scene(&s);
        set_up_scene(&s, "y[i] = 0", "y[i] = expf(x[i])");
        ck_assert_int_eq(check(&s, false), CHECK_ORACLE);
        ck_assert(!s.findings.row[CHECK_ORACLE].late);
        tear_down_scene(&s);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("verify");
        TCase *tests = tcase_create("verify");
        SRunner *runner;
        struct error err = {0};
        char text[256];
        int failed = 0;

        if (!proc_sandbox_works(text) && !getenv("KEVO_UNSANDBOXED")) {
                printf("SKIPPED: compilers cannot be sandboxed here: %s\n",
                       text);
                return 0;
        }
        if (file_make_temporary(folder, &err) < 0 ||
            zygote_start(&zygote, &err) < 0) {
                fprintf(stderr, "%s\n", err.text);
                return 1;
        }
        if (!zygote.grade) {
                printf("SKIPPED: %s\n", zygote.reason);
                goto out;
        }
        tcase_set_timeout(tests, 120);
        tcase_add_test(tests,
                       test_one_wrong_element_is_found_outside_of_boxes);
        tcase_add_test(tests, test_time_is_told_from_wrong_results);
        tcase_add_loop_test(tests, test_the_other_program_decides_nothing, 0,
                            4);
        suite_add_tcase(suite, tests);
        runner = srunner_create(suite);
        srunner_set_fork_status(runner, CK_NOFORK);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
out:
        zygote_stop(&zygote);
        file_remove_tree(folder);
        return failed != 0;
}
