/* See rng.h. */
#include "core/rng.h"

#include <sys/random.h>
#include <time.h>

static uint64_t mix(uint64_t z)
{
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
}

uint64_t rng_at(uint64_t seed, uint64_t n)
{
        return mix(mix(seed) + (n + 1) * 0x9e3779b97f4a7c15u);
}

uint64_t rng_next(struct rng *rng)
{
        return rng_at(rng->seed, rng->n++);
}

uint64_t rng_below(struct rng *rng, uint64_t bound)
{
        return (uint64_t)(((unsigned __int128)rng_next(rng) * bound) >> 64);
}

double rng_unit(struct rng *rng)
{
        return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

uint64_t rng_derive(uint64_t seed, const char *name, uint64_t n)
{
        uint64_t h = seed;

        for (; *name; name++)
                h = rng_at(h, (unsigned char)*name);
        return rng_at(h, n);
}

uint64_t rng_secret(void)
{
        uint64_t bits;
        struct timespec now;

        if (getrandom(&bits, sizeof bits, 0) == (ssize_t)sizeof bits)
                return bits;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return mix((uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 32);
}
