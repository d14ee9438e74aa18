/*
 * What happened and what was decided about it: every push, probe or poll
 * that was seen, and one row a decision with its reason ("ignored because
 * ..." too). `kevo log` reads this.
 */
#ifndef KEVO_STORE_EVENTS_H
#define KEVO_STORE_EVENTS_H

#include "store/store.h"

struct event {
        int64_t id;
        int64_t time;
        char *kind;       /* "push", "environment", "request", "proposal" */
        char *repository; /* path, or "" */
        char *subject;    /* ref, environment hash, branch, ... */
        char *before, *after; /* oids or fingerprints, "" when none */
        char *dedupe;         /* unique: a second one is not recorded */
        bool planned;         /* its decisions are complete */
};

struct decision {
        int64_t id, event;
        int64_t time;
        char *kernel, *hardware, *workload; /* "" when not about one */
        char *action; /* "search", "verify", "ignore", "refuse", ... */
        char *reason; /* one sentence */
        int64_t job;  /* 0: none */
};

void events_free(struct event **events, int count);
void decisions_free(struct decision **decisions, int count);

/* Record an event; *id is the old one's and *added false when its dedupe
 * key is known ("" is no key). time 0: now. id and added may be NULL. */
int event_add(struct store *store, const struct event *event, int64_t *id,
              bool *added, struct error *err) KEVO_MUST_CHECK;
/* Events whose planning did not finish (a crash in between). */
int event_unplanned(struct store *store, struct event ***events, int *count,
                    struct error *err) KEVO_MUST_CHECK;
/* Store all decisions of one event and mark it planned, in one
 * transaction with the jobs: jobs[i] (may be NULL) is queued and becomes
 * decisions[i].job. Each decision's event member is ignored. A second time
 * for the same event is ERR_INPUT. */
struct job;
int event_decide(struct store *store, int64_t event,
                 const struct decision *decisions,
                 const struct job *const *jobs, int count,
                 struct error *err) KEVO_MUST_CHECK;
int event_list(struct store *store, int limit, struct event ***events,
               int *count, struct error *err) KEVO_MUST_CHECK;
/* Decisions of an event (0: of all), newest first. */
int decision_list(struct store *store, int64_t event, int limit,
                  struct decision ***decisions, int *count,
                  struct error *err) KEVO_MUST_CHECK;

#endif
