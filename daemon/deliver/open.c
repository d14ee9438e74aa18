/*
 * See open.h. The ref is the truth about how far an opening came: every
 * repair looks at it first and then brings the store up to date, never the
 * other way round.
 */
#include "deliver/open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "deliver/branch.h"
#include "deliver/collect.h"
#include "deliver/commit_message.h"
#include "store/records.h"

enum { DAY = 86400 };

/* What a pass over the ready proposals of a repository knows. */
struct pass {
        struct site *site;
        struct proposal **live; /* open, taken, frozen */
        int live_count;
        int room; /* how many more may be opened now */
        int opened;
};

/* Making the commit again gives the same id while the base stands, so an
 * intent may be stored twice without harm. */
int open_intend(struct site *site, struct proposal *p, char commit[OID_BYTES],
                struct error *err)
{
        struct record_verdict *verdict = NULL;
        char *message = NULL;
        int rc;

        rc = record_verdict_get(site->store, p->verdict, &verdict, err);
        if (rc == 0)
                rc = commit_message_write(site->store, p, verdict, &message,
                                          err);
        if (rc == 0)
                rc = branch_commit(site->git, site->base.tip, p->path,
                                   p->content, message, verdict->time, commit,
                                   err);
        if (rc == 0)
                rc = proposal_set_intent(site->store, p->id, site->base.tip,
                                         commit, err);
        free(message);
        record_verdict_free(verdict);
        return rc;
}

int open_finish(struct site *site, struct proposal *p, const char *commit,
                struct error *err)
{
        char note[256];
        int rc;

        rc = proposal_set_commit(site->store, p->id, site->base.tip, commit,
                                 err);
        if (rc < 0)
                return rc;
        snprintf(note, sizeof note, "%.12s on %s", commit, p->branch);
        return proposal_apply(site, p, PROPOSAL_OPENED, note, NULL, err);
}

static struct proposal *live_on(const struct pass *pass, const char *branch)
{
        for (int i = 0; i < pass->live_count; i++) {
                if (text_equal(pass->live[i]->branch, branch))
                        return pass->live[i];
        }
        return NULL;
}

/* Stays ready, with the reason where a person looks for it. */
static int block(struct site *site, struct proposal *p, const char *reason,
                 struct error *err)
{
        return proposal_apply(site, p, PROPOSAL_BLOCKED, reason, NULL, err);
}

/* Was a branch regenerated within a day already? */
static bool replaced_lately(struct site *site, const char *branch)
{
        struct proposal **list = NULL;
        bool lately = false;
        int count = 0;

        if (proposal_list(site->store, site->path, branch, "superseded", &list,
                          &count, NULL) < 0)
                return true;
        for (int i = 0; i < count; i++)
                lately = lately ||
                         (list[i]->commit[0] &&
                          clock_is_within(list[i]->updated, site->now, DAY));
        proposals_free(list, count);
        return lately;
}

/* May p take the place of what is live on its branch? Else why not. */
static bool may_replace(struct site *site, const struct proposal *p,
                        const struct proposal *live, const char **why)
{
        bool stale = !text_equal(live->inputs_hash, p->inputs_hash);

        if (!text_equal(live->state, "open")) {
                *why = "held: a person works on this branch, or left it";
                return false;
        }
        if (!stale && p->low < COLLECT_OVER_OPEN * live->low) {
                *why = "held: not 3 % better than what is open";
                return false;
        }
        if (stale && replaced_lately(site, p->branch)) {
                *why = "held: this branch is regenerated once a day";
                return false;
        }
        return true;
}

/* Do the inputs still hold? Moves p when not. */
static int check_inputs(struct site *site, struct proposal *p, bool *hold,
                        struct error *err)
{
        struct subject *subject = NULL;
        struct error why = {0};
        char blob[OID_BYTES];
        int rc;

