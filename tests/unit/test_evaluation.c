/*
 * Evaluations from end to end, through a real worker: every source in
 * tests/adversary is refused by the check that is meant for it, and every
 * honest twin is accepted.
 */
#include "evaluate/evaluation.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/proc.h"
#include "core/text.h"

static struct evaluator *evaluator;
static char folder[LIMIT_PATH_BYTES];

static char *read_source(const char *name)
{
        char path[LIMIT_PATH_BYTES], *text = NULL;
        struct error err = {0};

        snprintf(path, sizeof path, "%s/tests/adversary/%s", SOURCE_DIR, name);
        ck_assert_msg(file_read(path, LIMIT_SOURCE_BYTES, &text, NULL, &err) ==
                              0,
                      "%s", err.text);
        return text;
}

/* One request and what it needs. */
struct scene {
        struct spec *spec;
        char *candidate, *baseline, *spec_text;
        struct evaluate_workload workload[2];
        struct evaluate_request request;
        struct evaluate_result *result;
        struct error err;
};

static void set_scene(struct scene *s, const char *spec, const char *candidate,
                      const char *baseline, enum stage_level stage)
{
        memset(s, 0, sizeof *s);
        s->spec_text = read_source(spec);
        s->candidate = read_source(candidate);
        s->baseline = baseline ? read_source(baseline) : NULL;
        ck_assert_msg(spec_parse(s->spec_text, strlen(s->spec_text), spec,
                                 &s->spec, &s->err) == 0,
                      "%s", s->err.text);
        for (int i = 0; i < 2; i++) {
                s->workload[i] = (struct evaluate_workload){
                        .name = s->spec->workload[i]->name,
                        .weight = i + 1,
                        .incumbent = s->baseline,
                        .incumbent_language = "c",
                        .incumbent_label = baseline};
                binding_from_workload(&s->workload[i].binding, s->spec,
                                      s->spec->workload[i]);
        }
        s->request =
                (struct evaluate_request){.spec = s->spec,
                                          .campaign = "test",
                                          .language = "c",
                                          .candidate = s->candidate,
                                          .candidate_label = candidate,
                                          .workload_count = 2,
                                          .workload = s->workload,
                                          .stage = stage,
                                          .timeout_ns = INT64_C(120000000000)};
}

static int run_scene(struct scene *s)
{
        return evaluator_run(evaluator, &s->request, &s->result, &s->err);
}

static void strike_scene(struct scene *s)
{
        evaluate_result_free(s->result);
        spec_free(s->spec);
        free(s->candidate);
        free(s->baseline);
        free(s->spec_text);
}

static const struct evaluate_check *failed_check(const struct scene *s)
{
        for (int i = 0; i < s->result->check_count; i++) {
                if (!s->result->check[i].passed)
                        return s->result->check + i;
        }
        return NULL;
}

static bool has_check(const struct scene *s, const char *stage,
                      const char *name)
{
        for (int i = 0; i < s->result->check_count; i++) {
                if (text_equal(s->result->check[i].name, name) &&
                    text_equal(s->result->check[i].stage, stage))
                        return true;
        }
        return false;
}

