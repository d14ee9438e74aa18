/*
 * The oracle's values against loops written by hand and against a literal
 * interpreter of the tree, and the rule by which an output is accepted.
 */
#include <math.h>

#include "check_main.h"
#include "oracle_examples.h"
#include "oracle_fixture.h"
#include "spec_interpreter.h"

/* ---- loops written by hand ---- */

static void near(double got, double want, double scale)
{
        ck_assert_msg(fabs(got - want) <= 1e-12 * scale + 1e-300,
                      "%.17g is not %.17g", got, want);
}

START_TEST(softmax_by_hand)
{
        struct bench b;
        struct box y;
        const float *x;
        double m, s;

        bench_open(&b, spec_examples[0]);
        bench_bind(&b, "M=13 N=37");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        box_whole(&y, &b, "y");
        box_fill(&y, &b);
        x = bench_input(&b, "x");
        for (int i = 0; i < 13; i++) {
                m = -INFINITY;
                s = 0;
                for (int j = 0; j < 37; j++)
                        m = fmax(m, x[i * 37 + j]);
                for (int j = 0; j < 37; j++)
                        s += exp(x[i * 37 + j] - m);
                for (int j = 0; j < 37; j++)
                        near(y.values.v[i * 37 + j],
                             exp(x[i * 37 + j] - m) / s, 1);
        }
        box_free(&y);
        bench_close(&b);
}
END_TEST

/* Value and error scale: e = u sum |t| + u sum |t|. */
START_TEST(matmul_by_hand)
{
        enum { M = 9, N = 70, K = 33 };
        struct bench b;
        struct box c;
        const float *x, *w;
        double v, e, t;

        bench_open(&b, "kernel t { size M, N, K; in a: f32[M, K], "
                       "b: f32[K, N]\n out c: f32[M, N]\n"
                       "c[i, j] = sum[k] a[i, k] * b[k, j] }");
        bench_bind(&b, "M=9 N=70 K=33");
        for (enum distribution d = 0; d < DIST_COUNT; d++) {
                bench_fill(&b, 2, d, 1);
                box_whole(&c, &b, "c");
                box_fill(&c, &b);
                x = bench_input(&b, "a");
                w = bench_input(&b, "b");
                for (int i = 0; i < M * N; i++) {
                        v = e = 0;
                        for (int k = 0; k < K; k++) {
                                t = (double)x[i / N * K + k] *
                                    w[k * N + i % N];
                                v += t;
                                e += 2 * 0x1p-24 * fabs(t);
                        }
                        near(c.values.v[i], v, e * 0x1p24);
                        near(c.values.e[i], e, e);
                        ck_assert(!c.values.undecided[i]);
                }
                box_free(&c);
        }
        bench_close(&b);
}
END_TEST

START_TEST(convolution_by_hand)
{
        enum { B = 2, C = 3, K = 4, L = 11, R = 3 };
        struct bench b;
        struct box y;
        double v, a;

        bench_open(&b, spec_examples[1]);
        bench_bind(&b, "B=2 C=3 K=4 L=11");
        bench_fill(&b, 3, DIST_NORMAL, 1);
        box_whole(&y, &b, "y");
        box_fill(&y, &b);
        ck_assert_int_eq(y.elements, B * K * L);
        for (int i = 0; i < B * K * L; i++) {
                int n = i / (K * L), k = i / L % K, l = i % L;

                v = dtype_load(DTYPE_F16, bench_input(&b, "bias"), k);
                for (int c = 0; c < C; c++)
                        for (int r = 0; r < R; r++) {
                                int at = l + r - 1;

                                a = at < 0 || at >= L
                                            ? 0
                                            : dtype_load(DTYPE_F16,
                                                         bench_input(&b, "x"),
                                                         (n * C + c) * L + at);
                                v += a * dtype_load(DTYPE_F16,
                                                    bench_input(&b, "w"),
                                                    (k * C + c) * R + r);
                        }
                near(y.values.v[i], v, 100);
        }
        box_free(&y);
        bench_close(&b);
}
END_TEST