        *hold = true;
        tree_entry_id(site->tree, p->path, blob);
        if (blob[0] && text_equal(blob, p->blob))
                return proposal_apply(site, p, PROPOSAL_MERGED,
                                      "the base has this file already", NULL,
                                      err);
        rc = site_subject(site, p->kernel, p->hardware, &subject, &why);
        if (rc == ERR_NOT_FOUND)
                return proposal_apply(site, p, PROPOSAL_GONE, why.text, NULL,
                                      err);
        if (rc < 0)
                return block(site, p, why.text, err);
        if (text_equal(subject->inputs_hash, p->inputs_hash))
                *hold = false;
        else
                rc = proposal_apply(site, p, PROPOSAL_STALE,
                                    "its inputs changed before it was opened",
                                    NULL, err);
        subject_free(subject);
        return rc;
}

/* Create or move the ref; *done false when something was in the way. */
static int write_ref(struct site *site, struct proposal *p,
                     const char *expected, const char *commit, bool *done,
                     struct error *err)
{
        struct error why = {0};
        int rc = branch_set(site->git, p->branch, expected, commit, &why);

        *done = rc == 0;
        if (rc == 0)
                return 0;
        if (rc == ERR_DENIED || rc == ERR_BUSY || rc == ERR_INPUT)
                return block(site, p, why.text, err);
        return error_set(err, rc, "%s", why.text);
}

/* Between the look at the branch and the write somebody may move it: then
 * the write fails, and the proposal waits for the next pass. */
static int open_one(struct pass *pass, struct proposal *p,
                    struct proposal *live, struct error *err)
{
        struct site *site = pass->site;
        struct branch_state state = {0};
        struct error why = {0};
        char commit[OID_BYTES];
        bool done = false;
        int rc;

        rc = open_intend(site, p, commit, &why);
        if (rc == ERR_DENIED)
                return block(site, p, why.text, err);
        if (rc < 0)
                return error_set(err, rc, "%s", why.text);
        rc = branch_look(site->git, p->branch, &state, err);
        if (rc == 0 && live &&
            (state.checked_out || !text_equal(state.tip, live->commit)))
                return block(site, p, "held: the branch moved", err);
        if (rc == 0)
                rc = write_ref(site, p, live ? live->commit : "", commit,
                               &done, err);
        if (rc < 0 || !done)
                return rc;
        rc = open_finish(site, p, commit, err);
        if (rc == 0 && live)
                rc = proposal_apply(site, live, PROPOSAL_BETTER,
                                    "regenerated on the same branch", NULL,
                                    err);
        if (rc == 0) {
                pass->opened++;
                pass->room -= !live;
        }
        return rc;
}

/* The branch points at what a ready proposal meant to put there. */
static int finish_cut_off(struct pass *pass, struct proposal *p,
                          const char *commit, struct error *err)
{
        struct proposal *live = live_on(pass, p->branch);
        int rc;

        rc = proposal_set_commit(pass->site->store, p->id, p->base, commit,
                                 err);
        if (rc == 0)
                rc = proposal_apply(pass->site, p, PROPOSAL_OPENED,
                                    "finished after an interruption", NULL,
                                    err);
        if (rc == 0 && live)
                rc = proposal_apply(pass->site, live, PROPOSAL_BETTER,
                                    "regenerated on the same branch", NULL,
                                    err);
        pass->opened += rc == 0;
        return rc;
}

/* Two of one branch are open when only the last step was cut off: the older
 * one was replaced. */
static int close_replaced(struct pass *pass, struct error *err)
{
        int rc = 0;

        for (int i = 0; i < pass->live_count && rc == 0; i++) {
                struct proposal *p = pass->live[i];
                struct proposal *newest = live_on(pass, p->branch);

                if (newest != p && text_equal(p->state, "open") &&
                    text_equal(newest->state, "open"))
                        rc = proposal_apply(pass->site, p, PROPOSAL_BETTER,
                                            "regenerated on the same branch",
                                            NULL, err);
        }
        return rc;
}