/* Which check refuses, and what its detail says. "a|b": either. */
static const struct {
        const char *file, *checks, *says;
        enum stage_level stage;
        int seconds;  /* of the request, 0: as usual */
        bool sandbox; /* kept out by the compiler's sandbox */
} attacks[] = {
        {"static_cache.c", "inspect", "static variable", STAGE_S1, 0},
        {"thread_local_cache.c", "inspect", "thread-local", STAGE_S1, 0},
        {"constructor.c", "inspect", "", STAGE_S1, 0},
        {"ifunc.c", "inspect", "", STAGE_S1, 0},
        {"side_thread.c", "inspect", "pthread_create", STAGE_S1, 0},
        {"library_call.c", "build", "cblas_sasum", STAGE_S1, 0},
        {"clock_import.c", "inspect", "clock_gettime", STAGE_S1, 0},
        {"time_stamp.c", "bounds|runs", "", STAGE_S1, 0},
        {"read_file.c", "runs", "system call (number 257)", STAGE_S1, 0},
        {"fork_bomb.c", "runs", "system call (number 57)", STAGE_S1, 0},
        {"memory_bomb.c", "runs", "system call (number 9)", STAGE_S1, 0},
        {"endless.c", "runs", "did not end", STAGE_S1, 3},
        {"leaves.c", "runs", "ended its process", STAGE_S1, 0},
        {"dropped_tail.c", "hidden|oracle", "y[", STAGE_S1, 0},
        {"zeros.c", "hidden|oracle", "y[", STAGE_S1, 0},
        {"constant.c", "hidden|oracle", "y[", STAGE_S1, 0},
        {"input_copy.c", "hidden|oracle", "y[", STAGE_S1, 0},
        {"half_precision.c", "hidden|oracle", "what rounding explains",
         STAGE_S1, 0},
        {"no_maximum.c", "hidden|oracle", "y[", STAGE_S3, 0},
        {"hard_coded_shape.c", "hidden|written", "hidden shape", STAGE_S1, 0},
        {"lucky_memory.c", "hidden|written", "", STAGE_S1, 0},
        {"last_row_skipped.c", "hidden|oracle|written", "", STAGE_S1, 0},
        {"writes_behind.c", "bounds", "output y", STAGE_S1, 0},
        {"writes_before.c", "bounds", "", STAGE_S1, 0},
        {"far_write.c", "bounds", "not its own", STAGE_S1, 0},
        {"reads_behind.c", "sanitised|bounds", "", STAGE_S4, 0},
        {"mutates_input.c", "bounds", "wrote to input", STAGE_S1, 0},
        {"rounding_mode.c", "pure", "rounding", STAGE_S1, 0},
        {"big_stack.c", "bounds", "not its own", STAGE_S1, 0},
        {"include_file.c", "build", "passwd", STAGE_S1, 0, true},
        {"incbin.c", "build", "hostname", STAGE_S1, 0, true},
        {"output_bomb.c", "build", "", STAGE_S1, 0},
};

START_TEST(test_attacks_are_refused)
{
        const struct evaluate_check *check;
        struct scene s;
        int rc;

        if (attacks[_i].sandbox && !proc_sandbox_works(NULL)) {
                printf("SKIPPED: %s: compilers run unsandboxed\n",
                       attacks[_i].file);
                return;
        }
        set_scene(&s, "softmax.kernel", attacks[_i].file,
                  attacks[_i].stage >= STAGE_S3 ? attacks[_i].file
                                                : "honest_plain.c",
                  attacks[_i].stage);
        if (attacks[_i].seconds)
                s.request.timeout_ns =
                        attacks[_i].seconds * INT64_C(1000000000);
        rc = run_scene(&s);
        ck_assert_msg(rc == 0, "%s: %s", attacks[_i].file, s.err.text);
        check = failed_check(&s);
        /* S1 draws one hidden shape, which may be one that hides the fault;
         * no verdict is given before S3 drew eight more. */
        if (!check && attacks[_i].stage == STAGE_S1) {
                s.request.stage = STAGE_S3;
                evaluate_result_free(s.result);
                s.result = NULL;
                rc = run_scene(&s);
                ck_assert_msg(rc == 0, "%s: %s", attacks[_i].file, s.err.text);
                check = failed_check(&s);
        }
        ck_assert_msg(check && !s.result->correct,
                      "%s was not refused (reached %d, %s)", attacks[_i].file,
                      s.result->reached, s.result->reason);
        ck_assert_msg(strstr(attacks[_i].checks, check->name) != NULL,
                      "%s was refused by %s: %s", attacks[_i].file,
                      check->name, check->detail);
        ck_assert_msg(strstr(check->detail, attacks[_i].says) != NULL,
                      "%s: %s", attacks[_i].file, check->detail);
        ck_assert_int_eq(s.result->verdict, VERDICT_REJECTED);
        ck_assert(s.result->fitness == 0);
        /* A proposer learns a category, never a shape or a value. */
        if (strstr(check->detail, "hidden shape"))
                ck_assert_msg(!strstr(check->hidden, "M=") && *check->hidden &&
                                      !strstr(check->hidden, "y["),
                              "%s", check->hidden);
        ck_assert_msg(!strstr(check->detail, "root:") &&
                              !strstr(check->hidden, "root:"),
                      "%s", check->detail);
        strike_scene(&s);
}
END_TEST

