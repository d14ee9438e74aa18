/* See nodes.h. */
#include "search/nodes.h"

#include <stdlib.h>

void graph_dispose(struct graph *graph)
{
        for (int i = 0; i < graph->count; i++) {
                free(graph->node[i].schedule);
                free(graph->node[i].language);
                free(graph->node[i].source_hash);
                free(graph->node[i].move);
        }
        free(graph->node);
        free(graph->memory);
        *graph = (struct graph){0};
}

static bool grow(struct graph *graph)
{
        int capacity = graph->capacity ? graph->capacity * 2 : 64;
        struct propose_memory *memory;
        struct graph_node *node;

        if (graph->count < graph->capacity)
                return true;
        node = realloc(graph->node, (size_t)capacity * sizeof *node);
        if (node)
                graph->node = node;
        memory = realloc(graph->memory, (size_t)capacity * sizeof *memory);
        if (memory)
                graph->memory = memory;
        if (!node || !memory)
                return false;
        graph->capacity = capacity;
        return true;
}

int graph_add(struct graph *graph, const struct graph_node *node,
              const struct propose_memory *where)
{
        if (!grow(graph))
                return -1;
        graph->node[graph->count] = *node;
        graph->memory[graph->count] = *where;
        graph->memory[graph->count].parent = node->parent;
        graph->memory[graph->count].fitness = node->fitness;
        return graph->count++;
}

void graph_set_fitness(struct graph *graph, int at, double fitness)
{
        graph->node[at].evaluated = true;
        graph->node[at].fitness = fitness;
        graph->memory[at].fitness = fitness;
}

int graph_best(const struct graph *graph)
{
        int best = -1;

        for (int i = 0; i < graph->count; i++) {
                const struct graph_node *n = &graph->node[i];

                if (n->evaluated && n->fitness > 0 &&
                    (best < 0 || n->fitness > graph->node[best].fitness))
                        best = i;
        }
        return best;
}

bool graph_can_expand(const struct graph *graph, int at)
{
        const struct graph_node *n = &graph->node[at];

        return n->fitness > 0 && !n->exhausted && graph->memory[at].space >= 0;
}

int graph_starts(const struct graph *graph)
{
        int starts = 0;

        for (int i = 0; i < graph->count; i++)
                starts += graph->node[i].parent < 0;
        return starts;
}
