/*
 * A plan in the making: the decisions about one event, each with a sentence
 * as reason, and the jobs that some of them queue. It is written to the
 * store in one transaction or not at all, so that a crash leaves either a
 * whole plan or an event that is planned again.
 */
#ifndef KEVO_PLAN_DRAFT_H
#define KEVO_PLAN_DRAFT_H

#include "store/events.h"
#include "store/jobs.h"

enum { DRAFT_MAX = 1 << 18 };

struct draft {
        struct decision *decision;
        struct job **job; /* parallel; NULL: none */
        int count, capacity;
        int failed; /* sticks: 0, ERR_MEMORY or ERR_LIMIT */
};

void draft_init(struct draft *draft);
void draft_dispose(struct draft *draft);

/* Add a decision about a kernel and a hardware ("" when not about one).
 * action: "search", "verify", "ignore", "wait", "refuse", "cancel". */
void draft_decide(struct draft *draft, const char *kernel,
                  const char *hardware, const char *action, const char *reason,
                  ...) KEVO_PRINTF(5, 6);

/* Queue a job with the last decision. The texts are copied; kernel,
 * hardware are the decision's. payload and key are taken over (freed by the
 * draft; NULL counts as out of memory). */
void draft_job(struct draft *draft, const char *repository, const char *kind,
               int priority, double score, char *key, char *payload);

/* Store everything and mark the event as planned. */
int draft_commit(struct draft *draft, struct store *store, int64_t event,
                 struct error *err) KEVO_MUST_CHECK;

#endif
