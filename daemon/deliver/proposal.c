/*
 * See proposal.h. The state is stored before the action: a branch that is
 * deleted first and a crash after it would look like a person's refusal at
 * the next start.
 */
#include "deliver/proposal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "deliver/branch.h"
#include "plan/need.h"
#include "plan/planning.h"
#include "store/jobs.h"

enum { DAY = 86400 };

typedef bool guard(struct site *site, const struct proposal *p,
                   const char *note);
typedef int action(struct site *site, const struct proposal *p,
                   const char *note, struct error *err);

/* Only a new reason is worth a row of history. */
static bool note_is_new(struct site *site, const struct proposal *p,
                        const char *note)
{
        (void)site;
        return !text_equal(p->note, note);
}

/* At most once a day. */
static bool not_lately(struct site *site, const struct proposal *p,
                       const char *note)
{
        struct proposal_step *steps = NULL;
        int count = 0;
        bool lately = false;

        (void)note;
        if (proposal_history(site->store, p->id, &steps, &count, NULL) < 0)
                return false;
        for (int i = 0; i < count; i++)
                lately = lately ||
                         (text_equal(steps[i].event,
                                     proposal_event_name(PROPOSAL_STALE)) &&
                          clock_is_within(steps[i].time, site->now, DAY));
        proposal_history_free(steps, count);
        return !lately;
}

static int drop_branch(struct site *site, const struct proposal *p,
                       const char *note, struct error *err)
{
        (void)note;
        return branch_drop(site->git, p->branch, p->commit, err);
}

int proposal_search_again(struct site *site, const struct proposal *p,
                          const char *reason, struct error *err)
{
        struct subject *subject = NULL;
        struct job job = {.kind = "search",
                          .repository = (char *)site->path,
                          .kernel = p->kernel,
                          .hardware = p->hardware,
                          .priority = PRIORITY_OPEN};
        bool added;
        int64_t id;
        int rc;

        rc = site_subject(site, p->kernel, p->hardware, &subject, err);
        if (rc < 0)
                return rc;
        job.key = need_search_key(site->path, subject->key);
        job.payload = need_search_payload(site->base.tip,
                                          site->host->search_seconds, reason);
        rc = job.key && job.payload
                     ? job_add(site->store, &job, &id, &added, err)
                     : error_memory(err);
        free(job.key);
        free(job.payload);
        subject_free(subject);
        return rc;
}

static int measure_again(struct site *site, const struct proposal *p,
                         const char *note, struct error *err)
{
        int rc = proposal_search_again(site, p, note, err);

        /* What cannot be measured here is no failure of the delivery. */
        return rc == ERR_NOT_FOUND || rc == ERR_UNSUPPORTED || rc == ERR_INPUT
                       ? 0
                       : rc;
}

static const struct transition {
        const char *from;
        enum proposal_event event;
        const char *to;
        guard *guard;   /* NULL: always */
        action *action; /* NULL: none */
} transitions[] = {
        {"ready", PROPOSAL_OPENED, "open", NULL, NULL},
        {"ready", PROPOSAL_BLOCKED, "ready", note_is_new, NULL},
        {"ready", PROPOSAL_MERGED, "merged", NULL, NULL},
        {"ready", PROPOSAL_CLOSED, "refused", NULL, NULL},
        {"ready", PROPOSAL_STALE, "withdrawn", NULL, measure_again},
        {"ready", PROPOSAL_BETTER, "superseded", NULL, NULL},
        {"ready", PROPOSAL_GONE, "withdrawn", NULL, NULL},

        {"open", PROPOSAL_TAKEN, "taken", NULL, NULL},
        {"open", PROPOSAL_MERGED, "merged", NULL, drop_branch},
        {"open", PROPOSAL_CLOSED, "refused", NULL, drop_branch},
        {"open", PROPOSAL_STALE, "open", not_lately, measure_again},
        {"open", PROPOSAL_LOST, "withdrawn", NULL, drop_branch},
        {"open", PROPOSAL_BETTER, "superseded", NULL, NULL},
        {"open", PROPOSAL_GONE, "withdrawn", NULL, drop_branch},
        {"open", PROPOSAL_AGED, "frozen", NULL, NULL},

        {"taken", PROPOSAL_MERGED, "merged", NULL, drop_branch},
        {"taken", PROPOSAL_EDITED, "merged", NULL, NULL},
        {"taken", PROPOSAL_CLOSED, "refused", NULL, NULL},
        {"taken", PROPOSAL_GONE, "withdrawn", NULL, NULL},

        {"frozen", PROPOSAL_TAKEN, "taken", NULL, NULL},
        {"frozen", PROPOSAL_MERGED, "merged", NULL, drop_branch},
        {"frozen", PROPOSAL_CLOSED, "refused", NULL, drop_branch},
        {"frozen", PROPOSAL_GONE, "withdrawn", NULL, drop_branch},

        {"merged", PROPOSAL_REVERTED, "refused", NULL, NULL},
        {"refused", PROPOSAL_REOPENED, "ready", NULL, NULL},
};

