/*
 * Campaigns: one search each, found again by its key after a crash or a
 * budget. graph.h has the nodes and includes this header.
 */
#ifndef KEVO_STORE_CAMPAIGNS_H
#define KEVO_STORE_CAMPAIGNS_H

#include "store/store.h"

struct campaign {
        int64_t id;
        char *key; /* search key, UNIQUE (docs/store.md) */
        char *repository, *commit, *kernel, *hardware;
        char *spec_hash, *environment_hash;
        char *workloads; /* JSON */
        char *policy;
        int64_t seed;
        char *state;    /* "running", "ended" */
        char *ending;   /* "time", "candidates", "stall", "floor",
                           "target", "interrupted", ...; "" running */
        double seconds; /* spent so far */
        int64_t best;   /* node, 0 */
        int64_t started, ended;
};

void campaign_free(struct campaign *campaign);
void campaigns_free(struct campaign **campaigns, int count);

/* Find the campaign with this key or insert it; *resumed tells which. An
 * ended one (by stall, target or floor) comes back as it is; one that ended
 * by time or candidates, or was interrupted, is running again. What is
 * frozen (workloads, policy, seed) is the stored campaign's. */
int campaign_begin(struct store *store, const struct campaign *wanted,
                   struct campaign **campaign, bool *resumed,
                   struct error *err) KEVO_MUST_CHECK;
/* Add to seconds and set best (0: leave it); called often. */
int campaign_progress(struct store *store, int64_t id, double more_seconds,
                      int64_t best, struct error *err) KEVO_MUST_CHECK;
/* ending: any word but "". */
int campaign_end(struct store *store, int64_t id, const char *ending,
                 struct error *err) KEVO_MUST_CHECK;
/* Whatever it ended by, it is running again. */
int campaign_reopen(struct store *store, int64_t id,
                    struct error *err) KEVO_MUST_CHECK;
int campaign_get(struct store *store, int64_t id, struct campaign **campaign,
                 struct error *err) KEVO_MUST_CHECK;
/* By key; ERR_NOT_FOUND. */
int campaign_find(struct store *store, const char *key,
                  struct campaign **campaign,
                  struct error *err) KEVO_MUST_CHECK;
/* Newest first; NULL matches any; limit 0: all. */
int campaign_list(struct store *store, const char *kernel,
                  const char *hardware, int limit,
                  struct campaign ***campaigns, int *count,
                  struct error *err) KEVO_MUST_CHECK;

#endif
