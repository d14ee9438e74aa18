/*
 * The accuracy rule as a whole: kernels that an honest author could write
 * pass at every size and distribution, and wrong ones do not.
 */
#include <math.h>

#include "check_main.h"
#include "oracle_fixture.h"

/* ---- the judge ---- */

/* Answer and constant for an output; the amplitude is halved until honest
 * orders do not overflow. */
static double prepare(struct bench *b, struct box *box, uint64_t seed,
                      enum distribution distribution)
{
        double constant = 0, amplitude = 1;
        struct error err = {0};
        bool overflow = true;
        int rc = 0;

        for (int i = 0; i < 30 && overflow; i++) {
                bench_fill(b, seed, distribution, amplitude);
                rc = oracle_constant(b->oracle, &b->binding, bench_inputs(b),
                                     box->tensor, box->low, box->high,
                                     &constant, &overflow, &err);
                amplitude /= 2;
        }
        ck_assert_msg(rc == 0, "%s", err.text);
        ck_assert_double_ge(constant, 4);
        box_fill(box, b);
        return constant;
}

/* Elements refused. */
static int64_t refused(struct bench *b, const struct box *box, double constant,
                       const void *actual)
{
        int64_t count = 0;

        for (int64_t i = 0; i < box->elements; i++)
                count += !oracle_accepts(b->spec, box->tensor, constant,
                                         &box->values, i, actual, i, NULL);
        return count;
}

/* ---- matrix product: honest orders and slips ---- */

enum way {
        FORWARD,
        BACKWARD,
        FUSED,
        EIGHT_SUMS,
        PAIRWISE, /* honest */
        HONEST_WAYS,
        ZEROS = HONEST_WAYS,
        TERM_DROPPED,
        BF16_OPERANDS,
        TF32_OPERANDS,
        HALF_SUM,
        WAYS
};

static float bf16(float x)
{
        return (float)dtype_round(DTYPE_BF16, x);
}

static float tf32(float x)
{
        float scale = (float)ldexp(1, ilogbf(x) - 10);

        return x == 0 || !isfinite(x) ? x : nearbyintf(x / scale) * scale;
}

static float pairwise(const float *a, const float *b, int64_t stride,
                      int64_t n)
{
        if (n == 1)
                return a[0] * b[0];
        return pairwise(a, b, stride, n / 2) +
               pairwise(a + n / 2, b + n / 2 * stride, stride, n - n / 2);
}

static float dot(enum way way, const float *a, const float *b, int64_t stride,
                 int64_t n)
{
        float sum = 0, part[8] = {0};

        switch (way) {
        case FORWARD:
                for (int64_t k = 0; k < n; k++)
                        sum += a[k] * b[k * stride];
                return sum;
        case BACKWARD:
                for (int64_t k = n - 1; k >= 0; k--)
                        sum += a[k] * b[k * stride];
                return sum;
        case FUSED:
                for (int64_t k = 0; k < n; k++)
                        sum = fmaf(a[k], b[k * stride], sum);
                return sum;
        case EIGHT_SUMS:
                for (int64_t k = 0; k < n; k++)
                        part[k % 8] += a[k] * b[k * stride];
                for (int i = 0; i < 8; i++)
                        sum += part[i];
                return sum;
        case PAIRWISE:
                return pairwise(a, b, stride, n);
        case TERM_DROPPED:
                for (int64_t k = 0; k < n - 1; k++)
                        sum += a[k] * b[k * stride];
                return sum;
        case BF16_OPERANDS:
                for (int64_t k = 0; k < n; k++)
                        sum += bf16(a[k]) * bf16(b[k * stride]);
                return sum;
        case TF32_OPERANDS:
                for (int64_t k = 0; k < n; k++)
                        sum += tf32(a[k]) * tf32(b[k * stride]);
                return sum;
        case HALF_SUM:
                for (int64_t k = 0; k < n; k++)
                        sum = (float)dtype_round(DTYPE_F16,
                                                 sum + a[k] * b[k * stride]);
                return sum;
        default:
                return 0;
        }
}

