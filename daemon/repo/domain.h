/*
 * The form that a `when` line may have: a conjunction of ranges,
 * divisibilities and comparisons of sizes, so that dispatch is a few
 * operations and two domains can be read side by side.
 */
#ifndef KEVO_REPO_DOMAIN_H
#define KEVO_REPO_DOMAIN_H

#include "repo/source.h"

/* Error unless every term is SIZE < bound (or <=, >, >=, either way round)
 * or SIZE % bound == 0, with bounds made of numbers and tunables and at most
 * SOURCE_WHEN_TERMS terms a size, or a comparison of two sums of products of
 * sizes, numbers and constants (N*D + N*K <= 2*D*K), of which there may be
 * SOURCE_WHEN_TERMS. What a comparison computes must fit 64 bits for all
 * sizes of the spec's domain that are inside the ranges by numbers in front
 * of it: a dispatcher need not look for overflow. where starts the message. */
int domain_check(const struct intexpr *when, const struct spec *spec,
                 const char *where, struct error *err) KEVO_MUST_CHECK;

#endif
