/*
 * The error scale against the rules on paper, form by form, and choices that
 * errors leave undecided.
 */
#include <math.h>

#include "check_main.h"
#include "oracle_fixture.h"

/* One element of `y: f32[N]` for x, z given; the spec's body is `y[i] = `. */
static struct oracle_values scale_of(const char *body, float x, float z,
                                     double *v, double *e, uint8_t *u)
{
        char text[1024];
        struct oracle_values values = {v, e, NULL, u};
        int64_t zero = 0, one = 1;
        struct error err = {0};
        struct bench b;

        snprintf(text, sizeof text,
                 "kernel t { size N; in x: f32[N], z: f32[N]\n"
                 "out y: f32[N]\n%s }",
                 body);
        bench_open(&b, text);
        bench_bind(&b, "N=1");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        *(float *)bench_input(&b, "x") = x;
        *(float *)bench_input(&b, "z") = z;
        ck_assert_msg(oracle_box(b.oracle, &b.binding, bench_inputs(&b),
                                 spec_find_tensor(b.spec, "y"), &zero, &one, 1,
                                 &values, &err) == 0,
                      "%s", err.text);
        bench_close(&b);
        return values;
}

START_TEST(scale_follows_the_rules)
{
        const double u = 0x1p-24, x = 3, z = 0.25;
        static const struct {
                const char *body;
                double v, e; /* for x = 3, z = 1/4 */
        } row[] = {
                {"y[i] = x[i]", 3, 0},
                {"y[i] = -x[i]", -3, 0},
                {"y[i] = abs(x[i])", 3, 0},
                {"y[i] = max(x[i], z[i])", 3, 0},
                {"y[i] = floor(x[i])", 3, 0},
                {"y[i] = x[i] > z[i] ? x[i] : z[i]", 3, 0},
                {"y[i] = x[i] + z[i]", 3.25, 3.25},
                {"y[i] = x[i] - z[i]", 2.75, 3.25},
                {"y[i] = x[i] * z[i]", 0.75, 0.75},
                {"y[i] = x[i] / z[i]", 12, 12},
                {"y[i] = sqrt(x[i])", 1.7320508075688772, 1.7320508075688772},
                {"y[i] = exp(z[i])", 1.2840254166877414, 2.568050833375483},
                {"y[i] = tanh(z[i])", 0.24491866240370913,
                 4 * 0.24491866240370913},
                {"y[i] = x[i] * 0.5", 1.5, 1.5},
                {"y[i] = -(x[i] * z[i])", -0.75, 0.75},
                {"y[i] = prod[k in 0..3] x[i]", 27, 27 + 27 + 27},
        };
        double v, e;
        uint8_t undecided;

        for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
                scale_of(row[i].body, (float)x, (float)z, &v, &e, &undecided);
                ck_assert_msg(fabs(v - row[i].v) < 1e-15 * 10, "%s: %g",
                              row[i].body, v);
                ck_assert_msg(fabs(e - u * row[i].e) <= 1e-6 * u * row[i].e,
                              "%s: e %g u", row[i].body, e / u);
                ck_assert(!undecided);
        }
}
END_TEST

START_TEST(scale_of_nested_forms)
{
        const double u = 0x1p-24;
        double v, e, a, b, fa, fb;
        uint8_t undecided;

        /* (x z) (x + z) */
        fa = 0.75;
        a = u * fa;
        fb = 3.25;
        b = u * fb;
        scale_of("y[i] = (x[i] * z[i]) * (x[i] + z[i])", 3, 0.25F, &v, &e,
                 &undecided);
        ck_assert_double_eq_tol(e, fa * b + fb * a + a * b + u * fa * fb,
                                1e-18);
        /* (x z) / (x + z) */
        scale_of("y[i] = (x[i] * z[i]) / (x[i] + z[i])", 3, 0.25F, &v, &e,
                 &undecided);
        ck_assert_double_eq_tol(e, (a + fa / fb * b) / (fb - b) + u * fa / fb,
                                1e-18);
        /* A divisor that may be 0: anything is honest. */
        scale_of("y[i] = x[i] / ((x[i] + z[i]) - x[i] - z[i])", 3, 0.1F, &v,
                 &e, &undecided);
        ck_assert(undecided || isinf(v));
        /* A cast adds the type's own roundoff and rounds the value. */
        scale_of("y[i] = f16(x[i] * z[i])", 3, 0.3F, &v, &e, &undecided);
        ck_assert_double_eq(v, dtype_round(DTYPE_F16, 3 * (double)0.3F));
        ck_assert_double_eq_tol(e, u * 3 * (double)0.3F + 0x1p-11 * v, 1e-15);
        /* 0.1 is not a number of f32. */
        scale_of("y[i] = x[i] * 0.1", 3, 0, &v, &e, &undecided);
        ck_assert_double_eq_tol(e, 3 * fabs(0.1 - (double)0.1F) + u * 0.3,
                                1e-16);
}
END_TEST

