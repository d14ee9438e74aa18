/*
 * Kernels for tests of lowerings: every kind of statement, range, read and
 * type that the language has, small enough to run in an interpreter.
 */
#ifndef KEVO_TESTS_LOWERING_CASES_H
#define KEVO_TESTS_LOWERING_CASES_H

#include "core/rng.h"
#include "spec/spec.h"

static const char *const lowering_cases[] = {
        /* The longest name. */
        "kernel a_name_that_is_as_long_as_a_name_may_be_in_full {\n size N\n"
        " in x: f32[N]\n out y: f32[N]\n y[i] = 2 * x[i]\n}\n",
        /* Rows. */
        "kernel log_softmax {\n size M, N\n in x: f32[M, N]\n"
        " out y: f32[M, N]\n m[i] = max[j] x[i, j]\n"
        " s[i] = sum[j] exp(x[i, j] - m[i])\n"
        " y[i, j] = x[i, j] - m[i] - log(s[i])\n}\n",
        "kernel cross_entropy {\n size M, N\n"
        " in x: f32[M, N], t: i64[M] in 0..N\n out loss: f32[M]\n"
        " m[i] = max[j] x[i, j]\n"
        " loss[i] = log(sum[j] exp(x[i, j] - m[i])) + m[i] - x[i, t[i]]\n"
        "}\n",
        "kernel mean_loss {\n size M, N\n"
        " in x: f32[M, N], t: i64[M] in 0..N\n out loss: f32, worst: f32\n"
        " m[i] = max[j] x[i, j]\n"
        " s[i] = sum[j] exp(x[i, j] - m[i])\n"
        " loss = (sum[i] (log(s[i]) + m[i] - x[i, t[i]])) / M\n"
        " worst = 2 * (sum[i] m[i]) + (sum[i] s[i]) / N\n}\n",
        /* Blocks too short for lanes: pairs, and a rest of less than three. */
        "kernel rope {\n size M, P in 1..=512\n"
        " in x: f32[M, 2*P], c: f32[M, P], s: f32[M, P]\n"
        " out y: f32[M, 2*P]\n"
        " y[i, d] = x[i, d] * c[i, d // 2] + (d % 2 == 0 ? -1 : 1) *\n"
        "     x[i, d + 1 - 2*(d % 2)]! * s[i, d // 2]\n}\n",
        "kernel pairs {\n size M, P\n"
        " in x: f32[M, P, 2], c: f32[P], s: f32[P], b: u8[P, 2]\n"
        " out y: f32[M, P, 2], h: f16[M, P, 2], n: i32[P, 2], g: f32[M, 2]\n"
        " out k: f32[5, 2]\n"
        " y[i, p, e] = x[i, p, e] * c[p] + (2*e - 1) * x[i, p, 1 - e] * s[p]\n"
        " h[i, p, e] = (x[i, p + 1, e] else (c[p] - e)) / (s[p] * s[p] + 1)\n"
        " n[p, e] = b[p, 1 - e] * (p - e)\n"
        " g[i, e] = x[i, 0, e] * c[0] - x[i, P - 1, 1 - e]\n"
        " k[q, e] = x[0, 0, 1 - e] * (q + c[0])\n}\n",
        /* More room than there are blocks, of pairs and of others. */
        "kernel roomy {\n size M, N in 2..=64 step 2\n"
        " in x: f32[M, N], a: f32[N], b: f32[(N + 15) // 16]\n"
        " out y: f32[M, N], z: f32[M, N], w: f32[N]\n"
        " y[i, j] = x[i, j // 2] + x[i, j]\n"
        " z[i, j] = a[j // 16] * b[j // 16]! - x[i, j]\n"
        " w[j] = a[j + 1 - 2*(j % 2)]\n}\n",
        "kernel thirds {\n size N\n in x: f32[N]\n out y: f32[N]\n"
        " y[i] = x[i] * (i % 3) + i // 3\n}\n",
        /* Integers that fit 32 bits, and some that do not. */
        "kernel int8_products {\n size M, N, K in 1..=65536\n"
        " in a: i8[M, K], b: i8[K, N], t: u8[N, K], s: f32[N]\n"
        " out c: i32[M, N], d: f32[M, N], e: i64[M, N]\n"
        " c[i, j] = sum[k] a[i, k] * b[k, j]\n"
        " d[i, j] = s[j] * (sum[k] (a[i, k] - 3) * t[j, k]) - c[i, j] / 1024\n"
        " e[i, j] = -a[i, 0] * (t[j, 0] + sum[k] a[i, k] * t[j, k])\n}\n",
        "kernel wide_sums {\n size M, K in 1..=65536\n"
        " in a: i16[M, K], b: i32[M, K]\n"
        " out s: i64[M], t: i64[M], y: i64[M, K]\n"
        " s[i] = sum[k] a[i, k] * a[i, k]\n"
        " t[i] = sum[k] a[i, k] * b[i, k]\n"
        " y[i, k] = a[i, k] * a[i, k] * b[i, k] - a[i, k]\n}\n",
        "kernel softmax3 {\n size A, B, N\n in x: f16[A, B, N]\n"
        " out y: f16[A, B, N]\n m[a, b] = max[j] x[a, b, j]\n"
        " e[a, b, j] = exp(x[a, b, j] - m[a, b])\n"
        " y[a, b, j] = e[a, b, j] / sum[k] e[a, b, k]\n}\n",
        "kernel group_norm {\n size B, C, H, W\n in x: f32[B, C, H, W]\n"
        " out y: f32[B, C, H, W], mean: f32[B]\n"
        " mean[b] = (sum[c, h, w] x[b, c, h, w]) / (C * H * W)\n"
        " v[b] = (sum[c, h, w] square(x[b, c, h, w] - mean[b])) /"
        " (C * H * W)\n"
        " y[b, c, h, w] = (x[b, c, h, w] - mean[b]) * rsqrt(v[b] + 1e-5)\n"
        "}\n",
        "kernel rms_norm {\n size M, N\n"
        " param eps: f32 in 1e-8..=1e-3 = 1e-6\n"
        " in x: bf16[M, N], g: bf16[N]\n out y: bf16[M, N]\n"
        " tmp r: f32[M]\n"
        " r[i] = rsqrt((sum[j] x[i, j] * x[i, j]) / N + eps)\n"
        " y[i, j] = x[i, j] * r[i] * g[j]\n}\n",
        "kernel row_facts {\n size M, N\n in x: f32[M, N], k: i32[M, N]\n"
        " out am: i64[M], an: i32[M], p: f32[M], q: bool[M], r: bool[M]\n"
        " out c: i64[M], z: i64[M]\n"
        " am[i] = argmax[j] x[i, j]\n an[i] = argmin[j] k[i, j] % 5\n"
        " p[i] = prod[j] (1 + x[i, j] / 64)\n"
        " q[i] = any[j] (x[i, j] > 2)\n r[i] = all[j] (k[i, j] < 100000)\n"
        " c[i] = count[j] (x[i, j] < 0)\n z[i] = sum[j] k[i, j] // 3\n}\n",
        "kernel ragged_mean {\n size T, B\n in v: f32[T]\n"
        " in off: i64[B + 1] offsets T\n out y: f32[B]\n"
        " y[b] = (sum[t in off[b]..off[b + 1]] v[t]) /"
        " max(off[b + 1] - off[b], 1) for b in 0..B\n}\n",
        "kernel f64_norm {\n size M, N\n in x: f64[M, N]\n"
        " out y: f64[M, N]\n"
        " y[i, j] = x[i, j] / (1 + sqrt(sum[k] x[i, k] * x[i, k]))\n}\n",
        "kernel shifted {\n size M, N in 4..=1000\n in x: f32[M, N]\n"
        " out y: f32[M], w: f32[M, N]\n"
        " y[i] = sum[j in 1..N - 1] abs(x[i, j + 1] - x[i, j - 1])\n"
        " w[i, j] = x[i, j] - y[i]\n}\n",
        "kernel group_affine {\n size B, C, H, W\n"
        " in x: f16[B, C, H, W], g: f32[C], k: f32[C]\n"
        " out y: f16[B, C, H, W]\n"
        " mean[b] = (sum[c, h, w] x[b, c, h, w]) / (C * H * W)\n"
        " v[b] = (sum[c, h, w] square(x[b, c, h, w] - mean[b])) /"
        " (C * H * W)\n"
        " y[b, c, h, w] = (x[b, c, h, w] - mean[b]) *"
        " rsqrt(v[b] + 1e-3) * g[c] + k[c]\n}\n",
        "kernel instance_norm {\n size B, C, L\n in x: f32[B, C, L]\n"
        " out y: f32[B, C, L]\n m[b, c] = (sum[l] x[b, c, l]) / L\n"
        " s[b, c] = sum[l] abs(x[b, c, l] - m[b, c])\n"
        " y[b, c, l] = (x[b, c, l] - m[b, c]) / (s[b, c] / L + 0.1)\n}\n",
        "kernel strided_rows {\n size B, C, L\n in x: f32[B, C, L]\n"
        " in w: f32[L]\n out y: f32[B], k: i64[B]\n"
        " y[b] = sum[c, l] exp(x[b, c, l] * w[l])\n"
        " k[b] = sum[c in 0..C, l in 0..L] c * l + b\n}\n",
        "kernel two_softmax {\n size M, N, K\n in x: f32[M, N]\n"
        " in z: f32[M, K]\n out y: f32[M, N], v: f32[M, K]\n"
        " a[i] = max[j] x[i, j]\n b[i] = max[k] z[i, k]\n"
        " s[i] = sum[j] exp(x[i, j] - a[i])\n"
        " t[i] = sum[k] exp(z[i, k] - b[i])\n"
        " y[i, j] = exp(x[i, j] - a[i]) / (s[i] + t[i])\n"
        " v[i, k] = exp(z[i, k] - b[i]) / (s[i] + t[i]) + a[i]\n}\n",
        "kernel masked {\n size M, N\n in x: f32[M, N], m: bool[M, N]\n"
        " out y: f32[M, N]\n a[i, j] = m[i, j] ? x[i, j] : -1e9\n"
        " t[i] = max[j] a[i, j]\n e[i, j] = exp(a[i, j] - t[i])\n"
        " y[i, j] = e[i, j] / sum[k] e[i, k]\n}\n",
        /* Selections. */
        "kernel top_rows {\n size M\n size N in 5..=4000\n"
        " in x: f32[M, N], h: f16[M, N]\n"
        " out v: f32[M, 5], p: i64[M, 5], s: f16[M, N], q: i32[M, N]\n"
        " v[i, k], p[i, k] = top[j, 5] x[i, j]\n"
        " s[i, k], q[i, k] = sort[j] h[i, j]\n}\n",
        "kernel top_ties {\n size M, K, R\n in x: i32[M, K + R]\n"
        " in w: f32[K + R]\n out v: i64[K, M], y: f32[M, K], g: i64[M, 2]\n"
        " v[k, i] = top[j, K] x[i, j] % 5\n"
        " p[i, r] = argbottom[j, K] x[i, j] // 3\n"
        " y[i, k] = w[p[i, k]] * 2\n"
        " t[i, j] = x[i, j] % 3 * 2\n"
        " g[i, k] = argtop[j in 1..K + R + 1, 2] (t[i, j - 1] - 1)\n}\n",
        "kernel sort_all {\n size N\n in x: f32[N], b: bf16[N]\n"
        " out y: f32[N], at: i64[N], m: f32, z: bf16[N]\n"
        " y[k] = sort[j] x[j] * x[j]\n at[k] = argsort[j] -abs(x[j])\n"
        " m = y[N // 2]\n z[k] = top[j, N] (b[j] > 0 ? b[j] : 0)\n}\n",
        "kernel soft_top {\n size M\n size N in 3..=400\n in x: f32[M, N]\n"
        " out v: f32[M, 3]\n s[i] = sum[j] exp(x[i, j])\n"
        " e[i, j] = exp(x[i, j]) / s[i]\n t[i, k] = top[j, 3] e[i, j]\n"
        " v[i, k] = t[i, k] / sum[r in 0..3] t[i, r]\n}\n",
        /* Rows that are everything. */
        "kernel vec_softmax {\n size N\n in x: f32[N]\n"
        " out y: f32[N], lse: f32\n m = max[j] x[j]\n"
        " s = sum[j] exp(x[j] - m)\n y[i] = exp(x[i] - m) / s\n"
        " lse = m + log(s)\n}\n",
        "kernel losses {\n size M, N\n in x: f32[M, N], t: f32[M, N]\n"
        " in w: f16[N]\n out mse: f32, c: i64, q: bool, p: f32, z: f32[M, N]\n"
        " mean = (sum[i, j] x[i, j]) / (M * N)\n"
        " mse = (sum[i, j] square(x[i, j] - t[i, j])) / (M * N)\n"
        " c = count[i, j] (x[i, j] > mean)\n"
        " q = all[i, j] (x[i, j] > -9) \n"
        " p = sum[i, j] abs(x[i, j] - mean) * w[j]\n"
        " z[i, j] = (x[i, j] - mean) / (1 + sqrt(mse))\n}\n",
        "kernel scaled_by_all {\n size M, N, K\n in x: bf16[M, N], w: f32[K]\n"
        " out y: bf16[M, N], first: i64\n"
        " y[i, j] = x[i, j] * (sum[k] w[k] * w[k])\n"
        " first = sum[k] (w[k] < 0 ? 1 : 0)\n}\n",
        /* Maps. */
        "kernel activations {\n size N\n in x: f32[N]\n"
        " out a: f32[N], b: f32[N], c: f32[N], d: f32[N], e: f32[N]\n"
        " a[i] = tanh(x[i])\n b[i] = gelu(x[i])\n c[i] = silu(x[i])\n"
        " d[i] = log1p(exp(-abs(x[i]))) + max(x[i], 0)\n"
        " e[i] = x[i] < 0 ? expm1(x[i]) : sqrt(x[i]) + floor(x[i])\n}\n",
        "kernel more_functions {\n size N\n in x: f32[N], v: f32[N]\n"
        " out a: f32[N], b: f32[N], c: f32[N], d: f32[N]\n"
        " a[i] = sin(x[i]) + cos(v[i]) * atan2(x[i], v[i])\n"
        " b[i] = pow(abs(x[i]) + 0.5, v[i] / 4) + hypot(x[i], v[i])\n"
        " c[i] = round(x[i] * 4) + ceil(v[i]) - trunc(x[i]) + sign(v[i])\n"
        " d[i] = copysign(log2(abs(x[i]) + 1), v[i]) + exp2(x[i]) +\n"
        "   log10(abs(v[i]) + 1) + erf(x[i])\n}\n",
        "kernel transpose {\n size B, M, N\n in x: f16[B, M, N]\n"
        " out y: f32[B, N, M]\n y[b, j, i] = x[b, i, j] * 2\n}\n",
        "kernel turned {\n size A, B, C\n in x: f32[C, B, A], z: bf16[C, A]\n"
        " in w: f32[A, C]\n out y: f32[A, B, C]\n"
        " y[a, b, c] = (x[c, b, a] - w[a, c]) * (z[c, a - 1] else 3)\n}\n",
        "kernel gather {\n size V, D, T\n"
        " in t: f32[V, D], k: i32[T] in 0..V, m: bool[T]\n"
        " out y: f32[T, D]\n y[i, d] = m[i] ? t[k[i], d] : -1\n}\n",
        "kernel gather1 {\n size V, T\n in t: f32[V], k: i64[T] in 0..V\n"
        " out y: f32[T], z: i64[T]\n y[i] = t[k[i]] + t[V - 1 - k[i]]\n"
        " z[i] = k[i] * k[i] - i\n}\n",
        "kernel row_gather {\n size A, M, N, K\n in x: f16[A, M, N]\n"
        " in k: i32[M, K] in 0..N, w: f32[M, N]\n out y: f32[A, M, K]\n"
        " y[a, i, j] = x[a, i, k[i, j]] - (j < 5 ? w[i, k[i, j]] : 2)\n}\n",
        "kernel pad {\n size M, N\n in x: f32[M, N]\n"
        " out y: f32[M + 2, N + 3]\n"
        " y[i, j] = x[i - 1, j - 2] else 7\n}\n",
        /* Guarded places that are numbers of any size, or behind tables that
         * may be empty. */
        "kernel far_away {\n size M in 1..=40, N\n"
        " in x: f32[30], u: f32[3], f: i64[M], o: i64[M] in -4..4\n"
        " in e: i64[M] in -9223372036854775807..-9223372036854775800\n"
        " in h: i64[M] in -9223372036854775807 - 1..-9223372036854775807\n"
        " out a: f32[M, N], b: f32[M, N]\n"
        " a[i, j] = sum[k in 0..3] (\n"
        "   x[(f[i] > 0 ? e[i] : o[i]) + j + k] else 0)\n"
        " b[i, j] = sum[k in 0..6] (\n"
        "   u[(f[i] > 0 ? h[i] : o[i]) + j + k] else 0)\n}\n",
        "kernel nowhere {\n size K in 0..=2, P in 0..=1, N\n"
        " in x: f32[N], p: i64[P], o: i64[K] in 0..P\n out a: f32[N]\n"
        " a[j] = sum[k in 0..K] (x[j - k + p[o[0]!]] else 1)\n}\n",
        "kernel ahead_of {\n size N in 1..=300, M in 1..=40\n"
        " in x: f32[M, N], idx: i64[M] in -5..60, ids: i64[M] in 0..M\n"
        " in off: i64[M + 1] offsets N\n"
        " out a: f32[M, N + 2], b: f32[M, N], c: f32[M, 64]\n"
        " a[i, j] = x[idx[i], j] else 1\n"
        " b[i, j] = (x[ids[i], j - 1] else 1) + (x[idx[i], j + 1] else 2) +\n"
        "   x[ids[i], j]\n"
        " c[i, j] = sum[p in off[i]..off[i + 1]] x[ids[i], p] *\n"
        "   (x[i, p] else 1)\n}\n",
        /* Elements some apart; integers whose shifts, masks, choices and ends
         * fit 32 bits, or just do not. */
        "kernel channels {\n size H, W\n"
        " in x: u8[H, W, 3], b: f32[W, 4], k: i8[H, 4*W], v: i32[H, W]\n"
        " out y: u8[H, W], z: f32[H, W], u: u8[H, W, 2], n: i64[H, W]\n"
        " out o: i32[H, W], q: f64[W], r: i8[H, W // 3], g: i64[H, W]\n"
        " out w: u8[H, W // 2]\n"
        " y[i, j] = min(max(((66*x[i, j, 0] + 129*x[i, j, 1] +\n"
        "   25*x[i, j, 2] + 128) >> 8) + 16, 16), 235)\n"
        " z[i, j] = b[j, 0] * b[j, 3] - b[j, 1] * b[i % W, 2]\n"
        " u[i, j, e] = ((e == 0 ? 112*x[i, j, 2] - 38*x[i, j, 0] :\n"
        "   x[i, j, 1]) >> 3) & 127\n"
        " n[i, j] = (x[i, j, 0] > 9 ? x[i, j, 1] : -x[i, j, 2]) * 16777216 -\n"
        "   (k[i, 4*j + 1] >> 2)\n"
        " o[i, j] = (v[i, j] >> 31) + (v[i, j] & 4095) - max(k[i, 4*j], -3)\n"
        " q[j] = b[j, 1] + b[j, 3]\n"
        " w[i, j] = x[i, 2*j, 1] + x[i, 2*j + 1, 2] + k[i, 8*j + 7]\n"
        " r[i, j] = k[i, 3*j + 2] + (x[i, 3*j + 1, 2] >> 1)\n"
        " g[i, j] = (v[i, j] & -2) + min(v[i, j], 7) + (v[i, j] >> 40)\n}\n",
        /* Rows of which some vectors are inside, of one read or of two. */
        "kernel borders {\n size M, N, K in 1..=9\n"
        " in x: f32[M, N], p: f32[N], w: f32[K], o: i64[M] in 0..M\n"
        " in h: f16[M, N]\n"
        " out a: f32[M, N], b: f32[M, 2*N], c: f16[M, N], d: f32[M, N]\n"
        " out g: f32[M, N], q: i64[N]\n"
        " a[i, j] = (sum[k] w[k] * (x[i - k, j + 2*k - 3] else (k - 1))) +\n"
        "   (p[2*j - 5] else 1)\n"
        " b[i, j] = max[r in 0..3] (x[o[i] - r, j - r] else -1)\n"
        " c[i, j] = h[M - 1 - i, j + 1] else 2\n"
        " d[i, j] = (x[i + j - 2, j - 1] else 0) * (p[i] else 1)\n"
        " g[i, j] = (x[i, N - j] else 3) + (sum[k] (p[j - k] else (w[k])))\n"
        " q[j] = o[j + 1] else (-j)\n}\n",
        "kernel blur {\n size M, N\n in x: bf16[M, N]\n out y: bf16[M, N]\n"
        " y[i, j] = (sum[a in 0..3, b in 0..3]\n"
        "   (x[i + a - 1, j + b - 1] else 0)) / 9\n}\n",
        /* Rows of a plane go on one behind the other. */
        "kernel planes {\n size H, W in 0..=70\n size C in 0..=3\n"
        " in x: f32[C, H, W], w: f32[C, 3, 3], v: f32[2], u: f16[H + 2, W]\n"
        " in n: i32[H, W]\n"
        " out a: f32[C, H, W], b: f32[H, W], d: i32[H, W]\n"
        " out e: f32[C, H + 1, W], f: f32[C, H, W], g: i64[H, W]\n"
        " a[c, i, j] = x[c, i, j] - sum[r in 0..3, s in 0..3] w[c, r, s] *\n"
        "   (x[c, i + r - 1, j + s - 1] else 0)\n"
        " b[i, j] = (max[r in 0..3, s in 0..4]\n"
        "     (u[i + 2*r - 1, j + 3*s - 7] else -inf)) +\n"
        "   (sum[k in 0..2] v[k] * (u[i, j - 9*k] else (k - v[k])))\n"
        " d[i, j] = (n[i - 2, j + 20] else (n[i, j])) + (n[i + 1, j] else 7)\n"
        " e[c, i, j] = sum[r in 0..2] (x[c, i - r, j + 1] else 3)\n"
        " f[c, i, j] = (max[k in 0..2]\n"
        "     (x[c, i + 1000000000*k, j - 2000000000*k] else -5)) +\n"
        "   (x[c, i - 1, j - 69] else 1) + (x[c, i, j + 68] else 2)\n"
        " g[i, j] = sum[r in 0..40, k in 0..C] (n[i - r, j + k] else 1)\n}\n",
        "kernel wide_planes {\n size M, N\n in x: f64[M, N], w: f64[3]\n"
        " in t: bool[M, N]\n out y: f64[M, N], z: f64[M, N]\n"
        " y[i, j] = sum[s] w[s] * (x[i + 1 - s, j + 2*s - 2] else (w[s]))\n"
        " z[i, j] = (t[i, j - 1] else true) ? x[i, j] : (x[i + 1, j] else 0)\n"
        "}\n",
        "kernel every_other {\n size N in 2..=4000 step 2\n in x: f32[N]\n"
        " out y: f32[N // 2]\n y[i] = max(x[2 * i], x[2 * i + 1])\n}\n",
        "kernel pools {\n size C, H, W\n in x: f32[C, H, W], h: f16[C, W]\n"
        " out y: f32[C, (H + 1) // 2, (W + 1) // 2], z: f32[C, (W + 2) // 3]\n"
        " y[c, i, j] = max[r in 0..3, s in 0..3] (\n"
        "   x[c, i * 2 + r - 1, j * 2 + s - 1] else -inf)\n"
        " z[c, j] = sum[s in 0..3] (h[c, 3 * j + 1 - s] else 0)\n}\n",
        /* Scalar truths among masks of every width. */
        "kernel flags {\n size M, N\n param on: bool = true\n"
        " in x: f32[M, N], f: bool[M], k: i64[N], b: bool[M, N]\n"
        " in h: f16[N], d: f64[M, N]\n"
        " out y: f32[M, N], z: f32[M, N], w: i64[M, N], v: f32[M]\n"
        " out u: f64[M, N], q: bool[M, N]\n"
        " y[i, j] = on && j > i ? 0 : x[i, j]\n"
        " z[i, j] = f[i] || h[j] > 0 ? x[i, j] : 1\n"
        " w[i, j] = (b[i, j] && on) || (f[i] && k[j] > 2) ? k[j] : 0\n"
        " v[i] = sum[j] (on && (b[i, j] || !f[i]) ? x[i, j] : 0)\n"
        " u[i, j] = (d[i, j] > 1) == f[i] && on ? d[i, j] : 2\n"
        " q[i, j] = x[i, j] < 0 || (on && f[i])\n}\n",
        "kernel causal {\n size M, N\n in x: f32[M, N]\n out y: f32[M, N]\n"
        " y[i, j] = j <= i ? x[i, j] : -inf\n}\n",
        "kernel masks {\n size N\n in a: bool[N], b: u8[N], x: f32[N]\n"
        " out y: bool[N], z: u8[N], w: i8[N], u: u32[N]\n"
        " y[i] = a[i] && !(x[i] > 0) || b[i] == 3\n"
        " z[i] = (b[i] & 15) + i\n w[i] = a[i] ? b[i] << 1 : -i\n"
        " u[i] = (b[i] ^ i) * 70000\n}\n",
        "kernel casts {\n size N\n in x: f32[N], k: i32[N] in -1000..1000\n"
        " out y: f32[N], z: i64[N], h: f16[N]\n"
        " y[i] = f16(x[i]) * bf16(x[i])\n z[i] = i8(k[i]) + k[i] // 7 % 5\n"
        " h[i] = k[i] / 3\n}\n",
        "kernel two_steps {\n size M, N\n in x: f32[M, N]\n"
        " out y: f16[M, N], z: f32[M, N]\n tmp t: bf16[M, N]\n"
        " t[i, j] = x[i, j]\n y[i, j] = t[i, j] + 1\n"
        " z[i, j] = y[i, j] * t[i, j]\n}\n",
        "kernel powers {\n size N\n in x: f64[N]\n out y: f64[N], z: f32[N]\n"
        " y[i] = pow(x[i], 2) + exp(x[i]) * tanh(x[i])\n"
        " z[i] = x[i] * x[i] * x[i]\n}\n",
        /* Products. */
        "kernel factorised {\n size N, D, K\n"
        " in x: f16[N, D], y: f16[N, K]\n out z: f16[N, K]\n"
        " t[d, k] = sum[m] x[m, d] * y[m, k]\n"
        " z[n, k] = sum[d] x[n, d] * t[d, k]\n}\n",
        "kernel attention {\n size B, N, D\n"
        " in q: f16[B, N, D], k: f16[B, N, D], v: f16[B, N, D]\n"
        " out y: f16[B, N, D]\n"
        " s[b, i, j] = (sum[d] q[b, i, d] * k[b, j, d]) / 8\n"
        " m[b, i] = max[j] s[b, i, j]\n"
        " e[b, i, j] = exp(s[b, i, j] - m[b, i])\n"
        " p[b, i, j] = e[b, i, j] / sum[t] e[b, i, t]\n"
        " y[b, i, d] = sum[j] p[b, i, j] * v[b, j, d]\n}\n",
        /* Neither. */
        "kernel column_sum {\n size M, N\n in x: f32[M, N]\n out y: f32[N]\n"
        " y[j] = sum[i] x[i, j]\n}\n",
        "kernel batch_norm {\n size B, C, L\n in x: f32[B, C, L]\n"
        " out y: f32[B, C, L]\n m[c] = (sum[b, l] x[b, c, l]) / (B * L)\n"
        " v[c] = (sum[b, l] square(x[b, c, l] - m[c])) / (B * L)\n"
        " y[b, c, l] = (x[b, c, l] - m[c]) / sqrt(v[c] + 1e-3)\n}\n",
        "kernel total {\n size M, N\n in x: f32[M, N]\n out y: f32\n"
        " y = sum[i, j] x[i, j] * x[i, j]\n}\n",
        "kernel histogram {\n size N\n in k: i32[N] in 0..7, x: f16[N]\n"
        " out h: i32[7] init 0, m: f16[7] init -inf, s: f16[7] init 0\n"
        " h[k[i]] += 1 for i in 0..N\n m[k[i]] max= x[i]\n"
        " s[k[i]] += x[i] / 8\n}\n",
        "kernel rms_backward {\n size M, N\n in x: f32[M, N], g: f32[N]\n"
        " in dy: f32[M, N]\n out dx: f32[M, N], dw: f32[N]\n"
        " r[i] = rsqrt((sum[j] x[i, j] * x[i, j]) / N + 1e-5)\n"
        " dw[j] = sum[i] dy[i, j] * x[i, j] * r[i]\n"
        " c[i] = (sum[j] dy[i, j] * g[j] * x[i, j]) / N\n"
        " dx[i, j] = r[i] * dy[i, j] * g[j] -"
        " x[i, j] * c[i] * r[i] * r[i] * r[i]\n}\n",
        "kernel padded_row {\n size M, N\n in x: f32[M, N]\n out y: f32[M]\n"
        " d[i, j] = exp(x[i, j])\n"
        " y[i] = max[j] ((d[i, j + 1] else 0) - d[i, j])\n}\n",
        /* Prefixes. */
        "kernel scan_mean {\n size M, N\n in x: f32[M, N], w: f16[N]\n"
        " out y: f32[M, N], most: f32[M, N]\n"
        " y[i, j] = (sum[k in 0..j + 1] x[i, k] * w[k]) / (j + 1) + w[j]\n"
        " most[i, j] = max[k in 0..1 + j] abs(x[i, k])\n}\n",
        "kernel scan_before {\n size M, N\n in x: f32[M, N]\n"
        " out y: f16[M, N]\n"
        " y[i, j] = x[i, j] - sum[k in 0..j] x[i, k] * x[i, k]\n}\n",
        "kernel scan_long {\n size N\n in x: f32[N]\n"
        " out y: f32[N], z: f32[N]\n y[i] = sum[k in 0..i + 1] x[k]\n"
        " z[i] = (min[k in 0..i + 1] x[k]) + max[q in 0..i + 1] x[q]\n}\n",
        "kernel scan_offsets {\n size B\n in n: i32[B] in 0..50\n"
        " out off: i64[B + 1], upto: i64[B]\n"
        " off[b] = sum[k in 0..b] n[k]\n"
        " upto[b] = sum[k in 0..b + 1] (n[k] > 10 ? n[k] : k)\n}\n",
        "kernel scan_columns {\n size B, C, D\n in x: f32[B, C, D]\n"
        " out y: f32[B, C, D], p: f32[B, C, D]\n"
        " y[b, c, d] = sum[k in 0..b + 1] x[k, c, d]\n"
        " p[b, c, d] = x[b, c, d] * prod[k in 0..c] (1 + x[b, k, d] / 64)\n"
        "}\n",
        "kernel scan_f64 {\n size A, B, N\n in x: f64[A, B, N]\n"
        " out y: f64[A, B, N]\n tmp t: f64[A, B, N]\n"
        " t[a, b, j] = exp(x[a, b, j] / 4)\n"
        " y[a, b, j] = log(sum[k in 0..j + 1] t[a, b, k])\n}\n",
        "kernel scan_counts {\n size M, N\n in x: f32[M, N], m: bool[N]\n"
        " out y: i64[M, N]\n"
        " y[i, j] = (count[k in 0..j + 1] (m[k] && x[i, k] > 0)) * 2 + j\n"
        "}\n",
        /* Updates. */
        "kernel scatter_rows {\n size T, V, D\n"
        " in src: f32[T, D], idx: i64[T] in 0..V, base: f32[V, D]\n"
        " out y: f32[V, D] init base, z: f16[V, D] init -inf\n"
        " y[idx[t], d] += src[t, d] * 2\n z[idx[t], d] max= src[t, d]\n"
        "}\n",
        "kernel scatter_batch {\n size B, T, V\n"
        " in x: f32[B, T], k: i32[B, T] in 0..V\n"
        " out s: f32[B, V] init 0, n: i32[B, V] init 3, m: f32[V] init inf\n"
        " s[b, k[b, t]] += x[b, t]\n n[b, k[b, t]] += 1 for b in 0..B,"
        " t in 0..T\n m[k[b, t]] min= x[b, t]\n}\n",
        "kernel scatter_permute {\n size N, D\n in x: bf16[N, D]\n"
        " out y: bf16[N, D] init 0, z: f32[2 * N] init 1\n"
        " y[N - 1 - i, d] = x[i, d]\n z[2 * i] = x[i, 0] + i\n}\n",
        "kernel scatter_pairs {\n size N, D\n in x: f32[N, D]\n"
        " in a: i64[N] in 0..N\n out y: f32[N, D] init 0, t: f32 init 1\n"
        " out c: f32[D] init 0\n"
        " y[a[i] // 2, d] += x[i, d] * x[a[i], d]\n"
        " t += x[i, d] / 1024 for i in 0..N, d in 0..D\n"
        " c[d] += x[i, d] for i in 0..N\n}\n",
        "kernel mean_by_key {\n size T, V\n in x: f16[T], k: i64[T] in 0..V\n"
        " out y: f16[V]\n tmp s: f32[V] init 0, n: i32[V] init 0\n"
        " s[k[t]] += x[t]\n n[k[t]] += 1 for t in 0..T\n"
        " y[v] = s[v] / max(n[v], 1)\n}\n",
        /* Searches. */
        "kernel search_all {\n size N, U\n"
        " in v: i64[N] in 0..200, ids: i64[U] sorted distinct\n"
        " in b: f32[U] sorted, x: f32[N]\n"
        " out y: i64[N], lo: i64[N], hi: i32[N], up: i64[N], q: bool[N]\n"
        " out f: f32[N]\n"
        " y[i] = sum[u] (ids[u] == v[i] ? u + 1 : 0)\n"
        " lo[i] = count[u] (ids[u] < v[i])\n"
        " hi[i] = sum[u] (v[i] < ids[u] ? 1 : 0)\n"
        " up[i] = count[u] (b[u] <= x[i]) + i\n"
        " q[i] = any[u] (ids[u] == v[i])\n"
        " f[i] = x[i] * (count[u] (b[u] < x[i])) +"
        " (count[u] (ids[u] >= v[i]))\n}\n",
        "kernel search_rows {\n size F, N, U\n"
        " in x: f16[N, F], b: f16[U] sorted, w: f32[F]\n"
        " out y: i64[N, F]\n"
        " y[i, f] = f * U + count[u] (b[u] < x[i, f] + w[f])\n}\n",
        "kernel jagged_place {\n size B, T, L\n in p: f32[B, L]\n"
        " in off: i64[B + 1] offsets T\n out v: f32[T]\n"
        " s[t] = count[b in 0..B] (off[b + 1] <= t) for t in 0..T\n"
        " v[t] = (p[s[t], t - off[s[t]]!] else -1)\n}\n",
        "kernel jagged_pack {\n size B, T, L, D\n in x: f16[B, L, D]\n"
        " in off: i32[B + 1] offsets T\n"
        " out v: f16[T, D] init 3, w: f32[T] init -1\n"
        " v[off[b] + p, d] = x[b, p, d] for b in 0..B,"
        " p in 0..min(L, off[b + 1] - off[b]), d in 0..D\n"
        " w[off[b] + p] = b - p for b in 0..B,"
        " p in 0..min(off[b + 1] - off[b], L - 2)\n}\n",
        /* A segment's length that another index changes is no segment. */
        "kernel segment_stairs {\n size B, D, T\n"
        " in x: f32[B, D], off: i64[B + 1] offsets T, k: i64[D] in 0..9\n"
        " out y: f32[T, D] init 7, z: f32[T, D] init 2\n"
        " y[off[b] + p, d] = x[b, d] + p for b in 0..B, d in 0..D,"
        " p in 0..min(D - d, off[b + 1] - off[b])\n"
        " z[off[b] + p, d] = x[b, d] - p for b in 0..B, d in 0..D,"
        " p in 0..min(k[d], off[b + 1] - off[b])\n}\n",
        "kernel segment_kinds {\n size B, L, T\n"
        " in x: i32[B, L], off: i64[B + 1] offsets T\n"
        " out y: i64[T] init 3, z: bool[T] init true, u: i32[T] init -4\n"
        " y[off[b] + p] = x[b, p] for b in 0..B,"
        " p in 0..min(L - 5, off[b + 1] - off[b])\n"
        " z[off[b] + p] = x[b, p] > 0 for b in 0..B,"
        " p in 0..min(off[b + 1] - off[b], L)\n"
        " u[off[b] + p] = b * p for b in 0..B,"
        " p in 0..min(off[b + 1] - off[b], B - b)\n}\n",
        /* Rows that end late. */
        "kernel late_range {\n size M, N, K\n in x: f32[M, N], z: f32[M, K]\n"
        " out d: f32[M], c: f32[M]\n a[i] = max[j] x[i, j]\n"
        " b[i] = sum[j] exp(x[i, j] - a[i])\n"
        " c[i] = max[k] z[i, k] / b[i]\n"
        " d[i] = sum[k] exp(z[i, k] / b[i] - c[i])\n}\n",
        "kernel late_range_sums {\n size A, B, N, K\n"
        " in x: f32[A, B, N], z: f32[A, B, K]\n"
        " out d: f32[A, B], c: f32[A, B], w: f32[K], y: f32[A, B, K]\n"
        " a[i, h] = max[j] x[i, h, j]\n"
        " b[i, h] = sum[j] exp(x[i, h, j] - a[i, h])\n"
        " c[i, h] = max[k] z[i, h, k] / b[i, h]\n"
        " d[i, h] = sum[k] exp(z[i, h, k] / b[i, h] - c[i, h])\n"
        " w[k] = sum[i, h] z[i, h, k] * d[i, h]\n"
        " y[i, h, k] = z[i, h, k] * c[i, h]\n}\n",
        "kernel late_staged {\n size M, N\n in x: f32[M, N], g: f32[N]\n"
        " out d: f32[M, N], c: f32[M], e: f32[M], f: f32[M]\n"
        " a[i] = sum[j] tanh(x[i, j]) * g[j]\n"
        " b[i] = sum[j] exp(x[i, j] / 8)\n"
        " c[i] = sum[j] abs(tanh(x[i, j]) - a[i]) / b[i]\n"
        " e[i] = sum[j] abs(exp(x[i, j] / 8) - c[i])\n"
        " d[i, j] = exp(x[i, j] / 8) * b[i] + e[i]\n"
        " f[i] = max[j] (tanh(x[i, j]) * e[i] + exp(x[i, j] / 8))\n}\n",
        "kernel late_mirror {\n size M, N\n in x: f32[M, N]\n"
        " out a: f32[M], b: f32[M], s: f32[M]\n"
        " a[i] = max[j] x[M - 1 - i, j]\n"
        " b[i] = sum[j] exp(x[M - 1 - i, j] - a[i])\n"
        " s[i] = sum[j] x[M - 1 - i, j] * b[i]\n}\n",
        /* Ragged. */
        "kernel bag_weighted {\n size V, D, T, B\n in table: f16[V, D]\n"
        " in idx: i32[T] in 0..V, w: f32[T], off: i32[B + 1] offsets T\n"
        " out y: f32[B, D], n: f32[B]\n"
        " y[b, d] = (sum[p in off[b]..off[b + 1]] w[p] * table[idx[p], d])"
        " / max(off[b + 1] - off[b], 1) for b in 0..B\n"
        " n[b] = sum[p in off[b]..off[b + 1]] w[p] * w[p] for b in 0..B\n}\n",
        /* Narrow integers. */
        /* Powers of two: what is rounded to integers is exact before. */
        "kernel narrow {\n size N\n in a: i8[N], b: u8[N], c: i16[N]\n"
        " in d: i32[N], e: u32[N], x: f32[N], f: bool[N]\n"
        " out p: f32[N], q: i8[N], r: u8[N], s: i64[N], t: i16[N], u: i8[N]\n"
        " out v: i32[N], w: u32[N]\n"
        " p[i] = a[i] * 0.5 + b[i] + c[i] - d[i] / 64 + e[i]\n"
        " q[i] = i8(max(-128, min(127, round(x[i] * 32))))\n"
        " r[i] = u8(f[i] ? max(0, min(255, floor(x[i] * 128))) : 7)\n"
        " s[i] = a[i] * b[i] + c[i] * d[i] - (e[i] >= b[i] ? c[i] : 3)\n"
        " t[i] = i16(max(-30000, min(30000, trunc(x[i] * 8192)))) + c[i]\n"
        " u[i] = i8(i64(x[i] * 256)) + a[i]\n"
        " v[i] = i32(max(-5, min(x[i], 5))) * d[i]\n"
        " w[i] = u32(max(x[i] * 8, 0)) + b[i]\n}\n",
        "kernel narrow_f64 {\n size M, N\n in a: i8[M, N], b: u8[M, N]\n"
        " in x: f64[M, N]\n out p: f64[M, N], q: i8[M, N], r: i16[M, N]\n"
        " p[i, j] = a[i, j] * x[i, j] + b[i, j]\n"
        " q[i, j] = i8(max(-127, min(127, round(x[i, j] * 100))))\n"
        " r[i, j] = i16(x[i, j] * 10) - a[i, j]\n}\n",
        /* Blocks of a row. */
        "kernel block_share {\n size M, N\n const G = 13\n in x: f32[M, N]\n"
        " out y: f32[M, N], a: f32[M, (N + G - 1) // G]\n"
        " a[i, g] = max[k in 0..G] abs(x[i, g*G + k] else 0)\n"
        " y[i, j] = x[i, j] / (a[i, j // G] + 1) + j % G\n}\n",
        "kernel block_mean {\n size B, M, N\n in x: f16[B, M, N]\n"
        " out y: f16[B, M, N], above: bool[B, M, N]\n"
        " m[b, i, j] = (sum[k in j // 16 * 16..min(N, j // 16 * 16 + 16)]"
        " x[b, i, k]) / 16 for b in 0..B, i in 0..M, j in 0..N\n"
        " y[b, i, j] = x[b, i, j] - m[b, i, j]\n"
        " above[b, i, j] = x[b, i, j] * 64 > j // 16 - j\n}\n",
        "kernel block_scale {\n size M, N, G in 8..=40\n in q: i8[M, N]\n"
        " in s: f32[(N + G - 1) // G]\n out y: f32[M, N]\n"
        " y[i, j] = q[i, j] * s[j // G]! + 1\n}\n",
        "kernel block_whole {\n size N in 32..=4096 step 32\n in x: f32[N]\n"
        " out y: f32[N], s: f32[N // 32]\n"
        " s[g] = sum[k in 0..32] square(x[g*32 + k])\n"
        " y[j] = x[j] * rsqrt(s[j // 32] + 1) + j // 8 % 3\n}\n",
        "kernel block_pairs {\n size M, N in 1..=60\n in x: f32[M, N]\n"
        " out y: f32[M, N], z: f32[M, N]\n"
        " a[i, g] = max[k in 0..16] (x[i, g*16 + k] else -9)"
        " for i in 0..M, g in 0..4\n"
        " y[i, j] = x[i, j] - a[i, j // 16]\n"
        " z[i, j] = y[i, j] * (j // 20)\n}\n",
        /* Integers that do not fit 32 bits, of those that do. */
        "kernel shifts {\n size N\n"
        " in k: i64[N] in 0..62, c: bool[N], m: bool[N, 60]\n"
        " out y: i64[N], w: i64[N], z: i64[N], s: i64[N], t: i64[N]\n"
        " out v: i64[N]\n"
        " y[i] = 1 << k[i]\n w[i] = sum[b] ((m[i, b] ? 1 : 0) << b)\n"
        " z[i] = (c[i] ? 60000 : 1) * 60000\n s[i] = -3 << k[i]\n"
        " t[i] = (c[i] ? -9 : 5) >> k[i]\n"
        " v[i] = (c[i] ? 2000000000 : 1) + 2000000000\n}\n",
        /* bf16 and what is no f32. */
        "kernel bf16_mixed {\n size N\n"
        " in k: i32[N] in -999..999, a: i8[N], b: u8[N]\n"
        " in l: i64[N] in -999..999, h: f16[N], x: f32[N], m: bool[N]\n"
        " out y: f32[N], z: bf16[N], v: f32[N], q: i16[N], p: bf16[N]\n"
        " tmp t: bf16[N]\n"
        " t[i] = k[i] + b[i]\n y[i] = bf16(k[i]) * x[i] + bf16(a[i])\n"
        " z[i] = a[i]\n v[i] = bf16(b[i]) * t[i] - bf16(l[i]) + bf16(h[i])\n"
        " q[i] = i16(t[i])\n p[i] = m[i] ? l[i] : h[i]\n}\n",
        "kernel bf16_f64 {\n size N\n param eps: f64 in 1e-8..=1e-3 = 1e-6\n"
        " in x: bf16[N], k: i32[N]\n out y: bf16[N], z: f64[N]\n"
        " y[i] = x[i] / (abs(x[i]) + eps) + k[i]\n"
        " z[i] = x[i] * eps\n}\n",
        /* What one stage holds, another does not. */
        "kernel held_guards {\n size N, K\n in x: f32[N], a: f32[N]\n"
        " out y: f32[N], z: f32[N]\n y[i] = a[i] * (x[K] else 0)\n"
        " z[i] = a[i] + (x[K] else 0)\n}\n",
        "kernel held_values {\n size N\n in x: f32[N]\n"
        " out dev: f32, y: f32[N]\n mean = (sum[i] x[i]) / N\n"
        " v = (sum[i] square(x[i] - mean)) / N\n dev = sqrt(v + 1e-5)\n"
        " y[i] = (x[i] - mean) / dev\n}\n",
        /* Reads that are inside behind a condition only. */
        "kernel padded_turn {\n size V, D, T\n"
        " in t: f32[V, D], w: f32[D], idx: i64[T] in -1..V\n"
        " in a: f32[V], p: i64[V] in 1..V + 1\n"
        " out y: f32[D, T], u: f32[T, D], m: bool[T], r: f32[T]\n"
        " e[v, d] = t[v, d] * 2\n"
        " y[d, i] = idx[i] >= 0 ? t[idx[i], d]! : 0\n"
        " u[i, d] = idx[i] < 0 ? w[d] :\n"
        "   e[idx[i], d]! - (w[d + 1] else (e[idx[i], 0]!))\n"
        " m[i] = idx[i] >= 0 && t[idx[i], 0]! > 0\n"
        " r[i] = idx[i] < 0 ? 1 : a[p[idx[i]]! - 1]\n}\n",
        "kernel padded_sums {\n size V, D, T\n"
        " in t: f32[V, D], w: f32[D], idx: i64[T] in -1..V\n"
        " in a: f32[V]\n out y: f32[T], z: i64[T], q: f32[T]\n"
        " y[i] = idx[i] >= 0 ? (sum[d] t[idx[i], d]! * w[d]) : 0\n"
        " z[i] = idx[i] >= 0 ? (count[d] (t[idx[i], d]! > w[d])) : -1\n"
        " q[i] = a[idx[i]] else (sum[d] t[-1 - idx[i], d]!)\n}\n",
        /* Rows among other stages. */
        "kernel rows_backward {\n size M, N\n"
        " in x: f32[M, N], dy: f32[M, N], g: f32[N]\n"
        " out dx: f32[M, N], dg: f32[N], loss: f32\n"
        " r[i] = rsqrt((sum[j] square(x[i, j])) / N + 1)\n"
        " c[i] = (sum[j] dy[i, j] * g[j] * x[i, j]) / N\n"
        " dx[i, j] = r[i] * (dy[i, j] * g[j] - x[i, j] * c[i] * r[i])\n"
        " dg[j] = sum[i] dy[i, j] * x[i, j] * r[i]\n"
        " loss = sum[i] c[i] * c[i] / (1 + r[i])\n}\n",
        "kernel rows_sums {\n size A, M, N\n"
        " in x: f32[A, M, N], dy: f16[A, M, N], g: f32[N]\n"
        " out dg: f32[N], dx: f32[A, M, N], db: f16[N], z: f32[A, M, N]\n"
        " r[a, i] = rsqrt((sum[j] square(x[a, i, j])) / N + 1)\n"
        " dg[j] = (sum[a, i] dy[a, i, j] * x[a, i, j] * r[a, i]) / M"
        " - (sum[b, k] x[b, k, j])\n"
        " c[a, i] = (sum[j] dy[a, i, j] * g[j] * x[a, i, j]) / N\n"
        " dx[a, i, j] = r[a, i] * dy[a, i, j] * g[j] - x[a, i, j] * c[a, i]\n"
        " db[j] = max(sum[a, i] dy[a, i, j], 0)\n"
        " z[a, i, j] = x[a, i, j] * c[a, i] - dg[j]\n}\n",
        "kernel rows_else {\n size M, N\n in x: f16[M, N]\n"
        " out z: f32[M, N], w: f32[N], n: i64[M]\n"
        " a[i] = max[j] x[i, j]\n"
        " c[i] = max[j] (x[i, j] + (a[i - 1] else 1)) for i in 0..M\n"
        " n[i] = count[j] (x[i, j] > a[i] / 2)\n"
        " z[i, j] = x[i, j] + c[i] + a[i]\n"
        " w[j] = max[i] z[i, j]\n}\n",
        /* Extents that are not sums of products of sizes. */
        "kernel valid {\n size B, L, K\n in x: f32[B, L], w: f32[K]\n"
        " out y: f32[B, max(L - K + 1, 0)]\n"
        " y[b, t] = sum[k] (x[b, t + k] else 0) * w[k]\n}\n",
        "kernel corner {\n size M, N\n in x: f32[M, N], k: i64[M] in 0..4\n"
        " out d: f32[min(M, N)], z: f32[min(M, N), max(M, N)]\n"
        " out t: f32[N, min(M, 9)], h: f32[max(N, 4)] init 0\n"
        " out g: f32[-(-N // 8)]\n"
        " d[i] = x[i, i] * min(M, N) for i in 0..min(M, N)\n"
        " z[i, j] = (x[i, j] else 1) + d[i]\n"
        " t[j, i] = x[i, j] * 2 for j in 0..N, i in 0..min(M, 9)\n"
        " h[k[i]] += x[i, 0] for i in 0..min(M, N)\n"
        " g[b] = sum[c in 0..8] (x[0, b*8 + c] else 0)\n}\n",
        "kernel corner_softmax {\n size M, N\n in x: f32[M, max(N, 3)]\n"
        " out y: f32[min(M, N), max(N, 3)], n: f32[min(M, N)]\n"
        " m[i] = max[j] x[i, j] for i in 0..min(M, N)\n"
        " s[i] = sum[j] exp(x[i, j] - m[i]) for i in 0..min(M, N)\n"
        " y[i, j] = exp(x[i, j] - m[i]) / s[i]\n"
        "  for i in 0..min(M, N), j in 0..max(N, 3)\n"
        " n[i] = m[i] + log(s[i])\n}\n",
        "kernel corner_scan {\n size M, N\n in x: f32[M, max(N, 3)]\n"
        " out c: f32[min(M, N), max(N, 3)], v: f32[min(M, N), 3]\n"
        " out s: f32[min(M, N), max(N, 3)]\n"
        " c[i, j] = sum[k in 0..j + 1] x[i, k]\n"
        "  for i in 0..min(M, N), j in 0..max(N, 3)\n"
        " v[i, r] = top[j, 3] x[i, j] for i in 0..min(M, N), r in 0..3\n"
        " s[i, r] = sort[j] x[i, j] for i in 0..min(M, N),"
        " r in 0..max(N, 3)\n}\n",
        "kernel corner_product {\n size M, N, K\n"
        " in a: f32[max(M - K, 1), K], b: f16[K, N]\n"
        " out c: f32[max(M - K, 1), N], r: f32[max(M - K, 1)]\n"
        " c[i, j] = sum[k in 0..min(K, N)] a[i, k] * b[k, j]\n"
        " r[i] = max[j] c[i, j]\n}\n",
        /* Pairs that do not lie where one row of all of them would have them:
         * of rows of odd lengths, and at places that a row has of its own. */
        "kernel odd_pairs {\n size L, D\n in x: f32[L, D], c: f32[L, D // 2]\n"
        " out y: f32[L, D // 2, 2]\n"
        " y[l, p, e] = x[l, 2*p + e] * c[l, p]\n}\n",
        "kernel own_pairs {\n size L, P\n"
        " in x: f32[L, 2*P], s: i32[L] in 0..2\n out y: f32[L, P, 2]\n"
        " y[l, p, e] = x[l, 2*p + e] - x[l, 2*p + s[l]]\n}\n",
        /* A transpose in blocks of which the last one is shorter. */
        "kernel turned_scale {\n size N, K\n in w: f16[K, N]\n"
        " in s: f32[(K + 15) // 16, N]\n out y: f32[N, K]\n"
        " y[n, k] = w[k, n] * s[k // 16, n]\n}\n",
        /* Taps in taps, weights alone, what a copy with margins cannot
         * hold. */
        "kernel nested_taps {\n size H, W in 0..=70\n in x: f32[H, W]\n"
        " in w: f32[3, 3]\n out y: f32[H, W]\n"
        " y[i, j] = max[a in 0..3] (sum[b in 0..3] w[a, b] *"
        " (x[i + a - 1, j + b - 1] else 0))\n}\n",
        "kernel taps_of_sizes {\n size H, W in 0..=70\n "
        "size K in 1..=4\n in x: f32[K, H, W], w: f32[K, 3]\n out y: f32[H, "
        "W]\n"
        " y[i, j] = sum[k in 0..K] (max[s in 0..3] w[k, s] *"
        " (x[k, i, j + s - 1] else (w[k, s])))\n}\n",
        "kernel tap_totals {\n size H, W in 0..=70\n"
        " in x: f32[H, W], w: f32[3], v: f32[4]\n"
        " out y: f32[H, W], z: f32[H, W]\n"
        " y[i, j] = (x[i, j + 1] else 0) * (sum[k in 0..3] w[k])\n"
        " z[i, j] = (max[r in 0..3] w[r]) * (x[i - 1, j] else 0) +"
        " (sum[k in 0..3] w[k] * (x[i, j + k] else 0) *"
        " (prod[m in 0..4] (v[m] + w[k])))\n}\n",
        "kernel deep_taps {\n size H, W in 0..=3\n in x: f32[H, W]\n"
        " out y: f32[H, W]\n"
        " y[i, j] = sum[a in 0..16] (max[b in 0..16] (sum[c in 0..16]"
        " (x[i + a - b, j + c - 1] else 0)))\n}\n",
        "kernel thin_planes {\n size H in 0..=70\n size C in 0..=4\n"
        " in x: f32[C, H, 1], z: i64[C, H + 3, 2], w: f32[3]\n"
        " out y: f32[C, H, 1], q: i64[C, H, 2]\n"
        " y[c, i, j] = sum[k in 0..3] w[k] * (x[c, i + k, j + k - 1] "
        "else"
        " (k))\n"
        " q[c, i, j] = (z[c, i + 1, j - 1] else 4) +"
        " (z[c, i - 2, j + 1] else 5) - z[c, i + 3, j]!\n}\n",
        "kernel narrow_margin {\n size H, W in 0..=20\n "
        "in n: i8[H, W]\n out d: i64[H, W]\n"
        " d[i, j] = argmax[k in 0..5] (n[i + k - 2, j - k + 2] else"
        " -200)\n}\n",
        /* Searches for a key that is the same in all lanes. */
        "kernel sorted_segments {\n size V, E\n size D in 0..=20\n"
        " in row: i32[E] sorted in 0..V, x: f32[E, D]\n"
        " in s: i64[D] in 0..V, t: i64[V + 9] sorted distinct\n"
        " out y: f32[V, D], n: i64[V, D], q: bool[V], m: i64[V, D]\n"
        " in c: f32[E]\n"
        " out k: i64[V], z: f32[V, D], o: i64[D], w: f32[V]\n"
        " y[v, d] = sum[e] (row[e] == v ? x[e, d] * 2 : 0)\n"
        " n[v, d] = (count[e] (row[e] <= v)) * d\n"
        " q[v] = any[e] (row[e] > v)\n"
        " m[v, d] = sum[e in 1..E] (row[e] < v ? e : 0)\n"
        " k[v] = count[e] (row[e] == v)\n"
        " z[v, d] = sum[e in 0..V] (t[e + 9] >= v * 7 ? s[d] - e : 0)\n"
        " w[v] = sum[e] (row[e] == v ? c[e] * 2 : 0)\n"
        " o[d] = count[e] (row[e] >= s[d])\n}\n",
        /* Keys that go along, and functions that reductions would repeat. */
        "kernel merged_keys {\n size M, N, U\n"
        " in t: i32[U] sorted in -20..60, x: f32[N]\n"
        " out a: i64[N], b: f32[M, N], c: i64[M, N], d: i32[N]\n"
        " a[i] = count[u] (t[u] < i + 3)\n"
        " b[m, i] = x[i] * (count[u] (t[u] <= i)) + m\n"
        " c[m, i] = (count[u] (t[u] > i + 1)) - m\n"
        " d[i] = count[u] (t[u] >= i)\n}\n",
        "kernel kept_functions {\n size V, E\n size D in 0..=20\n"
        " in x: f32[V, D], a: f32[V], s: i64[E] in 0..V\n"
        " in off: i64[V + 1] offsets E\n out y: f32[V, D], z: f32[V]\n"
        " r[p] = (count[b in 0..V + 1] (off[b] <= p)) - 1 for p in 0..E\n"
        " w[p] = exp(a[s[p]] - a[r[p]]!)\n"
        " q[v] = exp(-abs(a[v]))\n"
        " z[v] = sum[p in off[v]..off[v + 1]] w[p] for v in 0..V\n"
        " y[v, d] = (sum[p in off[v]..off[v + 1]] w[p] * x[s[p], d]) +"
        " (sum[k] q[k] * x[k, d]) for v in 0..V\n}\n",
        /* Keys that rise, and reads that go round. */
        "kernel rising_keys {\n size M, N, U\n"
        " in t: i64[U] sorted in 0..90, f: f32[U] sorted, x: f32[N] sorted\n"
        " in k: i64[N] sorted in -9..99, u: i32[U] sorted distinct in"
        " 0..9999\n"
        " out a: i64[N], b: f32[M, N], c: i64[M, N], d: i32[N], e: i64[N]\n"
        " out q: bool[N]\n"
        " a[i] = (count[j] (t[j] <= k[i])) - 1\n"
        " b[m, i] = x[i] * (count[j] (f[j] < x[i])) + m\n"
        " c[m, i] = (count[j] (t[j] > k[i])) - m * (count[j] (t[j] >= i))\n"
        " d[i] = count[j in 0..U] (t[j] >= k[i])\n"
        " e[i] = sum[j] (u[j] == k[i] ? j + 3 : 0)\n"
        " q[i] = any[j] (u[j] == k[i])\n}\n",
        "kernel go_round {\n size H\n size W in 2..=70\n"
        " in x: f32[H, W], n: i8[H, W], s: i64[W], p: bool[W], l: f32[H, 6]\n"
        " out y: f32[H, W], z: i64[H, W], v: f32[H, W], o: f32[H, 6]\n"
        " y[i, j] = x[(i + 1) % H, (j + 1) % W] - x[i, (j + W - 2) % W]\n"
        " z[i, j] = s[(j - 1) % W] + n[(i + H - 1) % H, (W + j + 2 - W) % W] +"
        " (p[(j + 2) % W] ? 1 : 0)\n"
        " v[i, j] = sum[k in 0..3] x[i, (j + k) % W] * x[i, (j - 1) % W]\n"
        " o[i, j] = l[i, (j + 5) % 6] + l[i, (j - 6) % 6] + l[i, j % 4]"
        " for i in 0..H, j in 0..6\n}\n"};

