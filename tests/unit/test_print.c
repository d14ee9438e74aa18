/*
 * Printed programs, run: first kernels and random schedules of every class
 * over many kernels and odd shapes agree with the interpreter, touch nothing
 * outside their tensors, and pass the backend's inspection.
 */
#include "backends/c/print.h"

#include "check_main.h"
#include "lowering_cases.h"
#include "lower/vector.h"
#include "lowering_fixture.h"
#include "spec/oracle.h"

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

/* Sanitizers do not reach into what a compiler made of a text. */
static void check_text(const struct thread_program *program)
{
        struct source *source;
        struct buf text;
        struct error err = {0};

        buf_init(&text, LIMIT_SOURCE_BYTES);
        ck_assert_msg(c_print(program, "a test", &text, &err) == 0, "%s",
                      err.text);
        ck_assert_msg(source_parse(text.data, text.length, "t.c", "c",
                                   program->spec, &source, &err) == 0,
                      "%s: %.700s", shown(text.data), err.text);
        source_free(source);
        buf_dispose(&text);
}

/* What a schedule makes of a spec; the caller frees it. */
static struct thread_program *lowered(const struct spec *spec,
                                      const struct binding *shape,
                                      enum schedule_class class,
                                      const char *text)
{
        struct thread_program *program = NULL;
        struct schedule_space space;
        struct schedule schedule;
        struct error err = {0};

        ck_assert_msg(
                lower_fields(spec, shape, &here, class, &space, &err) == 0 &&
                        schedule_parse(text, &space, &schedule, &err) == 0 &&
                        lower_schedule(spec, shape, &here, &schedule, &program,
                                       &err) == 0,
                "%s", err.text);
        return program;
}

/* One run beside the interpreter; frees the inputs. */
static void check_run(struct loaded *loaded, const struct spec *spec,
                      const struct binding *shape, void **inputs,
                      double tolerance, const char *what)
{
        struct interpreter p = {0};
        struct called called;

        interpreter_run(&p, spec, shape, inputs);
        called_run(&called, loaded, spec, shape, inputs);
        called_compare(&called, &p, tolerance, what, loaded->text);
        called_dispose(&called);
        interpreter_dispose(&p);
        inputs_free(inputs);
}

/* Compile program once and run it on several shapes. */
static void check_program(const struct thread_program *program,
                          const struct binding *built, int shapes,
                          struct rng *rng, const char *what)
{
        const struct spec *spec = program->spec;
        struct loaded loaded;

