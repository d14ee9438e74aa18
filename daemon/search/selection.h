/*
 * Selection policies: from the graph so far, which node to expand next. One
 * line of selection_table each; a policy sees fitness and ancestry only, and
 * keeps nothing between two calls: whatever it counts (visits, populations,
 * turns) it reads off the graph. So a search that was killed goes on exactly
 * where it was, from the stored graph alone.
 */
#ifndef KEVO_SEARCH_SELECTION_H
#define KEVO_SEARCH_SELECTION_H

#include "core/rng.h"
#include "search/nodes.h"

/* Raised when the searcher itself changes: an old search key is then worth
 * another try, at the lowest priority. */
enum { SEARCH_VERSION = 3 };

enum { SELECT_START = -1 };

struct choice {
        int parent; /* position of the node to expand, or SELECT_START */
        int mate;   /* a second parent to cross it with, or -1 */
};

struct selection {
        const char *name;
        const char *meaning;
        struct choice (*select)(const struct graph *graph, struct rng *rng);
};

extern const struct selection selection_table[]; /* ends with a NULL name */
/* NULL when unknown; name NULL: the default. */
const struct selection *selection_find(const char *name);
/* "auto, greedy, ... and random": for messages and help. */
const char *selection_names(void);

#endif
