/*
 * Specs that are contractions, shapes that are no multiple of anything, and
 * the comparison with a double evaluation: shared by the test that interprets
 * thread programs and the one that compiles them.
 */
#ifndef KEVO_TESTS_CONTRACTION_CASES_H
#define KEVO_TESTS_CONTRACTION_CASES_H

#include <stdio.h>
#include <string.h>

#include <check.h>

#include "check_main.h"
#include "core/rng.h"
#include "lower/lower.h"
#include "spec_evaluator.h"

static const char *const spec_text[] = {
        /* Operand orders. */
        "kernel matmul {\n size M, N, K\n in a: f32[M, K], b: f32[K, N]\n"
        " out c: f32[M, N]\n"
        " c[i, j] = sum[k] a[i, k] * b[k, j]\n}\n",
        "kernel nt {\n size M, N, K\n in a: f32[M, K], b: f32[N, K]\n"
        " out c: f32[M, N]\n"
        " c[i, j] = sum[k] a[i, k] * b[j, k]\n}\n",
        "kernel tn {\n size M, N, K\n in a: f32[K, M], b: f32[K, N]\n"
        " out c: f32[M, N]\n"
        " c[i, j] = sum[k] a[k, i] * b[k, j]\n}\n",
        "kernel tt {\n size M, N, K\n in a: f32[K, M], b: f32[N, K]\n"
        " out c: f32[N, M]\n"
        " c[j, i] = sum[k] a[k, i] * b[j, k]\n}\n",
        /* Batches, shared weights, several columns. */
        "kernel batched {\n size B, M, N, K\n"
        " in x: f32[B, M, K], w: f32[B, K, N]\n out c: f32[B, M, N]\n"
        " c[b, i, j] = sum[k] x[b, i, k] * w[b, k, j]\n}\n",
        "kernel shared {\n size B, M, N, K\n"
        " in x: f32[B, M, K], w: f32[K, N]\n out c: f32[B, M, N]\n"
        " c[b, i, j] = sum[k] x[b, i, k] * w[k, j]\n}\n",
        "kernel heads {\n size M, H, N, K\n"
        " in x: f32[M, K], w: f32[K, H, N]\n out c: f32[M, H, N]\n"
        " c[m, h, d] = sum[k] x[m, k] * w[k, h, d]\n}\n",
        "kernel interaction {\n size B, F, K\n in x: f32[B, F, K]\n"
        " out z: f32[B, F, F]\n"
        " z[b, i, j] = sum[k] x[b, i, k] * x[b, j, k]\n}\n",
        /* What stands behind the sum. */
        "kernel linear {\n size M, N, K\n"
        " in x: f32[M, K], w: f32[K, N], bias: f32[N]\n out y: f32[M, N]\n"
        " h[i, j] = sum[k] x[i, k] * w[k, j]\n"
        " y[i, j] = max(h[i, j] + bias[j], 0)\n}\n",
        "kernel gelu {\n size M, N, K\n"
        " in x: f32[M, K], w: f32[N, K], bias: f32[N]\n out y: f32[M, N]\n"
        " h[i, j] = bias[j] / 4 + (sum[k] x[i, k] * w[j, k]) / 8\n"
        " y[i, j] = 0.5 * h[i, j] * (1 + erf(h[i, j] * 0.70710678)) +"
        " tanh(h[i, j])\n}\n",
        "kernel both {\n size M, N, K\n"
        " in x: f32[M, K], w: f32[N, K], bias: f32[N]\n"
        " out h: f16[M, N], y: f32[M, N]\n"
        " h[i, j] = bias[j] + sum[k] x[i, k] * w[j, k]\n"
        " y[i, j] = h[i, j] < 0 ? h[i, j] / 8 : h[i, j]\n}\n",
        "kernel turned {\n size M, N, K\n"
        " in a: f32[M, K], b: f32[K, N], g: f32[M]\n out y: f32[N, M]\n"
        " t[i, j] = sum[k] a[i, k] * b[k, j]\n"
        " y[j, i] = t[i, j] * g[i]\n}\n",
        "kernel gated {\n size M, N, K\n"
        " in x: f32[M, K], u: f32[K, N], v: f32[K, N]\n out y: f32[M, N]\n"
        " p[i, j] = sum[k] x[i, k] * u[k, j]\n"
        " q[i, j] = sum[k] x[i, k] * v[k, j]\n"
        " y[i, j] = p[i, j] * q[i, j]\n}\n",
        /* What stands before it. */
        "kernel scaled {\n size M, N, K\n param f: f32 in 1..=2 = 2\n"
        " in a: f32[M, K], s: f32[K], b: f32[K, N]\n out c: f32[M, N]\n"
        " c[i, j] = sum[k] -(f * a[i, k]) * s[k] * b[k, j] / 4\n}\n",
        "kernel prologue {\n size M, N, K\n"
        " in a: f32[M, K], b: f32[K, N], r: f32[M]\n out c: f32[M, N]\n"
        " p[i, k] = max(a[i, k] - r[i], 0)\n"
        " c[i, j] = sum[k] p[i, k] * b[k, j]\n}\n",
        "kernel attention {\n size M, N, D\n"
        " in q: f32[M, D], k: f32[N, D], v: f32[N, D]\n out y: f32[M, D]\n"
        " s[i, j] = sum[d] q[i, d] * k[j, d]\n"
        " m[i] = max[j] s[i, j]\n"
        " e[i, j] = exp(s[i, j] - m[i])\n"
        " z[i] = sum[j] e[i, j]\n"
        " y[i, d] = (sum[j] e[i, j] * v[j, d]) / z[i]\n}\n",
        "kernel perceptron {\n size M, N, K, D\n"
        " in x: f32[M, K], w1: f32[K, D], w2: f32[D, N]\n out y: f32[M, N]\n"
        " h[i, d] = max(sum[k] x[i, k] * w1[k, d], 0)\n"
        " y[i, j] = sum[d] h[i, d] * w2[d, j]\n}\n",
        /* Implicit matrices. */
        "kernel conv1d {\n size B, C, K\n size L in 3..=1000\n const R = 3, P "
        "= 1\n"
        " in x: f32[B, C, L], w: f32[K, C, R], bias: f32[K]\n"
        " out y: f32[B, K, L + 2*P - R + 1]\n"
        " y[b, k, l] = bias[k] +"
        " sum[c, r] (x[b, c, l + r - P] else 0) * w[k, c, r]\n}\n",
        "kernel strided {\n size B, C, K\n size L in 3..=1000\n"
        " in x: f16[B, C, 2 * L + 1], w: f16[K, C, 3]\n"
        " out y: f16[B, K, L]\n"
        " y[b, k, l] = sum[c, r in 0..3] x[b, c, 2 * l + r] * w[k, c, r]\n"
        "}\n",
        "kernel strided2 {\n size B, C, K\n size H, W in 1..=100\n"
        " in x: f32[B, C, H, W], w: f32[K, C, 3, 3]\n"
        " out y: f32[B, K, (H + 1) // 2, (W + 1) // 2]\n"
        " y[b, k, i, j] = sum[c, r, s] w[k, c, r, s] *"
        " (x[b, c, i * 2 + r - 1, j * 2 + s - 1] else 0)\n}\n",
        "kernel grouped {\n size B, G, C, K\n size L in 1..=100\n"
        " in x: f32[B, G, C, L], w: f32[G, K, C, 3]\n"
        " out y: f32[B, G, K, L]\n"
        " y[b, g, k, l] = sum[c, r] w[g, k, c, r] *"
        " (x[b, g, c, l + r - 1] else 0)\n}\n",
        "kernel gathered {\n size V, T, N, K\n"
        " in table: f32[V, K], id: i32[T] in 0..V, w: f32[K, N]\n"
        " out y: f32[T, N]\n"
        " y[t, j] = sum[k] table[id[t], k] * w[k, j]\n}\n",
        "kernel padded {\n size V, T, N, K\n"
        " in table: f32[V, K], id: i32[T] in -1..V, w: f32[K, N]\n"
        " out y: f32[T, N]\n"
        " y[t, j] = id[t] >= 0 ? (sum[k] table[id[t], k]! * w[k, j]) : 0\n"
        "}\n",
        /* Types, ranges, awkward names. */
        "kernel half {\n size M, N, K\n in a: f16[M, K], b: bf16[K, N]\n"
        " out c: f16[M, N]\n"
        " c[i, j] = sum[k] a[i, k] * b[k, j]\n}\n",
        "kernel double_precision {\n size M, N, K\n"
        " in a: f64[M, K], b: f32[K, N]\n out c: f64[M, N]\n"
        " c[i, j] = sum[k] a[i, k] * b[k, j]\n}\n",
        "kernel quantised {\n size M, N, K\n"
        " in a: f32[M, K], b: i8[K, N] in -3..4, s: f32[N]\n"
        " out c: f32[M, N]\n"
        " c[i, j] = s[j] * sum[k] a[i, k] * b[k, j]\n}\n",
        "kernel part {\n size M, N, K in 2..=1000\n"
        " in a: f32[M, K], b: f32[K, N]\n out c: f32[M, N]\n"
        " c[i, j] = sum[k in 1..K] a[i, k] * b[k - 1, j]\n}\n",
        "kernel names {\n size left, right, tile\n"
        " in sums: f32[left, tile], sum_0_0: f32[tile, right]\n"
        " out panel: f32[left, right]\n"
        " panel[row, column] = sum[depth] sums[row, depth] *"
        " sum_0_0[depth, column]\n}\n",
        /* Chains of products, which have several orders. */
        "kernel factorised {\n size B, N, D, K\n"
        " in x: f16[B, N, D], y: f16[B, N, K]\n out z: f32[B, N, K]\n"
        " t[b, d, k] = sum[m] x[b, m, d] * y[b, m, k]\n"
        " z[b, n, k] = sum[d] x[b, n, d] * t[b, d, k]\n}\n",
        "kernel chain3 {\n size M, K, L, N\n"
        " in a: f32[M, K], b: f32[K, L], c: f32[L, N], bias: f32[N]\n"
        " out y: f32[M, N]\n"
        " y[i, j] = bias[j] - sum[k, l] a[i, k] * b[k, l] * c[l, j] / 2\n"
        "}\n",
        "kernel nested {\n size M, K, L, N\n"
        " in a: f32[M, K], b: f32[K, L], c: f32[L, N], s: f32[K]\n"
        " out y: f32[M, N], r: f32[M]\n"
        " y[i, j] = max(0, sum[k] a[i, k] * -(sum[l] b[k, l] * c[l, j]))\n"
        " r[i] = y[i, 0] + s[0]\n}\n",
};

