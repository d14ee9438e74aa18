/*
 * The contraction class against a double evaluation of the spec: many specs,
 * random schedules, shapes that are no multiple of anything.
 */
#include "lower/contraction.h"

#include "check_main.h"
#include "contraction_cases.h"
#include "lower/contraction_choice.h"
#include "thread_interpreter.h"

static const struct target wide = {.language = "c",
                                   .vector_bytes = 64,
                                   .fma = true,
                                   .threads = 2,
                                   .l1_bytes = 32 << 10,
                                   .l2_bytes = 1 << 20,
                                   .llc_bytes = 16 << 20};

/* Lower and run; false when the combination is not possible. */
static bool try_schedule(struct sample *p, const struct schedule *schedule,
                         uint64_t seed)
{
        struct thread_program *program = thread_new(p->spec);
        char text[SCHEDULE_TEXT_BYTES], failure[256];
        struct error err = {0};
        int rc;

        schedule_print(schedule, text);
        rc = contraction_lower(p->spec, &p->binding, &wide, schedule, program,
                               &err);
        if (rc == 0)
                rc = thread_finish(program, &err);
        ck_assert_msg(rc == 0 || rc == ERR_UNSUPPORTED, "%s under %s: %s",
                      p->spec->name, text, err.text);
        if (rc == 0) {
                bool ok = interpreter_run(program, &p->binding, p->data, seed,
                                          failure);

                ck_assert_msg(ok, "%s under %s: %s", p->spec->name, text,
                              failure);
                sample_compare(p, text);
        }
        thread_free(program);
        return rc == 0;
}

static void open_space(const struct sample *p, struct schedule_space *space)
{
        struct error err = {0};
        int rc = contraction_fields(p->spec, &p->binding, &wide, space, &err);

        ck_assert_msg(rc == 0, "%s: %s", p->spec->name, err.text);
}

/* The cost model's choice is always possible, and right. */
START_TEST(test_guess_is_right)
{
        struct sample p = {.spec = parse(spec_text[_i])};
        struct rng rng = {(uint64_t)_i, 0};

        ck_assert(contraction_applies(p.spec, &wide));
        for (int n = 0; n < 4; n++) {
                struct schedule_space space;
                struct schedule schedule;

                draw_shape(p.spec, &rng, &p.binding);
                sample_fill(&p, &rng);
                open_space(&p, &space);
                schedule_guess(&space, &schedule);
                ck_assert(try_schedule(&p, &schedule, (uint64_t)n));
                sample_dispose(&p);
        }
        spec_free(p.spec);
}
END_TEST

/* So is every other one that is not refused. */
START_TEST(test_random_schedules_are_right)
{
        struct sample p = {.spec = parse(spec_text[_i])};
        struct rng rng = {(uint64_t)_i + 1000, 0};
        int possible = 0, draws = 12;

        for (int n = 0; n < draws; n++) {
                struct schedule_space space;
                struct schedule schedule;

                draw_shape(p.spec, &rng, &p.binding);
                sample_fill(&p, &rng);
                open_space(&p, &space);
                schedule_draw(&space, &rng, &schedule);
                possible += try_schedule(&p, &schedule, (uint64_t)n);
                sample_dispose(&p);
        }
        ck_assert_int_gt(possible, draws / 3);
        spec_free(p.spec);
}
END_TEST

/* A schedule made for one shape serves all others, unless it fixes sizes. */
START_TEST(test_schedule_serves_other_shapes)
{
        struct sample p = {.spec = parse(spec_text[_i])};
        struct rng rng = {(uint64_t)_i + 2000, 0};
        struct schedule_space space;
        struct schedule schedule;

        binding_init(&p.binding, p.spec);
        for (int i = 0; i < p.spec->size_count; i++)
                p.binding.size[i] = 300;
        open_space(&p, &space);
        for (int n = 0; n < check_draws(16); n++) {
                /* Every second one with the sum in chunks. */
                do
                        schedule_draw(&space, &rng, &schedule);
                while (schedule_get(&schedule, "fix", 0) ||
                       (n % 2 && schedule_get(&schedule, "depth", 0) == 0));
                draw_shape(p.spec, &rng, &p.binding);
                sample_fill(&p, &rng);
                try_schedule(&p, &schedule, (uint64_t)n);
                sample_dispose(&p);
        }
        spec_free(p.spec);
}
END_TEST

/* A sum over several indices that has no element, whichever is empty, is 0
 * with every way to cut it. */
