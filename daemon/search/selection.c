/* See selection.h: the table, and the two simplest policies. */
#include "search/selection.h"

#include "core/text.h"
#include "search/policies.h"

enum { PATIENCE = 12, RUNNERS_UP = 4 };

int policy_ranked(const struct graph *graph, int rank)
{
        int last = -1;

        for (int r = 0; r <= rank; r++) {
                int next = -1;

                for (int i = 0; i < graph->count; i++) {
                        double fitness = graph->node[i].fitness;
                        bool below = last < 0 ||
                                     fitness < graph->node[last].fitness ||
                                     (fitness == graph->node[last].fitness &&
                                      i > last);

                        if (below && graph_can_expand(graph, i) &&
                            (next < 0 || fitness > graph->node[next].fitness))
                                next = i;
                }
                if (next < 0)
                        return last;
                last = next;
        }
        return last;
}

bool policy_drafting(const struct graph *graph)
{
        return graph_starts(graph) < POLICY_STARTS ||
               policy_ranked(graph, 0) < 0;
}

/*
 * Eight independent starts, then always the fittest node; when twelve
 * evaluations in a row improved nothing, every third step starts afresh and
 * every third expands another good node, until something does.
 */
struct choice policy_greedy(const struct graph *graph, struct rng *rng)
{
        struct choice choice = {SELECT_START, -1};
        bool stalled;
        uint64_t step;

        if (policy_drafting(graph))
                return choice;
        stalled = graph->count - 1 - graph_best(graph) >= PATIENCE;
        step = rng_below(rng, 3);
        if (!stalled || step == 0)
                choice.parent = policy_ranked(graph, 0);
        else if (step == 1)
                choice.parent = policy_ranked(
                        graph, 1 + (int)rng_below(rng, RUNNERS_UP));
        return choice;
}

struct choice policy_random(const struct graph *graph, struct rng *rng)
{
        (void)graph;
        (void)rng;
        return (struct choice){SELECT_START, -1};
}

const struct selection selection_table[] = {
        {"auto", "drafts, then greedy, then islands when it stalls",
         policy_auto},
        {"greedy", "expand the fittest, restart when it stalls",
         policy_greedy},
        {"beam", "expand the fittest few in turn", policy_beam},
        {"mcts", "Monte Carlo tree search with UCT", policy_mcts},
        {"islands", "evolution in populations that exchange members",
         policy_islands},
        {"random", "independent starts only: what others must beat",
         policy_random},
        {NULL, NULL, NULL},
};

const struct selection *selection_find(const char *name)
{
        for (const struct selection *p = selection_table; p->name; p++) {
                if (!name || text_equal(p->name, name))
                        return p;
        }
        return NULL;
}

const char *selection_names(void)
{
        return "auto, greedy, beam, mcts, islands and random";
}
