/*
 * See selection.h.
 *
 * greedy: about eight independent starts, then always the fittest node;
 * when twelve expansions in a row improved nothing, every third step starts
 * afresh and every third expands another good node, until something does.
 */
#include "search/selection.h"

#include "core/text.h"

enum { STARTS = 8, PATIENCE = 12, RUNNERS_UP = 4 };

/* Evaluations since the fittest node was found. */
static int since_best(const struct graph *graph, int best)
{
        return graph->count - 1 - best;
}

/* The rank-th fittest node that still has neighbours, -1 when none. */
static int ranked(const struct graph *graph, int rank)
{
        int last = -1;

        for (int r = 0; r <= rank; r++) {
                int next = -1;

                for (int i = 0; i < graph->count; i++) {
                        const struct graph_node *n = &graph->node[i];
                        bool below = last < 0 ||
                                     n->fitness < graph->node[last].fitness;

                        if (n->fitness > 0 && !n->exhausted && below &&
                            (next < 0 ||
                             n->fitness > graph->node[next].fitness))
                                next = i;
                }
                if (next < 0)
                        return last;
                last = next;
        }
        return last;
}

static int select_greedy(const struct graph *graph, struct rng *rng)
{
        int best = graph_best(graph), chosen;
        uint64_t step;

        if (best < 0 || graph_starts(graph) < STARTS)
                return SELECT_START;
        step = rng_below(rng, 3);
        if (since_best(graph, best) < PATIENCE || step == 0)
                chosen = ranked(graph, 0);
        else if (step == 1)
                chosen = ranked(graph, 1 + (int)rng_below(rng, RUNNERS_UP));
        else
                chosen = SELECT_START;
        return chosen < 0 ? SELECT_START : chosen;
}

static int select_random(const struct graph *graph, struct rng *rng)
{
        (void)graph;
        (void)rng;
        return SELECT_START;
}

const struct selection selection_table[] = {
        {"greedy", "expand the fittest, restart when it stalls",
         select_greedy},
        {"random", "independent starts only: what others must beat",
         select_random},
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
