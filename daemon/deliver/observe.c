/*
 * See observe.h. The questions have an order: merged comes before deleted,
 * for a merged branch is usually deleted, and before everything about
 * inputs, for a merge changes them.
 */
#include "deliver/observe.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "deliver/branch.h"
#include "deliver/history.h"
#include "repo/git.h"
#include "search/campaign.h"
#include "store/graph.h"
#include "store/jobs.h"
#include "store/records.h"
#include "watch/refs.h"

enum { VERDICTS_LOOKED_AT = 32 };

struct view {
        struct site *site;
        struct proposal *p;
        struct branch_state branch;
        int moved;
};

/* Hand an event to the state machine and count what moved. */
static int tell(struct view *view, enum proposal_event event, const char *note,
                struct error *err)
{
        bool moved;
        int rc = proposal_apply(view->site, view->p, event, note, &moved, err);

        view->moved += rc == 0 && moved;
        return rc;
}

/* The content at the proposal's path in a commit; "" when there is none. */
static void blob_at(struct site *site, const char *commit, const char *path,
                    char blob[OID_BYTES])
{
        struct tree *tree = NULL;

        blob[0] = 0;
        if (tree_open_commit(&tree, site->git, commit, NULL) == 0)
                tree_entry_id(tree, path, blob);
        tree_close(tree);
}

/* By content at the tip, by ancestry, or by content anywhere since: a merge
 * commit, a fast forward, a squash, a rebase and a cherry-pick all count. */
static bool is_merged(struct site *site, const struct proposal *p)
{
        char blob[OID_BYTES];

        tree_entry_id(site->tree, p->path, blob);
        return (blob[0] && text_equal(blob, p->blob)) ||
               history_contains(site->git, site->base.tip, p->commit) ||
               history_had_blob(site->git, site->base.tip, p->base, p->path,
                                p->blob);
}

/* A person's commits on top of ours came into the base. */
static bool is_merged_edited(struct site *site, const struct proposal *p)
{
        char ref[BRANCH_BYTES + 16], tip[OID_BYTES];

        snprintf(ref, sizeof ref, "refs/heads/%s", p->branch);
        return refs_last_seen(site->store, site->path, ref, tip, NULL) == 0 &&
               tip[0] && !text_equal(tip, p->commit) &&
               history_contains(site->git, site->base.tip, tip);
}

/* What was concluded about these inputs: the newest verdict on them. */
static int verdict_for(struct site *site, const struct proposal *p,
                       const char *inputs_hash, char state[32],
                       struct error *err)
{
        struct record_verdict **list = NULL;
        int count = 0, rc;

        state[0] = 0;
        rc = record_verdict_list(site->store, site->path, p->kernel,
                                 p->hardware, VERDICTS_LOOKED_AT, &list,
                                 &count, err);
        for (int i = 0; i < count && !state[0]; i++) {
                if (strstr(list[i]->inputs, inputs_hash))
                        snprintf(state, 32, "%s", list[i]->verdict);
        }
        record_verdicts_free(list, count);
        return rc;
}

/* The inputs are others than the proposal's: is the new search done? */
static int look_at_stale(struct view *view, const struct subject *subject,
                         struct error *err)
{
        struct campaign *campaign = NULL;
        char verdict[32];
        bool ended;
        int rc;

        rc = verdict_for(view->site, view->p, subject->inputs_hash, verdict,
                         err);
        if (rc < 0 || text_equal(verdict, "accepted") ||
            text_equal(verdict, "first"))
                return rc; /* the new one takes this one's place */
        rc = campaign_find(view->site->store, subject->key, &campaign, err);
        if (rc < 0 && rc != ERR_NOT_FOUND)
                return rc;
        ended = campaign && text_equal(campaign->state, "ended") &&
                !text_equal(campaign->ending, "interrupted");
        campaign_free(campaign);
        if (ended)
                return tell(view, PROPOSAL_LOST,
                            "searched again for its changed inputs: no win "
                            "was confirmed",
                            err);
        return tell(view, PROPOSAL_STALE,
                    "the inputs of an open proposal changed: searched again",
                    err);
}

/* A person's source that failed its verification, or is about to be
 * verified: what the inputs are is not settled. */
static bool is_unsettled(const struct view *view)
{
        const struct kernel *kernel = site_kernel(view->site, view->p->kernel);
        struct known_wrong wrong = {view->site->store, kernel};
        struct job **list = NULL;
        bool unsettled = false;
        int count = 0;

        for (int i = 0; kernel && i < kernel->variant_count; i++)
                unsettled = unsettled ||
                            campaign_skip_wrong(&kernel->variant[i], &wrong);
        if (job_list(view->site->store, "queued", 0, &list, &count, NULL) < 0)
                return unsettled;
        for (int i = 0; i < count; i++)
                unsettled =
                        unsettled ||
                        (text_equal(list[i]->kind, "verify") &&
                         text_equal(list[i]->kernel, view->p->kernel) &&
                         text_equal(list[i]->repository, view->site->path));
        jobs_free(list, count);
        return unsettled;
}

