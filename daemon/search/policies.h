/*
 * The policies of selection_table, a file each, and what they share. Not for
 * others: they see selection.h.
 */
#ifndef KEVO_SEARCH_POLICIES_H
#define KEVO_SEARCH_POLICIES_H

#include "search/selection.h"

enum { POLICY_STARTS = 8 }; /* independent starts of the draft phase */

/* The rank-th fittest node that can be expanded (0: the fittest); the last
 * of them when there are fewer; -1 when there is none. */
int policy_ranked(const struct graph *graph, int rank);
/* The draft phase: too few starts yet, or nothing correct to expand. */
bool policy_drafting(const struct graph *graph);

/* The fittest node, restarts when it stalls. */
struct choice policy_greedy(const struct graph *graph, struct rng *rng);
/* Independent starts only. */
struct choice policy_random(const struct graph *graph, struct rng *rng);
/* The fittest few, in turn. */
struct choice policy_beam(const struct graph *graph, struct rng *rng);
/* Monte Carlo tree search. */
struct choice policy_mcts(const struct graph *graph, struct rng *rng);
/* Evolution in separate populations. */
struct choice policy_islands(const struct graph *graph, struct rng *rng);
/* The default. */
struct choice policy_auto(const struct graph *graph, struct rng *rng);

#endif
