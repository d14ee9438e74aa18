/* See nodes.h. */
#include <stdlib.h>
#include <string.h>

#include "search/nodes.h"

void graph_dispose(struct graph *graph)
{
        for (int i = 0; i < graph->count; i++) {
                free(graph->node[i].schedule);
                free(graph->node[i].language);
                free(graph->node[i].source_hash);
                free(graph->node[i].move);
        }
        free(graph->node);
        *graph = (struct graph){0};
}

int graph_add(struct graph *graph, const struct graph_node *node)
{
        int capacity = graph->capacity ? graph->capacity * 2 : 64;
        struct graph_node *grown;

        if (graph->count == graph->capacity) {
                grown = realloc(graph->node, (size_t)capacity * sizeof *grown);
                if (!grown)
                        return -1;
                graph->node = grown;
                graph->capacity = capacity;
        }
        graph->node[graph->count] = *node;
        return graph->count++;
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

int graph_starts(const struct graph *graph)
{
        int starts = 0;

        for (int i = 0; i < graph->count; i++)
                starts += graph->node[i].parent < 0;
        return starts;
}

struct propose_memory *graph_memory(const struct graph *graph)
{
        struct propose_memory *memory =
                calloc((size_t)graph->count + 1, sizeof *memory);

        for (int i = 0; memory && i < graph->count; i++) {
                const struct graph_node *n = &graph->node[i];
                const struct graph_node *parent =
                        n->parent >= 0 ? &graph->node[n->parent] : NULL;

                memory[i] = (struct propose_memory){
                        .schedule = n->schedule,
                        .parent = parent ? parent->schedule : NULL,
                        .fitness = n->fitness,
                        .parent_fitness = parent ? parent->fitness : 0};
        }
        return memory;
}
