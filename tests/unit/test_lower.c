/*
 * Lowering of map and row kernels and of first kernels, without a compiler:
 * random schedules over many kernels and odd shapes are interpreted (which
 * checks every access and that tasks do not depend on each other) and agree
 * with the interpreter of specs.
 */
#include "lower/lower.h"

#include "check_main.h"
#include "spec/inputs.h"

/* Both interpreters call themselves so. */
#define interpreter spec_interpreter
#define interpreter_run spec_interpreter_run
#define interpreter_dispose spec_interpreter_dispose
#include "spec_interpreter.h"
#undef interpreter
#undef interpreter_run
#undef interpreter_dispose

#include "lowering_cases.h"
#include "spec_fixture.h"
#include "thread_interpreter.h"

static const struct target here = {.language = "c",
                                   .vector_bytes = 64,
                                   .fma = true,
                                   .threads = 2,
                                   .l1_bytes = 32 << 10,
                                   .l2_bytes = 1 << 20,
                                   .llc_bytes = 32 << 20};

/* The thread interpreter does not know every function, narrow integer or
 * integer parameter; test_print.c runs these kernels. */
static bool is_interpreted(const struct spec *spec)
{
        static const char *const others[] = {"more_functions", "activations",
                                             "casts", "mixed"};

        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
                if (strcmp(spec->name, others[i]) == 0)
                        return false;
        return true;
}

static struct spec *case_spec(int i)
{
        return spec_must_parse(i < LOWERING_CASES
                                       ? lowering_cases[i]
                                       : spec_examples[i - LOWERING_CASES]);
}

static bool is_near(const struct tensor *tensor, double want, double got)
{
        if (isnan(want) || isinf(want))
                return want == got || (isnan(want) && isnan(got));
        return fabs(want - got) <=
               3e-5 * (fabs(want) + 1) +
                       2 * dtype_roundoff(tensor->dtype) * fabs(want);
}

static void compare(const struct spec_interpreter *p, void *const *data,
                    const char *what)
{
        for (int t = 0; t < p->spec->tensor_count; t++) {
                const struct tensor *tensor = p->spec->tensor[t];
                int64_t n = spec_tensor_elements(tensor, p->binding, NULL);

                for (int64_t i = 0; tensor->role == TENSOR_OUT && i < n; i++) {
                        const struct meaning *m = &p->exact[t][i];
                        bool real = dtype_is_float(tensor->dtype);
                        double got = dtype_load(tensor->dtype, data[t], i);

                        ck_assert_msg(real ? is_near(tensor, m->real, got)
                                           : dtype_load_int(tensor->dtype,
                                                            data[t],
                                                            i) == m->integer,
                                      "%.900s: %s[%lld] is %.9g, not %.9g",
                                      what, tensor->name, (long long)i, got,
                                      real ? m->real : (double)m->integer);
                }
        }
}

/* Interpret program on fresh inputs of shape; false when the shape's inputs
 * cannot be made. */
static bool check_once(const struct thread_program *program,
                       const struct binding *shape,
                       enum distribution distribution, struct rng *rng,
                       const char *what)
{
        const struct spec *spec = program->spec;
        struct spec_interpreter p = {0};
        void *data[LIMIT_TENSORS] = {0};
        struct error err = {0};
        char failure[256], label[SCHEDULE_TEXT_BYTES + 256];
        char *sizes;

        if (inputs_make(spec, shape, rng_next(rng), distribution, 1, data,
                        &err))
                return false;
        for (int t = 0; t < spec->tensor_count; t++)
                if (spec->tensor[t]->role == TENSOR_OUT)
                        data[t] = calloc(1, (size_t)spec_tensor_bytes(
                                                    spec->tensor[t], shape) +
                                                    1);
        sizes = binding_text(shape, spec);
        snprintf(label, sizeof label, "%s, %.800s, %s", spec->name, what,
                 sizes);
        spec_interpreter_run(&p, spec, shape, data);
        ck_assert_msg(
                interpreter_run(program, shape, data, rng_next(rng), failure),
                "%.900s: %s", label, failure);
        compare(&p, data, label);
        spec_interpreter_dispose(&p);
        for (int t = 0; t < spec->tensor_count; t++)
                if (spec->tensor[t]->role == TENSOR_OUT) {
                        free(data[t]);
                        data[t] = NULL;
                }
        inputs_free(data);
        free(sizes);
        return true;
}