enum { SPECS = sizeof(spec_text) / sizeof(spec_text[0]) };

/* Products and row passes on the same rows. */
static const char *const chain_text[] = {
        "kernel attention {\n size B, H, N, T, D\n"
        " param scale: f32 in 0.1..=1 = 0.25\n"
        " in q: f32[B, H, N, D], k: f32[B, H, T, D], v: f32[B, H, T, D]\n"
        " out y: f32[B, H, N, D]\n"
        " s[b, h, i, j] = scale * sum[d] q[b, h, i, d] * k[b, h, j, d]\n"
        " m[b, h, i] = max[j] s[b, h, i, j]\n"
        " e[b, h, i, j] = exp(s[b, h, i, j] - m[b, h, i])\n"
        " z[b, h, i] = sum[j] e[b, h, i, j]\n"
        " p[b, h, i, j] = e[b, h, i, j] / z[b, h, i]\n"
        " y[b, h, i, d] = sum[j] p[b, h, i, j] * v[b, h, j, d]\n}\n",
        "kernel divided_later {\n size N, T, D\n"
        " in q: f32[N, D], k: f32[T, D], v: f32[T, D]\n"
        " out y: f32[N, D], lse: f32[N]\n"
        " s[i, j] = sum[d] q[i, d] * k[j, d]\n"
        " m[i] = max[j] s[i, j]\n"
        " e[i, j] = exp(s[i, j] - m[i])\n"
        " z[i] = sum[j] e[i, j]\n"
        " y[i, d] = (sum[j] e[i, j] * v[j, d]) / z[i]\n"
        " lse[i] = m[i] + log(z[i])\n}\n",
        "kernel causal {\n size B, N, D\n"
        " in q: f16[B, N, D], k: f16[B, N, D], v: f16[B, N, D]\n"
        " out y: f16[B, N, D], p: f32[B, N, N]\n"
        " s[b, i, j] = sum[d] q[b, i, d] * k[b, j, d]\n"
        " c[b, i, j] = j <= i ? s[b, i, j] / 4 : -1e9\n"
        " m[b, i] = max[j] c[b, i, j]\n"
        " e[b, i, j] = exp(c[b, i, j] - m[b, i])\n"
        " p[b, i, j] = e[b, i, j] / sum[t] e[b, i, t]\n"
        " y[b, i, d] = sum[j] p[b, i, j] * v[b, j, d]\n}\n",
        "kernel pffn {\n size B, N, D, K\n"
        " in x: f16[B, N, D], w1: f16[B, D, K], b1: f16[B, 1, K]\n"
        " in w2: f16[B, K, D], g1: f16[K], g2: f16[D]\n"
        " out y: f16[B, N, D]\n"
        " a[b, n, k] = tanh((sum[d] x[b, n, d] * w1[b, d, k]) + "
        "b1[b, 0, k])\n"
        " r[b, n] = rsqrt((sum[k] a[b, n, k] * a[b, n, k]) / K + 1)\n"
        " h[b, n, k] = a[b, n, k] * r[b, n] * g1[k]\n"
        " u[b, n, d] = sum[k] h[b, n, k] * w2[b, k, d]\n"
        " q[b, n] = rsqrt((sum[d] u[b, n, d] * u[b, n, d]) / D + 1)\n"
        " y[b, n, d] = u[b, n, d] * q[b, n] * g2[d]\n}\n",
        "kernel layers {\n size B, N, K, L, M\n"
        " in x: f32[B, N, K], w1: f32[K, L], w2: f32[L, M], w3: f32[M, K]\n"
        " out y: f32[B, N, K]\n tmp t: f16[B, N, M]\n"
        " h[b, i, l] = max(sum[k] x[b, i, k] * w1[k, l], 0)\n"
        " t[b, i, m] = (sum[l] h[b, i, l] * w2[l, m]) / 16\n"
        " y[b, i, k] = x[b, i, k] + sum[m] t[b, i, m] * w3[m, k]\n}\n",
        "kernel normed {\n size N, K, M\n"
        " in x: f32[N, K], w: f32[M, K], g: f32[M]\n out y: f32[N, M]\n"
        " h[i, j] = sum[k] x[i, k] * w[j, k]\n"
        " mean[i] = (sum[j] h[i, j]) / M\n"
        " v[i] = (sum[j] square(h[i, j] - mean[i])) / M\n"
        " y[i, j] = (h[i, j] - mean[i]) * rsqrt(v[i] + 1) * g[j]\n}\n",
        "kernel projected {\n size N, H, D, K\n"
        " in x: f32[N, K], w: f32[K, H, D], o: f32[H, D, K]\n"
        " out y: f32[N, K]\n"
        " h[n, a, d] = sum[k] x[n, k] * w[k, a, d]\n"
        " y[n, k] = (sum[a, d] h[n, a, d] * o[a, d, k]) / 8\n}\n",
        "kernel keys_first {\n size N, T, D, K\n"
        " in x: f32[N, D], c: f32[T, K], wk: f32[K, D], v: f32[T, D]\n"
        " out y: f32[N, D], far: f32[T, D]\n"
        " k[t, d] = (sum[e] c[t, e] * wk[e, d]) / 8\n"
        " s[i, j] = (sum[d] x[i, d] * k[j, d]) / 8\n"
        " m[i] = max[j] s[i, j]\n"
        " z[i] = sum[j] exp(s[i, j] - m[i])\n"
        " p[i, j] = exp(s[i, j] - m[i]) / z[i]\n"
        " y[i, d] = sum[j] p[i, j] * v[j, d]\n"
        " far[t, d] = k[t, d] + y[0, d]\n}\n",
        "kernel factorised {\n size B, N, D, K\n"
        " in x: f16[B, N, D], y: f16[B, N, K]\n out z: f32[B, N, K]\n"
        " t[b, d, k] = sum[m] x[b, m, d] * y[b, m, k]\n"
        " z[b, n, k] = sum[d] x[b, n, d] * t[b, d, k]\n}\n",
        "kernel precise {\n size N, T, D\n"
        " in q: f64[N, D], k: f64[T, D], v: f32[T, D]\n"
        " out y: f64[N, D]\n"
        " s[i, j] = sum[d] q[i, d] * k[j, d]\n"
        " p[i, j] = s[i, j] / (1 + sum[t] abs(s[i, t]))\n"
        " y[i, d] = sum[j] p[i, j] * v[j, d]\n}\n",
};