static const char matmul_text[] =
        "kernel t { size M, N, K; in a: f32[M, K], b: f32[K, N]\n"
        "out c: f32[M, N]; c[i, j] = sum[k] a[i, k] * b[k, j] }";

static void matmul(enum way way, struct bench *b, float *c)
{
        int64_t m = b->binding.size[0], n = b->binding.size[1];
        int64_t k = b->binding.size[2];
        const float *x = bench_input(b, "a"), *w = bench_input(b, "b");

        for (int64_t i = 0; i < m * n; i++)
                c[i] = dot(way, x + i / n * k, w + i % n, n, k);
}

START_TEST(matrix_products)
{
        static const char *const size[] = {"M=1 N=1 K=1", "M=3 N=65 K=16",
                                           "M=17 N=5 K=300", "M=4 N=4 K=2000"};
        struct bench b;
        struct box box;
        double constant;
        float *c;

        bench_open(&b, matmul_text);
        for (int s = 0; s < 4; s++)
                for (enum distribution d = 0; d < DIST_COUNT; d++) {
                        bench_bind(&b, size[s]);
                        box_whole(&box, &b, "c");
                        constant = prepare(&b, &box, (uint64_t)s, d);
                        c = calloc((size_t)box.elements, sizeof *c);
                        for (enum way w = 0; w < HONEST_WAYS; w++) {
                                matmul(w, &b, c);
                                ck_assert_msg(
                                        refused(&b, &box, constant, c) == 0,
                                        "way %d, %s, %s: C %g", w, size[s],
                                        distribution_name(d), constant);
                        }
                        for (enum way w = ZEROS; w < WAYS; w++) {
                                if (d != DIST_NORMAL || (s == 0 && w > ZEROS))
                                        continue;
                                matmul(w, &b, c);
                                ck_assert_msg(refused(&b, &box, constant, c) >
                                                      0,
                                              "way %d, %s: C %g", w, size[s],
                                              constant);
                        }
                        free(c);
                        box_free(&box);
                }
        bench_close(&b);
}
END_TEST

/* With `allow tf32` tensor cores are honest, bf16 is still not. */
START_TEST(tf32_is_a_permission)
{
        struct bench b;
        struct box box;
        double constant;
        float *c;

        bench_open(&b, "kernel t { size M, N, K; in a: f32[M, K], "
                       "b: f32[K, N]\n out c: f32[M, N]\n"
                       "c[i, j] = sum[k] a[i, k] * b[k, j]\nallow tf32 }");
        bench_bind(&b, "M=8 N=8 K=256");
        box_whole(&box, &b, "c");
        constant = prepare(&b, &box, 3, DIST_NORMAL);
        c = calloc((size_t)box.elements, sizeof *c);
        matmul(TF32_OPERANDS, &b, c);
        ck_assert_int_eq(refused(&b, &box, constant, c), 0);
        matmul(TERM_DROPPED, &b, c);
        ck_assert_int_gt(refused(&b, &box, constant, c), 0);
        free(c);
        box_free(&box);
        bench_close(&b);
}
END_TEST

/* ---- softmax and layer norm in f32 ---- */

static void softmax(const float *x, float *y, int64_t rows, int64_t n,
                    bool base_two)
{
        for (int64_t i = 0; i < rows; i++, x += n, y += n) {
                float m = -INFINITY, s = 0;

                for (int64_t j = 0; j < n; j++)
                        m = fmaxf(m, x[j]);
                for (int64_t j = 0; j < n; j++) {
                        y[j] = base_two ? exp2f(fmaf(x[j], 1.44269504F,
                                                     -m * 1.44269504F))
                                        : expf(x[j] - m);
                        s += y[j];
                }
                for (int64_t j = 0; j < n; j++)
                        y[j] = base_two ? y[j] * (1 / s) : y[j] / s;
        }
}

