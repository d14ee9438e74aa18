/*
 * Printing a spec as C. The text is one function a statement, which computes
 * a box of that statement's tensor from boxes of the tensors that it reads.
 *
 * Names in the printed text: i<n> the index number n; x<t>, v<t>, e<t>,
 * a<t>, k<t>, u<t>, w<t> the planes of tensor t (data of inputs; value,
 * error, honest values, integers, undecided flags, written flags);
 * d<t>_<d>, n<t>_<d> its strides and extents, b<t> the offset of its box;
 * z<n> size n, p<n> parameter n; r<n> reduction n. Internal to the oracle.
 */
#ifndef KEVO_SPEC_ORACLE_EMIT_H
#define KEVO_SPEC_ORACLE_EMIT_H

#include "core/buf.h"
#include "spec/oracle_class.h"

enum {
        ORACLE_SCOPE = 64, /* reductions in force at one place */
        ORACLE_TEXT_BYTES = 4 << 20
};

struct oracle_emit {
        struct buf *out;
        const struct oracle_class *class;
        const struct statement *statement;
        bool honest;              /* with honest orders beside (v, e) */
        bool reverse;             /* loops run from the end */
        const struct index *lane; /* the index of the lanes, or NULL */
        int width;                /* how many lanes */
        const struct index *scan; /* innermost index of running sums */
        int scope_count;
        const struct expr *scope[ORACLE_SCOPE];
};

/* The whole text of the flavour. */
int oracle_print(const struct oracle_class *class, bool honest,
                 struct buf *out, struct error *err) KEVO_MUST_CHECK;
/* Orders of evaluation that the honest flavour carries. */
int oracle_orders(const struct oracle_class *class);
/* An expression: R or P by oracle_is_exact; P; I; a condition (bit 1 set
 * when undecided). The reductions it needs are in scope or printed inside. */
void oracle_print_real(struct oracle_emit *emit, const struct expr *expr);
void oracle_print_pair(struct oracle_emit *emit, const struct expr *expr);
void oracle_print_integer(struct oracle_emit *emit, const struct expr *expr);
void oracle_print_test(struct oracle_emit *emit, const struct expr *expr);
/* The offset into tensor's planes of subscripts named q0, q1, ... */
void oracle_print_offset(struct oracle_emit *emit,
                         const struct tensor *tensor);
/* Where undecided decisions of the current element are noted. */
const char *oracle_flag(const struct oracle_emit *emit);
/* "(__INT32_TYPE__)" and the like: integers wrap at a store. */
const char *oracle_wrap(enum dtype dtype);

/* Statements that compute the reductions of expr which are not in scope and
 * put them there; the caller restores scope_count at the end of its block. */
void oracle_print_reductions(struct oracle_emit *emit,
                             const struct expr *expr);
/* The reduction's value once it is in scope. */
void oracle_print_reduced(struct oracle_emit *emit, const struct expr *expr);
/* Accumulators of running reductions, before the scan's loop. */
void oracle_print_running(struct oracle_emit *emit, const struct expr *expr);
/* What a reduction's term shares for all of its indices. */
void oracle_print_invariant(struct oracle_emit *emit,
                            const struct expr *reduce);
/* "for (...) {" over one index; stop: an extra condition or "". */
void oracle_print_loop(struct oracle_emit *emit, const struct index *index,
                       const char *stop, int drop,
                       const struct index *const *outer, int outer_count);

#endif