static const char *const honest[] = {
        "honest_plain.c",          "honest_headerless.c", "honest_online.c",
        "honest_polynomial.c",     "honest_stages.c",     "honest_fixed.c",
        "harmless_patched_clock.c"};

START_TEST(test_honest_kernels_pass)
{
        struct scene s;

        /* Four times: each draws another of the campaign's instances. */
        for (int i = 0; i < 4; i++) {
                set_scene(&s, "softmax.kernel", honest[_i], "honest_plain.c",
                          STAGE_S1);
                ck_assert_msg(run_scene(&s) == 0, "%s: %s", honest[_i],
                              s.err.text);
                ck_assert_msg(s.result->correct, "%s: %s", honest[_i],
                              s.result->reason);
                ck_assert_int_eq(s.result->reached, STAGE_S1);
                ck_assert(has_check(&s, "S0", "inspect"));
                ck_assert(has_check(&s, "S1", "oracle"));
                ck_assert(has_check(&s, "S1", "bounds"));
                ck_assert(has_check(&s, "S1", "written"));
                ck_assert(has_check(&s, "S1", "pure"));
                ck_assert_int_eq(strlen(s.result->identity), 64);
                strike_scene(&s);
        }
}
END_TEST

/* Against itself: verified through S4, and exactly 1 without timing. */
START_TEST(test_honest_kernels_pass_every_stage)
{
        struct scene s;

        set_scene(&s, "softmax.kernel", honest[_i], honest[_i], STAGE_S4);
        s.request.threads = 2;
        ck_assert_msg(run_scene(&s) == 0, "%s: %s", honest[_i], s.err.text);
        ck_assert_msg(s.result->correct, "%s: %s", honest[_i],
                      s.result->reason);
        ck_assert_int_eq(s.result->reached, STAGE_S4);
        ck_assert(has_check(&s, "S3", "hidden"));
        ck_assert(has_check(&s, "S4", "sanitised"));
        ck_assert(has_check(&s, "S4", "threads"));
        ck_assert_double_eq(s.result->ratio, 1);
        ck_assert_int_eq(s.result->verdict, VERDICT_REJECTED);
        ck_assert_ptr_nonnull(strstr(s.result->reason, "same program"));
        strike_scene(&s);
}
END_TEST

/* Behind a data-dependent length stands what the kernel left there. */
START_TEST(test_a_length_bounds_every_check)
{
        const struct evaluate_check *check;
        struct scene s;

        set_scene(&s, "compact.kernel", "honest_compact.c", "short_compact.c",
                  STAGE_S3);
        s.workload[0].incumbent = s.workload[1].incumbent = s.candidate;
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert_msg(s.result->correct, "%s", s.result->reason);
        ck_assert(has_check(&s, "S3", "repeatable"));
        strike_scene(&s);
        set_scene(&s, "compact.kernel", "short_compact.c", "honest_compact.c",
                  STAGE_S3);
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        check = failed_check(&s);
        ck_assert(!s.result->correct);
        ck_assert_msg(text_equal(check->name, "hidden") ||
                              text_equal(check->name, "oracle") ||
                              text_equal(check->name, "written"),
                      "%s: %s", check->name, check->detail);
        strike_scene(&s);
}
END_TEST

/* The scene of a spec that C code states; reference NULL: the file's. */
static void set_reference_scene(struct scene *s, const char *candidate,
                                const char *reference, enum stage_level stage)
{
        char *text = reference ? strdup(reference)
                               : read_source("recurrence_ref.c");

        set_scene(s, "recurrence.kernel", candidate, NULL, stage);
        ck_assert_int_eq(
                spec_set_reference(s->spec, text, strlen(text), &s->err), 0);
        free(text);
}

START_TEST(test_a_reference_judges)
{
        struct scene s;

        set_reference_scene(&s, "honest_recurrence.c", NULL, STAGE_S3);
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert_msg(s.result->correct, "%s", s.result->reason);
        ck_assert(has_check(&s, "S3", "hidden"));
        strike_scene(&s);
        set_reference_scene(&s, "forgetful_recurrence.c", NULL, STAGE_S3);
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert(!s.result->correct);
        ck_assert_ptr_nonnull(strstr(failed_check(&s)->detail, "should be"));
        strike_scene(&s);
}
END_TEST

