/*
 * Printed programs, run: first kernels and random schedules of every class
 * over many kernels and odd shapes agree with the interpreter, touch nothing
 * outside their tensors, and pass the backend's inspection.
 */
#include "backends/c/print.h"

#include "lowering_cases.h"
#include "lower/vector.h"
#include "lowering_fixture.h"

static char folder[LIMIT_PATH_BYTES];

static void open_folder(void)
{
        struct error err = {0};

        ck_assert_msg(file_make_temporary(folder, &err) == 0, "%s", err.text);
}

static void close_folder(void)
{
        file_remove_tree(folder);
}

static const struct target here = {.language = "c",
                                   .vector_bytes = 64,
                                   .fma = true,
                                   .threads = 2,
                                   .l1_bytes = 32 << 10,
                                   .l2_bytes = 1 << 20,
                                   .llc_bytes = 32 << 20};

/* Compile program once and run it on several shapes. */
static void check_program(const struct thread_program *program,
                          const struct binding *built, int shapes,
                          struct rng *rng, const char *what)
{
        const struct spec *spec = program->spec;
        struct loaded loaded;

        loaded_open(&loaded, program, built, folder);
        for (int n = 0; n < shapes; n++) {
                struct binding shape = *built;
                struct interpreter p = {0};
                struct called called;
                struct error err = {0};
                void *inputs[LIMIT_TENSORS];
                char label[SCHEDULE_TEXT_BYTES + 256];
                char *sizes;

                if (n)
                        lowering_shape(spec, rng, &shape);
                for (int i = 0; i < spec->size_count; i++)
                        if (program->fixed[i] >= 0)
                                shape.size[i] = built->size[i];
                if (inputs_make(spec, &shape, rng_next(rng), DIST_NORMAL, 1,
                                inputs, &err))
                        continue; /* constraints that this shape excludes */
                sizes = binding_text(&shape, spec);
                snprintf(label, sizeof label, "%s, %s, %s", spec->name, what,
                         sizes);
                interpreter_run(&p, spec, &shape, inputs);
                called_run(&called, &loaded, spec, &shape, inputs);
                called_compare(&called, &p,
                               vector_real(spec) == DTYPE_F64 ? 1e-12 : 2e-5,
                               label, loaded.text);
                called_dispose(&called);
                interpreter_dispose(&p);
                inputs_free(inputs);
                free(sizes);
        }
        loaded_close(&loaded);
}

static struct spec *case_spec(int i)
{
        return spec_must_parse(i < LOWERING_CASES
                                       ? lowering_cases[i]
                                       : spec_examples[i - LOWERING_CASES]);
}

START_TEST(test_first_kernels)
{
        struct spec *spec = case_spec(_i);
        struct rng rng = {(uint64_t)_i + 1, 0};
        struct thread_program *program;
        struct binding shape;
        struct error err = {0};

        lowering_shape(spec, &rng, &shape);
        ck_assert_msg(lower_first(spec, &program, &err) == 0, "%s: %s",
                      spec->name, err.text);
        check_program(program, &shape, 5, &rng, "first");
        thread_free(program);
        spec_free(spec);
}
END_TEST

/* How many schedules a class is tried with; more from the environment for
 * long runs by hand. */
static int tries(void)
{
        const char *text = getenv("KEVO_TEST_TRIES");

        return text ? atoi(text) : 1;
}

static void check_class(const struct spec *spec, enum schedule_class class,
                        struct rng *rng)
{
        for (int n = 0; n < tries(); n++) {
                struct target target = here;
                struct schedule_space space;
                struct schedule schedule;
                struct thread_program *program;
                struct binding shape;
                struct error err = {0};
                char text[SCHEDULE_TEXT_BYTES];
                int rc;

                if (rng_below(rng, 3) == 0)
                        target.vector_bytes = 32;
                lowering_shape(spec, rng, &shape);
                rc = lower_fields(spec, &shape, &target, class, &space, &err);
                ck_assert_msg(rc == 0, "%s: %s", spec->name, err.text);
                if (rng_below(rng, 3) == 0)
                        schedule_guess(&space, &schedule);
                else
                        schedule_draw(&space, rng, &schedule);
                schedule_print(&schedule, text);
                rc = lower_schedule(spec, &shape, &target, &schedule, &program,
                                    &err);
                if (rc == ERR_UNSUPPORTED)
                        continue;
                ck_assert_msg(rc == 0, "%s: %s: %s", spec->name, text,
                              err.text);
                check_program(program, &shape, 6, rng, text);
                thread_free(program);
        }
}

START_TEST(test_schedules)
{
        struct spec *spec = case_spec(_i);
        const char *seed = getenv("KEVO_TEST_SEED");
        struct rng rng = {(uint64_t)_i + 100 +
                                  (seed ? (uint64_t)atoll(seed) * 1000 : 0),
                          0};
        enum schedule_class classes[4];
        int count = lower_classes(spec, &here, classes, 4);

        for (int i = 0; i < count; i++)
                check_class(spec, classes[i], &rng);
        spec_free(spec);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("print");
        TCase *tc = tcase_create("print");
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(tc, open_folder, close_folder);
        tcase_set_timeout(tc, 250);
        tcase_add_loop_test(tc, test_first_kernels, 0,
                            LOWERING_CASES + SPEC_EXAMPLES);
        tcase_add_loop_test(tc, test_schedules, 0,
                            LOWERING_CASES + SPEC_EXAMPLES);
        suite_add_tcase(suite, tc);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
