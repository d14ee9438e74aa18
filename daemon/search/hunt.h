/*
 * The state of one running campaign, shared by its parts: campaign.c (the
 * loop), trial.c (one evaluation), confirm.c (from the best nodes to a
 * verdict). Not for others: they see campaign.h.
 */
#ifndef KEVO_SEARCH_HUNT_H
#define KEVO_SEARCH_HUNT_H

#include "search/campaign.h"
#include "search/explorer.h"

struct hunt {
        struct store *store;
        const struct subject *subject;
        const struct campaign_options *options;
        struct campaign *campaign; /* as stored */
        struct proposer *proposer;
        struct ranker *ranker;
        struct explorer explorer;    /* what to try, and the graph */
        struct evaluator *evaluator; /* NULL until needed, or lost */
        struct node **seeds;         /* good schedules of other campaigns */
        int seed_count;
        struct campaign_state state;
        int64_t began_ns, gained_ns, saved_ns; /* monotonic */
        bool stopped;                          /* the caller said stop */
        double floor_share; /* of the best node, 0: unknown */
};

/* The repository's name in records. */
const char *hunt_repository(const struct hunt *h);

/* Tell the caller where the hunt is; sets h->stopped when it says stop. */
void hunt_report(struct hunt *h, const char *doing);

/* Evaluate text up to a stage over the first `workloads` workloads and
 * store the run. A lost worker is replaced and counted against the
 * candidate: then *result is NULL and 0 returned. */
int trial_run(struct hunt *h, int64_t node, const char *language,
              const char *text, int workloads, enum stage_level stage,
              struct evaluate_result **result, int64_t *run,
              int64_t *verification, struct error *err) KEVO_MUST_CHECK;
/* The same for node `at` of the graph through S2; its fitness is kept in
 * graph and store. */
int trial_node(struct hunt *h, int at, struct error *err) KEVO_MUST_CHECK;

/* Take the best nodes through S3 and S4 and store the verdict. */
int confirm_best(struct hunt *h, struct campaign_outcome *outcome,
                 struct error *err) KEVO_MUST_CHECK;

#endif