START_TEST(softmax_in_f32)
{
        static const char *const size[] = {"M=1 N=1", "M=5 N=33",
                                           "M=3 N=3000"};
        struct bench b;
        struct box box;
        double constant;
        float *y;

        bench_open(&b, spec_examples[0]);
        for (int s = 0; s < 3; s++)
                for (enum distribution d = 0; d < DIST_COUNT; d++) {
                        bench_bind(&b, size[s]);
                        box_whole(&box, &b, "y");
                        constant = prepare(&b, &box, 7, d);
                        y = calloc((size_t)box.elements, sizeof *y);
                        for (int two = 0; two < 2; two++) {
                                softmax(bench_input(&b, "x"), y,
                                        b.binding.size[0], b.binding.size[1],
                                        two);
                                ck_assert_msg(refused(&b, &box, constant, y) ==
                                                      0,
                                              "%s %s %d", size[s],
                                              distribution_name(d), two);
                        }
                        for (int64_t i = 0; i < box.elements; i++)
                                y[i] = bf16((float)box.values.v[i]);
                        if (s > 0 && d == DIST_NORMAL)
                                ck_assert_int_gt(
                                        refused(&b, &box, constant, y), 0);
                        free(y);
                        box_free(&box);
                }
        bench_close(&b);
}
END_TEST

static void layer_norm(struct bench *b, float *y, bool biased)
{
        int64_t rows = b->binding.size[0], n = b->binding.size[1];
        const float *x = bench_input(b, "x"), *g = bench_input(b, "g");
        const float *h = bench_input(b, "b");
        float eps = (float)b->binding.param[0];

        for (int64_t i = 0; i < rows; i++, x += n, y += n) {
                float mean = 0, var = 0, r;

                for (int64_t j = 0; j < n; j++)
                        mean += x[j];
                mean /= (float)n;
                for (int64_t j = 0; j < n; j++)
                        var += (x[j] - mean) * (x[j] - mean);
                r = 1 / sqrtf(var / (float)n + eps);
                for (int64_t j = 0; j < n; j++)
                        y[j] = (x[j] - mean) * r * g[j] + (biased ? h[j] : 0);
        }
}

START_TEST(layer_norm_in_f32)
{
        static const char *const size[] = {"M=2 N=2", "M=7 N=100",
                                           "M=2 N=4001"};
        struct bench b;
        struct box box;
        double constant;
        float *y;

        bench_open(&b, spec_examples[6]);
        for (int s = 0; s < 3; s++)
                for (enum distribution d = 0; d < DIST_COUNT; d++) {
                        bench_bind(&b, size[s]);
                        box_whole(&box, &b, "y");
                        constant = prepare(&b, &box, 11, d);
                        y = calloc((size_t)box.elements, sizeof *y);
                        layer_norm(&b, y, true);
                        ck_assert_msg(refused(&b, &box, constant, y) == 0,
                                      "%s %s", size[s], distribution_name(d));
                        layer_norm(&b, y, false);
                        if (d == DIST_NORMAL)
                                ck_assert_int_gt(
                                        refused(&b, &box, constant, y), 0);
                        free(y);
                        box_free(&box);
                }
        bench_close(&b);
}
END_TEST

/* ---- 16-bit types ---- */

static const char half_text[] =
        "kernel t { size M, N, K; in a: f16[M, K], b: f16[K, N]\n"
        "out c: f16[M, N]; c[i, j] = sum[k] a[i, k] * b[k, j] }";

