/* Kernels that the tests of the language share: valid, small, varied. */
#ifndef KEVO_TESTS_SPEC_FIXTURE_H
#define KEVO_TESTS_SPEC_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "spec/spec.h"

static const char *const spec_examples[] = {
        "kernel softmax {\n"
        "    size M, N in 1..=65536\n"
        "    in   x: f32[M, N]\n"
        "    out  y: f32[M, N]\n"
        "\n"
        "    m[i]    = max[j] x[i, j]\n"
        "    s[i]    = sum[j] exp(x[i, j] - m[i])\n"
        "    y[i, j] = exp(x[i, j] - m[i]) / s[i]\n"
        "\n"
        "    workload serving  M=8192 N=4096\n"
        "}\n",
        "kernel conv1d {\n"
        "    size  B, C, K, L\n"
        "    const R = 3, P = 1\n"
        "    in    x: f16[B, C, L],  w: f16[K, C, R],  bias: f16[K]\n"
        "    out   y: f16[B, K, L + 2*P - R + 1]\n"
        "    y[b, k, l] = bias[k] + sum[c, r] (x[b, c, l + r - P] else 0) *\n"
        "                 w[k, c, r]\n"
        "}\n",
        "kernel embedding_bag {\n"
        "    size V, D, T, B\n"
        "    in   table: f32[V, D]\n"
        "    in   idx: i64[T] in 0..V\n"
        "    in   off: i64[B + 1] offsets T   # 0 first, T last\n"
        "    out  y: f32[B, D]\n"
        "    y[b, d] = sum[p in off[b]..off[b + 1]] table[idx[p], d]\n"
        "    workload w V=1000 D=64 T=500 B=20 data=zipf\n"
        "}\n",
        "kernel map_id {\n"
        "    size N, U\n"
        "    in   v: i64[N],  ids: i64[U] sorted distinct\n"
        "    out  y: i64[N]\n"
        "    y[i] = sum[u] (ids[u] == v[i] ? u + 1 : 0)\n"
        "}\n",
        "kernel cumsum {\n"
        "    size M, N\n"
        "    in   x: f32[M, N]\n"
        "    out  y: f32[M, N]\n"
        "    y[i, j] = sum[k in 0..j + 1] x[i, k]\n"
        "}\n",
        "kernel scatter_add {\n"
        "    size T, V, D\n"
        "    in   src: f32[T, D], idx: i64[T] in 0..V\n"
        "    out  y: f32[V, D] init 0\n"
        "    y[idx[t], d] += src[t, d]\n"
        "}\n",
        "kernel layer_norm {\n"
        "    size M, N in 1..=16384\n"
        "    param eps: f32 in 1e-8..=1e-3 = 1e-5\n"
        "    in x: f32[M, N], g: f32[N], b: f32[N]\n"
        "    out y: f32[M, N]\n"
        "    mean[i] = (sum[j] x[i, j]) / N\n"
        "    var[i] = (sum[j] square(x[i, j] - mean[i])) / N\n"
        "    y[i, j] = (x[i, j] - mean[i]) * rsqrt(var[i] + eps) * g[j] +\n"
        "              b[j]\n"
        "    workload w M=8 N=16 eps=1e-6\n"
        "}\n",
        "kernel matmul { size M, N, K; in a: f32[M, K], b: f32[K, N]\n"
        "    out c: f32[M, N]; c[i, j] = sum[k] a[i, k] * b[k, j]\n"
        "    allow tf32; accuracy 1e-3; workload sq M=64 N=64 K=64 }\n",
        "kernel linear_relu {\n"
        "    size M, N, K\n"
        "    in x: bf16[M, K], w: bf16[N, K], bias: bf16[N]\n"
        "    out y: bf16[M, N]\n"
        "    y[i, j] = relu(bias[j] + sum[k] x[i, k] * w[j, k])\n"
        "}\n",
        "kernel linear_gelu {\n"
        "    size M, N, K\n"
        "    fn twice(x) = gelu(x) + gelu(-x)\n"
        "    in x: f32[M, K], w: f32[N, K], bias: f32[N]\n"
        "    out y: f32[M, N], z: f32[M]\n"
        "    y[i, j] = twice(bias[j] + sum[k] x[i, k] * w[j, k])\n"
        "    z[i] = sum[j] gelu(y[i, j] + sum[k] x[i, k]) for i in 0..M\n"
        "}\n",
        "kernel bias_gelu {\n"
        "    size M, N\n"
        "    fn g(x) = 0.5 * x * (1 + erf(x / sqrt(2)))\n"
        "    in x: f32[M, N] ~ normal(0, 2), bias: f32[N] nonfinite\n"
        "    out y: f32[M, N]\n"
        "    y[i, j] = g(x[i, j] + bias[j])\n"
        "}\n",
        "kernel rms_norm {\n"
        "    size M, N\n"
        "    param eps: f32 in 1e-8..=1e-3 = 1e-6\n"
        "    in x: f16[M, N], g: f16[N]\n"
        "    out y: f16[M, N]\n"
        "    tmp r: f32[M]\n"
        "    r[i] = rsqrt((sum[j] x[i, j] * x[i, j]) / N + eps)\n"
        "    y[i, j] = x[i, j] * r[i] * g[j]\n"
        "    bitwise\n"
        "}\n",
        "kernel max_pool {\n"
        "    size B, C, L\n"
        "    const R = 3, S = 2, P = 1\n"
        "    in x: f32[B, C, L]\n"
        "    out y: f32[B, C, (L + 2*P - R) // S + 1]\n"
        "    y[b, c, l] = max[r in 0..R] (x[b, c, l*S + r - P] else -inf)\n"
        "}\n",
        "kernel avg_pool {\n"
        "    size L, R, S\n"
        "    in x: f32[L]\n"
        "    out y: f32[(L - R) // S + 1]\n"
        "    y[l] = (sum[r in 0..R] x[l*S + r]) / R\n"
        "}\n",
        "kernel topk {\n"
        "    size M, N in 8..=65536\n"
        "    in x: f32[M, N]\n"
        "    out y_v: f32[M, 8], y_i: i64[M, 8], z: f32[M, 8]\n"
        "    y_v[i, k], y_i[i, k] = top[j, 8] x[i, j]\n"
        "    p[i, k] = argbottom[j in 0..N, 8] x[i, j]\n"
        "    z[i, k] = x[i, p[i, k]] + x[i, y_i[i, 7 - k]]\n"
        "}\n",
        "kernel argsort {\n"
        "    size N, D\n"
        "    in x: i32[N, D]\n"
        "    out at: i32[N, D], y: i32[N, D] init 0\n"
        "    at[r, d] = argsort[j] x[j, d]\n"
        "    v[d, r], q[d, r] = sort[j in 0..D] x[d, j] for r in 0..D, d in "
        "0..N\n"
        "    y[i, at[i, d] * 0 + d] += v[i, d] for i in 0..N, d in 0..D\n"
        "}\n",
        "kernel mixed {\n"
        "    size N in 8..=65536 step 8, G in 1..=4\n"
        "    param causal: bool = true\n"
        "    param shift: i32 in -2..=2 = 1\n"
        "    in x: f32[N*G], k: i32[N] in 1..10, len: i64[N] lengths N*G\n"
        "    out y: f32[N // 8, 8], z: i64[N], am: i64, b: bool[N]\n"
        "    out h: i32[10] init 0, top1: f32[N] init -inf, c: f32[N] init "
        "x0\n"
        "    in x0: f32[N]\n"
        "    tmp t: f16[G, N]\n"
        "    t[g, n] = x[g * N + n]\n"
        "    y[i, j] = t[0, i * 8 + j] +\n"
        "              (sum[q in 0..N*G] x[q // G * G + q % G]) / N\n"
        "    z[i] = (count[j] (k[j] > k[i])) // k[i] - ~k[i] % 4 + (1 << 3)\n"
        "    am = argmax[i] x[i]\n"
        "    b[i] = any[j] (k[j] == i && !(k[i] < 3) || causal)\n"
        "    h[k[i]] += i32(i) for i in 0..N\n"
        "    top1[i] max= x[n * G] * len[i] for n in 0..N, i in 0..N\n"
        "    c[i] = (x0[i + shift] else 0) for i in 1..N\n"
        "}\n",
        "kernel truncate {\n"
        "    size U in 1..=4096, E in 0..=65536, V in 0..=65536\n"
        "    size N in 1..=64\n"
        "    in events: i64[U + 1] offsets E, inner: i64[E + 1] offsets V\n"
        "    in values: f32[V]\n"
        "    out kept: i64[U], n: i64, m: i64\n"
        "    out lengths: i64[E upto n] init 0, y: f32[V upto m] init 0\n"
        "    kept[u] = min(events[u + 1] - events[u], N) for u in 0..U\n"
        "    n = sum[u] kept[u]\n"
        "    at[u] = sum[w in 0..u] kept[w] for u in 0..U\n"
        "    lengths[at[u] + k]! = inner[events[u] + k + 1] -\n"
        "        inner[events[u] + k]\n"
        "        for u in 0..U, k in 0..min(events[u + 1] - events[u], N)\n"
        "    first[u] = inner[events[u]] for u in 0..U\n"
        "    taken[u] = inner[min(events[u] + N, events[u + 1])] - first[u]\n"
        "        for u in 0..U\n"
        "    m = sum[u] taken[u]\n"
        "    to[u] = sum[w in 0..u] taken[w] for u in 0..U\n"
        "    y[to[u] + p - first[u]]! = values[p] for u in 0..U,\n"
        "        p in inner[events[u]]..inner[min(events[u] + N, events[u + "
        "1])]"
        "\n"
        "}\n",
        "kernel compact {\n"
        "    size N in 1..=65536, D in 1..=64\n"
        "    in x: f32[N, D]\n"
        "    out n: i64, y: f32[N upto n, D] init 0\n"
        "    n = count[i] (x[i, 0] > 0)\n"
        "    at[i] = count[j in 0..i] (x[j, 0] > 0) for i in 0..N\n"
        "    y[at[i], d]! = x[i, d] for i in 0..N, d in 0..D,\n"
        "        one in 0..(x[i, 0] > 0 ? 1 : 0)\n"
        "}\n",
};

enum { SPEC_EXAMPLES = sizeof(spec_examples) / sizeof(spec_examples[0]) };

/* Parse text that must be valid. */
static inline struct spec *spec_must_parse(const char *text)
{
        struct error err = {0};
        struct spec *spec;
        int rc = spec_parse(text, strlen(text), "t", &spec, &err);

        ck_assert_msg(rc == 0, "%s\n%s", err.text, text);
        ck_assert_ptr_nonnull(spec);
        return spec;
}

/* Declarations that most small tests need, closed by spec_body. */
#define SPEC_HEAD                                                      \
        "kernel t {\n"                                                 \
        "size M, N\n"                                                  \
        "in x: f32[M, N], v: f32[N], k: i32[N], idx: i64[N] in 0..M\n" \
        "out y: f32[M, N]\n"

#endif
