/*
 * Selections in the oracle: the order and its ties, and which indices and
 * values an honest kernel may give when keys carry an error. The latter is
 * held against lists whose keys are moved within their intervals.
 */
#include <math.h>

#include "check_main.h"
#include "core/rng.h"
#include "oracle_fixture.h"

/* ---- the order ---- */

static void expect_order(struct bench *b, const char *name, int first,
                         const int64_t *want)
{
        int64_t extent[LIMIT_RANK];
        struct box box;

        box_whole(&box, b, name);
        box_fill(&box, b);
        spec_tensor_elements(box.tensor, &b->binding, extent);
        for (int64_t i = 0; i < extent[0]; i++) {
                ck_assert_msg(box.values.integer[i] == want[first + i],
                              "%s[%d] is %d, not %d", name, (int)i,
                              (int)box.values.integer[i],
                              (int)want[first + i]);
                ck_assert(!box.values.undecided[i]);
        }
        box_free(&box);
}

/* NaN is the greatest, -0 is 0, equals by the lower index. */
START_TEST(order_is_total)
{
        static const int64_t up[] = {6, 3, 0, 2, 7, 1, 8, 4, 5},
                             down[] = {4, 5, 8, 1, 0, 2, 7, 3, 6};
        const float keys[] = {0,   1,         -0.0F, -1,      NAN,
                              NAN, -INFINITY, 0,     INFINITY};
        struct bench b;
        struct box v;

        bench_open(&b, "kernel t { size N in 5..=64\n"
                       "in x: f32[N] nonfinite\n"
                       "out s: i64[N], t: i64[5], v: f32[N], w: i64[N]\n"
                       "v[r], s[r] = sort[j] x[j]\n"
                       "t[r] = argtop[j, 5] x[j]\n"
                       "w[r] = argtop[j, N] x[j] }");
        bench_bind(&b, "N=9");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        memcpy(bench_input(&b, "x"), keys, sizeof keys);
        expect_order(&b, "s", 0, up);
        expect_order(&b, "t", 0, down);
        expect_order(&b, "w", 0, down);
        box_whole(&v, &b, "v");
        box_fill(&v, &b);
        for (int r = 0; r < 9; r++)
                ck_assert(v.values.v[r] == keys[up[r]] ||
                          (isnan(v.values.v[r]) && r >= 7));
        box_free(&v);
        bench_close(&b);
}
END_TEST

/* Exact keys leave no choice, not even among equals. */
START_TEST(exact_keys_have_one_order)
{
        struct error err = {0};
        struct bench b;
        struct box p;
        bool accepted;

        bench_open(&b, "kernel t { size N in 3..=99; in x: f32[N], "
                       "k: i32[N]\nout p: i64[3], q: i64[N]\n"
                       "p[r] = argbottom[j, 3] -abs(x[j])\n"
                       "q[r] = argsort[j] k[j] % 2 }");
        bench_bind(&b, "N=6");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        for (int j = 0; j < 6; j++) {
                ((float *)bench_input(&b, "x"))[j] = j % 2 ? 2 : -2;
                ((int32_t *)bench_input(&b, "k"))[j] = j;
        }
        expect_order(&b, "p", 0, (const int64_t[]){0, 1, 2});
        expect_order(&b, "q", 0, (const int64_t[]){0, 2, 4, 1, 3, 5});
        box_whole(&p, &b, "p");
        for (int64_t r = 0; r < 3; r++)
                for (int64_t q = -1; q < 7; q++) {
                        ck_assert(oracle_accepts_index(b.oracle, &b.binding,
                                                       bench_inputs(&b),
                                                       p.tensor, &r, q,
                                                       &accepted, &err) == 0);
                        ck_assert_int_eq(accepted, q == r);
                }
        box_free(&p);
        bench_close(&b);
}
END_TEST

/* ---- keys that carry an error ---- */

enum { KEYS = 12, TAKEN = 7 };

struct moved {
        double key;
        int64_t at;
};

/* Descending; ascending for a negative sign. */
static double sign;

static int by_key(const void *left, const void *right)
{
        const struct moved *a = left, *b = right;

        if (a->key != b->key)
                return sign * a->key > sign * b->key ? -1 : 1;
        return (a->at > b->at) - (a->at < b->at);
}

static void move(struct moved *list, const struct box *keys, double width,
                 struct rng *rng)
{
        for (int j = 0; j < KEYS; j++) {
                double share = (double)rng_below(rng, 2001) / 1000 - 1;

                list[j].key =
                        keys->values.v[j] + share * width * keys->values.e[j];
                list[j].at = j;
        }
        qsort(list, KEYS, sizeof *list, by_key);
}

/* Whatever rounding makes of the keys, its order and values are accepted;
 * what it cannot make is not. */
