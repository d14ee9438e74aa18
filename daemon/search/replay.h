/*
 * Searching over recorded results. A recording is a table from points to
 * what an evaluation of them gave and cost; it stands in for the evaluator,
 * so that a search takes milliseconds, needs no store, and gives the same
 * result for the same seed. Made of the nodes of a campaign that were
 * measured (ablate.h), or of any function of a point (the tests).
 *
 * A point that is not recorded cannot be proposed: to the search it is like
 * a schedule that the lowering refuses. Time is virtual: the sum of the
 * recorded costs.
 */
#ifndef KEVO_SEARCH_REPLAY_H
#define KEVO_SEARCH_REPLAY_H

#include "search/campaign.h"
#include "search/explorer.h"

struct recorded {
        int space;
        struct point point;
        double fitness; /* 0: wrong, or did not build */
        double seconds; /* that its evaluation took */
        double prior;   /* estimated nanoseconds, 0: none */
};

struct recording {
        int count, capacity;
        struct recorded *item;
        int slots;
        int *slot; /* hash table of positions, -1: empty */
};

void recording_dispose(struct recording *recording);
/* The last one added for a point counts. */
int recording_add(struct recording *recording, const struct recorded *result,
                  struct error *err) KEVO_MUST_CHECK;
const struct recorded *recording_find(const struct recording *recording,
                                      int space, const struct point *point);
/* The largest fitness in it, 0 when nothing is right. */
double recording_best(const struct recording *recording);
/* The share of pairs of right results that the prior puts in the right
 * order; 0.5 is chance. */
double recording_agreement(const struct recording *recording);
/* For propose_recorded and ranker_new: data is the recording. */
bool recording_has(int space, const struct point *point, void *data);
double recording_prior(int space, const struct point *point, void *data);

/* One step: the candidate's recorded result becomes a node. *result NULL:
 * nothing is left. */
int replay_step(struct explorer *explorer, const struct recording *recording,
                const struct recorded **result,
                struct error *err) KEVO_MUST_CHECK;

/* How a search went. */
struct replay_trace {
        const char *ending;
        int count, maximum; /* evaluations; room in best */
        double *best;       /* the caller's: the best after each */
};

/* From the explorer's graph (which may be empty) to an ending: candidates
 * and seconds of options count, the latter on the virtual clock. At most
 * trace->maximum steps. */
int replay_run(struct explorer *explorer, const struct recording *recording,
               const struct campaign_options *options,
               struct replay_trace *trace, struct error *err) KEVO_MUST_CHECK;

#endif
