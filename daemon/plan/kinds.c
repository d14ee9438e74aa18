/*
 * See kinds.h. A push is the common one: its changes are found before
 * anything is loaded, because they say what has to be loaded.
 */
#include "plan/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "plan/need.h"
#include "plan/recheck.h"
#include "plan/rules.h"
#include "store/proposals.h"

void kinds_hand_over(struct planning *p, struct draft *draft)
{
        struct draft empty = *draft;

        *draft = p->draft;
        p->draft = empty;
}

int kinds_decide_touched(struct planning *p, struct error *err)
{
        int rc = 0;

        for (int i = 0; i < p->repository->kernel_count && rc == 0; i++) {
                if (p->touched[i].why)
                        rc = need_decide(p, &p->repository->kernel[i],
                                         &p->touched[i], err);
        }
        return rc;
}

/* Is this ref the branch that receives proposals? */
static int is_first_branch(struct planning *p, const char *ref, bool *first,
                           struct error *err)
{
        struct branches branches;
        int rc = branches_watched(p->git, &branches, err);

        *first = rc == 0 && branches.count > 0 &&
                 text_equal(branches.branch[0].ref, ref);
        return rc;
}

/* Policy and hardware concern every kernel, and so does a first look. */
static bool concerns_all(const struct planning *p,
                         const struct changes *changes)
{
        for (int i = 0; i < changes->count; i++) {
                enum change_kind kind = changes->change[i].kind;

                if (kind == CHANGE_POLICY || kind == CHANGE_HARDWARE)
                        return true;
        }
        return p->first;
}

/* Load what the changes are about. */
static int load_changed(struct planning *p, const struct changes *changes,
                        struct error *err)
{
        struct part_names kernels = {0}, models = {0};
        int rc = 0;

        if (concerns_all(p, changes))
                return planning_load(p, NULL, NULL, err);
        for (int i = 0; i < changes->count && rc == 0; i++) {
                const struct change *change = &changes->change[i];

                if (change->kind == CHANGE_MODEL)
                        rc = part_names_add(&models, change->name, err);
                else if (change->kind != CHANGE_KNOWLEDGE)
                        rc = part_names_add(&kernels, change->name, err);
        }
        if (rc == 0)
                rc = planning_load(p, &kernels, &models, err);
        part_names_dispose(&kernels);
        part_names_dispose(&models);
        return rc;
}

static void decide_if_nothing(struct planning *p,
                              const struct changes *changes)
{
        if (p->draft.count)
                return;
        draft_decide(&p->draft, "", "", "ignore",
                     changes->count
                             ? "nothing that %.12s changes asks for work"
                             : "nothing of kevo.json, models/, hardware/ or "
                               "kernels/ differs in %.12s",
                     p->commit);
}

static int plan_changes(struct kind_context *c, struct planning *p,
                        struct error *err)
{
        struct changes changes;
        int rc;

        rc = changes_between(&changes, p->git, c->before, p->commit, err);
        if (rc == 0)
                rc = load_changed(p, &changes, err);
        if (rc == 0)
                rc = is_first_branch(p, c->event->subject,
                                     &p->receives_proposals, err);
        if (rc == 0)
                rc = rules_apply(p, &changes, err);
        if (rc == 0)
                rc = kinds_decide_touched(p, err);
        if (rc == 0)
                decide_if_nothing(p, &changes);
        changes_dispose(&changes);
        return rc;
}

static int plan_tip(struct kind_context *c, struct error *err)
{
        struct planning p = {.event = c->event, .first = !c->before[0]};
        int rc;

        snprintf(p.before, sizeof p.before, "%.40s", c->before);
        rc = planning_open(&p, c->store, c->host, c->event->repository,
                           c->event->after, err);
        if (rc == 0)
                rc = plan_changes(c, &p, err);
        if (rc == 0)
                kinds_hand_over(&p, c->draft);
        planning_close(&p);
        return rc;
}

/* A branch under kevo/ moved: ours is known by its commit, the rest is for
 * the delivery to look at. */
static int plan_own_ref(struct kind_context *c, struct error *err)
{
        const char *branch = branches_short_name(c->event->subject);
        struct proposal **list = NULL;
        bool ours = false;
        int count = 0, rc;

        rc = proposal_list(c->store, c->event->repository, branch, NULL, &list,
                           &count, err);
        if (rc < 0)
                return rc;
        for (int i = 0; i < count; i++)
                ours = ours ||
                       (c->event->after[0] &&
                        (text_equal(list[i]->commit, c->event->after) ||
                         text_equal(list[i]->intent, c->event->after)));
        proposals_free(list, count);
        if (ours)
                draft_decide(c->draft, "", "", "ignore",
                             "%s was moved by kevo itself", branch);
        else if (!c->event->after[0])
                draft_decide(c->draft, "", "", "ignore",
                             "%s is gone: the delivery looks whether it was "
                             "merged or refused",
                             branch);
        else
                draft_decide(c->draft, "", "", "ignore",
                             "%s was moved by a person: kevo does not write "
                             "to it any more",
                             branch);
        return 0;
}

static int plan_push(struct kind_context *c, struct error *err)
{
        const struct event *event = c->event;

        if (text_starts(event->subject, "refs/heads/kevo/"))
                return plan_own_ref(c, err);
        if (event->after[0])
                return plan_tip(c, err);
        draft_decide(c->draft, "", "", "cancel",
                     "%s was deleted: its jobs are cancelled",
                     branches_short_name(event->subject));
        return job_cancel(c->store, event->repository, NULL, NULL,
                          "the watched branch was deleted", err);
}

static const struct {
        const char *kind;
        int (*plan)(struct kind_context *context, struct error *err);
} kinds[] = {
        {"push", plan_push},
        {"environment", recheck_environment},
        {"result", recheck_result},
};

int kinds_plan(struct store *store, const struct host *host,
               const struct event *event, const char *before,
               struct draft *draft, struct error *err)
{
        struct kind_context context = {store, host, event, before, draft};

        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
                if (text_equal(kinds[i].kind, event->kind))
                        return kinds[i].plan(&context, err);
        }
        draft_decide(draft, "", "", "ignore",
                     "ignored because events of kind \"%s\" are not planned",
                     event->kind);
        return 0;
}