        if (check_sanitized() && rng_below(rng, 4)) {
                check_text(program);
                return;
        }
        loaded_open(&loaded, program, built, folder);
        for (int n = 0; n < shapes; n++) {
                struct binding shape = *built;
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
                check_run(&loaded, spec, &shape, inputs,
                          vector_real(spec) == DTYPE_F64 ? 1e-12 : 2e-5,
                          label);
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
        enum schedule_class classes[8];
        int count = lower_classes(spec, &here, classes, 8);

        for (int i = 0; i < count; i++)
                check_class(spec, classes[i], &rng);
        spec_free(spec);
}
END_TEST

static const char gathers[] = "kernel pick {\n size M, N, K\n"
                              " in x: f32[M, N], k: i64[M, K] in 0..N\n"
                              " out y: f32[M, K]\n"
                              " y[i, j] = x[i, k[i, j]]\n}\n";

/* Random schedules seldom fetch what whole vectors then gather. */
START_TEST(test_fetched_gathers)
{
        struct spec *spec = spec_must_parse(gathers);
        struct thread_program *program;
        struct binding shape;
        struct rng rng = {7, 0};

        lowering_shape(spec, &rng, &shape);
        for (int i = 0; i < spec->size_count; i++)
                shape.size[i] = 37 + i;
        program = lowered(spec, &shape, SCHEDULE_MAP, "map vector=16 fetch=1");
        check_program(program, &shape, 6, &rng, "fetched");
        thread_free(program);
        spec_free(spec);
}
END_TEST

static const char deviations[] =
        "kernel deviations {\n size M, N in 1..=4096\n"
        " in x: f32[M, N]\n out squares: f32[M]\n"
        " mean[i] = (sum[j] x[i, j]) / N\n"
        " squares[i] = sum[j] square(x[i, j] - mean[i])\n}\n";

/* Sums and squares in one pass where it loses most: the first sixteenth of a
 * row lies far from the rest, or all of the row far from 0. */
START_TEST(test_moments_worst)
{
        struct spec *spec = spec_must_parse(deviations);
        struct thread_program *program;
        struct loaded loaded;
        struct binding shape;
        struct error err = {0};
        void *inputs[LIMIT_TENSORS];
        float *x;

        binding_init(&shape, spec);
        shape.size[0] = 4;
        shape.size[1] = 1000;
        program =
                lowered(spec, &shape, SCHEDULE_ROW, "row vector=16 moments=1");
        loaded_open(&loaded, program, &shape, folder);
        ck_assert_int_eq(
                inputs_make(spec, &shape, 1, DIST_NORMAL, 1, inputs, &err), 0);
        x = inputs[0];
        for (int i = 0; i < 4 * 1000; i++)
                x[i] = (i < 2000 ? i % 1000 < 63 ? 1000 : 0 : 10000) +
                       0.01F * (float)(i % 7);
        check_run(&loaded, spec, &shape, inputs, 1e-5, "worst");
        loaded_close(&loaded);
        thread_free(program);
        spec_free(spec);
}
END_TEST

/* --- NaN and infinities --- */

static const char nonfinite_kernel[] =
        "kernel extremes {\n size M, N\n in x: f32[M, N] nonfinite\n"
        " out hi: f32[M], lo: f32[M], at: i64[M], r: f32[M, N]\n"
        " hi[i] = max[j] x[i, j]\n lo[i] = min[j] x[i, j]\n"
        " at[i] = argmax[j] x[i, j]\n r[i, j] = max(min(x[i, j], 2), -2)\n"
        "}\n";

static const char nonfinite_rows[] =
        "kernel extremes {\n size M, N\n in x: f32[M, N] nonfinite\n"
        " out hi: f32[M], lo: f32[M], r: f32[M, N]\n"
        " hi[i] = max[j] x[i, j]\n lo[i] = min[j] x[i, j]\n"
        " r[i, j] = max(min(x[i, j], 2), -2)\n}\n";

/* Row 1 has a NaN in the middle and one later, row 2 infinities. */
static void fill_nonfinite(float *x, int64_t n)
{
        for (int64_t i = 0; i < 3 * n; i++)
                x[i] = (float)(i % 7) - 3;
        x[n + n / 2] = NAN;
        x[2 * n - 1] = NAN;
        x[2 * n] = -INFINITY;
        x[3 * n - 2] = INFINITY;
}

static void check_nonfinite(const struct thread_program *program, int64_t n,
                            const char *what)
{
        const struct spec *spec = program->spec;
        struct binding shape;
        struct loaded loaded;
        struct called called;
        float *x = calloc((size_t)(3 * n), sizeof *x);
        void *inputs[LIMIT_TENSORS] = {x};
        const float *hi, *lo, *r;
        bool position = spec->tensor_count == 5;

        binding_init(&shape, spec);
        shape.size[0] = 3;
        shape.size[1] = n;
        fill_nonfinite(x, n);
        loaded_open(&loaded, program, &shape, folder);
        called_run(&called, &loaded, spec, &shape, inputs);
        hi = called.tensor[1].data;
        lo = called.tensor[2].data;
        r = called.tensor[position ? 4 : 3].data;
        ck_assert_msg(hi[0] == 3 && lo[0] == -3, "%s", what);
        ck_assert_msg(isnan(hi[1]) && isnan(lo[1]), "%s: %g %g", what,
                      (double)hi[1], (double)lo[1]);
        ck_assert_msg(hi[2] == INFINITY && lo[2] == -INFINITY, "%s", what);
        if (position) {
                const int64_t *at = called.tensor[3].data;

                ck_assert_msg(at[0] == 6 && at[1] == n / 2 && at[2] == n - 2,
                              "%s: %lld", what, (long long)at[1]);
        }
        for (int64_t i = 0; i < 3 * n; i++)
                ck_assert_msg(isnan(x[i]) ? isnan(r[i])
                                          : r[i] == fmaxf(fminf(x[i], 2), -2),
                              "%s: %g gives %g", what, (double)x[i],
                              (double)r[i]);
        called_dispose(&called);
        loaded_close(&loaded);
        free(x);
}

START_TEST(test_nonfinite)
{
        struct spec *spec =
                spec_must_parse(_i ? nonfinite_rows : nonfinite_kernel);
        enum schedule_class classes[8];
        int count = lower_classes(spec, &here, classes, 8);
        struct thread_program *program;
        struct binding shape;
        struct error err = {0};

        ck_assert_int_gt(count, 0);
        ck_assert_int_eq(lower_first(spec, &program, &err), 0);
        check_nonfinite(program, 37, "first");
        thread_free(program);
        binding_init(&shape, spec);
        shape.size[0] = 3;
        shape.size[1] = 37;
        for (int i = 0; i < count; i++) {
                struct schedule_space space;
                struct schedule schedule;

                ck_assert_int_eq(lower_fields(spec, &shape, &here, classes[i],
                                              &space, &err),
                                 0);
                schedule_guess(&space, &schedule);
                ck_assert_int_eq(lower_schedule(spec, &shape, &here, &schedule,
                                                &program, &err),
                                 0);
                check_nonfinite(program, 37, schedule_class_name(classes[i]));
                thread_free(program);
        }
        spec_free(spec);
}
END_TEST

/* Ties, NaN and infinities in every distribution, and nothing to take. */
START_TEST(test_selections)
{
        struct spec *spec = spec_must_parse(
                "kernel t {\nsize M, N in 1..=99\nsize K in 0..=7\n"
                "in x: f32[M, N + K] nonfinite, h: f16[N + K]\n"
                "out v: f32[M, K], p: i64[M, K], s: i16[N + K, M]\n"
                "out t: f16[N + K]\n"
                "v[i, r], p[i, r] = top[j, K] x[i, j]\n"
                "s[r, i] = argsort[j] x[i, j]\n"
                "t[r] = sort[j] h[j]\n}\n");
        struct rng rng = {11, 0};
        struct thread_program *program;
        struct binding shape;
        struct loaded loaded;
        struct error err = {0};

        ck_assert_msg(lower_first(spec, &program, &err) == 0, "%s", err.text);
        binding_init(&shape, spec);
        shape.size[0] = 3;
        shape.size[1] = 40;
        loaded_open(&loaded, program, &shape, folder);
        for (int n = 0; n < 2 * DIST_COUNT; n++) {
                void *inputs[LIMIT_TENSORS];

                shape.size[1] = 1 + (int64_t)rng_below(&rng, 99);
                shape.size[2] = n % 8;
                ck_assert(inputs_make(spec, &shape, rng_next(&rng),
                                      (enum distribution)(n / 2), 1, inputs,
                                      &err) == 0);
                check_run(&loaded, spec, &shape, inputs, 0, "selections");
        }
        loaded_close(&loaded);
        thread_free(program);
        spec_free(spec);
}
END_TEST

/* The same for prefixes, updates, searches and selections: a schedule gives
 * what the first kernel gives. No sums, so nothing rounds. */
static const char nonfinite_irregular[] =
        "kernel orders {\n size M\n size N in 8..=4096\n"
        " in x: f32[M, N] nonfinite, k: i64[N] in 0..5\n"
        " in b: f32[N] sorted\n"
        " out hi: f32[M, N], lo: f32[M, N], u: f32[5] init -inf\n"
        " out v: f32[M, 5], p: i64[M, 5], w: f32[M, N]\n"
        " out below: i64[M, N]\n"
        " hi[i, j] = max[t in 0..j + 1] x[i, t]\n"
        " lo[i, j] = min[t in 0..i + 1] x[t, j]\n"
        " u[k[j]] max= x[i, j] for i in 0..M, j in 0..N\n"
        " v[i, r], p[i, r] = top[j, 5] x[i, j]\n"
        " w[i, r] = sort[j] -x[i, j]\n"
        " below[i, j] = count[t] (b[t] <= x[i, j])\n}\n";

static void same_outputs(const struct spec *spec, const struct binding *shape,
                         const struct called *want, const struct called *got,
                         const char *what)
{
        for (int t = 0; t < spec->tensor_count; t++) {
                const struct tensor *tensor = spec->tensor[t];
                int64_t n = spec_tensor_elements(tensor, shape, NULL);

                for (int64_t i = 0; tensor->role == TENSOR_OUT && i < n; i++) {
                        double a = dtype_load(tensor->dtype,
                                              want->tensor[t].data, i);
                        double b = dtype_load(tensor->dtype,
                                              got->tensor[t].data, i);

                        ck_assert_msg(a == b || (isnan(a) && isnan(b)),
                                      "%.700s: %s[%lld] is %g, not %g", what,
                                      tensor->name, (long long)i, b, a);
                }
        }
}

START_TEST(test_nonfinite_irregular)
{
        struct spec *spec = spec_must_parse(nonfinite_irregular);
        struct rng rng = {11, 0};
        struct thread_program *program;
        struct schedule_space space;
        struct schedule schedule;
        struct loaded loaded;
        struct binding shape;
        struct called want;
        struct error err = {0};
        void *inputs[LIMIT_TENSORS];
        char text[SCHEDULE_TEXT_BYTES];

        binding_init(&shape, spec);
        shape.size[0] = 3;
        shape.size[1] = 77;
        ck_assert_int_eq(
                inputs_make(spec, &shape, 5, DIST_NORMAL, 1, inputs, &err), 0);
        fill_nonfinite(inputs[0], 77);
        ck_assert_int_eq(lower_first(spec, &program, &err), 0);
        loaded_open(&loaded, program, &shape, folder);
        called_run(&want, &loaded, spec, &shape, inputs);
        loaded_close(&loaded);
        thread_free(program);
        ck_assert_int_eq(lower_fields(spec, &shape, &here, SCHEDULE_IRREGULAR,
                                      &space, &err),
                         0);
        for (int n = 0; n < 3; n++) {
                struct called got;

                if (n == 0)
                        schedule_guess(&space, &schedule);
                else
                        schedule_draw(&space, &rng, &schedule);
                schedule_print(&schedule, text);
                ck_assert_msg(lower_schedule(spec, &shape, &here, &schedule,
                                             &program, &err) == 0,
                              "%s: %s", text, err.text);
                loaded_open(&loaded, program, &shape, folder);
                called_run(&got, &loaded, spec, &shape, inputs);
                same_outputs(spec, &shape, &want, &got, text);
                called_dispose(&got);
                loaded_close(&loaded);
                thread_free(program);
        }
        called_dispose(&want);
        inputs_free(inputs);
        spec_free(spec);
}
END_TEST

/* --- the accuracy rule of docs/trust.md --- */

/* Every output of one call against the oracle; -1 when these inputs make an
 * honest order overflow. */
static int judge(const struct oracle *oracle, const struct spec *spec,
                 const struct binding *shape, void *const *inputs,
                 const struct called *called, const char *what,
                 const char *text)
{
        for (int t = 0; t < spec->tensor_count; t++) {
                const struct tensor *tensor = spec->tensor[t];
                int64_t low[LIMIT_RANK] = {0}, high[LIMIT_RANK] = {0};
                int64_t n = spec_tensor_elements(tensor, shape, high);
                struct oracle_values values;
                struct error err = {0};
                double constant, excess;
                bool overflow = false;

                if (tensor->role != TENSOR_OUT ||
                    !dtype_is_float(tensor->dtype))
                        continue;
                values.v = calloc((size_t)n, sizeof *values.v);
                values.e = calloc((size_t)n, sizeof *values.e);
                values.integer = NULL;
                values.undecided = calloc((size_t)n, 1);
                if (oracle_constant(oracle, shape, (const void *const *)inputs,
                                    tensor, low, high, &constant, &overflow,
                                    &err)) {
                        ck_assert_msg(overflow, "%s: %s", what, err.text);
                        free(values.v);
                        free(values.e);
                        free(values.undecided);
                        return -1;
                }
                ck_assert_msg(oracle_box(oracle, shape,
                                         (const void *const *)inputs, tensor,
                                         low, high, 1, &values, &err) == 0,
                              "%s: %s", what, err.text);
                for (int64_t i = 0; i < n; i++)
                        ck_assert_msg(
                                oracle_accepts(spec, tensor, constant, &values,
                                               i, called->tensor[t].data, i,
                                               &excess),
                                "%s: %s[%lld] is %.9g, not %.9g, C %.3g, "
                                "excess %.3g; %s",
                                what, tensor->name, (long long)i,
                                dtype_load(tensor->dtype,
                                           called->tensor[t].data, i),
                                values.v[i], constant, excess, shown(text));
                free(values.v);
                free(values.e);
                free(values.undecided);
        }
        return 0;
}

static const char *const judged[] = {
        "softmax",       "layer_norm",   "bias_gelu",    "rms_norm",
        "log_softmax",   "softmax3",     "group_norm",   "activations",
        "cross_entropy", "attention",    "soft_top",     "cumsum",
        "scan_mean",     "scan_columns", "scatter_rows", "mean_by_key",
        "bag_weighted",  "block_share",  "block_mean",   "block_pairs"};

static struct spec *judged_spec(const char *name)
{
        for (int i = 0; i < LOWERING_CASES + SPEC_EXAMPLES; i++) {
                struct spec *spec = case_spec(i);

                if (strcmp(spec->name, name) == 0)
                        return spec;
                spec_free(spec);
        }
        ck_abort_msg("no kernel %s", name);
        return NULL;
}

/* One schedule of spec against the rule, for all distributions. */
static void check_accuracy(const struct spec *spec,
                           const struct binding *shape,
                           const struct schedule *schedule, struct rng *rng)
{
        struct thread_program *program;
        struct error err = {0};
        struct oracle *oracle;
        struct loaded loaded;
        char text[SCHEDULE_TEXT_BYTES];

        schedule_print(schedule, text);
        ck_assert_msg(lower_schedule(spec, shape, &here, schedule, &program,
                                     &err) == 0,
                      "%s", err.text);
        ck_assert_msg(oracle_open(&oracle, spec, folder, &err) == 0, "%s",
                      err.text);
        loaded_open(&loaded, program, shape, folder);
        for (int d = 0; d < DIST_COUNT; d++) {
                void *inputs[LIMIT_TENSORS];
                struct called called;
                char what[SCHEDULE_TEXT_BYTES + 128];

                snprintf(what, sizeof what, "%s, %.800s, %s", spec->name, text,
                         distribution_name((enum distribution)d));
                ck_assert(inputs_make(spec, shape, rng_next(rng),
                                      (enum distribution)d, 1, inputs,
                                      &err) == 0);
                called_run(&called, &loaded, spec, shape, inputs);
                if (judge(oracle, spec, shape, inputs, &called, what,
                          loaded.text))
                        ck_assert_int_ne(d, DIST_NORMAL);
                called_dispose(&called);
                inputs_free(inputs);
        }
        loaded_close(&loaded);
        oracle_close(oracle);
        thread_free(program);
}

/* What lowering changes (order, reciprocals, SIMD functions, staging) stays
 * within the rule for every distribution of inputs. */
START_TEST(test_accuracy)
{
        struct spec *spec = judged_spec(judged[_i]);
        struct rng rng = {(uint64_t)_i + 7, 0};
        enum schedule_class classes[8];
        struct schedule_space space;
        struct schedule schedule;
        struct binding shape;
        struct error err = {0};

        ck_assert(lower_classes(spec, &here, classes, 8) > 0);
        lowering_shape(spec, &rng, &shape);
        for (int i = 0; i < spec->size_count; i++)
                shape.size[i] = i == 0 ? 5 : spec->size_count > 3 ? 9 : 33;
        ck_assert(lower_fields(spec, &shape, &here, classes[0], &space,
                               &err) == 0);
        schedule_draw(&space, &rng, &schedule);
        check_accuracy(spec, &shape, &schedule, &rng);
        spec_free(spec);
}
END_TEST

/* So does every order of a chained product, where few rows make another one
 * than the spec's worth it; where many do not, there is no choice. */
START_TEST(test_orders_are_accurate)
{
        struct spec *spec = judged_spec("factorised");
        struct rng rng = {(uint64_t)_i + 70, 0};
        struct schedule_space space;
        struct schedule schedule;
        struct binding shape;
        struct error err = {0};
        bool found = false;

        binding_init(&shape, spec);
        shape.size[0] = _i ? 300 : 24;
        shape.size[1] = _i ? 7 : 300;
        shape.size[2] = 33;
        ck_assert(lower_fields(spec, &shape, &here, SCHEDULE_CONTRACTION,
                               &space, &err) == 0);
        schedule_guess(&space, &schedule);
        for (int f = 0; f < space.count; f++) {
                if (strcmp(space.field[f].name, "order") != 0)
                        continue;
                found = true;
                ck_assert_int_eq(schedule.field[f].value, 1);
                for (int v = 0; v < space.field[f].count; v++) {
                        schedule.field[f].value = space.field[f].value[v];
                        check_accuracy(spec, &shape, &schedule, &rng);
                }
        }
        ck_assert(found == (_i == 0));
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
        tcase_add_test(tc, test_fetched_gathers);
        tcase_add_test(tc, test_moments_worst);
        tcase_add_loop_test(tc, test_nonfinite, 0, 2);
        tcase_add_test(tc, test_selections);
        tcase_add_loop_test(tc, test_accuracy, 0,
                            sizeof judged / sizeof *judged);
        tcase_add_loop_test(tc, test_orders_are_accurate, 0, 2);
        suite_add_tcase(suite, tc);
        tc = tcase_create("nonfinite");
        tcase_add_checked_fixture(tc, open_folder, close_folder);
        tcase_set_timeout(tc, 250);
        tcase_add_test(tc, test_nonfinite_irregular);
        suite_add_tcase(suite, tc);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
