/*
 * Is a spec a plain matrix product, so that a BLAS computes all of it? One
 * statement c[t.., i, j] = sum[k] a * b with each operand read whole, in
 * either order of its last two dimensions, at most one batch dimension, and
 * perhaps a bias along j added.
 */
#ifndef KEVO_EVALUATE_GEMM_H
#define KEVO_EVALUATE_GEMM_H

#include "spec/spec.h"

struct gemm {
        bool f64;
        int64_t batch, m, n, k;
        bool trans_a, trans_b; /* stored k by m, n by k */
        int a, b, bias;        /* inputs by their order; bias -1: none */
};

/* False when it is something else, or too large for 32-bit BLAS sizes. */
bool gemm_find(const struct spec *spec, const struct binding *binding,
               struct gemm *gemm);

#endif
