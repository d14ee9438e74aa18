/* The kinds of events and how each is planned: a table. */
#ifndef KEVO_PLAN_KINDS_H
#define KEVO_PLAN_KINDS_H

#include "plan/planning.h"

/* Draft the decisions and jobs of one event. before replaces the event's
 * own (pushes planned together). An unknown kind is a decision that says
 * so. Errors leave the event unplanned. */
int kinds_plan(struct store *store, const struct host *host,
               const struct event *event, const char *before,
               struct draft *draft, struct error *err) KEVO_MUST_CHECK;

#endif
