/* Inputs honour every constraint for every seed, shape and distribution, and
 * depend on nothing else; hidden shapes stay inside the domains. */
#include <math.h>
#include <string.h>

#include "check_main.h"
#include "core/rng.h"
#include "spec/inputs.h"
#include "spec/oracle.h"
#include "spec_fixture.h"

static const char constrained[] =
        "kernel t {\n"
        "    size N in 1..=100000, V in 1..=5000, T in 1..=100000\n"
        "    in idx: i64[N] in 0..V\n"
        "    in small: i8[N] in -3..4\n"
        "    in off: i32[N + 1] offsets T\n"
        "    in len: i64[N] lengths T\n"
        "    in free: i64[N] lengths\n"
        "    in ids: i64[N] sorted distinct\n"
        "    in pick: i32[N] distinct\n"
        "    in up: f32[N] sorted\n"
        "    in rising: f16[N] sorted distinct\n"
        "    in p: f32[N] ~ uniform(0.25, 0.5)\n"
        "    in w: f32[N] ~ normal(10, 0.5)\n"
        "    in q: f16[N] ~ uniform(1, 2)\n"
        "    in x: f32[N], h: f16[N], g: bf16[N], d: f64[N]\n"
        "    in c: u8[N], s: i16[N], b: bool[N]\n"
        "    out y: f32[N]\n"
        "    y[i] = x[i]\n"
        "}\n";

/* The same in the sizes' order, for many elements. */
static const char plain[] = "kernel t {\n"
                            "    size N in 1..=100000, V, T\n"
                            "    in p: f32[N] ~ uniform(0.25, 0.5)\n"
                            "    in w: f32[N] ~ normal(10, 0.5)\n"
                            "    in x: f32[N]\n"
                            "    out y: f32[N]\n"
                            "    y[i] = x[i]\n"
                            "}\n";

struct made {
        struct spec *spec;
        struct binding binding;
        void *input[LIMIT_TENSORS];
        int64_t n;
};

static void make(struct made *m, const char *text, int64_t n, int64_t v,
                 int64_t t, uint64_t seed, enum distribution distribution)
{
        struct error err = {0};

        m->spec = spec_must_parse(text);
        binding_init(&m->binding, m->spec);
        m->binding.size[0] = m->n = n;
        m->binding.size[1] = v;
        m->binding.size[2] = t;
        ck_assert_msg(inputs_make(m->spec, &m->binding, seed, distribution, 1,
                                  m->input, &err) == 0,
                      "%s", err.text);
}

static void unmake(struct made *m)
{
        inputs_free(m->input);
        spec_free(m->spec);
}

static double at(const struct made *m, const char *name, int64_t i)
{
        const struct tensor *t = spec_find_tensor(m->spec, name);

        return dtype_load(t->dtype, m->input[t->number], i);
}

static void check_constraints(const struct made *m, int64_t v, int64_t total)
{
        double sum = 0;

        ck_assert_double_eq(at(m, "off", 0), 0);
        ck_assert_double_eq(at(m, "off", m->n), (double)total);
        for (int64_t i = 0; i < m->n; i++) {
                ck_assert(at(m, "idx", i) >= 0 && at(m, "idx", i) < (double)v);
                ck_assert(at(m, "small", i) >= -3 && at(m, "small", i) < 4);
                ck_assert(at(m, "off", i) <= at(m, "off", i + 1));
                ck_assert(at(m, "len", i) >= 0 && at(m, "free", i) >= 0);
                sum += at(m, "len", i);
                ck_assert(at(m, "p", i) >= 0.25 && at(m, "p", i) < 0.5);
                ck_assert(at(m, "q", i) >= 1 && at(m, "q", i) <= 2);
                ck_assert(isfinite(at(m, "x", i)) && isfinite(at(m, "h", i)) &&
                          isfinite(at(m, "g", i)) && isfinite(at(m, "d", i)));
                ck_assert(at(m, "b", i) == 0 || at(m, "b", i) == 1);
                if (i == 0)
                        continue;
                ck_assert(at(m, "ids", i - 1) < at(m, "ids", i));
                ck_assert(at(m, "up", i - 1) <= at(m, "up", i));
                ck_assert(at(m, "rising", i - 1) < at(m, "rising", i));
        }
        ck_assert_double_eq(sum, (double)total);
}