static void check_shapes(const struct thread_program *program,
                         const struct binding *built, int count,
                         struct rng *rng, const char *what)
{
        for (int n = 0; n < count; n++) {
                struct binding shape = *built;

                if (n)
                        lowering_shape(program->spec, rng, &shape);
                for (int i = 0; i < program->spec->size_count; i++)
                        if (program->fixed[i] >= 0)
                                shape.size[i] = built->size[i];
                check_once(program, &shape, DIST_NORMAL, rng, what);
        }
}

START_TEST(test_first)
{
        struct spec *spec = case_spec(_i);
        struct rng rng = {(uint64_t)_i + 3, 0};
        struct thread_program *program;
        struct binding shape;
        struct error err = {0};

        if (is_interpreted(spec)) {
                lowering_shape(spec, &rng, &shape);
                ck_assert_msg(lower_first(spec, &program, &err) == 0, "%s",
                              err.text);
                check_shapes(program, &shape, 2, &rng, "first");
                thread_free(program);
        }
        spec_free(spec);
}
END_TEST

/* Ties, NaN and infinities, and nothing to take. */
START_TEST(test_selections)
{
        struct spec *spec = spec_must_parse(
                "kernel t {\nsize M, N in 1..=99\nsize K in 0..=7\n"
                "in x: f32[M, N + K] nonfinite, k: i64[N + K]\n"
                "out v: f32[M, K], p: i64[M, K], s: i64[N + K, M]\n"
                "out t: i32[K], w: f32[M, N]\n"
                "v[i, r], p[i, r] = top[j, K] x[i, j]\n"
                "s[r, i] = argsort[j] x[i, j]\n"
                "t[r] = argtop[j, K] k[j] % 4\n"
                "w[i, r] = bottom[j, N] x[i, j]\n}\n");
        struct rng rng = {(uint64_t)_i, 0};
        struct thread_program *program;
        struct binding shape;
        struct error err = {0};

        ck_assert_msg(lower_first(spec, &program, &err) == 0, "%s", err.text);
        binding_init(&shape, spec);
        for (int n = 0; n < check_draws(12); n++) {
                shape.size[0] = 1 + (int64_t)rng_below(&rng, 5);
                shape.size[1] = 1 + (int64_t)rng_below(&rng, 60);
                shape.size[2] = n % 8;
                ck_assert(check_once(program, &shape, (enum distribution)_i,
                                     &rng, "first"));
        }
        thread_free(program);
        spec_free(spec);
}
END_TEST

/* One schedule of a class: lowered, or refused as unsupported. */
static void check_schedule(const struct spec *spec, enum schedule_class class,
                           bool guess, struct rng *rng)
{
        struct target target = here;
        struct schedule_space space;
        struct schedule schedule, back;
        struct thread_program *program;
        struct binding shape;
        struct error err = {0};
        char text[SCHEDULE_TEXT_BYTES];
        int rc;

        target.vector_bytes = 16 << rng_below(rng, 3);
        lowering_shape(spec, rng, &shape);
        ck_assert_msg(
                lower_fields(spec, &shape, &target, class, &space, &err) == 0,
                "%s", err.text);
        ck_assert(space.count > 0);
        if (guess)
                schedule_guess(&space, &schedule);
        else
                schedule_draw(&space, rng, &schedule);
        schedule_print(&schedule, text);
        ck_assert_msg(schedule_parse(text, &space, &back, &err) == 0, "%s",
                      err.text);
        rc = lower_schedule(spec, &shape, &target, &back, &program, &err);
        ck_assert_msg(rc == 0 || (rc == ERR_UNSUPPORTED && !guess),
                      "%s: %s: %s", spec->name, text, err.text);
        if (rc)
                return;
        check_shapes(program, &shape, 1 + check_draws(2), rng, text);
        thread_free(program);
}