START_TEST(embedding_bag_by_hand)
{
        enum { V = 50, D = 7, T = 90, B = 12 };
        struct bench b;
        struct box y;
        const float *table;
        const int64_t *idx, *off;
        double v;

        bench_open(&b, spec_examples[2]);
        bench_bind(&b, "V=50 D=7 T=90 B=12");
        bench_fill(&b, 4, DIST_OFFSET, 1);
        box_whole(&y, &b, "y");
        box_fill(&y, &b);
        table = bench_input(&b, "table");
        idx = bench_input(&b, "idx");
        off = bench_input(&b, "off");
        for (int i = 0; i < B * D; i++) {
                v = 0;
                for (int64_t p = off[i / D]; p < off[i / D + 1]; p++)
                        v += table[idx[p] * D + i % D];
                near(y.values.v[i], v, 1e4);
        }
        box_free(&y);
        bench_close(&b);
}
END_TEST

START_TEST(map_id_as_published)
{
        static const int64_t v[] = {100, 300, 500, 200, 999};
        static const int64_t ids[] = {100, 200, 300, 400, 500};
        static const int64_t want[] = {1, 3, 5, 2, 0};
        struct bench b;
        struct box y;

        bench_open(&b, spec_examples[3]);
        bench_bind(&b, "N=5 U=5");
        bench_fill(&b, 5, DIST_NORMAL, 1);
        memcpy(bench_input(&b, "v"), v, sizeof v);
        memcpy(bench_input(&b, "ids"), ids, sizeof ids);
        box_whole(&y, &b, "y");
        box_fill(&y, &b);
        for (int i = 0; i < 5; i++)
                ck_assert_int_eq(y.values.integer[i], want[i]);
        box_free(&y);
        bench_close(&b);
}
END_TEST

/* Millions of entries and as many keys: gone through, they take hours. */
START_TEST(sorted_inputs_are_bisected)
{
        enum { B = 3000000 };
        struct bench b;
        struct box row;
        int64_t *off;

        bench_open(&b, "kernel t { size B, T; in off: i64[B + 1] offsets T\n"
                       "out row: i64[T]\n"
                       "row[p] = (count[b in 0..B + 1] (off[b] <= p)) - 1 }");
        bench_bind(&b, "B=3000000 T=3000000");
        bench_fill(&b, 5, DIST_NORMAL, 1);
        off = (int64_t *)bench_input(&b, "off");
        for (int64_t n = 0; n <= B; n++)
                off[n] = n;
        box_whole(&row, &b, "row");
        box_fill(&row, &b);
        for (int64_t p = 0; p < B; p++)
                check_each(row.values.integer[p] == p, "row %lld",
                           (long long)p);
        box_free(&row);
        bench_close(&b);
}
END_TEST

/* Also of what is not gone through. */
START_TEST(the_last_entry_can_be_left_out)
{
        static const int64_t ids[] = {1, 2, 2, 5}, v[] = {9, 2, 5, 0};
        static const int64_t upto[] = {3, 3, 3, 0}, same[] = {0, 2, 0, 0};
        struct error err = {0};
        struct bench b;
        struct box y;

        bench_open(&b,
                   "kernel t { size N, U; in v: i64[N], ids: i64[U] sorted\n"
                   "out upto: i64[N], same: i64[N]\n"
                   "upto[i] = count[u] (ids[u] <= v[i])\n"
                   "same[i] = sum[u] (ids[u] == v[i] ? 1 : 0) }");
        bench_bind(&b, "N=4 U=4");
        bench_fill(&b, 5, DIST_NORMAL, 1);
        memcpy(bench_input(&b, "v"), v, sizeof v);
        memcpy(bench_input(&b, "ids"), ids, sizeof ids);
        for (int n = 0; n < 2; n++) {
                box_whole(&y, &b, n ? "same" : "upto");
                ck_assert_int_eq(
                        oracle_box_mutated(b.oracle, n + 1, &b.binding,
                                           bench_inputs(&b), y.tensor, y.low,
                                           y.high, 1, &y.values, &err),
                        0);
                for (int i = 0; i < 4; i++)
                        ck_assert_int_eq(y.values.integer[i],
                                         n ? same[i] : upto[i]);
                box_free(&y);
        }
        bench_close(&b);
}
END_TEST