enum { CHAINS = sizeof(chain_text) / sizeof(chain_text[0]) };

static inline struct spec *parse(const char *text)
{
        struct spec *spec;
        struct error err = {0};
        int rc = spec_parse(text, strlen(text), "test.kernel", &spec, &err);

        ck_assert_msg(rc == 0, "%s", err.text);
        return spec;
}

/* Sizes around register tiles, and one long enough for several chunks of
 * the sum and several blocks. */
static inline void draw_shape(const struct spec *spec, struct rng *rng,
                              struct binding *binding)
{
        static const int64_t small[] = {1, 2, 3, 5, 7, 8, 13, 16, 17, 20};
        static const int64_t large[] = {33, 40, 70, 130, 200};
        int longest = (int)rng_below(rng, (uint64_t)spec->size_count);

        binding_init(binding, spec);
        for (int i = 0; i < spec->size_count; i++) {
                int64_t value = small[rng_below(rng, 10)];

                /* Batches cost without telling more. */
                if (spec->size_count > 3 && i == 0 && value > 3)
                        value = 3;
                else if (i == longest)
                        value = large[rng_below(rng, 5)];
                if (value < spec->size[i]->low)
                        value = spec->size[i]->low;
                binding->size[i] = value;
        }
}

struct sample {
        struct spec *spec;
        struct binding binding;
        void *data[LIMIT_TENSORS];
        struct evaluator *expected;
};