static void check_moved(struct bench *b, const char *index, const char *value,
                        struct rng *rng)
{
        bool seen[TAKEN][KEYS] = {{false}}, accepted;
        struct error err = {0};
        struct moved list[KEYS];
        struct box keys, p, v;
        double widest = 0;

        box_whole(&keys, b, "c");
        box_fill(&keys, b);
        box_whole(&p, b, index);
        box_fill(&p, b);
        box_whole(&v, b, value);
        box_fill(&v, b);
        for (int j = 0; j < KEYS; j++)
                widest = fmax(widest, keys.values.e[j]);
        for (int n = 0; n < 4000; n++) {
                move(list, &keys, 4, rng);
                for (int r = 0; r < TAKEN; r++)
                        seen[r][list[r].at] = true;
                move(list, &keys, 1, rng);
                for (int r = 0; r < TAKEN; r++)
                        check_each(fabs(list[r].key - v.values.v[r]) <=
                                           v.values.e[r] * (1 + 1e-9),
                                   "rank %d of %s", r, index);
        }
        for (int64_t r = 0; r < TAKEN; r++) {
                int ways = 0;

                for (int64_t q = 0; q < KEYS; q++) {
                        ck_assert(oracle_accepts_index(b->oracle, &b->binding,
                                                       bench_inputs(b),
                                                       p.tensor, &r, q,
                                                       &accepted, &err) == 0);
                        ck_assert_msg(accepted || !seen[r][q],
                                      "%d at rank %d of %s", (int)q, (int)r,
                                      index);
                        ck_assert(!accepted ||
                                  fabs(keys.values.v[q] - v.values.v[r]) <=
                                          8 * widest);
                        ways += accepted;
                }
                ck_assert_int_ge(ways, 1);
                ck_assert_int_eq(p.values.undecided[r], ways > 1);
        }
        box_free(&keys);
        box_free(&p);
        box_free(&v);
}

START_TEST(what_rounding_allows_is_accepted)
{
        struct rng rng = {7, 0};
        struct bench b;
        float *x;

        bench_open(&b, "kernel t { size N in 7..=99; in x: f32[N]\n"
                       "out c: f32[N], p: i64[7], v: f32[7]\n"
                       "out q: i64[7], w: f32[7]\n"
                       "c[j] = j % 3 == 0 ? x[j] : x[j] * 3.3 / 3.3\n"
                       "v[r], p[r] = top[j, 7] "
                       "(j % 3 == 0 ? x[j] : x[j] * 3.3 / 3.3)\n"
                       "w[r], q[r] = bottom[j, 7] "
                       "(j % 3 == 0 ? x[j] : x[j] * 3.3 / 3.3) }");
        bench_bind(&b, "N=12");
        for (int n = 0; n < 40; n++) {
                bench_fill(&b, (uint64_t)n, DIST_NORMAL, 1);
                x = bench_input(&b, "x");
                /* From all apart to all the same. */
                for (int j = 0; j < KEYS; j++)
                        x[j] = 1 + (float)rng_below(&rng, 1ULL << (n % 10)) *
                                           0x1p-23F;
                sign = 1;
                check_moved(&b, "p", "v", &rng);
                sign = -1;
                check_moved(&b, "q", "w", &rng);
        }
        bench_close(&b);
}
END_TEST

/* ---- a term left out ---- */

START_TEST(a_dropped_term_is_missed)
{
        struct error err = {0};
        struct bench b;
        struct box v;

        bench_open(&b, "kernel t { size N in 2..=99; in x: f32[N]\n"
                       "out v: f32[2], w: f32[N]\n"
                       "v[r] = top[j, 2] x[j]\nw[r] = sort[j] x[j] }");
        bench_bind(&b, "N=4");
        bench_fill(&b, 1, DIST_NORMAL, 1);
        memcpy(bench_input(&b, "x"), (float[]){3, 1, 2, 9}, 16);
        box_whole(&v, &b, "v");
        ck_assert_int_eq(oracle_box_mutated(b.oracle, 1, &b.binding,
                                            bench_inputs(&b), v.tensor, v.low,
                                            v.high, 1, &v.values, &err),
                         0);
        ck_assert(v.values.v[0] == 3 && v.values.v[1] == 2);
        box_free(&v);
        /* A sort without one has no last element. */
        box_whole(&v, &b, "w");
        ck_assert_int_eq(oracle_box_mutated(b.oracle, 2, &b.binding,
                                            bench_inputs(&b), v.tensor, v.low,
                                            v.high, 1, &v.values, &err),
                         ERR_INPUT);
        box_free(&v);
        bench_close(&b);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                order_is_total, exact_keys_have_one_order,
                what_rounding_allows_is_accepted, a_dropped_term_is_missed};

        if (oracle_fixture_begin() < 0)
                return EXIT_FAILURE;
        return oracle_fixture_end(check_main("oracle_select", tests, 4));
}