const char *proposal_event_name(enum proposal_event event)
{
        static const char *const names[PROPOSAL_EVENTS] = {
                "opened", "blocked",  "taken",   "merged", "edited",
                "closed", "stale",    "lost",    "better", "gone",
                "aged",   "reverted", "reopened"};

        return names[event];
}

static const struct transition *find(const char *state,
                                     enum proposal_event event)
{
        size_t count = sizeof transitions / sizeof *transitions;

        for (size_t i = 0; i < count; i++) {
                if (transitions[i].event == event &&
                    text_equal(transitions[i].from, state))
                        return &transitions[i];
        }
        return NULL;
}

const char *proposal_next(const char *state, enum proposal_event event)
{
        const struct transition *t = find(state, event);

        return t ? t->to : NULL;
}

static void tell_unknown(struct site *site, const struct proposal *p,
                         enum proposal_event event)
{
        char dedupe[96], reason[128];

        snprintf(dedupe, sizeof dedupe, "proposal %lld %s %s",
                 (long long)p->id, p->state, proposal_event_name(event));
        snprintf(reason, sizeof reason,
                 "a proposal that is %s does not know the event \"%s\": "
                 "nothing is done",
                 p->state, proposal_event_name(event));
        site_note(site, p->kernel, p->hardware, p->branch, dedupe, "error",
                  reason);
}

static void tell_move(struct site *site, const struct proposal *p,
                      const char *to, const char *note)
{
        char dedupe[128], reason[1024];

        snprintf(dedupe, sizeof dedupe, "proposal %lld %s %s %lld",
                 (long long)p->id, p->state, to, (long long)site->now);
        snprintf(reason, sizeof reason, "%s -> %s: %s", p->state, to, note);
        site_note(site, p->kernel, p->hardware, p->branch, dedupe, to, reason);
}

static int follow(struct site *site, struct proposal *p,
                  const struct transition *t, const char *note,
                  struct error *err)
{
        char *state = strdup(t->to), *text = strdup(note);
        int rc;

        if (!state || !text) {
                free(state);
                free(text);
                return error_memory(err);
        }
        rc = proposal_move(site->store, p->id, t->from, t->to,
                           proposal_event_name(t->event), note, err);
        if (rc < 0) {
                free(state);
                free(text);
                return rc;
        }
        tell_move(site, p, t->to, note);
        free(p->state);
        free(p->note);
        p->state = state;
        p->note = text;
        return t->action ? t->action(site, p, note, err) : 0;
}

int proposal_apply(struct site *site, struct proposal *p,
                   enum proposal_event event, const char *note, bool *moved,
                   struct error *err)
{
        const struct transition *t = find(p->state, event);
        bool go = t && (!t->guard || t->guard(site, p, note));

        if (moved)
                *moved = go;
        if (!t)
                tell_unknown(site, p, event);
        return go ? follow(site, p, t, note, err) : 0;
}

int proposal_tidy(struct site *site, struct error *err)
{
        struct proposal **closed = NULL, **live = NULL;
        int closed_count = 0, live_count = 0, rc;

        rc = proposal_list(site->store, site->path, NULL,
                           "merged,refused,withdrawn", &closed, &closed_count,
                           err);
        if (rc == 0)
                rc = proposal_list(site->store, site->path, NULL,
                                   "ready," PROPOSAL_LIVE, &live, &live_count,
                                   err);
        for (int i = 0; i < closed_count && rc == 0; i++) {
                bool used = false;

                for (int k = 0; k < live_count; k++)
                        used = used ||
                               text_equal(live[k]->branch, closed[i]->branch);
                if (!used && closed[i]->commit[0])
                        rc = branch_drop(site->git, closed[i]->branch,
                                         closed[i]->commit, err);
        }
        proposals_free(closed, closed_count);
        proposals_free(live, live_count);
        return rc;
}
