/*
 * Inputs of a kernel from a seed and a distribution, honouring the spec's
 * constraints (in lo..hi, sorted, distinct, offsets, lengths, hints).
 * Element n of a float tensor is a function of (seed, tensor, n) alone.
 */
#ifndef KEVO_SPEC_INPUTS_H
#define KEVO_SPEC_INPUTS_H

#include "spec/spec.h"

/* Distributions of floats; index-like integers are uniform over their
 * domain, or zipf when the binding says so. */
enum distribution {
        DIST_NORMAL,     /* mean 0, deviation 1 */
        DIST_OFFSET,     /* 100 + normal: cancellation */
        DIST_WIDE,       /* sign * 2^uniform(-12, 12) */
        DIST_TIES,       /* few distinct values */
        DIST_SPARSE,     /* nine of ten are 0 */
        DIST_SMALL_INTS, /* integers -4..4: exact in every dtype */
        DIST_COUNT
};

const char *distribution_name(enum distribution distribution);

/* Fill data (spec_tensor_bytes of it) of one TENSOR_IN. amplitude scales
 * float values (1 normally). ERR_INPUT when the constraints cannot be met
 * (distinct from too small a domain). */
int inputs_fill(const struct spec *spec, const struct binding *binding,
                const struct tensor *tensor, uint64_t seed,
                enum distribution distribution, double amplitude, void *data,
                struct error *err) KEVO_MUST_CHECK;

/* All inputs at once: allocates (aligned to 256 bytes) into
 * inputs[tensor->number]; inputs_free releases. */
int inputs_make(const struct spec *spec, const struct binding *binding,
                uint64_t seed, enum distribution distribution,
                double amplitude, void *inputs[LIMIT_TENSORS],
                struct error *err) KEVO_MUST_CHECK;
void inputs_free(void *inputs[LIMIT_TENSORS]);

/* Hidden shapes: fill `shape` with the n-th draw from the size domains
 * narrowed by accept (may be NULL: all): boundaries, primes, 1, one below
 * and above each of tiles[0..tile_count-1]; costing at most `operations`
 * (oracle_operations) and `bytes` of tensors. `fixed[i]` >= 0 keeps size i.
 * category (may be NULL) names the kind drawn: "smallest", "prime",
 * "below-tile", ... ERR_NOT_FOUND when no accepted shape was found. */
int inputs_hidden_shape(
        const struct spec *spec, uint64_t seed, int n, const int64_t *fixed,
        const int64_t *tiles, int tile_count, double operations, int64_t bytes,
        bool (*accept)(const struct binding *shape, void *data), void *data,
        struct binding *shape, const char **category,
        struct error *err) KEVO_MUST_CHECK;

#endif