enum { LOWERING_CASES = sizeof lowering_cases / sizeof *lowering_cases };

/* Sizes that are no multiple of anything, often 1, sometimes a multiple. */
static inline int64_t lowering_size(const struct size *size, struct rng *rng,
                                    int64_t most)
{
        static const int64_t tries[] = {0,  1,  2,  3,  5,  7,  8,  13, 15,
                                        16, 17, 31, 33, 48, 64, 67, 97, 131};
        int64_t value = tries[rng_below(rng, sizeof tries / sizeof *tries)];

        if (value > most)
                value = most;
        if (value < size->low)
                value = size->low;
        if (value > size->high)
                value = size->high;
        return size->low + (value - size->low) / size->step * size->step;
}

/* A small binding: at most about 20,000 elements a tensor. */
static inline void lowering_shape(const struct spec *spec, struct rng *rng,
                                  struct binding *binding)
{
        int64_t most = spec->size_count <= 1   ? 3000
                       : spec->size_count == 2 ? 140
                       : spec->size_count == 3 ? 35
                                               : 12;

        struct error err;

        binding_init(binding, spec);
        do {
                for (int i = 0; i < spec->size_count; i++)
                        binding->size[i] =
                                lowering_size(spec->size[i], rng, most);
        } while (binding_check(binding, spec, &err) != 0);
}

#endif
