/*
 * Kin: earlier campaigns whose results say something about a new one. The
 * same spec on other hardware, shapes or incumbents, and other specs that
 * are built alike. Their best schedules start some of its lines, all their
 * results are rows for its ranker.
 *
 * Likeness of specs is a number from 0 to 1: the share that two profiles
 * have in common (sum of minima over sum of maxima, Ruzicka 1958). A profile
 * counts what decides about schedules: classes that apply, reductions and
 * functions by name, tensors by rank, kinds of statements. Another hardware
 * or other workloads make a campaign less alike by a fixed factor.
 */
#ifndef KEVO_SEARCH_KIN_H
#define KEVO_SEARCH_KIN_H

#include "search/explorer.h"
#include "search/subject.h"
#include "store/graph.h"

enum {
        KIN_CAMPAIGNS = 8, /* at most so many are read */
        KIN_LOOKED_AT = 256,
        KIN_ROWS = 12,        /* a campaign counts for so many results */
        KIN_SEEDS = 3,        /* of the schedules, so many start lines */
        KIN_NODES_EACH = 1024 /* newest nodes of one campaign */
};

/* Below this likeness a campaign says nothing. */
#define KIN_LEAST 0.7

struct kin {
        int node_count;
        struct node **node; /* of all campaigns, owned */
        int history_count;
        struct ranker_history *history; /* texts are the nodes' */
        int seed_count;
        const char *seed[KIN_SEEDS];
        double likeness; /* of the nearest campaign, 0: there is none */
};

/* How alike two specs are for schedules on a target. */
double kin_likeness(const struct spec *a, const struct spec *b,
                    const struct target *target);

/* not_campaign is left out; strangers: and so is every campaign on the same
 * spec, hardware and workloads, for whoever asks what kin alone are worth. */
int kin_load(struct kin *kin, struct store *store,
             const struct subject *subject, int64_t not_campaign,
             bool strangers, struct error *err) KEVO_MUST_CHECK;
void kin_dispose(struct kin *kin);

/* Give the seeds to an explorer, which borrows them. */
void kin_seed(const struct kin *kin, struct explorer *explorer);

#endif