/* Small integers: sums are exact in any order. */
static inline void sample_fill(struct sample *p, struct rng *rng)
{
        for (int t = 0; t < p->spec->tensor_count; t++) {
                const struct tensor *tensor = p->spec->tensor[t];
                int64_t count, low = -3, high = 4;

                p->data[t] = NULL;
                if (tensor->dtype == DTYPE_NONE)
                        continue;
                count = spec_tensor_elements(tensor, &p->binding, NULL);
                p->data[t] =
                        calloc((size_t)count + 1, dtype_bytes(tensor->dtype));
                if (tensor->role != TENSOR_IN)
                        continue;
                if (tensor->low) {
                        low = spec_eval_size(tensor->low, &p->binding);
                        high = spec_eval_size(tensor->high, &p->binding);
                }
                for (int64_t i = 0; i < count; i++) {
                        int64_t v = low + (int64_t)rng_below(
                                                  rng, (uint64_t)(high - low));

                        if (dtype_is_float(tensor->dtype))
                                dtype_store(tensor->dtype, p->data[t], i,
                                            (double)v);
                        else
                                dtype_store_int(tensor->dtype, p->data[t], i,
                                                v);
                }
        }
        p->expected = calloc(1, sizeof(*p->expected));
        evaluator_run(p->expected, p->spec, &p->binding, p->data);
}

static inline void sample_dispose(struct sample *p)
{
        evaluator_dispose(p->expected);
        free(p->expected);
        for (int t = 0; t < p->spec->tensor_count; t++)
                free(p->data[t]);
}

static inline void sample_compare(const struct sample *p, const char *schedule)
{
        for (int t = 0; t < p->spec->tensor_count; t++) {
                const struct tensor *tensor = p->spec->tensor[t];
                int64_t count =
                        spec_tensor_elements(tensor, &p->binding, NULL);
                double unit = tensor->role == TENSOR_OUT
                                      ? dtype_roundoff(tensor->dtype)
                                      : 0;

                for (int64_t i = 0; tensor->role == TENSOR_OUT && i < count;
                     i++) {
                        double v = p->expected->tensor[t][i];
                        double y = dtype_load(tensor->dtype, p->data[t], i);
                        /* Exponentials that cancel leave a rest. */
                        double near = (2 * unit + 4e-6) * fabs(v) + 1e-6;

                        check_each(fabs(y - v) <= near,
                                   "%s under %s: %s[%lld] is %g, not %g",
                                   p->spec->name, schedule, tensor->name,
                                   (long long)i, y, v);
                }
        }
}

#endif
