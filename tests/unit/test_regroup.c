/*
 * Orders of chained products: which there are, what each costs, and that
 * every one is a spec of the same function.
 */
#include "lower/regroup.h"

#include <check.h>
#include <stdlib.h>

#include "check_main.h"
#include "repo/domain.h"
#include "spec/intexpr.h"
#include "spec_fixture.h"
#include "spec_same.h"

/* What the names in a condition are sizes of. */
static const struct spec *binding_spec;

static const char factorised[] =
        "kernel fm {\n size N, D, K\n in x: f32[N, D], y: f32[N, K]\n"
        " out z: f32[N, K]\n"
        " t[d, k] = sum[m] x[m, d] * y[m, k]\n"
        " z[n, k] = sum[d] x[n, d] * t[d, k]\n}\n";

static const char single[] =
        "kernel chain {\n size M, K, L, N\n"
        " in a: f32[M, K], b: f32[K, L], c: f32[L, N]\n out y: f32[N, M]\n"
        " y[j, i] = 1 - sum[k, l] a[i, k] * b[k, l] * c[l, j] / 4\n}\n";

static const char nested[] =
        "kernel chain {\n size M, K, L, N\n"
        " in a: f32[M, K], b: f32[K, L], c: f32[L, N]\n"
        " out y: f32[M, N], r: f32[M]\n"
        " y[i, j] = max(0, sum[k] a[i, k] * (sum[l] b[k, l] * c[l, j]))\n"
        " r[i] = y[i, 0] * 2\n}\n";

/* Outputs of two specs with the same inputs are the same. */
static void check_same(const struct spec *a, const struct spec *b)
{
        struct binding binding;

        binding_init(&binding, a);
        for (int i = 0; i < a->size_count; i++)
                binding.size[i] = 3 + i;
        spec_check_same(a, b, &binding);
}

static void check_orders(const char *text, int expected)
{
        struct spec *spec = spec_must_parse(text);
        struct arena *arena = arena_new(16 << 20);

        ck_assert_int_eq(regroup_count(arena, spec), expected);
        ck_assert_ptr_eq(regroup_make(arena, spec, 0), spec);
        ck_assert_ptr_null(regroup_make(arena, spec, expected + 1));
        for (int order = 1; order <= expected; order++) {
                const struct spec *made = regroup_make(arena, spec, order);

                ck_assert_ptr_nonnull(made);
                for (int s = 0; s < made->statement_count; s++)
                        ck_assert_ptr_eq(
                                made->statement[s]->target->defined_by,
                                made->statement[s]);
                check_same(spec, made);
        }
        arena_free(arena);
        spec_free(spec);
}

START_TEST(test_orders)
{
        check_orders(factorised, 1);
        check_orders(single, 2);
        check_orders(nested, 2);
}
END_TEST

/* A declared type rounds, and what is read twice is not computed twice. */
START_TEST(test_no_orders)
{
        check_orders("kernel a {\n size N, D, K\n"
                     " in x: f32[N, D], y: f32[N, K]\n"
                     " out z: f32[N, K]\n tmp t: f16[D, K]\n"
                     " t[d, k] = sum[m] x[m, d] * y[m, k]\n"
                     " z[n, k] = sum[d] x[n, d] * t[d, k]\n}\n",
                     0);
        check_orders("kernel b {\n size N, D, K\n"
                     " in x: f32[N, D], y: f32[N, K]\n"
                     " out z: f32[N, K], q: f32[D]\n"
                     " t[d, k] = sum[m] x[m, d] * y[m, k]\n"
                     " z[n, k] = sum[d] x[n, d] * t[d, k]\n"
                     " q[d] = t[d, 0]\n}\n",
                     0);
        check_orders("kernel c {\n size M, N, K\n"
                     " in a: f32[M, K], b: f32[K, N]\n out y: f32[M, N]\n"
                     " y[i, j] = sum[k] a[i, k] * b[k, j]\n}\n",
                     0);
}
END_TEST

/* (x x^T) y against x (x^T y): 2 N N (D + K) / 2 N D K operations. */
START_TEST(test_steps)
{
        struct spec *spec = spec_must_parse(factorised);
        struct arena *arena = arena_new(16 << 20);
        struct binding binding;
        double own, other;

        binding_init(&binding, spec);
        binding.size[spec_find_size(spec, "N")->number] = 24;
        binding.size[spec_find_size(spec, "D")->number] = 224;
        binding.size[spec_find_size(spec, "K")->number] = 2198;
        own = regroup_steps(spec, &binding);
        other = regroup_steps(regroup_make(arena, spec, 1), &binding);
        ck_assert_double_gt(own / other, 14);
        ck_assert_double_lt(own / other, 19);
        arena_free(arena);
        spec_free(spec);
}
END_TEST

/* The value of a condition over sizes. */
static bool size_value(const char *name, int64_t *value, void *data)
{
        const struct binding *binding = data;
        const struct size *size = spec_find_size(binding_spec, name);

        *value = size ? binding->size[size->number] : 0;
        return size != NULL;
}

