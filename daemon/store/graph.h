/*
 * Campaigns and their graphs. A node is a candidate; its edge is the move
 * that made it from its parent; an insert is a checkpoint: after kill -9 a
 * campaign goes on from its nodes and repeats no finished one.
 */
#ifndef KEVO_STORE_GRAPH_H
#define KEVO_STORE_GRAPH_H

#include "store/store.h"

struct campaign {
        int64_t id;
        char *key; /* search key, UNIQUE (1-architecture, Identity) */
        char *repository, *commit, *kernel, *hardware;
        char *spec_hash, *environment_hash;
        char *workloads; /* JSON */
        char *policy;
        int64_t seed;
        char *state;    /* "running", "ended" */
        char *ending;   /* "time", "candidates", "stall", "floor",
                           "target", "interrupted", "" */
        double seconds; /* spent so far */
        int64_t best;   /* node, 0 */
        int64_t started, ended;
};

struct node {
        int64_t id, campaign, parent; /* parent 0: from the root */
        char *phase;                  /* "draft", "expand" */
        char *origin; /* "schedule", "tune", "incumbent", "first" */
        char *move;   /* what changed: "row vector=16->32" */
        char *language;
        char *source_hash;
        char *schedule; /* schedule text, or tune values "W=8 BM=4" */
        char *state;    /* "new", "evaluated", "wrong", "failed" */
        char *stage;    /* furthest: "S2", "" */
        double fitness; /* 0 unless correct */
        char *failure;  /* what a proposer may know: "does not build",
                           "failed a hidden check: prime", "" */
        int64_t created;
};

void campaign_free(struct campaign *campaign);
void node_free(struct node *node);
void nodes_free(struct node **nodes, int count);

/* Find the campaign with this key or insert it; *resumed tells which. An
 * ended one (by stall, target or floor) comes back as it is; one that ended
 * by time or candidates, or was interrupted, is running again. */
int campaign_begin(struct store *store, const struct campaign *wanted,
                   struct campaign **campaign, bool *resumed,
                   struct error *err) KEVO_MUST_CHECK;
/* Add to seconds and set best; called often. */
int campaign_progress(struct store *store, int64_t id, double more_seconds,
                      int64_t best, struct error *err) KEVO_MUST_CHECK;
int campaign_end(struct store *store, int64_t id, const char *ending,
                 struct error *err) KEVO_MUST_CHECK;
int campaign_get(struct store *store, int64_t id, struct campaign **campaign,
                 struct error *err) KEVO_MUST_CHECK;
/* By key; ERR_NOT_FOUND. */
int campaign_find(struct store *store, const char *key,
                  struct campaign **campaign,
                  struct error *err) KEVO_MUST_CHECK;
int campaign_list(struct store *store, const char *kernel,
                  const char *hardware, int limit,
                  struct campaign ***campaigns, int *count,
                  struct error *err) KEVO_MUST_CHECK;
void campaigns_free(struct campaign **campaigns, int count);

/* Insert a node (state "new") unless the campaign has one with the same
 * source: then *id is that one's and *added false. */
int node_add(struct store *store, const struct node *node, int64_t *id,
             bool *added, struct error *err) KEVO_MUST_CHECK;
/* Its evaluation's outcome; only raises the stage reached. */
int node_update(struct store *store, int64_t id, const char *state,
                const char *stage, double fitness, const char *failure,
                struct error *err) KEVO_MUST_CHECK;
int node_get(struct store *store, int64_t id, struct node **node,
             struct error *err) KEVO_MUST_CHECK;
/* All nodes of a campaign in order of insertion. */
int node_list(struct store *store, int64_t campaign, struct node ***nodes,
              int *count, struct error *err) KEVO_MUST_CHECK;
/* From a node up to its root (recursive query), nearest first. */
int node_ancestors(struct store *store, int64_t node, struct node ***nodes,
                   int *count, struct error *err) KEVO_MUST_CHECK;
/* Best schedules of other campaigns on the same spec hash, best first: what
 * seeds a new one. */
int node_best_elsewhere(struct store *store, const char *spec_hash,
                        int64_t not_campaign, int limit, struct node ***nodes,
                        int *count, struct error *err) KEVO_MUST_CHECK;

#endif