/* A reference is foreign code: what is wrong with it is told, and nothing is
 * said of the candidate. */
static const struct {
        const char *body, *says;
} bad_references[] = {
        {"(void)h;", "unwritten"},
        {"h[-1] = 0;", "not its own|before the start"},
        {"fork();", "not part of what a kernel may use|fork"},
        {"return 1", "error:|recurrence_ref.c"},
};

START_TEST(test_bad_references_are_told)
{
        char text[512], says[96], *other;
        struct scene s;

        snprintf(text, sizeof text,
                 "#include <stdint.h>\nint fork(void);\n"
                 "void recurrence(const float *a, const float *x, double *h,\n"
                 "int64_t B, int64_t T)\n{\n(void)a, (void)x, (void)B, "
                 "(void)T;\n%s\n}\n",
                 bad_references[_i].body);
        set_reference_scene(&s, "honest_recurrence.c", text, STAGE_S1);
        ck_assert_int_lt(run_scene(&s), 0);
        snprintf(says, sizeof says, "%s", bad_references[_i].says);
        other = strchr(says, '|');
        *(other ? other++ : says + strlen(says)) = 0;
        ck_assert_msg(strstr(s.err.text, says) ||
                              (other && strstr(s.err.text, other)),
                      "%s", s.err.text);
        ck_assert_msg(strstr(s.err.text, "recurrence_ref.c") != NULL, "%s",
                      s.err.text);
        strike_scene(&s);
}
END_TEST

START_TEST(test_a_race_is_refused)
{
        const struct evaluate_check *check;
        struct scene s;

        set_scene(&s, "row_sum.kernel", "race.c", "honest_row_sum.c",
                  STAGE_S1);
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        check = failed_check(&s);
        ck_assert_ptr_nonnull(check);
        strike_scene(&s);
}
END_TEST

/* Right every time, in what is verified and in what is timed, and yet work
 * done once for many calls: refused, or it gains nothing. Only the clock can
 * tell, so this wants a quiet machine and is asked for by name. */
START_TEST(test_kept_results_do_not_pay)
{
        static const char *const files[] = {
                "scratch_cache.c", "output_cache.c", "scratch_table.c"};
        const struct evaluate_check *check;
        struct scene s;

        if (!getenv("KEVO_TIMED_TESTS")) {
                printf("SKIPPED: %s: set KEVO_TIMED_TESTS=1 on a quiet "
                       "machine\n",
                       files[_i]);
                return;
        }
        set_scene(&s, "row_sum.kernel", files[_i], "honest_row_sum.c",
                  STAGE_S3);
        s.request.threads = 1;
        s.request.workload_count = 1;
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        check = failed_check(&s);
        if (check)
                ck_assert_msg(text_equal(check->name, "intercept") ||
                                      text_equal(check->name, "stateless"),
                              "%s: %s", check->name, check->detail);
        else
                ck_assert_msg(s.result->verdict != VERDICT_NONE &&
                                      s.result->ratio < 1.1,
                              "%s pays: %s", files[_i], s.result->reason);
        strike_scene(&s);
}
END_TEST

/* Numbers hang together, whatever the machine does meanwhile. */
START_TEST(test_a_measurement_is_complete)
{
        struct scene s;
        bool confirmed = false;

        set_scene(&s, "row_sum.kernel", "honest_row_sum.c", "race.c",
                  STAGE_S2);
        strike_scene(&s);
        set_scene(&s, "softmax.kernel", "honest_polynomial.c",
                  "honest_plain.c", STAGE_S4);
        s.request.threads = 1;
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert_msg(s.result->correct, "%s", s.result->reason);
        ck_assert(s.result->verdict != VERDICT_NONE);
        ck_assert(s.result->wall_ns > s.result->calls_ns);
        for (int i = 0; i < s.result->measure_count; i++) {
                const struct evaluate_measure *m = s.result->measure + i;

                ck_assert(!m->identical && m->applies);
                ck_assert(m->low <= m->ratio && m->ratio <= m->high);
                ck_assert(m->null_low <= m->null_high);
                ck_assert(m->candidate_ns > 0 && m->baseline_ns > 0);
                ck_assert_int_eq(m->sample_count, 2 * m->rounds);
                for (int k = 0; k < m->sample_count; k++)
                        ck_assert(m->candidate_sample[k] > 0 &&
                                  m->baseline_sample[k] > 0);
                confirmed |= text_equal(m->stage, "S4");
        }
        ck_assert(confirmed || s.result->verdict != VERDICT_ACCEPTED);
        strike_scene(&s);
}
END_TEST

