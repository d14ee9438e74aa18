/* Kernels that reach every corner of the oracle. */
#ifndef KEVO_TESTS_ORACLE_EXAMPLES_H
#define KEVO_TESTS_ORACLE_EXAMPLES_H

#include "spec_fixture.h"

/* Further than the shared examples: every reduction, undecided choices,
 * ragged maxima, attention, scans, permuted layouts, wide types. */
static const char *const more_examples[] = {
        "kernel many {\n"
        "    size M, N in 1..=4096\n"
        "    param eps: f32 in 1e-8..=1e-3 = 1e-6\n"
        "    param cap: i32 in 0..=10 = 3\n"
        "    in x: f32[M, N], w: f32[N]\n"
        "    tmp t: f16[M, N]\n"
        "    tmp c: i8[M]\n"
        "    out y: f32[M, N], z: i64[M], q: bool[M], r: f32, g: i32[M]\n"
        "    s[i] = sum[j] x[i, j] * x[i, j]\n"
        "    n[i] = rsqrt(s[i] / N + eps)\n"
        "    t[i, j] = x[i, j] * n[i] * w[j]\n"
        "    y[i, j] = t[i, j] > 0.1 ? tanh(t[i, j]) :\n"
        "              (t[i, j] < -0.5 ? floor(t[i, j] * 3) : exp(t[i, j]))\n"
        "    z[i] = argmax[j] (y[i, j] + 0.0)\n"
        "    q[i] = any[j] (x[i, j] > s[i] && x[i, j] < 3.0)\n"
        "    c[i] = i32(floor(min(s[i], 1000))) + cap\n"
        "    g[i] = count[j] (x[i, j] * w[j] > 0.5) - c[i] // 2 +\n"
        "           abs(c[i]) % 3\n"
        "    r = sum[i, j] y[i, j] / (M * N)\n"
        "}\n",
        "kernel ragged {\n"
        "    size B, T, D, V\n"
        "    in off: i32[B + 1] offsets T\n"
        "    in x: f64[T, D], idx: i32[T] in 0..V\n"
        "    out y: f64[B, D], mx: f64[V, D] init -inf\n"
        "    out k: i32[V] init 0, z: f64[B, D], lo: f64[V] init 1.5\n"
        "    y[b, d] = off[b] < off[b + 1] ?\n"
        "        (max[p in off[b]..off[b + 1]] x[p, d]) : 0.0 for b in 0..B\n"
        "    mx[idx[p], d] max= x[p, d]\n"
        "    lo[idx[p]] min= sum[d] x[p, d] * x[p, d]\n"
        "    k[idx[p]] += 1\n"
        "    z[b, d] = sum[p in off[b]..off[b + 1]] exp(x[p, d] - y[b, d])\n"
        "}\n",
        "kernel attention {\n"
        "    size N, H, D\n"
        "    in q: bf16[H, N, D], k: bf16[H, N, D], v: bf16[H, N, D]\n"
        "    out o: bf16[H, N, D]\n"
        "    s[h, i, j] = sum[d] q[h, i, d] * k[h, j, d] * 0.125\n"
        "    a[h, i, j] = j <= i ? s[h, i, j] : -inf\n"
        "    m[h, i] = max[j] a[h, i, j]\n"
        "    p[h, i, j] = exp(a[h, i, j] - m[h, i])\n"
        "    o[h, i, d] = (sum[j] p[h, i, j] * v[h, j, d]) /\n"
        "                 sum[j] p[h, i, j]\n"
        "}\n",
        "kernel intervals {\n"
        "    size N, U in 0..=300, F in 1..=4, B\n"
        "    in t: f32[F, U] sorted, ids: i32[U] sorted in -9..9\n"
        "    in off: i64[B + 1] offsets N, u: i64[U] sorted distinct\n"
        "    in x: f32[F, N], v: i32[N] in -12..12, w: f32[U, 3]\n"
        "    in far: i64[N]\n"
        "    out below: i64[F, N], upto: i64[F, N], same: i64[N]\n"
        "    out over: i64[N], least: i64[N], row: i64[N], has: bool[N]\n"
        "    out some: bool[N], y: f32[N, 3], after: f32[N], at: i64[N]\n"
        "    below[f, i] = count[j] (t[f, j] < x[f, i])\n"
        "    upto[f, i] = count[j] (t[f, j] <= x[f, i])\n"
        "    same[i] = count[j] (v[i] == ids[j])\n"
        "    over[i] = count[j in 1..U] (ids[j] > v[i] + 1)\n"
        "    least[i] = count[j] (ids[j] >= v[i])\n"
        "    row[i] = (count[b in 0..B + 1] (off[b] <= i)) - 1\n"
        "    has[i] = any[j] (ids[j] == v[i])\n"
        "    some[i] = any[j] (ids[j] < v[i])\n"
        "    y[i, d] = sum[j] (ids[j] == v[i] ? w[j, d] : 0)\n"
        "    after[i] = sum[j in 0..U - 1] (ids[j + 1] > v[i] ?\n"
        "        w[j, 0] * x[0, i] : 0) for i in 0..N\n"
        "    at[i] = sum[j] (u[j] == far[i] ? j + 1 : 0)\n"
        "}\n",
        "kernel scans {\n"
        "    size N, T\n"
        "    in x: f32[N], x2: f32[T], perm: i64[T] in 0..N distinct\n"
        "    in b: bool[N], u: u8[N], i16s: i16[N]\n"
        "    out y: f32[N] init x, z: f32[N], e: i64[N], l: bool, m: i64\n"
        "    y[perm[t]] = x2[t] * 2\n"
        "    z[i] = (sum[k in 0..i + 1] (b[k] ? x[k] : 0)) -\n"
        "           (max[k in 0..i + 1] x[k])\n"
        "    e[i] = (u[i] << 2) ^ (i16s[i] & 255) |\n"
        "           ((~u[i] >> 1) + min(u[i], i16s[i], 7))\n"
        "    l = all[i] (b[i] || x[i] >= 0)\n"
        "    m = argmin[i] i16s[i]\n"
        "}\n",
        "kernel factors {\n"
        "    size B, N, D, K\n"
        "    in x: f16[B, N, D], y: f16[B, N, K]\n"
        "    out o: f16[B, N, K]\n"
        "    t[b, d, k] = sum[n] x[b, n, d] * y[b, n, k]\n"
        "    o[b, n, k] = sum[d] x[b, n, d] * t[b, d, k]\n"
        "}\n",
        "kernel selections {\n"
        "    size M, K, R\n"
        "    in x: f32[M, K + R], w: f32[K + R, 7], h: f16[M, K + R]\n"
        "    in i8s: i8[K + R], b: bool[K + R]\n"
        "    out v: f32[M, K], p: i64[M, K], q: i32[M, K + R]\n"
        "    out g: f32[M, K], s: f16[M, K + R], k8: i8[K + R], t: i16[K]\n"
        "    out e: i64[M, 7], z: f32[M, K]\n"
        "    l[i, c] = sum[j] x[i, j] * w[j, c]\n"
        "    e[i, r] = argsort[c] l[i, c]\n"
        "    v[i, r], p[i, r] = top[j, K] (x[i, j] * x[i, j] - 0.5)\n"
        "    g[i, r] = x[i, p[i, r]]\n"
        "    q[i, r] = argsort[j] h[i, j]\n"
        "    s[i, r] = top[j, K + R] (i8s[j] > 3 ? h[i, j] : -1)\n"
        "    k8[r] = sort[j] i8s[j] % 5\n"
        "    t[r] = argbottom[j in R..K + R, K] (b[j] ? 1 : i8s[j])\n"
        "    z[i, r] = bottom[j in 0..K, K] exp(x[i, j]) / (1 + abs(h[i, "
        "j]))\n"
        "}\n",
        "kernel special_keys {\n"
        "    size M, N\n"
        "    in x: f64[M, N] nonfinite, y: f32[N] nonfinite\n"
        "    out v: f64[N, M], p: i64[N, M], u: f64[M, N], q: i64[M, N]\n"
        "    out c: f64[N]\n"
        "    v[r, i], p[r, i] = sort[j] x[i, j]\n"
        "    u[i, r], q[i, r] = top[j, N] (x[i, j] * 2.5 + y[j])\n"
        "    c[r] = bottom[j, N] y[j] * 3\n"
        "}\n",
        "kernel batched {\n"
        "    size B, N, M, K\n"
        "    in x: f64[B, N, K], w: f64[B, M, K], g: f32[M, N]\n"
        "    out o: f64[B, N, M], q: f64[B, N]\n"
        "    o[b, n, m] = g[m, n] + sum[k] x[b, n, k] * w[b, m, k]\n"
        "    q[b, n] = (prod[k] (1 + x[b, n, k] * 0.01)) *\n"
        "              (sum[k] x[b, n, k] * (min[m] o[b, n, m]))\n"
        "}\n",
};

enum {
        ORACLE_EXAMPLES = (int)SPEC_EXAMPLES +
                          (int)(sizeof more_examples / sizeof *more_examples)
};

/* 0 .. ORACLE_EXAMPLES - 1: the shared ones, then those above. */
static inline const char *oracle_example(int i)
{
        return i < (int)SPEC_EXAMPLES ? spec_examples[i]
                                      : more_examples[i - (int)SPEC_EXAMPLES];
}

#endif