static int look_at_inputs(struct view *view, struct error *err)
{
        struct subject *subject = NULL;
        struct error why = {0};
        int rc;

        rc = site_subject(view->site, view->p->kernel, view->p->hardware,
                          &subject, &why);
        if (rc == ERR_NOT_FOUND)
                return tell(view, PROPOSAL_GONE, why.text, err);
        if (rc < 0)
                return 0; /* broken or another machine: nothing to say */
        rc = 0;
        if (!text_equal(subject->inputs_hash, view->p->inputs_hash) &&
            !is_unsettled(view))
                rc = look_at_stale(view, subject, err);
        subject_free(subject);
        return rc;
}

/* Removed, and not merely unreadable at the moment. */
static bool is_gone(const struct view *view, struct error *why)
{
        struct subject *subject = NULL;
        int rc = site_subject(view->site, view->p->kernel, view->p->hardware,
                              &subject, why);

        subject_free(subject);
        return rc == ERR_NOT_FOUND;
}

/* The only state in which our own searches matter. */
static int observe_open(struct view *view, struct error *err)
{
        struct site *site = view->site;

        if (is_merged(site, view->p))
                return tell(view, PROPOSAL_MERGED, "its file is in the base",
                            err);
        if (!view->branch.tip[0])
                return tell(view, PROPOSAL_CLOSED, "its branch was deleted",
                            err);
        if (!text_equal(view->branch.tip, view->p->commit))
                return tell(view, PROPOSAL_TAKEN,
                            "a person's commit is on the branch", err);
        if (view->branch.checked_out)
                return tell(view, PROPOSAL_TAKEN,
                            "the branch is checked out in a work tree", err);
        if (site->now - view->p->opened > OBSERVE_FROZEN_SECONDS)
                return tell(view, PROPOSAL_AGED,
                            "nobody looked at it for 30 days", err);
        return look_at_inputs(view, err);
}

/* It is the person's branch now: we watch where it goes, no more. */
static int observe_taken(struct view *view, struct error *err)
{
        struct error why = {0};

        if (is_merged(view->site, view->p))
                return tell(view, PROPOSAL_MERGED, "its file is in the base",
                            err);
        if (is_merged_edited(view->site, view->p))
                return tell(view, PROPOSAL_EDITED,
                            "merged with a person's edits: theirs is the "
                            "incumbent now",
                            err);
        if (!view->branch.tip[0])
                return tell(view, PROPOSAL_CLOSED, "its branch was deleted",
                            err);
        if (is_gone(view, &why))
                return tell(view, PROPOSAL_GONE, why.text, err);
        return 0;
}

/* Nobody came for a month: it is left as it is until somebody does. */
static int observe_frozen(struct view *view, struct error *err)
{
        struct error why = {0};

        if (is_merged(view->site, view->p))
                return tell(view, PROPOSAL_MERGED, "its file is in the base",
                            err);
        if (!view->branch.tip[0])
                return tell(view, PROPOSAL_CLOSED, "its branch was deleted",
                            err);
        if (!text_equal(view->branch.tip, view->p->commit))
                return tell(view, PROPOSAL_TAKEN,
                            "a person's commit is on the branch", err);
        if (is_gone(view, &why))
                return tell(view, PROPOSAL_GONE, why.text, err);
        return 0;
}

/* Reverted: the path is again what it was before us. Anything else that
 * differs is a change like any other. */
static int observe_merged(struct view *view, struct error *err)
{
        const struct proposal *p = view->p;
        char now[OID_BYTES], before[OID_BYTES];

        tree_entry_id(view->site->tree, p->path, now);
        if (text_equal(now, p->blob) || !p->base[0])
                return 0;
        blob_at(view->site, p->base, p->path, before);
        if (!text_equal(now, before))
                return 0;
        return tell(view, PROPOSAL_REVERTED,
                    "a person took it out of the base again", err);
}

static const struct {
        const char *state;
        int (*observe)(struct view *view, struct error *err);
} observers[] = {
        {"open", observe_open},
        {"taken", observe_taken},
        {"frozen", observe_frozen},
        {"merged", observe_merged},
};

static int observe_one(struct view *view, struct error *err)
{
        size_t count = sizeof observers / sizeof *observers;
        int rc;

        rc = branch_look(view->site->git, view->p->branch, &view->branch, err);
        for (size_t i = 0; i < count && rc == 0; i++) {
                if (text_equal(observers[i].state, view->p->state))
                        return observers[i].observe(view, err);
        }
        return rc;
}

/* Of several merged ones at a path only the newest can be reverted. */
static bool is_newest_merged(struct proposal **list, int position)
{
        for (int i = 0; i < position; i++) {
                if (text_equal(list[i]->state, "merged") &&
                    text_equal(list[i]->path, list[position]->path))
                        return false;
        }
        return true;
}

int observe_proposals(struct site *site, int *moved, struct error *err)
{
        struct view view = {.site = site};
        struct proposal **list = NULL;
        int count = 0, rc;

        rc = proposal_list(site->store, site->path, NULL,
                           PROPOSAL_LIVE ",merged", &list, &count, err);
        for (int i = 0; i < count && rc == 0; i++) {
                if (text_equal(list[i]->state, "merged") &&
                    !is_newest_merged(list, i))
                        continue;
                view.p = list[i];
                rc = observe_one(&view, err);
        }
        if (rc == 0)
                rc = proposal_tidy(site, err);
        proposals_free(list, count);
        if (moved)
                *moved = view.moved;
        return rc;
}