START_TEST(test_empty_sums)
{
        static const int64_t shapes[][4] = {
                {9, 20, 5, 0}, {9, 20, 0, 4}, {20, 3, 0, 0}, {3, 20, 5, 7}};
        struct sample p = {
                .spec = parse("kernel taps {\n size M, N\n"
                              " size C, R in 0..=300\n"
                              " in x: f32[M, C, R], w: f32[C, R, N]\n"
                              " out y: f32[M, N]\n"
                              " y[i, j] = sum[c, r] x[i, c, r] * w[c, r, j]\n"
                              "}\n")};
        struct rng rng = {3000, 0};
        struct schedule_space space;
        struct schedule schedule;
        int draws = check_draws(24), possible = 0;

        binding_init(&p.binding, p.spec);
        for (int i = 0; i < p.spec->size_count; i++)
                p.binding.size[i] = 40;
        open_space(&p, &space);
        for (int n = 0; n < draws; n++) {
                do
                        schedule_draw(&space, &rng, &schedule);
                while (schedule_get(&schedule, "fix", 0) ||
                       (n / 4 % 2 &&
                        schedule_get(&schedule, "depth", 0) == 0));
                memcpy(p.binding.size, shapes[n % 4], sizeof shapes[0]);
                sample_fill(&p, &rng);
                possible += try_schedule(&p, &schedule, (uint64_t)n);
                sample_dispose(&p);
        }
        ck_assert_int_gt(possible, draws / 4);
        spec_free(p.spec);
}
END_TEST

/* Statements that only look like contractions. */
START_TEST(test_others_do_not_apply)
{
        static const char *const text[] = {
                "kernel a {\n size M, N\n in x: f32[M, N], y: f32[M, N]\n"
                " out z: f32[M]\n z[i] = sum[j] x[i, j] * y[i, j]\n}\n",
                "kernel b {\n size M, N\n in x: f32[M, N]\n"
                " out y: f32[M, N]\n"
                " y[i, j] = sum[k in 0..j + 1] x[i, k]\n}\n",
                "kernel c {\n size M, N\n in x: i32[M, N], y: i32[N, M]\n"
                " out z: i32[M, M]\n"
                " z[i, j] = sum[k] x[i, k] * y[k, j]\n}\n",
                "kernel d {\n size M, N, K\n in a: f32[M, K], b: f32[K, N]\n"
                " out c: f32[M, N]\n"
                " c[i, j] = sum[k] (a[i, k] + b[k, j])\n}\n",
                "kernel e {\n size M, N\n in x: f32[M, N]\n"
                " out y: f32[M, N]\n y[i, j] = 2 * x[i, j]\n}\n",
        };

        for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
                struct spec *spec = parse(text[i]);

                ck_assert_msg(!contraction_applies(spec, &wide), "%s",
                              spec->name);
                spec_free(spec);
        }
}
END_TEST

/* Asking for the impossible is refused with a reason. */
START_TEST(test_refusals)
{
        static const char *const field[] = {"rows", "right"};
        static const int64_t value[] = {14, CONTRACTION_DOT};
        struct sample p = {.spec = parse(spec_text[17])};
        struct schedule_space space;
        struct schedule schedule;

        binding_init(&p.binding, p.spec);
        for (int i = 0; i < p.spec->size_count; i++)
                p.binding.size[i] = 64;
        open_space(&p, &space);
        for (int n = 0; n < 2; n++) {
                struct thread_program *program = thread_new(p.spec);
                struct error err = {0};

                schedule_guess(&space, &schedule);
                for (int f = 0; f < schedule.count; f++) {
                        if (!strcmp(schedule.field[f].name, "vectors"))
                                schedule.field[f].value = 4;
                        if (!strcmp(schedule.field[f].name, field[n]))
                                schedule.field[f].value = value[n];
                }
                ck_assert_int_eq(contraction_lower(p.spec, &p.binding, &wide,
                                                   &schedule, program, &err),
                                 ERR_UNSUPPORTED);
                ck_assert(err.text[0]);
                thread_free(program);
        }
        spec_free(p.spec);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("contraction");
        TCase *tcase = tcase_create("contraction");
        SRunner *runner;
        int failed;

        tcase_set_timeout(tcase, 120);
        tcase_add_loop_test(tcase, test_guess_is_right, 0, SPECS);
        tcase_add_loop_test(tcase, test_random_schedules_are_right, 0, SPECS);
        tcase_add_loop_test(tcase, test_schedule_serves_other_shapes, 0,
                            SPECS);
        tcase_add_test(tcase, test_empty_sums);
        tcase_add_test(tcase, test_others_do_not_apply);
        tcase_add_test(tcase, test_refusals);
        suite_add_tcase(suite, tcase);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
