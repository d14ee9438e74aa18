/*
 * Reductions that search a sorted table for one key, the same in all lanes:
 * bisection, and the sum of the terms that it finds.
 */
#ifndef KEVO_LOWER_REDUCE_SEARCH_H
#define KEVO_LOWER_REDUCE_SEARCH_H

#include "lower/lookup.h"

/* Is this reduction one? Fills lookup. */
bool reduce_is_search(const struct vector_scope *scope,
                      const struct expr *reduction, struct lookup *lookup);
const struct thread_expr *reduce_search(struct vector_scope *scope,
                                        const struct lookup *lookup);

#endif
