/*
 * Campaigns and their graphs. A node is a candidate; its edge is the move
 * that made it from its parent; an insert is a checkpoint: after kill -9 a
 * campaign goes on from its nodes and repeats no finished one.
 */
#ifndef KEVO_STORE_GRAPH_H
#define KEVO_STORE_GRAPH_H

#include "store/campaigns.h"
#include "store/store.h"

struct node {
        int64_t id, campaign, parent; /* parent 0: from the root */
        char *phase;                  /* "draft", "expand" */
        char *origin; /* "schedule", "tune", "incumbent", "first" */
        char *move;   /* what changed: "row vector=16->32" */
        char *language;
        char *source_hash; /* recorded before (record_source) */
        char *schedule;    /* schedule text, or tune values "W=8 BM=4" */
        char *state;       /* "new", "evaluated", "wrong", "failed" */
        char *stage;       /* furthest: "S2", "" */
        double fitness;    /* 0 unless evaluated, and correct */
        char *failure;     /* what a proposer may know: "does not build",
                              "failed a hidden check: prime", "" */
        int64_t created;
};

void node_free(struct node *node);
void nodes_free(struct node **nodes, int count);

/* Insert a node (state "new") unless the campaign has one with the same
 * source: then *id is that one's and *added false. A parent is an older node
 * of the same campaign, or 0. */
int node_add(struct store *store, const struct node *node, int64_t *id,
             bool *added, struct error *err) KEVO_MUST_CHECK;
/* Its evaluation's outcome; only raises the stage reached. A fitness other
 * than 0 needs state "evaluated". */
int node_update(struct store *store, int64_t id, const char *state,
                const char *stage, double fitness, const char *failure,
                struct error *err) KEVO_MUST_CHECK;
int node_get(struct store *store, int64_t id, struct node **node,
             struct error *err) KEVO_MUST_CHECK;
/* All nodes of a campaign in order of insertion. */
int node_list(struct store *store, int64_t campaign, struct node ***nodes,
              int *count, struct error *err) KEVO_MUST_CHECK;
/* What the first evaluation of a node gave and cost: a row a workload that
 * was measured, one without a workload ("") where none was. */
struct node_time {
        int64_t node;
        double seconds; /* that the evaluation took */
        char *workload; /* binding text */
        double candidate_ns, baseline_ns;
};
/* In the order of node_list; nodes that were never evaluated have none. */
int node_times(struct store *store, int64_t campaign,
               struct node_time ***times, int *count,
               struct error *err) KEVO_MUST_CHECK;
void node_times_free(struct node_time **times, int count);
/* From a node up to its root (recursive query), nearest first, without the
 * node itself. */
int node_ancestors(struct store *store, int64_t node, struct node ***nodes,
                   int *count, struct error *err) KEVO_MUST_CHECK;

#endif