/* f32 sums are honest, f16 sums are not. */
static void half_matmul(struct bench *b, void *c, bool half_sum)
{
        int64_t m = b->binding.size[0], n = b->binding.size[1];
        int64_t k = b->binding.size[2];
        float sum;

        for (int64_t i = 0; i < m * n; i++) {
                sum = 0;
                for (int64_t q = 0; q < k; q++) {
                        sum += (float)dtype_load(DTYPE_F16,
                                                 bench_input(b, "a"),
                                                 i / n * k + q) *
                               (float)dtype_load(DTYPE_F16,
                                                 bench_input(b, "b"),
                                                 q * n + i % n);
                        if (half_sum)
                                sum = (float)dtype_round(DTYPE_F16, sum);
                }
                dtype_store(DTYPE_F16, c, i, sum);
        }
}

START_TEST(half_precision)
{
        static const char *const size[] = {"M=4 N=70 K=16", "M=5 N=5 K=700"};
        struct bench b;
        struct box box;
        double constant;
        void *c;

        bench_open(&b, half_text);
        for (int s = 0; s < 2; s++)
                for (enum distribution d = 0; d < DIST_COUNT; d++) {
                        bench_bind(&b, size[s]);
                        box_whole(&box, &b, "c");
                        constant = prepare(&b, &box, 5, d);
                        c = calloc((size_t)box.elements, 2);
                        half_matmul(&b, c, false);
                        ck_assert_msg(refused(&b, &box, constant, c) == 0,
                                      "%s %s", size[s], distribution_name(d));
                        half_matmul(&b, c, true);
                        if (d == DIST_NORMAL)
                                ck_assert_int_gt(
                                        refused(&b, &box, constant, c),
                                        box.elements / 4);
                        free(c);
                        box_free(&box);
                }
        bench_close(&b);
}
END_TEST

START_TEST(overflow_is_told)
{
        struct error err = {0};
        bool overflow = false;
        struct bench b;
        struct box box;
        double constant;

        bench_open(&b, half_text);
        bench_bind(&b, "M=4 N=4 K=64");
        box_whole(&box, &b, "c");
        bench_fill(&b, 1, DIST_OFFSET, 1); /* 64 * 100 * 100 > 65504 */
        ck_assert_int_eq(oracle_constant(b.oracle, &b.binding,
                                         bench_inputs(&b), box.tensor, box.low,
                                         box.high, &constant, &overflow, &err),
                         ERR_INPUT);
        ck_assert(overflow);
        ck_assert_msg(strstr(err.text, "amplitude") != NULL, "%s", err.text);
        box_free(&box);
        bench_close(&b);
}
END_TEST

/* exp(-x) leaves f32 long before float64: the amplitude goes down, not the
 * sharpness of the check. */
START_TEST(overflow_on_the_way)
{
        struct bench b;
        struct box box;
        double constant;
        const float *x;
        float y[300];

        bench_open(&b, "kernel t { size N; in x: f32[N]\n out y: f32[N]\n"
                       "y[i] = x[i] / (1 + exp(-x[i])) }");
        bench_bind(&b, "N=300");
        box_whole(&box, &b, "y");
        for (enum distribution d = 0; d < DIST_COUNT; d++) {
                constant = prepare(&b, &box, 1, d);
                ck_assert_double_le(constant, 100);
                x = bench_input(&b, "x");
                for (int i = 0; i < 300; i++)
                        y[i] = x[i] / (1 + expf(-x[i]));
                ck_assert_int_eq(refused(&b, &box, constant, y), 0);
                for (int i = 0; i < 300; i++)
                        y[i] = bf16(y[i]);
                if (d == DIST_NORMAL)
                        ck_assert_int_gt(refused(&b, &box, constant, y), 200);
        }
        box_free(&box);
        bench_close(&b);
}
END_TEST

/* The constant of data that cancels is not that of data that does not, and
 * a large box is judged by a sample in bounded time. */