START_TEST(constraints_hold)
{
        static const int64_t size[][3] = {
                {1, 1, 1}, {2, 7, 1}, {17, 3, 100}, {500, 5000, 30}};
        struct made m;

        for (int s = 0; s < 4; s++)
                for (enum distribution d = 0; d < DIST_COUNT; d++)
                        for (uint64_t seed = 0; seed < 3; seed++) {
                                make(&m, constrained, size[s][0], size[s][1],
                                     size[s][2], seed, d);
                                check_constraints(&m, size[s][1], size[s][2]);
                                unmake(&m);
                        }
}
END_TEST

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

START_TEST(distinct_values_differ_and_are_shuffled)
{
        enum { N = 4000 };
        static double value[N];
        struct made m;
        int falls = 0;

        make(&m, constrained, N, 10, 10, 5, DIST_NORMAL);
        for (int64_t i = 0; i < N; i++) {
                value[i] = at(&m, "pick", i);
                falls += i > 0 && value[i] < value[i - 1];
        }
        ck_assert_int_gt(falls, N / 4);
        qsort(value, N, sizeof *value, compare);
        for (int64_t i = 1; i < N; i++)
                ck_assert(value[i - 1] < value[i]);
        unmake(&m);
}
END_TEST

START_TEST(same_seed_same_data)
{
        struct made a, b, c;
        int different = 0;

        make(&a, constrained, 100, 50, 60, 9, DIST_WIDE);
        make(&b, constrained, 100, 50, 60, 9, DIST_WIDE);
        make(&c, constrained, 100, 50, 60, 10, DIST_WIDE);
        for (int t = 0; t < a.spec->tensor_count; t++) {
                size_t bytes = (size_t)spec_tensor_bytes(a.spec->tensor[t],
                                                         &a.binding);

                if (!a.input[t])
                        continue;
                ck_assert_uint_eq((uintptr_t)a.input[t] % 256, 0);
                ck_assert(memcmp(a.input[t], b.input[t], bytes) == 0);
                different += memcmp(a.input[t], c.input[t], bytes) != 0;
        }
        ck_assert_int_gt(different, 15);
        unmake(&a);
        unmake(&b);
        unmake(&c);
}
END_TEST

/* A longer tensor starts with the shorter one. */
START_TEST(elements_depend_on_their_number_only)
{
        struct made a, b;

        make(&a, constrained, 100, 50, 60, 9, DIST_NORMAL);
        make(&b, constrained, 300, 50, 60, 9, DIST_NORMAL);
        for (int64_t i = 0; i < 100; i++) {
                ck_assert_double_eq(at(&a, "x", i), at(&b, "x", i));
                ck_assert_double_eq(at(&a, "idx", i), at(&b, "idx", i));
        }
        unmake(&a);
        unmake(&b);
}
END_TEST

static void moments(const struct made *m, const char *name, double *mean,
                    double *deviation)
{
        double s = 0, q = 0, x;

        for (int64_t i = 0; i < m->n; i++) {
                x = at(m, name, i);
                s += x;
                q += x * x;
        }
        *mean = s / (double)m->n;
        *deviation = sqrt(q / (double)m->n - *mean * *mean);
}

START_TEST(distributions_are_what_they_say)
{
        enum { N = 50000 };
        struct made m;
        double mean, deviation, beyond = 0, zeros = 0, low = 1e9, high = 0;

        make(&m, plain, N, 10, 10, 1, DIST_NORMAL);
        moments(&m, "x", &mean, &deviation);
        ck_assert_double_eq_tol(mean, 0, 0.02);
        ck_assert_double_eq_tol(deviation, 1, 0.02);
        for (int64_t i = 0; i < N; i++)
                beyond += fabs(at(&m, "x", i)) > 3;
        ck_assert_double_eq_tol(beyond / N, 0.0027, 0.001);
        moments(&m, "w", &mean, &deviation);
        ck_assert_double_eq_tol(mean, 10, 0.02);
        ck_assert_double_eq_tol(deviation, 0.5, 0.02);
        moments(&m, "p", &mean, &deviation);
        ck_assert_double_eq_tol(mean, 0.375, 0.005);
        unmake(&m);
        make(&m, plain, N, 10, 10, 1, DIST_OFFSET);
        moments(&m, "x", &mean, &deviation);
        ck_assert_double_eq_tol(mean, 100, 0.1);
        unmake(&m);
        make(&m, plain, N, 10, 10, 1, DIST_SPARSE);
        for (int64_t i = 0; i < N; i++)
                zeros += at(&m, "x", i) == 0;
        ck_assert_double_eq_tol(zeros / N, 0.9, 0.02);
        unmake(&m);
        make(&m, plain, N, 10, 10, 1, DIST_WIDE);
        for (int64_t i = 0; i < N; i++) {
                low = fmin(low, fabs(at(&m, "x", i)));
                high = fmax(high, fabs(at(&m, "x", i)));
        }
        ck_assert_double_lt(low, 0x1p-11);
        ck_assert_double_gt(high, 0x1p11);
        unmake(&m);
        make(&m, plain, N, 10, 10, 1, DIST_SMALL_INTS);
        for (int64_t i = 0; i < N; i++)
                ck_assert(fabs(at(&m, "x", i)) <= 4 &&
                          at(&m, "x", i) == floor(at(&m, "x", i)));
        unmake(&m);
}
END_TEST