START_TEST(cumsum_and_scatter_by_hand)
{
        struct bench b;
        struct box y;
        const float *x;
        const int64_t *idx;
        double sum = 0, want[6 * 3] = {0};

        bench_open(&b, spec_examples[4]);
        bench_bind(&b, "M=5 N=80");
        bench_fill(&b, 6, DIST_NORMAL, 1);
        box_whole(&y, &b, "y");
        box_fill(&y, &b);
        x = bench_input(&b, "x");
        for (int i = 0; i < 5 * 80; i++) {
                sum = i % 80 ? sum + x[i] : x[i];
                near(y.values.v[i], sum, 100);
        }
        box_free(&y);
        bench_close(&b);

        bench_open(&b, spec_examples[5]);
        bench_bind(&b, "T=40 V=6 D=3");
        bench_fill(&b, 7, DIST_NORMAL, 1);
        box_whole(&y, &b, "y");
        box_fill(&y, &b);
        x = bench_input(&b, "src");
        idx = bench_input(&b, "idx");
        for (int t = 0; t < 40 * 3; t++)
                want[idx[t / 3] * 3 + t % 3] += x[t];
        for (int i = 0; i < 6 * 3; i++)
                near(y.values.v[i], want[i], 100);
        box_free(&y);
        bench_close(&b);
}
END_TEST

/* 3 / 0.1f lies just below 30 and rounds to it in f32: an honest kernel may
 * count the 3 in the next element. Nothing is undecided without it. */
START_TEST(a_rounded_subscript_may_hit_elsewhere)
{
        static const char text[] =
                "kernel bins {\nsize N\n"
                "param width: f32 in 0.05..=0.2 = 0.1\n"
                "in x: f32[N]\nout h: i64[64] init 0, s: f32[64] init 0\n"
                "h[clamp(i64(floor(x[t] / width)), 0, 63)] += 1\n"
                "s[clamp(i64(floor(x[t] / width)), 0, 63)] += x[t]\n}\n";
        struct bench b;
        struct box h, s;
        float *x;

        bench_open(&b, text);
        bench_bind(&b, "N=3");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        x = bench_input(&b, "x");
        for (int third = 0; third < 2; third++) {
                x[0] = 0.25F;
                x[1] = 1.05F;
                x[2] = third ? 3 : 0.55F;
                box_whole(&h, &b, "h");
                box_fill(&h, &b);
                box_whole(&s, &b, "s");
                box_fill(&s, &b);
                for (int i = 0; i < 64; i++) {
                        ck_assert_int_eq(h.values.undecided[i], third);
                        ck_assert_int_eq(!isfinite(s.values.e[i]), third);
                }
                ck_assert_int_eq(h.values.integer[2], 1);
                ck_assert_int_eq(h.values.integer[10], 1);
                near(s.values.v[10], 1.05F, 100);
                box_free(&h);
                box_free(&s);
        }
        bench_close(&b);
}
END_TEST

START_TEST(layer_norm_by_hand)
{
        enum { M = 4, N = 65 };
        struct bench b;
        struct box y;
        const float *x, *g, *h;
        double mean, var;

        bench_open(&b, spec_examples[6]);
        bench_bind(&b, "M=4 N=65");
        bench_fill(&b, 8, DIST_OFFSET, 1);
        box_whole(&y, &b, "y");
        box_fill(&y, &b);
        x = bench_input(&b, "x");
        g = bench_input(&b, "g");
        h = bench_input(&b, "b");
        for (int i = 0; i < M; i++) {
                mean = var = 0;
                for (int j = 0; j < N; j++)
                        mean += x[i * N + j];
                mean /= N;
                for (int j = 0; j < N; j++)
                        var += (x[i * N + j] - mean) * (x[i * N + j] - mean);
                var /= N;
                for (int j = 0; j < N; j++)
                        near(y.values.v[i * N + j],
                             (x[i * N + j] - mean) /
                                             sqrt(var + b.binding.param[0]) *
                                             g[j] +
                                     h[j],
                             1e3);
        }
        box_free(&y);
        bench_close(&b);
}
END_TEST

