/*
 * The oracle: the value of every output element in float64 (long double for
 * f64 specs, exact integers for integer outputs) with an error scale beside
 * it, computed from the spec alone. It shares the parser with code
 * generation, never the lowering.
 *
 * The spec is printed as C (trusted text: made only from the checked tree),
 * compiled, cached by hash, and loaded. A value is carried as (v, e): e is
 * the running error of an honest kernel in units of the output's working
 * precision, by the rules in docs/trust.md. It is demand-driven: a box of
 * an output is computed by propagating the box backward through the
 * statements by index intervals; a data-dependent subscript makes that
 * dimension whole, ragged bounds are read for the box's rows, an update
 * makes one pass over its iteration space and keeps hits inside the box.
 *
 * Discontinuities: see `undecided` below.
 */
#ifndef KEVO_SPEC_ORACLE_H
#define KEVO_SPEC_ORACLE_H

#include "spec/spec.h"

struct oracle; /* opaque; calls on one oracle may run in several threads */

/* Compile (or load from cache_dir, created when absent) the oracle. spec is
 * borrowed until oracle_close. */
int oracle_open(struct oracle **oracle, const struct spec *spec,
                const char *cache_dir, struct error *err) KEVO_MUST_CHECK;
void oracle_close(struct oracle *oracle);

/* A spec with `reference c` has no statements to compile: its values come
 * from whoever can run foreign code, which this room cannot. The function
 * fills values, all elements of output in row-major order: double for a float
 * output, int64_t for an integer, uint8_t for a boolean one. Calls may come
 * from several threads. Without it boxes of such a spec are
 * ERR_UNSUPPORTED. */
typedef int oracle_reference(void *data, const struct binding *binding,
                             const void *const *inputs,
                             const struct tensor *output, void *values,
                             struct error *err);
void oracle_set_reference(struct oracle *oracle, oracle_reference *reference,
                          void *data);

/* Multiply-adds (all operations) of one full evaluation; for choosing
 * between full and boxes. Data-dependent ranges are bounded. */
double oracle_operations(const struct spec *spec,
                         const struct binding *binding);

/* One element's verdict data. For float outputs v and e; for integer and
 * boolean outputs integer holds the exact value and e is 0. */
struct oracle_values {
        double *v; /* elements of the box, row-major, or NULL */
        double *e;
        int64_t *integer;   /* integer outputs, or NULL */
        uint8_t *undecided; /* 1: a comparison on the way is undecided (its
                               operands' intervals, widened 4 times,
                               overlap), or e is infinite. A float's e is
                               then the hull of both branches; an integer
                               passes oracle_accepts with any value: ask
                               oracle_accepts_index about argmax. */
};

/* The elements of an output that are results with these inputs, and its
 * extents (extent[LIMIT_RANK]) as far as they go: for `T upto n` extent[0] is
 * n as the oracle computes it, or 0 where n is undecided: nothing behind it
 * is checked. ERR_INPUT when n is outside 0..=T. */
int oracle_extent(const struct oracle *oracle, const struct binding *binding,
                  const void *const *inputs, const struct tensor *output,
                  int threads, int64_t *extent, int64_t *elements,
                  struct error *err) KEVO_MUST_CHECK;

/* Compute the box low..high (half-open, per dimension of output) of output
 * tensor `output`. inputs[t] is the data of tensor number t for TENSOR_IN
 * (NULL otherwise). values' arrays have room for the box. threads >= 1.
 * ERR_INPUT when the inputs break the spec (a checked read outside, an
 * integer overflow, an empty max, a divisor of 0): the error says where. */
int oracle_box(const struct oracle *oracle, const struct binding *binding,
               const void *const *inputs, const struct tensor *output,
               const int64_t *low, const int64_t *high, int threads,
               struct oracle_values *values,
               struct error *err) KEVO_MUST_CHECK;

/* The same with one slip built in: mutation number 1 .. oracle_mutations
 * leaves out the last term of one reduction or, the last numbers, of one
 * statement in order when it is an update (else nothing). ERR_INPUT when
 * that leaves a max of nothing. */
int oracle_mutations(const struct oracle *oracle);
int oracle_box_mutated(const struct oracle *oracle, int mutation,
                       const struct binding *binding,
                       const void *const *inputs, const struct tensor *output,
                       const int64_t *low, const int64_t *high, int threads,
                       struct oracle_values *values,
                       struct error *err) KEVO_MUST_CHECK;

/* May an honest kernel give `actual` for the undecided element at `at` of an
 * integer output? For an argmax output: when its key, widened 4 times,
 * reaches the largest; for the index of a selection: when keys within their
 * widened intervals can bring it to this rank. For any other: yes. */
int oracle_accepts_index(const struct oracle *oracle,
                         const struct binding *binding,
                         const void *const *inputs,
                         const struct tensor *output, const int64_t *at,
                         int64_t actual, bool *accepted,
                         struct error *err) KEVO_MUST_CHECK;

/* The accuracy constant C of one output: max(4, 4 x worst |a - v| / e) over
 * at most 65,536 elements of the box, with a the value of honest orders of
 * evaluation in working precision before output rounding: sequential,
 * reversed, blocked by 16, pairwise, and for f16/bf16 specs chunks of 16
 * with a truncating f32 accumulator. Elements with e = 0 and undecided ones
 * are left out, and the part of |a - v| that underflow explains. ERR_INPUT
 * with *overflow set when an honest order overflows, on the way or at the end,
 * where the oracle does not (halve the amplitude). */
int oracle_constant(const struct oracle *oracle, const struct binding *binding,
                    const void *const *inputs, const struct tensor *output,
                    const int64_t *low, const int64_t *high, double *constant,
                    bool *overflow, struct error *err) KEVO_MUST_CHECK;

/* The rule: |y - v| <= C e + half an ulp of the output dtype at v + tiny.
 * With `accuracy a` in the spec: |y - v| <= a (e / u) + ...; with a reference
 * |y - v| <= absolute + relative |v|; integers and booleans exactly. NaN
 * agrees with NaN, an infinity with the same. Element number n of values;
 * actual is the array of output's dtype for the same box, element a of it.
 * excess (may be NULL) receives |y - v| / allowed. */
bool oracle_accepts(const struct spec *spec, const struct tensor *output,
                    double constant, const struct oracle_values *values,
                    int64_t n, const void *actual, int64_t a, double *excess);

#endif
