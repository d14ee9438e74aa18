/* Which specs a BLAS computes whole, and with what it is called. */
#include "evaluate/gemm.h"

#include "check_main.h"

#include <stdio.h>
#include <string.h>

static bool find(const char *body, struct gemm *gemm)
{
        char text[512];
        struct binding binding;
        struct error err = {0};
        struct spec *spec;
        bool found;
        int n = snprintf(text, sizeof text, "kernel k {\n%s\n}\n", body);

        ck_assert_msg(spec_parse(text, (size_t)n, "k.kernel", &spec, &err) ==
                              0,
                      "%s", err.text);
        binding_init(&binding, spec);
        for (int i = 0; i < spec->size_count; i++)
                binding.size[i] = 3 + i;
        found = gemm_find(spec, &binding, gemm);
        spec_free(spec);
        return found;
}

#define SIZES " size M, N, K, B\n"

/* M=3 N=4 K=5 B=6 in all of these. */
static const struct {
        const char *body;
        int batch, trans_a, trans_b, a, b, bias;
} products[] = {
        {SIZES " in a: f32[M, K], b: f32[K, N]\n out c: f32[M, N]\n"
               " c[i, j] = sum[k] a[i, k] * b[k, j]",
         1, 0, 0, 0, 1, -1},
        {SIZES " in b: f64[K, N], a: f64[M, K]\n out c: f64[M, N]\n"
               " c[i, j] = sum[k] b[k, j] * a[i, k]",
         1, 0, 0, 1, 0, -1},
        {SIZES " in a: f32[K, M], w: f32[N, K], g: f32[N]\n"
               " out c: f32[M, N]\n"
               " c[i, j] = g[j] + sum[k] a[k, i] * w[j, k]",
         1, 1, 1, 0, 1, 2},
        {SIZES " in a: f32[B, M, K], b: f32[B, N, K]\n"
               " out c: f32[B, M, N]\n"
               " c[t, i, j] = sum[k] a[t, i, k] * b[t, j, k]",
         6, 0, 1, 0, 1, -1},
};

START_TEST(products_are_found)
{
        for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
                struct gemm g;

                ck_assert_msg(find(products[i].body, &g), "%s",
                              products[i].body);
                ck_assert_int_eq(g.m, 3);
                ck_assert_int_eq(g.n, 4);
                ck_assert_int_eq(g.k, 5);
                ck_assert_int_eq(g.f64, i == 1);
                ck_assert_int_eq(g.batch, products[i].batch);
                ck_assert_int_eq(g.trans_a, products[i].trans_a);
                ck_assert_int_eq(g.trans_b, products[i].trans_b);
                ck_assert_int_eq(g.a, products[i].a);
                ck_assert_int_eq(g.b, products[i].b);
                ck_assert_int_eq(g.bias, products[i].bias);
        }
}
END_TEST

/* A BLAS that did only a part would be a baseline of something else. */
START_TEST(near_misses_are_not)
{
        static const char *const others[] = {
                SIZES " in a: f32[M, K], b: f32[K, N]\n out c: f32[M, N]\n"
                      " c[i, j] = max(sum[k] a[i, k] * b[k, j], 0)",
                SIZES " in a: f32[M, K], b: f32[K, N]\n out c: f32[M, N]\n"
                      " c[i, j] = sum[k in 0..i + 1] (a[i, k] else 0) *"
                      " (b[k, j] else 0)",
                SIZES " in a: f16[M, K], b: f16[K, N]\n out c: f16[M, N]\n"
                      " c[i, j] = sum[k] a[i, k] * b[k, j]",
                SIZES " in a: f32[M, K], b: f32[K, N], g: f32[M]\n"
                      " out c: f32[M, N]\n"
                      " c[i, j] = g[i] + sum[k] a[i, k] * b[k, j]",
                SIZES " in a: f32[M, K], b: f32[K, N]\n out c: f32[N, M]\n"
                      " c[j, i] = sum[k] a[i, k] * b[k, j] * 2",
                SIZES " in a: f32[M, K]\n out c: f32[M]\n"
                      " c[i] = sum[k] a[i, k] * a[i, k]",
                SIZES " in a: f32[M, K], b: f32[K, N]\n out c: f32[M, N]\n"
                      " c[i, j] = max[k] a[i, k] * b[k, j]",
        };

        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
                struct gemm g;

                ck_assert_msg(!find(others[i], &g), "%s", others[i]);
        }
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {products_are_found, near_misses_are_not};

        return check_main("gemm", tests, 2);
}
