/*
 * The default: greedy while it gains, and, while it does not, islands or
 * greedy's own restarts, by a coin. Which mix is best was measured with
 * `kevo ablate` (docs/search.md).
 */
#include "search/policies.h"

enum { AUTO_PATIENCE = 12 };

struct choice policy_auto(const struct graph *graph, struct rng *rng)
{
        int best = graph_best(graph);

        if (policy_drafting(graph) ||
            graph->count - 1 - best < AUTO_PATIENCE || rng_below(rng, 2) == 0)
                return policy_greedy(graph, rng);
        return policy_islands(graph, rng);
}
