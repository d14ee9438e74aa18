/*
 * The form that a `when` line may have: a conjunction of ranges and
 * divisibilities of sizes, so that dispatch is a few comparisons and two
 * domains can be read side by side.
 */
#ifndef KEVO_REPO_DOMAIN_H
#define KEVO_REPO_DOMAIN_H

#include "repo/source.h"

/* Error unless every term is SIZE < bound (or <=, >, >=, either way round)
 * or SIZE % bound == 0, with bounds made of numbers and tunables and at most
 * SOURCE_WHEN_TERMS terms a size. where starts the message. */
int domain_check(const struct intexpr *when, const struct spec *spec,
                 const char *where, struct error *err) KEVO_MUST_CHECK;

#endif
