/*
 * A campaign's graph in memory: what selection and the operator look at. The
 * store holds the same nodes; this is loaded from it and kept beside it.
 */
#ifndef KEVO_SEARCH_NODES_H
#define KEVO_SEARCH_NODES_H

#include <stdbool.h>
#include <stdint.h>

#include "propose/propose.h"

/* Node i's parent comes before it. */
struct graph_node {
        int64_t id;     /* of the store */
        int parent;     /* position, -1: an independent start */
        double fitness; /* 0: wrong or did not build */
        bool evaluated;
        bool exhausted; /* the operator has nothing new near it */
        char *schedule;
        char *language, *source_hash, *move;
};

struct graph {
        int count, capacity;
        struct graph_node *node;
        struct propose_memory *memory; /* the same nodes as points */
};

void graph_dispose(struct graph *graph);
/* Appends and takes over the texts; the position, or -1 out of memory.
 * where: what its schedule is (propose_locate). */
int graph_add(struct graph *graph, const struct graph_node *node,
              const struct propose_memory *where);
/* The node was evaluated: 0 when wrong. */
void graph_set_fitness(struct graph *graph, int at, double fitness);
/* Position of the fittest evaluated node, -1 when none is correct. */
int graph_best(const struct graph *graph);
/* May it be expanded: correct, and with something new near it? */
bool graph_can_expand(const struct graph *graph, int at);
/* How many nodes have no parent. */
int graph_starts(const struct graph *graph);

#endif
