/*
 * Orders of chained products: which there are, what each costs, and that
 * every one is a spec of the same function.
 */
#include "lower/regroup.h"

#include <check.h>
#include <stdlib.h>

#include "check_main.h"
#include "spec_evaluator.h"
#include "spec_fixture.h"

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
        struct evaluator *x = calloc(1, sizeof *x), *y = calloc(1, sizeof *y);
        struct binding binding;
        void *data[LIMIT_TENSORS] = {NULL};

        binding_init(&binding, a);
        for (int i = 0; i < a->size_count; i++)
                binding.size[i] = 3 + i;
        for (int t = 0; t < a->tensor_count; t++) {
                const struct tensor *tensor = a->tensor[t];
                int64_t n = spec_tensor_elements(tensor, &binding, NULL);

                if (tensor->role != TENSOR_IN)
                        continue;
                data[t] = calloc((size_t)n, dtype_bytes(tensor->dtype));
                for (int64_t i = 0; i < n; i++)
                        dtype_store(tensor->dtype, data[t], i,
                                    (double)((i * 7 + t) % 5) - 2);
        }
        evaluator_run(x, a, &binding, data);
        evaluator_run(y, b, &binding, data);
        for (int t = 0; t < a->tensor_count; t++)
                for (int64_t i = 0;
                     a->tensor[t]->role == TENSOR_OUT &&
                     i < spec_tensor_elements(a->tensor[t], &binding, NULL);
                     i++)
                        ck_assert_double_eq(x->tensor[t][i], y->tensor[t][i]);
        evaluator_dispose(x);
        evaluator_dispose(y);
        free(x);
        free(y);
        for (int t = 0; t < a->tensor_count; t++)
                free(data[t]);
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

int main(void)
{
        const TTest *const tests[] = {test_orders, test_no_orders, test_steps};

        return check_main("regroup", tests, 3);
}
