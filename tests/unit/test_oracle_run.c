/*
 * Whole evaluations: every kernel of the manual on inputs as the verifier
 * makes them, and lengths that depend on data against the paper's example.
 */
#include "check_main.h"
#include "oracle_fixture.h"

static const char *const pages[] = {"docs/language.md", "docs/reach.md"};

/* ---- the manual ---- */

static void evaluate_outputs(struct bench *b, const char *text)
{
        for (int t = 0; t < b->spec->tensor_count; t++) {
                const struct tensor *y = b->spec->tensor[t];
                int64_t low[LIMIT_RANK] = {0}, extent[LIMIT_RANK], elements;
                struct oracle_values values = {0};
                struct error err = {0};
                size_t room;

                if (y->role != TENSOR_OUT)
                        continue;
                room = (size_t)spec_tensor_elements(y, &b->binding, NULL) + 1;
                ck_assert_msg(oracle_extent(b->oracle, &b->binding,
                                            bench_inputs(b), y, 1, extent,
                                            &elements, &err) == 0,
                              "%s\n%s", err.text, text);
                ck_assert_int_lt(elements, (int64_t)room);
                values.undecided = calloc(room, 1);
                values.v = calloc(room, sizeof *values.v);
                values.e = calloc(room, sizeof *values.e);
                values.integer = calloc(room, sizeof *values.integer);
                ck_assert_msg(oracle_box(b->oracle, &b->binding,
                                         bench_inputs(b), y, low, extent, 1,
                                         &values, &err) == 0,
                              "%s\n%s", err.text, text);
                for (int64_t i = 0; i < elements; i++)
                        ck_assert_msg(!isnan(values.v[i]) && values.e[i] >= 0,
                                      "%s[%lld] is %g, e %g\n%s", y->name,
                                      (long long)i, values.v[i], values.e[i],
                                      text);
                free(values.undecided);
                free(values.v);
                free(values.e);
                free(values.integer);
        }
}

static void evaluate_example(const char *text)
{
        static const int kinds[] = {1, 5};
        struct error err = {0};
        struct bench b;

        bench_open(&b, text);
        for (int i = 0; i < 2 && !b.spec->reference; i++) {
                ck_assert_msg(inputs_hidden_shape(b.spec, 1, kinds[i], NULL,
                                                  NULL, 0, 1e6, 1 << 20, NULL,
                                                  NULL, &b.binding, NULL,
                                                  &err) == 0,
                              "%s\n%s", err.text, text);
                bench_fill(&b, 3, DIST_NORMAL, 1);
                evaluate_outputs(&b, text);
        }
        bench_close(&b);
}

START_TEST(examples_of_the_manual_are_evaluated)
{
        const char *fence = "```kernel\n";
        char path[LIMIT_PATH_BYTES], *manual, *at, *end;
        struct error err = {0};
        int count = 0;

        snprintf(path, sizeof path, "%s/%s", SOURCE_DIR, pages[_i]);
        ck_assert_msg(file_read(path, 1 << 20, &manual, NULL, &err) == 0, "%s",
                      err.text);
        for (at = strstr(manual, fence); at; at = strstr(end + 3, fence)) {
                at += strlen(fence);
                end = strstr(at, "```");
                ck_assert_ptr_nonnull(end);
                *end = '\0';
                evaluate_example(at);
                *end = '`';
                count++;
        }
        ck_assert_int_gt(count, 8);
        free(manual);
}
END_TEST

/* ---- lengths ---- */

static void set_integers(struct bench *b, const char *name,
                         const int64_t *values, size_t count)
{
        memcpy(bench_input(b, name), values, count * sizeof *values);
}

/* The first rows of an integer output. */
static int64_t integers(struct bench *b, const char *name, int64_t *values)
{
        const struct tensor *y = spec_find_tensor(b->spec, name);
        int64_t low[LIMIT_RANK] = {0}, extent[LIMIT_RANK], elements;
        uint8_t undecided[16];
        struct oracle_values v = {.integer = values, .undecided = undecided};
        struct error err = {0};

        ck_assert_msg(oracle_extent(b->oracle, &b->binding, bench_inputs(b), y,
                                    1, extent, &elements, &err) == 0,
                      "%s", err.text);
        ck_assert_int_le(elements, 16);
        ck_assert_msg(oracle_box(b->oracle, &b->binding, bench_inputs(b), y,
                                 low, extent, 1, &v, &err) == 0,
                      "%s", err.text);
        return elements;
}