/* It costs the time that a baseline is given, once. */
START_TEST(test_a_baseline_that_does_not_end_is_too_slow)
{
        struct scene s;

        set_scene(&s, "softmax.kernel", "honest_plain.c", "endless.c",
                  STAGE_S3);
        s.request.workload_count = 1;
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert(s.result->correct);
        ck_assert_int_eq(s.result->verdict, VERDICT_INCONCLUSIVE);
        ck_assert_msg(strstr(s.result->reason, "too slow") != NULL, "%s",
                      s.result->reason);
        strike_scene(&s);
}
END_TEST

START_TEST(test_bench_measures_the_same_program)
{
        struct scene s;

        set_scene(&s, "row_sum.kernel", "honest_row_sum.c", "honest_row_sum.c",
                  STAGE_S3);
        s.request.measure_only = true;
        s.request.cold = _i;
        s.request.workload_count = 1;
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert_msg(s.result->correct, "%s", s.result->reason);
        ck_assert_int_eq(s.result->measure_count, 1);
        ck_assert(s.result->measure[0].identical);
        ck_assert_double_eq(s.result->measure[0].ratio, 1);
        ck_assert(s.result->measure[0].candidate_ns > 0);
        ck_assert(s.result->measure[0].null_low < 1.5);
        ck_assert(s.result->measure[0].rounds > 0);
        strike_scene(&s);
}
END_TEST

START_TEST(test_a_kernel_without_a_source_is_compared_with_generated_code)
{
        struct scene s;

        set_scene(&s, "row_sum.kernel", "honest_row_sum.c", NULL, STAGE_S2);
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert_msg(s.result->correct, "%s", s.result->reason);
        ck_assert(s.result->fitness > 0);
        ck_assert_int_eq(s.result->reached, STAGE_S2);
        strike_scene(&s);
}
END_TEST

START_TEST(test_impossible_requests_are_errors_and_the_worker_lives)
{
        struct scene s;

        /* An incumbent that does not build: named. */
        set_scene(&s, "softmax.kernel", "honest_plain.c", "library_call.c",
                  STAGE_S1);
        ck_assert_int_eq(run_scene(&s), ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(s.err.text, "incumbent"));
        ck_assert_ptr_nonnull(strstr(s.err.text, "library_call.c"));
        strike_scene(&s);
        /* A size outside its domain. */
        set_scene(&s, "softmax.kernel", "honest_plain.c", "honest_plain.c",
                  STAGE_S1);
        s.workload[0].binding.size[0] = 1 << 20;
        ck_assert_int_eq(run_scene(&s), ERR_INPUT);
        strike_scene(&s);
        /* A candidate that is no source: wrong, not an error. */
        set_scene(&s, "softmax.kernel", "honest_plain.c", "honest_plain.c",
                  STAGE_S1);
        s.request.candidate = "// kevo: nonsense\n";
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert(!s.result->correct);
        ck_assert_str_eq(failed_check(&s)->name, "build");
        strike_scene(&s);
        /* And one that applies nowhere. */
        set_scene(&s, "softmax.kernel", "honest_plain.c", "honest_plain.c",
                  STAGE_S1);
        s.request.candidate = "// kevo: kernel softmax\n"
                              "// kevo: when N >= 4000\n"
                              "// kevo: stage rows tasks M args x y\n"
                              "void rows(long t, const float *x, float *y, "
                              "long M, long N) { }\n";
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert(!s.result->correct);
        strike_scene(&s);
        /* Model-written code needs grade A. */
        set_scene(&s, "softmax.kernel", "honest_plain.c", "honest_plain.c",
                  STAGE_S1);
        s.request.model_written = true;
        ck_assert_int_eq(run_scene(&s),
                         evaluator_grade(evaluator) == 'A' ? 0 : ERR_DENIED);
        strike_scene(&s);
}
END_TEST

