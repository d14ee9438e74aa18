/*
 * Filling one tensor: floats by distribution, integers by constraint.
 * Internal to inputs.c.
 */
#ifndef KEVO_SPEC_INPUTS_FILL_H
#define KEVO_SPEC_INPUTS_FILL_H

#include "spec/inputs.h"

struct inputs_fill {
        const struct spec *spec;
        const struct binding *binding;
        const struct tensor *tensor;
        uint64_t seed; /* of this tensor alone */
        enum distribution distribution;
        double amplitude;
        int64_t elements;
        int64_t row; /* elements of the last dimension */
        void *data;
};

int inputs_fill_floats(const struct inputs_fill *fill,
                       struct error *err) KEVO_MUST_CHECK;
int inputs_fill_integers(const struct inputs_fill *fill,
                         struct error *err) KEVO_MUST_CHECK;

/* The domain of an integer tensor, half-open, as far as its type reaches;
 * false when it is empty. */
bool inputs_domain(const struct inputs_fill *fill, int64_t *low,
                   int64_t *high);
/* Whether the constraints can be met under the binding; ERR_INPUT says why
 * not: an empty domain, too many distinct values, offsets that cannot be. */
int inputs_promise(const struct spec *spec, const struct binding *binding,
                   const struct tensor *tensor,
                   struct error *err) KEVO_MUST_CHECK;
bool inputs_possible(const struct spec *spec, const struct binding *binding,
                     const struct tensor *tensor);
/* Number n of a random order of 0..domain: a permutation of it. */
uint64_t inputs_permute(uint64_t seed, uint64_t domain, uint64_t n);

#endif