static const char *example_of(const char *name)
{
        for (int i = 0; i < SPEC_EXAMPLES; i++)
                if (strncmp(spec_examples[i] + strlen("kernel "), name,
                            strlen(name)) == 0)
                        return spec_examples[i];
        ck_abort_msg("no %s", name);
}

/* Events a user 3, 4, 1; values an event 1, 0, 2 | 0, 3, 1, 1 | 1; values 1
 * to 9; the first two events of each user stay. */
START_TEST(the_papers_truncation)
{
        static const int64_t events[] = {0, 3, 7, 8};
        static const int64_t inner[] = {0, 1, 1, 3, 3, 6, 7, 8, 9};
        static const int64_t kept[] = {2, 2, 1}, lengths[] = {1, 0, 0, 3, 1};
        static const float right[] = {1, 4, 5, 6, 9};
        int64_t got[16];
        struct bench b;
        struct box y = {0};

        bench_open(&b, example_of("truncate"));
        bench_bind(&b, "U=3 E=8 V=9 N=2");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        set_integers(&b, "events", events, 4);
        set_integers(&b, "inner", inner, 9);
        for (int i = 0; i < 9; i++)
                ((float *)bench_input(&b, "values"))[i] = (float)(i + 1);
        ck_assert_int_eq(integers(&b, "kept", got), 3);
        ck_assert_int_eq(memcmp(got, kept, sizeof kept), 0);
        ck_assert_int_eq(integers(&b, "lengths", got), 5);
        ck_assert_int_eq(memcmp(got, lengths, sizeof lengths), 0);
        box_whole(&y, &b, "y");
        box_fill(&y, &b);
        ck_assert_int_eq(integers(&b, "m", got), 1);
        ck_assert_int_eq(got[0], 5);
        for (int i = 0; i < 5; i++)
                ck_assert_double_eq(y.values.v[i], right[i]);
        box_free(&y);
        bench_close(&b);
}
END_TEST

/* A length that does not fit is an input that breaks the spec. */
START_TEST(lengths_are_within_the_tensor)
{
        const struct tensor *y;
        int64_t extent[LIMIT_RANK], elements;
        struct error err = {0};
        struct bench b;

        bench_open(&b, "kernel t { size N; in k: i64 in 0..100\n"
                       "out n: i64, y: f32[N upto n, 2]\n"
                       "n = k - 1; y[i, j] = i + j }");
        bench_bind(&b, "N=5");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        y = spec_find_tensor(b.spec, "y");
        for (int64_t k = 0; k < 8; k++) {
                bool fits = k >= 1 && k <= 6;
                int rc;

                set_integers(&b, "k", &k, 1);
                rc = oracle_extent(b.oracle, &b.binding, bench_inputs(&b), y,
                                   1, extent, &elements, &err);
                ck_assert_int_eq(rc, fits ? 0 : ERR_INPUT);
                if (fits) {
                        ck_assert_int_eq(extent[0], k - 1);
                        ck_assert_int_eq(elements, 2 * (k - 1));
                } else {
                        ck_assert_ptr_nonnull(strstr(err.text, "not in 0"));
                }
        }
        bench_close(&b);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("oracle_run");
        TCase *cases = tcase_create("oracle_run");
        SRunner *runner;
        int failed;

        if (oracle_fixture_begin() < 0)
                return EXIT_FAILURE;
        tcase_set_timeout(cases, 120);
        tcase_add_loop_test(cases, examples_of_the_manual_are_evaluated, 0, 2);
        tcase_add_test(cases, the_papers_truncation);
        tcase_add_test(cases, lengths_are_within_the_tensor);
        suite_add_tcase(suite, cases);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return oracle_fixture_end(failed ? EXIT_FAILURE : EXIT_SUCCESS);
}