START_TEST(test_schedules)
{
        struct spec *spec = case_spec(_i);
        const char *seed = getenv("KEVO_TEST_SEED");
        struct rng rng = {(uint64_t)_i + 50 +
                                  (seed ? (uint64_t)atoll(seed) * 1000 : 0),
                          0};
        enum schedule_class classes[8];
        int count = lower_classes(spec, &here, classes, 8);

        for (int i = 0; is_interpreted(spec) && i < count; i++) {
                if (classes[i] == SCHEDULE_CONTRACTION)
                        continue; /* test_contraction.c */
                check_schedule(spec, classes[i], true, &rng);
                for (int n = 0; n < check_draws(3); n++)
                        check_schedule(spec, classes[i], false, &rng);
        }
        spec_free(spec);
}
END_TEST

static bool has_class(const char *name, enum schedule_class class)
{
        enum schedule_class classes[8];
        bool found = false;

        for (int i = 0; i < LOWERING_CASES + SPEC_EXAMPLES; i++) {
                struct spec *spec = case_spec(i);
                int count = strcmp(spec->name, name) == 0
                                    ? lower_classes(spec, &here, classes, 8)
                                    : 0;

                for (int k = 0; k < count; k++)
                        found = found || classes[k] == class;
                spec_free(spec);
        }
        return found;
}

START_TEST(test_classes)
{
        ck_assert(has_class("softmax", SCHEDULE_ROW));
        ck_assert(has_class("layer_norm", SCHEDULE_ROW));
        ck_assert(has_class("cross_entropy", SCHEDULE_ROW));
        ck_assert(has_class("group_affine", SCHEDULE_ROW));
        ck_assert(has_class("bias_gelu", SCHEDULE_MAP));
        ck_assert(has_class("embedding_bag", SCHEDULE_MAP));
        /* Rows would wait for each other, or be reduced again and again. */
        ck_assert(!has_class("padded_row", SCHEDULE_ROW));
        ck_assert(!has_class("batch_norm", SCHEDULE_ROW));
        ck_assert(!has_class("bias_gelu", SCHEDULE_ROW));
        ck_assert(has_class("cumsum", SCHEDULE_IRREGULAR));
        ck_assert(has_class("scan_columns", SCHEDULE_IRREGULAR));
        ck_assert(has_class("histogram", SCHEDULE_IRREGULAR));
        ck_assert(has_class("search_all", SCHEDULE_IRREGULAR));
        ck_assert(has_class("embedding_bag", SCHEDULE_IRREGULAR));
        ck_assert(has_class("top_rows", SCHEDULE_IRREGULAR));
        ck_assert(!has_class("histogram", SCHEDULE_MAP));
        ck_assert(!has_class("softmax", SCHEDULE_IRREGULAR));
}
END_TEST

/* The largest value of a field of class map; -1: there is no such field. */
static int64_t most_of(const char *field, const char *definition, int64_t rows)
{
        struct schedule_space space;
        struct binding shape;
        struct error err = {0};
        struct spec *spec;
        int64_t most = -1;
        char text[400];

        snprintf(text, sizeof text,
                 "kernel t {\n size M, J, K\n in x: f32[M, K], d: f32[M, J]\n"
                 " in e: f32[M, J, K]\n out r: f32[M], %s\n}\n",
                 definition);
        spec = spec_must_parse(text);
        binding_init(&shape, spec);
        shape.size[0] = rows;
        shape.size[1] = shape.size[2] = 40;
        ck_assert_msg(lower_fields(spec, &shape, &here, SCHEDULE_MAP, &space,
                                   &err) == 0,
                      "%s", err.text);
        for (int i = 0; i < space.count; i++)
                if (strcmp(space.field[i].name, field) == 0)
                        most = space.field[i].value[space.field[i].count - 1];
        spec_free(spec);
        return most;
}

