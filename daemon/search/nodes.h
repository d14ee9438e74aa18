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
};

void graph_dispose(struct graph *graph);
/* Appends and takes over the texts; the position, or -1 out of memory. */
int graph_add(struct graph *graph, const struct graph_node *node);
/* Position of the fittest evaluated node, -1 when none is correct. */
int graph_best(const struct graph *graph);
/* The history as the operator reads it; the caller frees. NULL: no memory. */
struct propose_memory *graph_memory(const struct graph *graph);
/* How many nodes have no parent. */
int graph_starts(const struct graph *graph);

#endif