START_TEST(undecided_choices_cover_both_branches)
{
        const double u = 0x1p-24;
        double v, e;
        uint8_t undecided;

        /* x + z - x is 0.25 +- u (...): compared with itself exactly. */
        scale_of("y[i] = (x[i] + z[i]) - x[i] > 0.25 ? 10 : 20", 3, 0.25F, &v,
                 &e, &undecided);
        ck_assert(undecided);
        ck_assert(v == 10 || v == 20);
        ck_assert_double_ge(e, 10);
        scale_of("y[i] = (x[i] + z[i]) - x[i] > 0.26 ? 10 : 20", 3, 0.25F, &v,
                 &e, &undecided);
        ck_assert(!undecided);
        ck_assert_double_eq(v, 20);
        ck_assert_double_eq(e, 0);
        /* relu near 0: the hull is as small as the error. */
        scale_of("y[i] = (x[i] + z[i]) > 0 ? x[i] + z[i] : 0", 3, -3, &v, &e,
                 &undecided);
        ck_assert(undecided);
        ck_assert_double_le(e, 10 * u);
        /* A step of a computed number. */
        scale_of("y[i] = floor(x[i] * z[i])", 3, 1, &v, &e, &undecided);
        ck_assert(undecided);
        ck_assert_double_ge(e, 1);
        scale_of("y[i] = floor(x[i] * z[i])", 3, 0.5F, &v, &e, &undecided);
        ck_assert(!undecided);
        ck_assert_double_eq(e, 0);
}
END_TEST

/* An intermediate that feeds a contraction may be rounded to its type. */
START_TEST(intermediates_of_contractions_may_be_narrow)
{
        const char *form = "kernel t { size N; in x: %s[N, N], w: %s[N, N]\n"
                           "out y: f32[N, N]\n"
                           "t[i, j] = x[i, j] * 2\n"
                           "y[i, j] = sum[k] t[i, k] * w[k, j] }";
        double unit[2] = {0x1p-24, 0x1p-11};
        const char *type[2] = {"f32", "f16"};
        char text[512];
        struct bench b;
        struct box y;

        for (int n = 0; n < 2; n++) {
                snprintf(text, sizeof text, form, type[n], type[n]);
                bench_open(&b, text);
                bench_bind(&b, "N=1");
                bench_fill(&b, 1, DIST_SMALL_INTS, 1);
                dtype_store(dtype_from_name(type[n]), bench_input(&b, "x"), 0,
                            1);
                dtype_store(dtype_from_name(type[n]), bench_input(&b, "w"), 0,
                            1);
                box_whole(&y, &b, "y");
                box_fill(&y, &b);
                /* product's own u, narrowing, product, sum */
                ck_assert_double_eq_tol(y.values.e[0],
                                        2 * 0x1p-24 + 2 * unit[n] +
                                                2 * 0x1p-24 + 2 * 0x1p-24,
                                        1e-12);
                box_free(&y);
                bench_close(&b);
        }
}
END_TEST

START_TEST(argmax_accepts_keys_as_good)
{
        const char *text = "kernel t { size N; in x: f32[N]\n"
                           "out a: i64, c: i64\n"
                           "a = argmax[j] x[j]\n"
                           "c = argmax[j] x[j] * 3.3 }";
        static const float keys[] = {1, 5, 2, 5, 4.9F, -1};
        struct error err = {0};
        struct bench b;
        struct box a;
        bool accepted;

        bench_open(&b, text);
        bench_bind(&b, "N=6");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        memcpy(bench_input(&b, "x"), keys, sizeof keys);
        box_whole(&a, &b, "a");
        box_fill(&a, &b);
        ck_assert_int_eq(a.values.integer[0], 1); /* the first one wins */
        ck_assert(!a.values.undecided[0]);
        box_free(&a);
        box_whole(&a, &b, "c");
        box_fill(&a, &b);
        ck_assert_int_eq(a.values.integer[0], 1);
        ck_assert(a.values.undecided[0]);
        for (int64_t p = 0; p < 6; p++) {
                ck_assert(oracle_accepts_index(b.oracle, &b.binding,
                                               bench_inputs(&b), a.tensor,
                                               NULL, p, &accepted, &err) == 0);
                ck_assert_msg(accepted == (p == 1 || p == 3), "%d", (int)p);
        }
        box_free(&a);
        bench_close(&b);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                scale_follows_the_rules, scale_of_nested_forms,
                undecided_choices_cover_both_branches,
                intermediates_of_contractions_may_be_narrow,
                argmax_accepts_keys_as_good};

        if (oracle_fixture_begin() < 0)
                return EXIT_FAILURE;
        return oracle_fixture_end(check_main("oracle_express", tests, 5));
}