/* A shorter exp where nothing bounds its argument is wrong for some. */
START_TEST(test_shorter_functions_are_offered)
{
        static const char bounded[] =
                "s: f32[M]\n r[i] = max[k] x[i, k]\n"
                " s[i] = log(sum[k] exp(x[i, k] - r[i]))";
        static const char unbounded[] = "s: f32[M]\n r[i] = max[k] x[i, k]\n"
                                        " s[i] = sum[k] exp(r[i] - x[i, k])";
        static const char alone[] = "s: f32[M, K]\n r[i] = max[k] x[i, k]\n "
                                    "s[i, k] = exp(x[i, k])";

        ck_assert_int_eq(most_of("math", bounded, 100), 1);
        ck_assert_int_eq(most_of("math", unbounded, 100), -1);
        ck_assert_int_eq(most_of("math", alone, 100), -1);
}
END_TEST

/* Tasks have a part of a sum over rows each: as many elements as a row has,
 * and not for more tasks than there are rows. */
START_TEST(test_parts_are_no_more_than_rows)
{
        static const char row[] = "w: f32[K]\n r[i] = sum[k] x[i, k]\n"
                                  " w[k] = sum[i] x[i, k] * r[i]";
        static const char matrix[] = "w: f32[J, K]\n r[i] = sum[k] x[i, k]\n"
                                     " w[j, k] = sum[i] e[i, j, k] * x[i, k]";
        static const char outer[] = "w: f32[J, K]\n r[i] = sum[k] x[i, k]\n"
                                    " w[j, k] = sum[i] d[i, j] * x[i, k]";

        ck_assert_int_eq(most_of("sums", row, 1000), 256);
        ck_assert_int_eq(most_of("sums", row, 20), 16);
        ck_assert_int_eq(most_of("sums", matrix, 1000), 256);
        ck_assert_int_eq(most_of("sums", outer, 1000), -1);
}
END_TEST

START_TEST(test_refusals)
{
        struct spec *spec = spec_must_parse(
                "kernel t {\nsize n\nin x: f32[n, n]\nout y: f32[n, n]\n"
                "y[i, j] = x[i, j] * 2\n}\n");
        struct binding shape;
        struct schedule schedule = {.class = SCHEDULE_ROW};
        struct schedule_space space;
        struct thread_program *program;
        struct error err = {0};

        binding_init(&shape, spec);
        shape.size[0] = 8;
        ck_assert(lower_schedule(spec, &shape, &here, &schedule, &program,
                                 &err) == ERR_UNSUPPORTED);
        ck_assert_ptr_null(program);
        ck_assert(lower_fields(spec, &shape, &here, SCHEDULE_ROW, &space,
                               &err) == ERR_UNSUPPORTED);
        ck_assert(lower_fields(spec, &shape, &here, SCHEDULE_FIRST, &space,
                               &err) == 0);
        ck_assert_int_eq(space.count, 0);
        /* A size in small letters would be a macro of that name. */
        ck_assert(lower_fields(spec, &shape, &here, SCHEDULE_MAP, &space,
                               &err) == 0);
        for (int i = 0; i < space.count; i++)
                ck_assert_str_ne(space.field[i].name, "fix");
        spec_free(spec);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("lower");
        TCase *tc = tcase_create("lower");
        SRunner *runner;
        int failed;

        tcase_set_timeout(tc, 250);
        tcase_add_loop_test(tc, test_first, 0, LOWERING_CASES + SPEC_EXAMPLES);
        tcase_add_loop_test(tc, test_schedules, 0,
                            LOWERING_CASES + SPEC_EXAMPLES);
        tcase_add_loop_test(tc, test_selections, 0, DIST_COUNT);
        tcase_add_test(tc, test_classes);
        tcase_add_test(tc, test_shorter_functions_are_offered);
        tcase_add_test(tc, test_parts_are_no_more_than_rows);
        tcase_add_test(tc, test_refusals);
        suite_add_tcase(suite, tc);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