START_TEST(zipf_is_skewed)
{
        enum { N = 20000, V = 1000 };
        struct spec *spec = spec_must_parse(constrained);
        struct binding binding;
        int64_t count[2][V] = {{0}}, most[2] = {0, 0};
        void *input[LIMIT_TENSORS];
        struct error err = {0};
        int t = spec_find_tensor(spec, "idx")->number;

        for (int zipf = 0; zipf < 2; zipf++) {
                binding_init(&binding, spec);
                binding.size[0] = N;
                binding.size[1] = V;
                binding.size[2] = 1;
                binding.zipf = zipf;
                ck_assert(inputs_make(spec, &binding, 1, DIST_NORMAL, 1, input,
                                      &err) == 0);
                for (int i = 0; i < N; i++) {
                        int64_t k = ((int64_t *)input[t])[i];

                        if (++count[zipf][k] > most[zipf])
                                most[zipf] = count[zipf][k];
                }
                inputs_free(input);
        }
        ck_assert_int_lt(most[0], 60);
        ck_assert_int_gt(most[1], N / 20);
        spec_free(spec);
}
END_TEST

START_TEST(impossible_constraints_are_errors)
{
        struct spec *spec =
                spec_must_parse("kernel t { size N, V\n"
                                "in p: i64[N] in 0..V distinct, x: f32[N]\n"
                                "out y: f32[V] init 0\n"
                                "y[p[i]] = x[i] }");
        struct binding binding;
        void *input[LIMIT_TENSORS];
        struct error err = {0};

        binding_init(&binding, spec);
        binding.size[0] = 5;
        binding.size[1] = 4;
        ck_assert_int_eq(
                inputs_make(spec, &binding, 1, DIST_NORMAL, 1, input, &err),
                ERR_INPUT);
        ck_assert_msg(strstr(err.text, "p") != NULL, "%s", err.text);
        binding.size[1] = 5;
        ck_assert_int_eq(
                inputs_make(spec, &binding, 1, DIST_NORMAL, 1, input, &err),
                0);
        inputs_free(input);
        spec_free(spec);
}
END_TEST

/* A promise that is wider than the type is kept as far as the type goes. */
START_TEST(values_fit_their_type)
{
        static const char text[] =
                "kernel t { size N, V, T\n"
                "in a: i8[N] in 0..V, b: u8[N] in 0 - V..V\n"
                "in c: i16[N] in 0 - V..50 - V, len: i8[N] lengths T\n"
                "out y: f32[N]\n y[i] = 1 }";
        struct binding binding;
        struct error err = {0};
        struct made m;
        double sum;

        for (enum distribution d = 0; d < DIST_COUNT; d++) {
                make(&m, text, 100, 32790, 12690, 7, d);
                sum = 0;
                for (int64_t i = 0; i < m.n; i++) {
                        ck_assert(at(&m, "a", i) >= 0);
                        ck_assert(at(&m, "c", i) < 50 - 32790);
                        ck_assert(at(&m, "len", i) >= 0);
                        sum += at(&m, "len", i);
                }
                ck_assert_double_eq(sum, 12690);
                binding = m.binding;
                ck_assert_int_eq(binding_check(&binding, m.spec, &err), 0);
                binding.size[1] = 40000;
                ck_assert_int_lt(binding_check(&binding, m.spec, &err), 0);
                ck_assert_msg(strstr(err.text, "c: no i16") == err.text, "%s",
                              err.text);
                binding.size[1] = 1;
                binding.size[2] = 12701;
                ck_assert_int_lt(binding_check(&binding, m.spec, &err), 0);
                ck_assert_msg(strstr(err.text, "100 i8 lengths cannot have "
                                               "the sum 12701") != NULL,
                              "%s", err.text);
                unmake(&m);
        }
}
END_TEST