START_TEST(test_lost_and_wrong_workers_are_said)
{
        struct evaluator *other = NULL;
        struct error err = {0};
        struct scene s;

        ck_assert_int_eq(evaluator_start(&other, "exit 3", &err), ERR_LOST);
        ck_assert_ptr_null(other);
        ck_assert_int_eq(evaluator_start(&other, "echo no worker here", &err),
                         ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "kevo worker"));
        /* Killed between requests. */
        set_scene(&s, "softmax.kernel", "honest_plain.c", "honest_plain.c",
                  STAGE_S1);
        ck_assert_msg(evaluator_start(&other, NULL, &err) == 0, "%s",
                      err.text);
        ck_assert_int_eq(evaluator_run(other, &s.request, &s.result, &s.err),
                         0);
        evaluate_result_free(s.result);
        kill(evaluator_pid(other), SIGKILL);
        ck_assert_int_eq(evaluator_run(other, &s.request, &s.result, &s.err),
                         ERR_LOST);
        ck_assert_int_eq(evaluator_run(other, &s.request, &s.result, &s.err),
                         ERR_LOST);
        evaluator_stop(other);
        strike_scene(&s);
}
END_TEST

static Suite *make_suite(void)
{
        Suite *suite = suite_create("evaluation");
        TCase *tests = tcase_create("evaluation");

        tcase_set_timeout(tests, 280);
        tcase_add_loop_test(tests, test_attacks_are_refused, 0,
                            sizeof attacks / sizeof *attacks);
        tcase_add_loop_test(tests, test_honest_kernels_pass, 0,
                            sizeof honest / sizeof *honest);
        tcase_add_loop_test(tests, test_honest_kernels_pass_every_stage, 0,
                            sizeof honest / sizeof *honest);
        tcase_add_test(tests, test_a_length_bounds_every_check);
        tcase_add_test(tests, test_a_reference_judges);
        tcase_add_loop_test(tests, test_bad_references_are_told, 0,
                            sizeof bad_references / sizeof *bad_references);
        tcase_add_test(tests, test_a_race_is_refused);
        tcase_add_loop_test(tests, test_kept_results_do_not_pay, 0, 3);
        tcase_add_test(tests, test_a_measurement_is_complete);
        tcase_add_test(tests, test_a_baseline_that_does_not_end_is_too_slow);
        tcase_add_loop_test(tests, test_bench_measures_the_same_program, 0, 2);
        tcase_add_test(
                tests,
                test_a_kernel_without_a_source_is_compared_with_generated_code);
        tcase_add_test(
                tests,
                test_impossible_requests_are_errors_and_the_worker_lives);
        tcase_add_test(tests, test_lost_and_wrong_workers_are_said);
        suite_add_tcase(suite, tests);
        return suite;
}

int main(int argc, char **argv)
{
        struct error err = {0};
        char text[256];
        SRunner *runner;
        int failed = 1;

        if (argc > 1 && text_equal(argv[1], "worker"))
                return worker_main(0, 1);
        unsetenv("KEVO_WORKER");
        if (!proc_sandbox_works(text) && !getenv("KEVO_UNSANDBOXED")) {
                printf("SKIPPED: compilers cannot be sandboxed here: %s\n",
                       text);
                return 0;
        }
        if (file_make_temporary(folder, &err) < 0 ||
            setenv("XDG_CACHE_HOME", folder, 1) < 0 ||
            evaluator_start(&evaluator, NULL, &err) < 0) {
                fprintf(stderr, "%s\n", err.text);
                return 1;
        }
        if (evaluator_grade(evaluator) == '-') {
                printf("SKIPPED: %s\n", evaluator_grade_reason(evaluator));
                failed = 0;
                goto out;
        }
        printf("cells of grade %c %s\n", evaluator_grade(evaluator),
               evaluator_grade_reason(evaluator));
        fflush(stdout);
        runner = srunner_create(make_suite());
        srunner_set_fork_status(runner, CK_NOFORK); /* one worker for all */
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
out:
        evaluator_stop(evaluator);
        file_remove_tree(folder);
        return failed != 0;
}