static bool holds(const struct thread_program *program,
                  struct binding *binding)
{
        struct intexpr *when;
        struct error err = {0};
        int64_t value = 1;

        ck_assert_int_le(program->when_count, 1);
        if (program->when_count == 0)
                return true;
        ck_assert_msg(intexpr_parse(program->when[0], "when", true, &when,
                                    &err) == 0,
                      "%s", err.text);
        ck_assert_msg(domain_check(when, binding_spec, "when", &err) == 0,
                      "%s", err.text);
        ck_assert(intexpr_eval(when, size_value, binding, &value, &err) == 0);
        intexpr_free(when);
        return value != 0;
}

/* The condition of an order holds exactly where it is no more work, inside
 * the ranges that it begins with; expected: the whole text, or NULL for an
 * order that is refused. */
static void check_limit(const char *text, int order, const char *expected)
{
        struct spec *spec = spec_must_parse(text);
        struct arena *arena = arena_new(16 << 20);
        const struct spec *made = regroup_make(arena, spec, order);
        struct thread_program *program = thread_new(spec);
        struct rng rng = {(uint64_t)order, 0};
        struct binding binding;
        int inside = 0;

        binding_spec = spec;
        regroup_limit(program, spec, made);
        if (!expected) {
                ck_assert_int_eq(program->failure.code, ERR_UNSUPPORTED);
                goto out;
        }
        ck_assert_msg(program->failure.code == 0, "%s", program->failure.text);
        ck_assert_str_eq(program->when_count ? program->when[0] : "",
                         expected);
        for (int n = 0; n < 2000; n++) {
                bool less;

                binding_init(&binding, spec);
                for (int i = 0; i < spec->size_count; i++)
                        binding.size[i] = 1 + (int64_t)rng_below(
                                                      &rng, 1u << (1 + n % 9));
                less = regroup_steps(made, &binding) <=
                       regroup_steps(spec, &binding);
                ck_assert_msg(holds(program, &binding) == less, "%s",
                              expected);
                inside += less;
        }
        ck_assert_int_gt(inside, 100);
        ck_assert_int_lt(inside, *expected ? 1950 : 2001);
out:
        thread_free(program);
        arena_free(arena);
        spec_free(spec);
}

/* Whether an order is worth it depends on the sizes; said so that no
 * comparison overflows, whatever the domain. */
START_TEST(test_limits)
{
        check_limit(factorised, 1,
                    "N <= 1073741824 && D <= 1073741824 && "
                    "K <= 1073741824 && N*D + N*K <= 2*D*K");
        check_limit("kernel fm {\n size B, N, D in 1..=65536\n size K\n"
                    " in x: f32[B, N, D], y: f32[B, N, 3*K]\n"
                    " out z: f32[B, N, 3*K]\n"
                    " t[b, d, k] = sum[m] x[b, m, d] * y[b, m, k]\n"
                    " z[b, n, k] = sum[d] x[b, n, d] * t[b, d, k]\n}\n",
                    1, "N*D + 3*N*K <= 6*D*K");
        /* The vector first or the matrices first: rows decide. */
        check_limit("kernel rows {\n size M in 0..=512\n size K\n"
                    " in a: f32[M, K], b: f32[K, K], c: f32[K]\n"
                    " out y: f32[M]\n"
                    " t[k] = sum[l] b[k, l] * c[l]\n"
                    " y[i] = sum[k] a[i, k] * t[k]\n}\n",
                    1, "M <= 1");
        check_limit("kernel never {\n size M, K\n"
                    " in a: f32[M + 1, K], b: f32[K, K], c: f32[K]\n"
                    " out y: f32[M + 1]\n"
                    " t[k] = sum[l] b[k, l] * c[l]\n"
                    " y[i] = sum[k] a[i, k] * t[k]\n}\n",
                    1, NULL);
        check_limit("kernel always {\n size M, K\n"
                    " in a: f32[M, K], b: f32[K, K], c: f32[K]\n"
                    " out y: f32[M]\n"
                    " t[i, l] = sum[k] a[i, k] * b[k, l]\n"
                    " y[i] = sum[l] t[i, l] * c[l]\n}\n",
                    1, "");
}
END_TEST

/* Halves are no polynomial: nothing is said, and nothing refused. */
START_TEST(test_no_limit)
{
        struct spec *spec =
                spec_must_parse("kernel fm {\n size N, D, K\n"
                                " in x: f32[N // 2, D], y: f32[N // 2, K]\n"
                                " out z: f32[N // 2, K]\n"
                                " t[d, k] = sum[m] x[m, d] * y[m, k]\n"
                                " z[n, k] = sum[d] x[n, d] * t[d, k]\n}\n");
        struct arena *arena = arena_new(16 << 20);
        struct thread_program *program = thread_new(spec);

        regroup_limit(program, spec, regroup_make(arena, spec, 1));
        ck_assert_int_eq(program->failure.code, 0);
        ck_assert_int_eq(program->when_count, 0);
        thread_free(program);
        arena_free(arena);
        spec_free(spec);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {test_orders, test_no_orders, test_steps,
                                      test_limits, test_no_limit};

        return check_main("regroup", tests, 5);
}