int open_repair(struct site *site, int *opened, struct error *err)
{
        struct pass pass = {.site = site};
        struct proposal **ready = NULL;
        struct branch_state state;
        int count = 0, rc;

        rc = proposal_list(site->store, site->path, NULL, "ready", &ready,
                           &count, err);
        if (rc == 0)
                rc = proposal_list(site->store, site->path, NULL,
                                   PROPOSAL_LIVE, &pass.live, &pass.live_count,
                                   err);
        for (int i = 0; i < count && rc == 0; i++) {
                const char *commit = ready[i]->intent[0] ? ready[i]->intent
                                                         : ready[i]->commit;

                if (!commit[0])
                        continue;
                rc = branch_look(site->git, ready[i]->branch, &state, err);
                if (rc == 0 && text_equal(state.tip, commit))
                        rc = finish_cut_off(&pass, ready[i], commit, err);
        }
        if (rc == 0)
                rc = close_replaced(&pass, err);
        proposals_free(pass.live, pass.live_count);
        proposals_free(ready, count);
        if (opened)
                *opened = pass.opened;
        return rc;
}

static int consider(struct pass *pass, struct proposal *p, struct error *err)
{
        struct site *site = pass->site;
        struct proposal *live = live_on(pass, p->branch);
        const char *why = NULL;
        bool stop = false;
        int rc;

        rc = check_inputs(site, p, &stop, err);
        if (rc < 0 || stop)
                return rc;
        if (repository_is_frozen(site->repository, p->kernel))
                return block(site, p, "held: kevo.json freezes this kernel",
                             err);
        if (live && !may_replace(site, p, live, &why))
                return block(site, p, why, err);
        if (!live && pass->room <= 0)
                return block(site, p,
                             "waits: as many proposals as kevo.json allows "
                             "are open or were opened today",
                             err);
        return open_one(pass, p, live, err);
}

/* Proposals that sit with reviewers, and those opened within a day. */
static int count_room(struct pass *pass, struct error *err)
{
        struct site *site = pass->site;
        const struct policy *policy = &site->repository->policy;
        int open = 0, today = 0, rc;

        for (int i = 0; i < pass->live_count; i++)
                open += !text_equal(pass->live[i]->state, "frozen");
        pass->room = policy->proposals_open - open;
        if (policy->proposals_per_day <= 0)
                return 0;
        rc = proposal_opened_within(site->store, site->path, site->now, DAY,
                                    &today, err);
        if (rc == 0 && policy->proposals_per_day - today < pass->room)
                pass->room = policy->proposals_per_day - today;
        return rc;
}

static int by_falling_gain(const void *a, const void *b)
{
        const struct proposal *const *x = a, *const *y = b;

        if ((*x)->seconds_saved != (*y)->seconds_saved)
                return (*x)->seconds_saved < (*y)->seconds_saved ? 1 : -1;
        return (*x)->id < (*y)->id ? -1 : 1;
}

int open_ready(struct site *site, int *opened, struct error *err)
{
        struct pass pass = {.site = site};
        struct proposal **ready = NULL;
        int count = 0, rc;

        if (opened)
                *opened = 0;
        rc = proposal_list(site->store, site->path, NULL, "ready", &ready,
                           &count, err);
        if (rc == 0 && count)
                rc = proposal_list(site->store, site->path, NULL,
                                   PROPOSAL_LIVE, &pass.live, &pass.live_count,
                                   err);
        if (rc == 0 && count) {
                qsort(ready, (size_t)count, sizeof *ready, by_falling_gain);
                rc = count_room(&pass, err);
        }
        for (int i = 0; i < count && rc == 0; i++)
                rc = consider(&pass, ready[i], err);
        proposals_free(pass.live, pass.live_count);
        proposals_free(ready, count);
        if (opened)
                *opened = pass.opened;
        return rc;
}
