/*
 * Beam search without levels: the beam is the few fittest nodes that can be
 * expanded, and the one among them that was expanded least is next. A node
 * that is overtaken leaves the beam; its children keep their place if they
 * earned one.
 */
#include "search/policies.h"

enum { BEAM_WIDTH = 4 };

static int children_of(const struct graph *graph, int at)
{
        int count = 0;

        for (int i = at + 1; i < graph->count; i++)
                count += graph->node[i].parent == at;
        return count;
}

struct choice policy_beam(const struct graph *graph, struct rng *rng)
{
        struct choice choice = {SELECT_START, -1};
        int fewest = 0;

        (void)rng;
        if (policy_drafting(graph))
                return choice;
        for (int rank = 0; rank < BEAM_WIDTH; rank++) {
                int at = policy_ranked(graph, rank);
                int children = children_of(graph, at);

                if (choice.parent >= 0 && children >= fewest)
                        continue;
                choice.parent = at;
                fewest = children;
        }
        return choice;
}
