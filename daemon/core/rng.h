/*
 * Random numbers: SplitMix64 (Steele, Lea, Flood 2014) as a counter-based
 * generator, so that element n of stream s is a function of (s, n) alone and
 * any box of a tensor can be made on its own.
 */
#ifndef KEVO_CORE_RNG_H
#define KEVO_CORE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* The n-th 64-bit number of the stream named seed. */
uint64_t rng_at(uint64_t seed, uint64_t n);

/* A sequential generator: caller's storage, any seed is fine. */
struct rng {
        uint64_t seed, n;
};

uint64_t rng_next(struct rng *rng);
/* Uniform in 0..bound (bound 0 gives 0). */
uint64_t rng_below(struct rng *rng, uint64_t bound);
/* Uniform in [0, 1). */
double rng_unit(struct rng *rng);
/* A new seed for a sub-stream with a name. */
uint64_t rng_derive(uint64_t seed, const char *name, uint64_t n);
/* 64 secret bits of the operating system. */
uint64_t rng_secret(void);

#endif
