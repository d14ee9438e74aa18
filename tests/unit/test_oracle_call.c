/* What inputs must not do, and what they may: told with line and column. */
#include <math.h>

#include "check_main.h"
#include "oracle_fixture.h"

START_TEST(broken_inputs_are_named)
{
        static const struct {
                const char *text, *bind;
                int64_t k; /* what k[0] is set to; k[1] is one more */
                const char *what;
        } row[] = {
                {"kernel t { size N; in k: i64[N]\n out y: i64[N]\n"
                 "y[i] = k[i] * k[i] * k[i] * k[i] }",
                 "N=3", 123456789012, "t:3:"},
                {"kernel t { size N; in k: i64[N] in 1..9\n"
                 "out y: i64[N]\n y[i] = 7 // k[i] }",
                 "N=3", 0, "divided by 0"},
                {"kernel t { size N; in x: f32[N], k: i64[N] in 0..N\n"
                 "out y: f32[N]\n y[i] = x[k[i]] }",
                 "N=3", 7, "outside"},
                {"kernel t { size N; in x: f32[N], k: i64[N] in 0..N\n"
                 "out y: f32[N] init 0\n y[k[i]] += x[i] }",
                 "N=3", -1, "outside"},
                {"kernel t { size N; in x: f32[N], k: i64[N]\n"
                 "out y: f32[N]\n y[i] = x[k[i]]! }",
                 "N=3", 2, "outside"},
                {"kernel t { size N, T; in off: i64[N + 1] offsets T\n"
                 "in x: f32[T]\n out y: f32[N]\n"
                 "y[i] = (max[p in off[i]..off[i + 1]] x[p]) for i in 0..N }",
                 "N=30 T=3", 0, "max or min of nothing"},
                {"kernel t { size N; in k: i64[N] in 0..2\n"
                 "out y: i64[2] init 0\n y[k[i]] = i }",
                 "N=30", 0, "same element"},
                {"kernel t { size N; in k: i64[N]\n out y: i64[N]\n"
                 "y[i] = sum[j] k[j] }",
                 "N=3", INT64_MAX / 2, "64 bits"},
                {"kernel t { size N; in k: i64[N]\n out y: i64\n"
                 "y = sum[j] k[j] }",
                 "N=3", INT64_MIN / 2, "64 bits"},
                {"kernel t { size N; in k: i64[N]\n out y: i64[N]\n"
                 "y[i] = k[i] // -1 }",
                 "N=3", INT64_MIN + 1, "64 bits"},
                {"kernel t { size N; in k: i64[N]\n out y: i64[N]\n"
                 "y[i] = k[i] << 63 }",
                 "N=3", 0, "64 bits"},
                {"kernel t { size N; in x: f32[N]\n"
                 "in k: i64[N] in 0..4611686018427387904\n"
                 "out y: f32[N]\n"
                 "y[i] = sum[p in k[i]..k[i] + 2] (x[p * 4] else 1) }",
                 "N=3", ((int64_t)1 << 62) - 2, "64 bits"},
        };
        const struct tensor *k;
        struct error err = {0};
        struct bench b;
        struct box y;

        for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
                bench_open(&b, row[i].text);
                bench_bind(&b, row[i].bind);
                bench_fill(&b, 1, DIST_NORMAL, 1);
                k = spec_find_tensor(b.spec, "k");
                for (int64_t j = 0; k && j < b.binding.size[0]; j++)
                        ((int64_t *)b.input[k->number])[j] =
                                row[i].k < 0 ? row[i].k - (j > 1)
                                             : row[i].k + (j == 1);
                box_whole(&y, &b, "y");
                ck_assert_msg(box_try(&y, &b, 1, &err) == ERR_INPUT, "%s",
                              row[i].text);
                ck_assert_msg(strstr(err.text, row[i].what) != NULL, "%s",
                              err.text);
                ck_assert_msg(strstr(err.text, "t:") == err.text, "%s",
                              err.text);
                box_free(&y);
                bench_close(&b);
        }
}
END_TEST

/* An empty max behind a condition is not evaluated. */
START_TEST(conditions_are_lazy)
{
        struct bench b;
        struct box y;

        bench_open(&b, "kernel t { size N, T; in off: i64[N + 1] offsets T\n"
                       "in x: f32[T]\n out y: f32[N]\n"
                       "y[i] = off[i] < off[i + 1] ? "
                       "(max[p in off[i]..off[i + 1]] x[p]) : -7.0 "
                       "for i in 0..N }");
        bench_bind(&b, "N=30 T=3");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        box_whole(&y, &b, "y");
        box_fill(&y, &b);
        box_free(&y);
        bench_close(&b);
}
END_TEST

START_TEST(nonfinite_inputs_propagate)
{
        static const float x[] = {1, NAN, 3, INFINITY};
        struct bench b;
        struct box y;

        bench_open(&b, "kernel t { size N; in x: f32[N] nonfinite\n"
                       "out m: f32, a: i64, s: f32\n"
                       "m = max[i] x[i]\n a = argmax[i] x[i]\n"
                       "s = sum[i] x[i] }");
        bench_bind(&b, "N=4");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        memcpy(bench_input(&b, "x"), x, sizeof x);
        box_whole(&y, &b, "m");
        box_fill(&y, &b);
        ck_assert(isnan(y.values.v[0]));
        box_free(&y);
        box_whole(&y, &b, "a");
        box_fill(&y, &b);
        ck_assert_int_eq(y.values.integer[0], 1);
        box_free(&y);
        box_whole(&y, &b, "s");
        box_fill(&y, &b);
        ck_assert(isnan(y.values.v[0]));
        box_free(&y);
        bench_close(&b);
}
END_TEST

/* A word has 64 bits: 0 and -1 can be moved by 63. */
START_TEST(shifts_reach_the_sign)
{
        struct bench b;
        struct box y;

        bench_open(&b, "kernel t { size N; in k: i64[N]\n"
                       "out y: i64[N], z: i64[N]\n"
                       "y[i] = k[i] << 63\n z[i] = y[i] >> 63 }");
        bench_bind(&b, "N=2");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        memcpy(bench_input(&b, "k"), (const int64_t[]){0, -1}, 16);
        box_whole(&y, &b, "y");
        box_fill(&y, &b);
        ck_assert_int_eq(y.values.integer[0], 0);
        ck_assert_int_eq(y.values.integer[1], INT64_MIN);
        box_free(&y);
        box_whole(&y, &b, "z");
        box_fill(&y, &b);
        ck_assert_int_eq(y.values.integer[0], 0);
        ck_assert_int_eq(y.values.integer[1], -1);
        box_free(&y);
        bench_close(&b);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                broken_inputs_are_named, conditions_are_lazy,
                nonfinite_inputs_propagate, shifts_reach_the_sign};

        if (oracle_fixture_begin() < 0)
                return EXIT_FAILURE;
        return oracle_fixture_end(check_main("oracle_call", tests, 4));
}