/* ---- the whole language ---- */

static void compare_outputs(struct bench *b, const char *text)
{
        struct interpreter p;
        struct error err = {0};
        struct box y;

        interpreter_run(&p, b->spec, &b->binding, b->input);
        for (int t = 0; t < b->spec->tensor_count; t++) {
                if (b->spec->tensor[t]->role != TENSOR_OUT)
                        continue;
                box_whole(&y, b, b->spec->tensor[t]->name);
                ck_assert_msg(box_try(&y, b, 2, &err) == 0, "%s\n%s", err.text,
                              text);
                for (int64_t i = 0; i < y.elements; i++) {
                        const struct meaning *m = &p.exact[t][i];
                        double v = y.values.v[i];

                        if (y.values.undecided[i])
                                continue;
                        if (y.tensor->kind != KIND_REAL) {
                                ck_assert_msg(y.values.integer[i] ==
                                                      m->integer,
                                              "%s[%ld]: %ld is not %ld",
                                              y.tensor->name, (long)i,
                                              (long)y.values.integer[i],
                                              (long)m->integer);
                                continue;
                        }
                        ck_assert_msg(
                                v == m->real || (isnan(v) && isnan(m->real)) ||
                                        fabs(v - m->real) <=
                                                1e-12 * fabs(m->real) +
                                                        1e-4 * y.values.e[i],
                                "%s[%ld]: %.17g is not %.17g (e %g)\n%s",
                                y.tensor->name, (long)i, v, m->real,
                                y.values.e[i], text);
                }
                box_free(&y);
        }
        interpreter_dispose(&p);
}

static void compare_shapes(const char *text)
{
        struct error err = {0};
        struct bench b;

        bench_open(&b, text);
        for (int n = 0; n < 10; n++) {
                int rc = inputs_hidden_shape(b.spec, 77, n, NULL, NULL, 0, 3e4,
                                             1 << 20, NULL, NULL, &b.binding,
                                             NULL, &err);

                ck_assert_msg(rc == 0, "%s", err.text);
                bench_fill(&b, (uint64_t)n,
                           n % 2 ? DIST_NORMAL
                                 : (enum distribution)(n / 2 % DIST_COUNT),
                           1);
                compare_outputs(&b, text);
        }
        bench_close(&b);
}

START_TEST(agrees_with_the_interpreter)
{
        compare_shapes(oracle_example(_i));
}
END_TEST

/* ---- the rule of acceptance ---- */

START_TEST(acceptance)
{
        const double u = 0x1p-24;
        static const struct {
                double v, e, y;
                bool undecided, ok;
        } row[] = {
                {1, 0, 1, false, true},
                {1, 0, 1 + 0x1p-22, false, false},
                {1, 1, 1 + 0x1p-22, false, true}, /* e counts u */
                {1, 1, 1 + 0x1p-20, false, false},
                {0, 0, 0x1p-127, false, true}, /* flush to zero */
                {0, 0, 0x1p-125, false, false},
                {NAN, 0, NAN, false, true},
                {NAN, 0, 1, false, false},
                {1, 0, NAN, false, false},
                {INFINITY, 0, INFINITY, false, true},
                {INFINITY, 0, -INFINITY, false, false},
                {INFINITY, 0, 1e38, false, false},
                {INFINITY, 0, 1, true, true},
                {3e38, 1e30, INFINITY, false, false},
                {1e39, 1e30, INFINITY, false, true}, /* rounds to it */
                {1, INFINITY, 123, false, true},
                {1, INFINITY, NAN, false, true},
        };
        struct spec *spec = spec_must_parse(
                "kernel t { size N; in x: f32[N]\n out y: f32[N]\n"
                "y[i] = x[i] + 1 }");
        const struct tensor *y = spec_find_tensor(spec, "y");
        double v, e, excess;
        uint8_t undecided;
        float actual;
        bool ok;

        for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
                struct oracle_values values = {&v, &e, NULL, &undecided};

                v = row[i].v;
                e = row[i].e * u;
                undecided = row[i].undecided;
                actual = (float)row[i].y;
                ok = oracle_accepts(spec, y, 4, &values, 0, &actual, 0,
                                    &excess);
                ck_assert_msg(ok == row[i].ok, "row %zu", i);
                ck_assert_msg(ok == (excess <= 1), "row %zu: %g", i, excess);
        }
        spec_free(spec);
}
END_TEST

