/*
 * What pages read, derived from the verdicts: one row a (repository, kernel,
 * hardware). It is written in the transaction of the verdict it follows
 * from, and can be thrown away and rebuilt (store_rebuild).
 */
#ifndef KEVO_STORE_SUMMARY_H
#define KEVO_STORE_SUMMARY_H

#include "store/store.h"

struct kernel_summary {
        char *repository, *kernel, *hardware;
        int verdicts;         /* those of excluded runs left out */
        int wins;             /* accepted or first */
        int64_t latest;       /* verdict */
        char *latest_verdict; /* "accepted", ... */
        char *latest_reason;
        double latest_ratio;
        int64_t best; /* the win of the highest lower end, or 0 */
        double best_ratio, best_low, best_high;
        int64_t updated; /* time of the latest */
};

/* Most recently updated first; NULL matches any. */
int summary_list(struct store *store, const char *repository,
                 const char *kernel, const char *hardware,
                 struct kernel_summary ***summaries, int *count,
                 struct error *err) KEVO_MUST_CHECK;
void summary_list_free(struct kernel_summary **summaries, int count);

/* Inside the transaction of a change to the verdicts of one key. */
int summary_refresh(struct store *store, const char *repository,
                    const char *kernel, const char *hardware,
                    struct error *err) KEVO_MUST_CHECK;
/* All of it anew, in one transaction. */
int summary_rebuild(struct store *store, struct error *err) KEVO_MUST_CHECK;
/* ERR_INTERNAL when a row differs from what the verdicts say. */
int summary_check(struct store *store, struct error *err) KEVO_MUST_CHECK;

#endif
