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
#include "repo/git.h"
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

static int plan_changes(struct planning *p, const char *ref, struct error *err)
{
        struct changes changes;
        int rc;

        rc = changes_between(&changes, p->git, p->before, p->commit, err);
        if (rc == 0)
                rc = load_changed(p, &changes, err);
        if (rc == 0)
                rc = is_first_branch(p, ref, &p->receives_proposals, err);
        if (rc == 0)
                rc = rules_apply(p, &changes, err);
        if (rc == 0)
                rc = kinds_decide_touched(p, err);
        if (rc == 0)
                decide_if_nothing(p, &changes);
        changes_dispose(&changes);
        return rc;
}

/* What a branch holds now against what it held before ("": everything). */
static int plan_tip(struct kind_context *c, const char *ref,
                    const char *before, const char *after, struct error *err)
{
        struct planning p = {.event = c->event, .first = !before[0]};
        int rc;

        snprintf(p.before, sizeof p.before, "%.40s", before);
        kinds_hand_over(&p, c->draft);
        rc = planning_open(&p, c->store, c->host, c->event->repository, after,
                           err);
        if (rc == 0)
                rc = plan_changes(&p, ref, err);
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

/* Jobs do not say which branch they are of, so all went; what is watched now
 * is looked at again. After a rename that is the same content. */
static int plan_remaining(struct kind_context *c, struct error *err)
{
        struct git_repository *git = NULL;
        struct branches branches = {0};
        struct error why = {0};
        int rc;

        rc = git_open(c->event->repository, &git, err);
        if (rc == 0)
                rc = branches_watched(git, &branches, err);
        git_repository_free(git);
        for (int i = 0; i < branches.count && rc == 0; i++) {
                rc = plan_tip(c, branches.branch[i].ref, "",
                              branches.branch[i].tip, &why);
                if (rc == ERR_INPUT) {
                        draft_decide(c->draft, "", "", "refuse", "%s",
                                     why.text);
                        rc = 0;
                }
                if (rc < 0)
                        error_set(err, rc, "%s", why.text);
        }
        return rc;
}

static int plan_deletion(struct kind_context *c, struct error *err)
{
        const struct event *event = c->event;
        int rc;

        draft_decide(c->draft, "", "", "cancel",
                     "%s was deleted: its jobs are cancelled",
                     branches_short_name(event->subject));
        rc = job_cancel(c->store, event->repository, NULL, NULL,
                        "the watched branch was deleted", err);
        return rc < 0 ? rc : plan_remaining(c, err);
}

static int plan_push(struct kind_context *c, struct error *err)
{
        const struct event *event = c->event;

        if (text_starts(event->subject, "refs/heads/kevo/"))
                return plan_own_ref(c, err);
        if (event->after[0])
                return plan_tip(c, event->subject, c->before, event->after,
                                err);
        return plan_deletion(c, err);
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
