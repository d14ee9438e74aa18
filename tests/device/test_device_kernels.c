/*
 * Every kernel of the starter library on an OpenCL device: its first kernel
 * and schedules of the classes that apply, verified against the oracle by a
 * worker (stage S1: a hidden shape and a small workload, bounds, purity).
 * Every one: a kernel without a form for devices is a failure. Without a
 * device the test says so and is skipped.
 */
#include "device_fixture.h"

#include <string.h>

#include "core/clock.h"
#include "lower/lower.h"
#include "repo/machine.h"
#include "repo/repository.h"
#include "spec/inputs.h"

enum { CLASSES = 8, DRAWS = 1, SECONDS = 60, SMALL_BYTES = 1 << 20 };

static const double small_operations = 2e5;

/* What devices once failed at, and no kernel of the library has. */
static const char *const more[] = {
        "kernel named {\n    size B, D\n"
        "    in user: f32[B, D], item: f32[B, D]\n    out y: f32[B]\n"
        "    y[b] = sum[d] user[b, d] * item[b, d]\n}\n",
        "kernel two_values {\n    size M, N\n"
        "    in x: f32[M, N], t: i64[M] in 0..N\n"
        "    out lse: f32[M], loss: f32[M]\n"
        "    m[i] = max[j] x[i, j]\n"
        "    s[i] = sum[j] exp(x[i, j] - m[i])\n"
        "    lse[i] = m[i] + log(s[i])\n"
        "    loss[i] = lse[i] - x[i, t[i]]\n}\n",
        NULL};

static struct repository *repository;
static int tried, kernels;

/* Evaluate one source at a small shape. */
static void verify(const struct spec *spec, const struct binding *shape,
                   const char *text, const char *label)
{
        struct evaluate_workload workload = {.name = "small",
                                             .binding = *shape,
                                             .weight = 1,
                                             .incumbent_language = "opencl",
                                             .incumbent = text,
                                             .incumbent_label = label};
        struct evaluate_request request = {.spec = spec,
                                           .campaign = "device",
                                           .language = "opencl",
                                           .candidate = text,
                                           .candidate_label = label,
                                           .workload_count = 1,
                                           .workload = &workload,
                                           .stage = STAGE_S1,
                                           .timeout_ns = SECONDS *
                                                         INT64_C(1000000000)};
        struct evaluate_result *result = NULL;
        struct error err = {0};
        int rc = evaluator_run(evaluator, &request, &result, &err);

        ck_assert_msg(rc == 0, "%s: %s: %s", spec->name, label, err.text);
        ck_assert_msg(result->correct, "%s: %s: %s\n%s", spec->name, label,
                      result->reason, text);
        ck_assert_int_eq(result->grade, 'B');
        ck_assert_ptr_nonnull(strstr(result->environment, "\"platform\""));
        evaluate_result_free(result);
        tried++;
}

/* Print and verify a program, which is taken over. */
static void verify_program(const struct spec *spec,
                           const struct binding *shape,
                           struct thread_program *program, const char *label)
{
        struct error err = {0};
        struct buf text;
        int rc;

        buf_init(&text, LIMIT_SOURCE_BYTES);
        rc = backend_opencl.print(program, label, &text, &err);
        thread_free(program);
        ck_assert_msg(rc == 0, "%s: %s: %s", spec->name, label, err.text);
        verify(spec, shape, text.data, label);
        buf_dispose(&text);
}

static void verify_schedule(const struct spec *spec,
                            const struct binding *shape,
                            const struct target *target,
                            const struct schedule *schedule)
{
        char label[SCHEDULE_TEXT_BYTES];
        struct thread_program *program = NULL;
        struct error err = {0};
        int rc = lower_schedule(spec, shape, target, schedule, &program, &err);

        schedule_print(schedule, label);
        if (rc == ERR_UNSUPPORTED)
                return; /* the search prunes it too */
        ck_assert_msg(rc == 0, "%s: %s: %s", spec->name, label, err.text);
        verify_program(spec, shape, program, label);
}

/* The guess of the best class, and of every fourth kernel more. */
static void verify_schedules(const struct spec *spec,
                             const struct binding *shape)
{
        enum schedule_class class[CLASSES];
        struct schedule_space space;
        struct schedule schedule;
        struct rng rng = {17, 0};
        struct machine machine;
        struct target target;
        struct error err = {0};
        int count;

        machine_probe(&machine);
        backend_opencl.target(&machine, &target);
        count = lower_classes(spec, &target, class, CLASSES);
        for (int c = 0; c < count; c++) {
                ck_assert_msg(lower_fields(spec, shape, &target, class[c],
                                           &space, &err) == 0,
                              "%s: %s", spec->name, err.text);
                schedule_guess(&space, &schedule);
                verify_schedule(spec, shape, &target, &schedule);
                if (kernels % 4)
                        break;
                for (int i = 0; c == 0 && i < DRAWS; i++) {
                        schedule_draw(&space, &rng, &schedule);
                        verify_schedule(spec, shape, &target, &schedule);
                }
        }
}

static void verify_kernel(const struct spec *spec)
{
        struct binding shape;
        struct error err = {0};
        struct thread_program *program = NULL;
        int64_t start = clock_monotonic_ns();
        int rc = lower_first(spec, &program, &err);

        ck_assert_msg(rc == 0, "%s: %s", spec->name, err.text);
        if (spec->workload_count)
                binding_from_workload(&shape, spec, spec->workload[0]);
        ck_assert_msg(inputs_hidden_shape(spec, 5, 3, NULL, NULL, 0,
                                          small_operations, SMALL_BYTES, NULL,
                                          NULL, &shape, NULL, &err) == 0,
                      "%s: %s", spec->name, err.text);
        verify_program(spec, &shape, program, "first");
        verify_schedules(spec, &shape);
        kernels++;
        printf("%s: %.1f s\n", spec->name,
               (double)(clock_monotonic_ns() - start) / 1e9);
        fflush(stdout);
}

static void verify_text(const char *text, const char *only)
{
        struct spec *spec = NULL;
        struct error err = {0};

        ck_assert_msg(spec_parse(text, strlen(text), "t", &spec, &err) == 0,
                      "%s", err.text);
        if (!only || text_equal(only, spec->name))
                verify_kernel(spec);
        spec_free(spec);
}

START_TEST(test_kernels)
{
        /* One kernel by name, for people who look for a fault. */
        const char *only = getenv("KEVO_TEST_KERNEL");
        struct tree *tree = NULL;
        struct error err = {0};

        ck_assert_msg(tree_open_folder(&tree, SOURCE_DIR, &err) == 0 &&
                              repository_load(&repository, tree, &err) == 0,
                      "%s", err.text);
        tree_close(tree);
        for (int i = 0; i < repository->kernel_count; i++)
                if (!only || text_equal(only, repository->kernel[i].name))
                        verify_kernel(repository->kernel[i].spec);
        ck_assert(only || kernels == repository->kernel_count);
        for (int i = 0; more[i]; i++)
                verify_text(more[i], only);
        printf("%d kernels, %d sources verified\n", kernels, tried);
        fflush(stdout);
        ck_assert_int_gt(kernels, 0);
        repository_free(repository);
}
END_TEST

int main(int argc, char **argv)
{
        TCase *tcase = tcase_create("device_kernels");

        tcase_set_timeout(tcase, 1200);
        tcase_add_test(tcase, test_kernels);
        return device_main(argc, argv, "device_kernels", tcase);
}
