/*
 * What the oracle says of one output for one set of inputs: all of it when
 * that is cheap, else boxes: every corner and tail, and boxes at random
 * places. Kernels never see it.
 */
#ifndef KEVO_EVALUATE_EXPECTED_H
#define KEVO_EVALUATE_EXPECTED_H

#include "core/rng.h"
#include "spec/oracle.h"

struct expected_box {
        int64_t low[LIMIT_RANK], high[LIMIT_RANK];
        int64_t count;
        struct oracle_values values;
};

struct expected {
        const struct tensor *output; /* borrowed */
        int64_t extent[LIMIT_RANK]; /* of what is results: see oracle_extent */
        int64_t elements;
        bool full; /* one box, all of it */
        double constant;
        int box_count;
        struct expected_box *box;
};

/* When a full evaluation is cheap enough, and how many boxes otherwise. */
struct expected_effort {
        double operations; /* full up to this cost ... */
        int64_t elements;  /* ... and up to so many outputs */
        int boxes;         /* at random places */
        bool corners;
};

/* constant: the accuracy constant when it is known already, else 0: it is
 * computed (ERR_INPUT and *overflow as in oracle_constant). */
int expected_make(struct expected *expected, const struct oracle *oracle,
                  const struct spec *spec, const struct binding *binding,
                  const void *const *inputs, const struct tensor *output,
                  const struct expected_effort *effort, double constant,
                  struct rng *rng, int threads, bool *overflow,
                  struct error *err) KEVO_MUST_CHECK;
/* The same of single elements, by their positions in x, which is known
 * already: *places is the caller's to dispose of. */
int expected_make_places(struct expected *places, const struct expected *x,
                         const struct oracle *oracle,
                         const struct binding *binding,
                         const void *const *inputs, const int64_t *at,
                         int count, int threads,
                         struct error *err) KEVO_MUST_CHECK;
void expected_dispose(struct expected *expected);

/* The first element of data that is not accepted, in words. */
struct expected_miss {
        double excess; /* distance / allowed, of the worst element seen */
        int64_t wrong, checked;
        char text[256]; /* "y[3, 17] is 0.5, should be 0.25" */
};

/* Is every checked element of data acceptable? oracle, binding and inputs
 * are needed for alternatives of an argmax. */
bool expected_accepts(const struct expected *expected, const struct spec *spec,
                      const struct oracle *oracle,
                      const struct binding *binding, const void *const *inputs,
                      const void *data, struct expected_miss *miss);

#endif
