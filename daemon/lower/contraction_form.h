/*
 * The form of a contraction: a statement whose value contains a sum of a
 * product, split into a left and a right operand and with its indices
 * classified, so that the lowering sees one matrix product whatever the
 * spec's notation was (docs/lowering.md):
 *
 *   batch  in both operands and in the target     rows    only in the left
 *   sum    reduced                                 columns only in the right
 *
 *   y[b, i, j] = sum[k] x[b, i, k] * w[b, k, j]:  b | i | j | k
 *   conv1d:      sum[c, r] x[b, c, l + r - P] * w[k, c, r]:  - | k | b l | c r
 *
 * The right operand is the one that holds the vector index, the one that
 * runs fastest in what is finally stored. Statements that follow and read
 * the target element by element are fused behind the sum; intermediates
 * that only feed the operands element by element are inlined before it.
 */
#ifndef KEVO_LOWER_CONTRACTION_FORM_H
#define KEVO_LOWER_CONTRACTION_FORM_H

#include "spec/spec.h"

enum { CONTRACTION_FACTORS = 8, CONTRACTION_FUSED = 16 };

/* A product: factors that multiply and factors that divide. */
struct contraction_operand {
        int count;
        const struct expr *factor[CONTRACTION_FACTORS];
        bool divides[CONTRACTION_FACTORS];
        bool negative;
};

/* Some of a statement's indices, in the order of the spec. */
struct contraction_indices {
        int count;
        const struct index *index[LIMIT_RANK];
};

/* A statement computed on the sum's tile: its index d is index[d] of the
 * contraction. */
struct contraction_fused {
        const struct statement *statement;
        const struct index *index[LIMIT_RANK];
};

struct contraction_form {
        const struct statement *statement;
        const struct expr *sum; /* the EXPR_REDUCE inside its value */
        struct contraction_operand left, right;
        struct contraction_indices batch, rows, columns, inner;
        const struct index *vector; /* the last of columns */
        enum dtype dtype;           /* of the accumulators: f32 or f64 */
        int fused_count;
        struct contraction_fused fused[CONTRACTION_FUSED];
};

/* Classify statement; false when it is no contraction: no sum of a product
 * of two reads, several reductions, integers, ranges that depend on other
 * indices or on data, or no index that only the left operand has. */
bool contraction_form_find(const struct spec *spec,
                           const struct statement *statement,
                           struct contraction_form *form);

/* Does any statement of spec have the form? */
bool contraction_form_exists(const struct spec *spec);

/* True when statement number s is computed behind the sum. */
bool contraction_form_fuses(const struct contraction_form *form, int s);

/* No reduction in it: computed element by element. */
bool contraction_is_elementwise(const struct expr *expr);
/* An operand that is one plain read whose last subscript is index itself
 * (contiguous in it). */
bool contraction_is_contiguous(const struct contraction_operand *operand,
                               const struct index *index);

#endif
