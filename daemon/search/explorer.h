/*
 * What to try next: selection, operator and ranker over one graph. It knows
 * neither the store nor a clock nor who evaluates, so the same steps are
 * taken by a campaign (campaign.c) and by a replay over recorded results
 * (replay.c).
 *
 * The next step is a function of the seed and of the graph alone: its random
 * numbers are derived from both. A search that was killed and loaded again
 * therefore goes on with the candidate that it would have tried.
 */
#ifndef KEVO_SEARCH_EXPLORER_H
#define KEVO_SEARCH_EXPLORER_H

#include "search/ranker.h"
#include "search/selection.h"

/* Schedules that were best elsewhere, for starts; texts borrowed. */
enum { EXPLORER_SEEDS = 8 };

struct explorer {
        const struct selection *selection;
        struct proposer *proposer; /* borrowed */
        struct ranker *ranker;     /* borrowed; NULL: nothing is ranked */
        uint64_t seed;
        bool forget; /* the operator draws without memory */
        int seed_count;
        const char *seed_schedule[EXPLORER_SEEDS];
        double seed_chance; /* of each to be tried, 0 to 1 */
        struct graph graph; /* owned */
        int twin_count, twin_capacity;
        struct propose_memory *twin; /* owned */
};

void explorer_dispose(struct explorer *explorer);

/* The next candidate and the node that it comes from. *nothing: nothing new
 * is left anywhere, and there is no candidate. */
int explorer_next(struct explorer *explorer, struct candidate *candidate,
                  struct choice *from, bool *nothing,
                  struct error *err) KEVO_MUST_CHECK;
/* The candidate turned out to be the source of an older node: it will not
 * be proposed again, and leaves no trace in the graph. */
int explorer_note_twin(struct explorer *explorer, const char *schedule,
                       struct error *err) KEVO_MUST_CHECK;
/* Append a node whose evaluation is to come, or (of the store) is over;
 * takes over the texts. The position, or a negative code. */
int explorer_add(struct explorer *explorer, struct graph_node *node,
                 struct error *err) KEVO_MUST_CHECK;

#endif