START_TEST(nonfinite_inputs_have_some)
{
        struct spec *spec =
                spec_must_parse("kernel t { size N; in x: f32[N] nonfinite\n"
                                "out y: f32[N]\n y[i] = x[i] }");
        struct binding binding;
        void *input[LIMIT_TENSORS];
        struct error err = {0};
        int odd[2] = {0, 0};

        binding_init(&binding, spec);
        binding.size[0] = 1000;
        for (int d = 0; d < 2; d++) {
                ck_assert(inputs_make(spec, &binding, 1,
                                      d ? DIST_WIDE : DIST_NORMAL, 1, input,
                                      &err) == 0);
                for (int i = 0; i < 1000; i++)
                        odd[d] += !isfinite(((float *)input[0])[i]);
                inputs_free(input);
        }
        ck_assert_int_eq(odd[0], 0);
        ck_assert_int_gt(odd[1], 5);
        spec_free(spec);
}
END_TEST

/* ---- hidden shapes ---- */

static bool multiple_of_four(const struct binding *shape, void *data)
{
        (*(int *)data)++;
        return shape->size[1] % 4 == 0 && shape->size[1] <= 16384;
}

START_TEST(hidden_shapes_stay_inside)
{
        static const int64_t tiles[] = {32, 48};
        struct error err = {0};
        struct binding shape;
        const char *category;
        struct spec *spec;
        int kinds[8] = {0}, rc, calls = 0;

        for (size_t e = 0; e < SPEC_EXAMPLES; e++) {
                spec = spec_must_parse(spec_examples[e]);
                for (int n = 0; n < 24; n++) {
                        rc = inputs_hidden_shape(spec, e, n, NULL, tiles, 2,
                                                 1e6, 1 << 22, NULL, NULL,
                                                 &shape, &category, &err);
                        ck_assert_msg(rc == 0, "%s", err.text);
                        ck_assert_msg(binding_check(&shape, spec, &err) == 0,
                                      "%s", err.text);
                        ck_assert_double_le(oracle_operations(spec, &shape),
                                            1e6);
                        kinds[n % 8] |= strcmp(category, "prime") == 0;
                }
                spec_free(spec);
        }
        ck_assert_int_eq(kinds[1], 1);
        spec = spec_must_parse(spec_examples[0]);
        for (int n = 0; n < 16; n++) {
                int64_t fixed[] = {-1, 4096};

                ck_assert(inputs_hidden_shape(spec, 3, n, NULL, tiles, 2, 1e7,
                                              1 << 24, multiple_of_four,
                                              &calls, &shape, NULL,
                                              &err) == 0);
                ck_assert_int_eq(shape.size[1] % 4, 0);
                ck_assert(inputs_hidden_shape(spec, 3, n, fixed, NULL, 0, 1e7,
                                              1 << 24, NULL, NULL, &shape,
                                              NULL, &err) == 0);
                ck_assert_int_eq(shape.size[1], 4096);
        }
        ck_assert_int_gt(calls, 16);
        spec_free(spec);
}
END_TEST

START_TEST(hidden_shapes_meet_the_tiles)
{
        static const int64_t tile = 40;
        struct spec *spec = spec_must_parse(spec_examples[0]);
        struct error err = {0};
        struct binding shape;
        bool one = false, below = false, above = false, ones = false;

        for (int n = 0; n < 64; n++) {
                ck_assert(inputs_hidden_shape(spec, 1, n, NULL, &tile, 1, 1e8,
                                              1 << 28, NULL, NULL, &shape,
                                              NULL, &err) == 0);
                for (int i = 0; i < 2; i++) {
                        one |= shape.size[i] == 1;
                        below |= shape.size[i] == tile - 1;
                        above |= shape.size[i] == tile + 1;
                }
                ones |= shape.size[0] == 1 && shape.size[1] == 1;
        }
        ck_assert(one && below && above && ones);
        spec_free(spec);
}
END_TEST