START_TEST(constants_are_bounded_in_time)
{
        struct error err = {0};
        bool overflow;
        struct bench b;
        struct box box = {0};
        double constant;

        bench_open(&b, matmul_text);
        bench_bind(&b, "M=3000 N=3000 K=4000");
        box.tensor = spec_find_tensor(b.spec, "c");
        box.high[0] = box.high[1] = 3000;
        bench_fill(&b, 1, DIST_NORMAL, 1);
        ck_assert(oracle_constant(b.oracle, &b.binding, bench_inputs(&b),
                                  box.tensor, box.low, box.high, &constant,
                                  &overflow, &err) == 0);
        ck_assert_double_ge(constant, 4);
        ck_assert_double_le(constant, 100);
        bench_close(&b);
}
END_TEST

static double constant_of(struct bench *b, const struct box *box, int64_t low,
                          int64_t high)
{
        struct error err = {0};
        double constant = 0;
        bool overflow;

        ck_assert_msg(oracle_constant(b->oracle, &b->binding, bench_inputs(b),
                                      box->tensor, &low, &high, &constant,
                                      &overflow, &err) == 0,
                      "%s", err.text);
        return constant;
}

/* How far a long sum strays is luck: a constant from the first and the last
 * of them alone would refuse honest kernels now and then. */
START_TEST(long_sums_are_sampled_all_over)
{
        enum { ROWS = 10 };
        double all, ends, worst = 0;
        struct bench b;
        struct box box = {0};

        bench_open(&b,
                   "kernel t { size M, N; in x: f32[M, N] ~ uniform(0, 1)\n"
                   "out y: f32[M]\n y[i] = sum[j] x[i, j] }");
        bench_bind(&b, "M=10 N=1500000");
        box.tensor = spec_find_tensor(b.spec, "y");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        all = constant_of(&b, &box, 0, ROWS);
        for (int64_t i = 0; i < ROWS; i++)
                worst = fmax(worst, constant_of(&b, &box, i, i + 1));
        ends = fmax(constant_of(&b, &box, 0, 1),
                    constant_of(&b, &box, ROWS - 1, ROWS));
        ck_assert_double_ge(all, 0.9 * worst);
        ck_assert_msg(ends < 0.9 * worst, "this seed shows nothing: %g, %g",
                      ends, worst);
        bench_close(&b);
}
END_TEST

/* Collisions of an update in any order. */
START_TEST(scattered_sums)
{
        struct bench b;
        struct box box;
        double constant;
        const float *src;
        const int64_t *idx;
        float y[7 * 5];

        bench_open(&b, spec_examples[5]);
        bench_bind(&b, "T=600 V=7 D=5");
        box_whole(&box, &b, "y");
        for (enum distribution d = 0; d < DIST_COUNT; d++) {
                constant = prepare(&b, &box, 1, d);
                src = bench_input(&b, "src");
                idx = bench_input(&b, "idx");
                for (int pass = 0; pass < 3; pass++) {
                        memset(y, 0, sizeof y);
                        for (int t = 0; t < 600; t++) {
                                int at = pass == 1 ? 599 - t : t;

                                if (pass == 2 && t == 300)
                                        continue;
                                for (int c = 0; c < 5; c++)
                                        y[idx[at] * 5 + c] += src[at * 5 + c];
                        }
                        if (pass < 2)
                                ck_assert_int_eq(
                                        refused(&b, &box, constant, y), 0);
                        else if (d == DIST_NORMAL)
                                ck_assert_int_gt(
                                        refused(&b, &box, constant, y), 0);
                }
        }
        box_free(&box);
        bench_close(&b);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {matrix_products,
                                      tf32_is_a_permission,
                                      softmax_in_f32,
                                      layer_norm_in_f32,
                                      half_precision,
                                      overflow_is_told,
                                      constants_are_bounded_in_time,
                                      scattered_sums,
                                      overflow_on_the_way,
                                      long_sums_are_sampled_all_over};

        if (oracle_fixture_begin() < 0)
                return EXIT_FAILURE;
        return oracle_fixture_end(check_main("honest", tests, 10));
}
