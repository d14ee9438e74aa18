/*
 * Plan: from what happened to decisions and jobs (docs/delivery.md, "From
 * change to jobs"). Every event ends in at least one decision with a
 * sentence as its reason, "ignored because ..." included.
 *
 * All of an event's decisions and jobs are stored in one transaction; an
 * event whose planning was cut off is planned at the next call.
 */
#ifndef KEVO_PLAN_PLANNER_H
#define KEVO_PLAN_PLANNER_H

#include "repo/host.h"
#include "store/store.h"

enum {
        PLANNER_TRIES = 8,  /* of an event that cannot be planned now */
        PLANNER_CRASHES = 3 /* of the process over one event */
};

struct planner_outcome {
        int planned;             /* events decided now */
        int waiting;             /* events that could not be planned yet */
        char last_problem[1024]; /* of a waiting one, "" */
};

/* Plan every event that is not planned yet. Pushes of one branch that came
 * together are planned as one. An event of a watched repository that cannot be
 * read now, or whose branch still holds what could not be read, is left for
 * the next call; any other that fails for a reason that may pass,
 * PLANNER_TRIES times. */
int planner_run(struct store *store, const struct host *host,
                struct planner_outcome *outcome,
                struct error *err) KEVO_MUST_CHECK;

/* Record that a job ended with "no": a wrong file, a lost win. Planned like
 * any event. */
int planner_note_result(struct store *store, int64_t job,
                        const char *repository, const char *note,
                        struct error *err) KEVO_MUST_CHECK;

#endif
