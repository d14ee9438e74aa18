/*
 * The form of a contraction: a statement whose value contains a sum of a
 * product, split into a left and a right operand and with its indices
 * classified, so that the lowering sees one matrix product whatever the
 * spec's notation was (docs/lowering.md):
 *
 *   batch  in both operands and in the target     rows    only in the left
 *   inner  reduced                                 columns only in the right
 *
 *   y[b, i, j] = sum[k] x[b, i, k] * w[b, k, j]           b | i | j | k
 *   y[b, k, l] = sum[c, r] x[b, c, l + r] * w[k, c, r]    - | k | b l | c r
 *
 * The right operand is the one that holds the vector index, the one that
 * runs fastest in what is finally stored. Statements that follow and read
 * the target element by element are fused behind the sum; intermediates
 * computed element by element are inlined where they are read.
 */
#ifndef KEVO_LOWER_CONTRACTION_FORM_H
#define KEVO_LOWER_CONTRACTION_FORM_H

#include "core/arena.h"
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

/* A statement computed on the sum's tile, written in the contraction's
 * indices. */
struct contraction_fused {
        const struct statement *statement;
        const struct index *index[LIMIT_RANK]; /* for statement->index */
        const struct expr *subscript[LIMIT_RANK];
        const struct expr *value;
};

struct contraction_form {
        const struct statement *statement;
        const struct expr *value; /* of the statement, inlined */
        const struct expr *sum;   /* the EXPR_REDUCE inside value */
        struct contraction_operand left, right;
        struct contraction_indices batch, rows, columns, inner;
        const struct index *vector; /* the last of columns */
        enum dtype dtype;           /* of the accumulators: f32 or f64 */
        bool stored;                /* the target itself is kept: others than
                                       fused statements read it, or it is out */
        int fused_count;
        struct contraction_fused fused[CONTRACTION_FUSED];
};

/* Recognise statement under a plan whose values are inlined; fills fused
 * too. */
struct contraction_plan;
bool contraction_form_find(struct arena *arena,
                           const struct contraction_plan *plan,
                           const struct statement *statement,
                           struct contraction_form *form);

/* Rewriting copies indices; the number stays. */
bool contraction_same_index(const struct index *a, const struct index *b);
/* One plain read that is proved inside; NULL when the operand is more. */
const struct read *contraction_plain_read(
        const struct contraction_operand *operand);
/* Consecutive values of index are at most `most` elements apart in memory
 * (vector_is_contiguous). */
bool contraction_is_contiguous(const struct contraction_operand *operand,
                               const struct index *index, int most);

#endif
