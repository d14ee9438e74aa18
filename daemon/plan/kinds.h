/* The kinds of events and how each is planned: a table. */
#ifndef KEVO_PLAN_KINDS_H
#define KEVO_PLAN_KINDS_H

#include "plan/planning.h"

/* One event on its way to a plan. */
struct kind_context {
        struct store *store;
        const struct host *host;
        const struct event *event;
        const char *before; /* of the event, or of several together */
        struct draft *draft;
};

/* Exchange the drafts of a planning and of the caller: one event, one plan,
 * whatever number of repositories it concerns. */
void kinds_hand_over(struct planning *p, struct draft *draft);
/* Decide about every kernel that was touched. */
int kinds_decide_touched(struct planning *p,
                         struct error *err) KEVO_MUST_CHECK;

/* Draft the decisions and jobs of one event. before replaces the event's
 * own (pushes planned together). An unknown kind is a decision that says
 * so. Errors leave the event unplanned. */
int kinds_plan(struct store *store, const struct host *host,
               const struct event *event, const char *before,
               struct draft *draft, struct error *err) KEVO_MUST_CHECK;

#endif
