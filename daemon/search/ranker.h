/*
 * The cost model of a search: which of several points to try first.
 *
 * Two parts. The prior is an estimate from the program itself (bytes,
 * operations, vectors, caches, tasks; lower/estimate.h), known before
 * anything was measured. The learned part is a ridge regression (Hoerl and
 * Kennard 1970) of log fitness on the schedule: a flag for each value of each
 * field, products of two fields, and the prior itself; first on the results
 * of earlier campaigns, then on what these leave unexplained of the
 * campaign's own. It shrinks towards "fitness falls with the prior", so that
 * without data it says what the prior says.
 *
 * It orders, it never decides: what it ranks first is measured like anything
 * else. The same results in the same order give the same model.
 */
#ifndef KEVO_SEARCH_RANKER_H
#define KEVO_SEARCH_RANKER_H

#include "search/nodes.h"

struct ranker; /* opaque */

/* A result of another campaign, of the same or a similar spec. */
struct ranker_history {
        int campaign;         /* number: results of one compare */
        const char *schedule; /* text; of the spaces of today, or left out */
        double fitness;
        double weight; /* 0 to 1: how alike the campaigns are */
};

/* prior: estimated nanoseconds of a point, 0 when it cannot be said; NULL:
 * none. proposer is borrowed. */
int ranker_new(struct ranker **ranker, const struct proposer *proposer,
               double (*prior)(int space, const struct point *point,
                               void *data),
               void *data, struct error *err) KEVO_MUST_CHECK;
void ranker_free(struct ranker *ranker);

/* Results that are there before the search begins. */
int ranker_add_history(struct ranker *ranker,
                       const struct ranker_history *history, int count,
                       struct error *err) KEVO_MUST_CHECK;

/* From now on it is not fitted: it says what the prior says. */
void ranker_keep_prior(struct ranker *ranker);

/* Fit to a graph. false: there is neither data nor a prior to rank by. */
bool ranker_fit(struct ranker *ranker, const struct graph *graph);
/* Predicted log fitness, up to a constant; `data` is the model. */
double ranker_rank(int space, const struct point *point, void *data);

#endif