/* One of nine in a row is as large as the domain, or nearly. */
START_TEST(hidden_shapes_reach_the_end)
{
        struct spec *spec = spec_must_parse(
                "kernel t {\n size N in 1..=65536\n in x: f32[N]\n"
                " out y: f32[N]\n y[i] = x[i]\n}\n");
        struct error err = {0};
        struct binding shape;
        int end = 0, large = 0;

        for (int n = 0; n < 180; n++) {
                ck_assert(inputs_hidden_shape(spec, 7, n, NULL, NULL, 0, 1e8,
                                              1 << 28, NULL, NULL, &shape,
                                              NULL, &err) == 0);
                end += shape.size[0] == 65536;
                large += shape.size[0] >= 39321;
        }
        ck_assert_int_ge(large, 20);
        ck_assert_int_gt(end, 3);
        spec_free(spec);
}
END_TEST

/* What costs too much gets smaller, not empty. */
START_TEST(hidden_shapes_are_not_emptied)
{
        struct spec *spec = spec_must_parse(
                "kernel t {\n size N in 0..=16777216, M in 0..=1024\n"
                " in x: f32[M, N]\n out y: f32[M, N]\n"
                " y[i, j] = x[i, j]\n}\n");
        struct error err = {0};
        struct binding shape;
        const char *category;
        int empty = 0;

        for (int n = 0; n < 90; n++) {
                ck_assert(inputs_hidden_shape(spec, 5, n, NULL, NULL, 0, 1e8,
                                              1 << 25, NULL, NULL, &shape,
                                              &category, &err) == 0);
                empty += strcmp(category, "largest") == 0 &&
                         shape.size[0] * shape.size[1] == 0;
        }
        ck_assert_int_le(empty, 3);
        spec_free(spec);
}
END_TEST

/* A domain that holds 0 is tried with it, and parameters take every value of
 * a few and all orders of magnitude of a range. */
START_TEST(hidden_shapes_reach_zero_and_every_parameter)
{
        struct spec *spec = spec_must_parse(
                "kernel t {\n size N in 0..=64, M in 0..=8\n"
                " param flag: bool = true, k: i32 in -1..=1 = 0\n"
                " param eps: f32 in 1e-8..=1.0 = 1e-5\n"
                " in x: f32[N, M]\n out y: f32[N]\n"
                " y[i] = flag ? (sum[j] x[i, j] * f32(k)) : eps\n}\n");
        struct error err = {0};
        struct binding shape;
        int zero = 0, off = 0, ks[3] = {0}, orders[8] = {0};

        for (int n = 0; n < 360; n++) {
                ck_assert_msg(inputs_hidden_shape(spec, 9, n, NULL, NULL, 0,
                                                  1e8, 1 << 28, NULL, NULL,
                                                  &shape, NULL, &err) == 0,
                              "%s", err.text);
                ck_assert(shape.param[1] >= -1 && shape.param[1] <= 1);
                ck_assert(shape.param[2] >= 1e-8F && shape.param[2] <= 1);
                zero += shape.size[0] == 0;
                off += shape.param[0] == 0;
                ks[(int)shape.param[1] + 1]++;
                orders[(int)fmin(7, -log10(shape.param[2]))]++;
        }
        ck_assert_int_ge(zero, 20);
        ck_assert(off > 60 && off < 300);
        for (int i = 0; i < 3; i++)
                ck_assert_int_gt(ks[i], 30);
        for (int i = 0; i < 8; i++)
                ck_assert_int_gt(orders[i], 3);
        spec_free(spec);
}
END_TEST

static bool never(const struct binding *shape, void *data)
{
        (void)shape;
        (void)data;
        return false;
}

START_TEST(no_shape_is_an_error)
{
        struct spec *spec = spec_must_parse(spec_examples[0]);
        struct error err = {0};
        struct binding shape;

        ck_assert_int_eq(inputs_hidden_shape(spec, 1, 0, NULL, NULL, 0, 1e8,
                                             1 << 28, never, NULL, &shape,
                                             NULL, &err),
                         ERR_NOT_FOUND);
        spec_free(spec);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                constraints_hold,
                distinct_values_differ_and_are_shuffled,
                same_seed_same_data,
                elements_depend_on_their_number_only,
                distributions_are_what_they_say,
                zipf_is_skewed,
                impossible_constraints_are_errors,
                values_fit_their_type,
                nonfinite_inputs_have_some,
                hidden_shapes_stay_inside,
                hidden_shapes_meet_the_tiles,
                hidden_shapes_reach_zero_and_every_parameter,
                hidden_shapes_are_not_emptied,
                hidden_shapes_reach_the_end,
                no_shape_is_an_error};

        return check_main("inputs", tests, sizeof tests / sizeof *tests);
}