/* exp(-x) overflows in f32 before x / (1 + exp(-x)) vanishes: -0 is what an
 * honest kernel gives there, and nowhere else. */
START_TEST(a_quotient_vanishes_where_its_divisor_overflows)
{
        struct bench b;
        struct box y;
        float *x, zero = -0.0F, given;

        bench_open(&b, "kernel t { size N; in x: f32[N]\n out y: f32[N]\n"
                       "y[i] = silu(x[i]) }");
        bench_bind(&b, "N=1000");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        x = bench_input(&b, "x");
        for (int i = 0; i < 1000; i++)
                x[i] = -80 - 0.02F * (float)i;
        box_whole(&y, &b, "y");
        box_fill(&y, &b);
        for (int i = 0; i < 1000; i++) {
                given = x[i] / (1 + expf(-x[i]));
                ck_assert(oracle_accepts(b.spec, y.tensor, 4, &y.values, i,
                                         &given, 0, NULL));
                ck_assert(x[i] < -88 ||
                          !oracle_accepts(b.spec, y.tensor, 4, &y.values, i,
                                          &zero, 0, NULL));
        }
        box_free(&y);
        bench_close(&b);
}
END_TEST

START_TEST(accuracy_replaces_the_constant)
{
        struct spec *spec = spec_must_parse(
                "kernel t { size N; in x: f32[N]\n out y: f32[N]\n"
                "accuracy 1e-3\n y[i] = x[i] + 1 }");
        double v = 1, e = 0x1p-24;
        uint8_t undecided = 0;
        struct oracle_values values = {&v, &e, NULL, &undecided};
        float close = 1.0009F, far = 1.0011F;

        ck_assert(oracle_accepts(spec, spec_find_tensor(spec, "y"), 4, &values,
                                 0, &close, 0, NULL));
        ck_assert(!oracle_accepts(spec, spec_find_tensor(spec, "y"), 4,
                                  &values, 0, &far, 0, NULL));
        spec_free(spec);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("oracle");
        TCase *cases = tcase_create("oracle");
        SRunner *runner;
        int failed;

        if (oracle_fixture_begin() < 0)
                return EXIT_FAILURE;
        tcase_set_timeout(cases, 120);
        tcase_add_test(cases, softmax_by_hand);
        tcase_add_test(cases, matmul_by_hand);
        tcase_add_test(cases, convolution_by_hand);
        tcase_add_test(cases, embedding_bag_by_hand);
        tcase_add_test(cases, map_id_as_published);
        tcase_add_test(cases, sorted_inputs_are_bisected);
        tcase_add_test(cases, the_last_entry_can_be_left_out);
        tcase_add_test(cases, cumsum_and_scatter_by_hand);
        tcase_add_test(cases, a_rounded_subscript_may_hit_elsewhere);
        tcase_add_test(cases, layer_norm_by_hand);
        tcase_add_loop_test(cases, agrees_with_the_interpreter, 0,
                            ORACLE_EXAMPLES);
        tcase_add_test(cases, acceptance);
        tcase_add_test(cases, a_quotient_vanishes_where_its_divisor_overflows);
        tcase_add_test(cases, accuracy_replaces_the_constant);
        suite_add_tcase(suite, cases);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return oracle_fixture_end(failed ? EXIT_FAILURE : EXIT_SUCCESS);
}
