/*
 * Selection policies: from the graph so far, which node to expand next. One
 * line of selection_table each; a policy sees fitness and ancestry only.
 */
#ifndef KEVO_SEARCH_SELECTION_H
#define KEVO_SEARCH_SELECTION_H

#include "core/rng.h"
#include "search/nodes.h"

/* Raised when the searcher itself changes: an old search key is then worth
 * another try, at the lowest priority. */
enum { SEARCH_VERSION = 1 };

enum { SELECT_START = -1 };

struct selection {
        const char *name;
        const char *meaning;
        /* Position of the node to expand, or SELECT_START. */
        int (*select)(const struct graph *graph, struct rng *rng);
};

extern const struct selection selection_table[]; /* ends with a NULL name */
/* NULL when unknown; name NULL: the default. */
const struct selection *selection_find(const char *name);

#endif
