/*
 * Evolution on islands: a few populations that evolve apart, so that one
 * good line does not take all of them over, and exchange members now and
 * then (Whitley, Rana and Heckendorn, "The Island Model Genetic Algorithm",
 * 1998).
 *
 * A start belongs to the islands in turn, a child to its parent's. The
 * islands take turns; in each, a tournament among its fittest members picks
 * the parent and, half of the time, a second one the mate, whose fields are
 * mixed with the parent's. Every so often the mate comes from the next
 * island: that is the migration.
 */
#include "search/policies.h"

enum {
        ISLANDS = 3,
        ISLAND_STARTS = 4, /* of each, before it evolves */
        POPULATION = 8,    /* fittest members that may have children */
        TOURNAMENT = 2,
        MIGRATION = 5 /* one mate in so many is from elsewhere */
};

static int island_of(const struct graph *graph, int at)
{
        int starts = 0;

        while (graph->node[at].parent >= 0)
                at = graph->node[at].parent;
        for (int i = 0; i < at; i++)
                starts += graph->node[i].parent < 0;
        return starts % ISLANDS;
}

/* Fittest members first; returns how many. */
static int list_members(const struct graph *graph, int island,
                        int member[POPULATION])
{
        int count = 0;

        for (int i = 0; i < graph->count; i++) {
                int at;

                if (!graph_can_expand(graph, i) ||
                    island_of(graph, i) != island)
                        continue;
                at = count < POPULATION ? count++ : POPULATION;
                while (at > 0 && graph->node[member[at - 1]].fitness <
                                         graph->node[i].fitness) {
                        if (at < POPULATION)
                                member[at] = member[at - 1];
                        at--;
                }
                if (at < POPULATION)
                        member[at] = i;
        }
        return count;
}

/* Members are sorted: the lowest number drawn wins. */
static int tournament(const int *member, int count, struct rng *rng)
{
        int best = count - 1;

        for (int i = 0; i < TOURNAMENT; i++) {
                int drawn = (int)rng_below(rng, (uint64_t)count);

                if (drawn < best)
                        best = drawn;
        }
        return member[best];
}

static int find_mate(const struct graph *graph, int island, int parent,
                     struct rng *rng)
{
        int member[POPULATION], count, mate;

        if (rng_below(rng, MIGRATION) == 0)
                island = (island + 1) % ISLANDS;
        count = list_members(graph, island, member);
        if (!count)
                return -1;
        mate = tournament(member, count, rng);
        if (mate == parent ||
            graph->memory[mate].space != graph->memory[parent].space)
                return -1;
        return mate;
}

struct choice policy_islands(const struct graph *graph, struct rng *rng)
{
        struct choice choice = {SELECT_START, -1};
        int member[POPULATION], count = 0, island = 0;

        if (graph_starts(graph) < ISLANDS * ISLAND_STARTS)
                return choice;
        for (int i = 0; count == 0 && i < ISLANDS; i++) {
                island = (graph->count + i) % ISLANDS;
                count = list_members(graph, island, member);
        }
        if (!count)
                return choice;
        choice.parent = tournament(member, count, rng);
        if (rng_below(rng, 2) == 0)
                choice.mate = find_mate(graph, island, choice.parent, rng);
        return choice;
}
