/* See kinds.h. */
#include "plan/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/json.h"
#include "core/text.h"
#include "plan/need.h"
#include "plan/rules.h"
#include "repo/git.h"
#include "store/proposals.h"
#include "watch/environment_probe.h"

struct kind_context {
        struct store *store;
        const struct host *host;
        const struct event *event;
        const char *before;
        struct draft *draft;
};

/* The draft of the planning replaces the caller's: one event, one plan. */
static void hand_over(struct planning *p, struct draft *draft)
{
        struct draft empty = *draft;

        *draft = p->draft;
        p->draft = empty;
}

static int decide_touched(struct planning *p, struct error *err)
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
                rc = decide_touched(p, err);
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
                hand_over(&p, c->draft);
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

/* Merged proposals of a repository are proved and measured again. */
static int recheck_merged(struct planning *p, const char *cause,
                          struct error *err)
{
        struct proposal **list = NULL;
        char blob[OID_BYTES];
        int count = 0, checked = 0, rc;

        rc = proposal_list(p->store, p->path, NULL, "merged", &list, &count,
                           err);
        for (int i = 0; i < count && rc == 0; i++) {
                tree_entry_id(p->tree, list[i]->path, blob);
                if (!text_equal(blob, list[i]->blob))
                        continue;
                draft_decide(&p->draft, list[i]->kernel, list[i]->hardware,
                             "verify",
                             "%s: the merged %s is proved and measured again",
                             cause, list[i]->path);
                planning_verify(p, list[i]->path, list[i]->blob, list[i]->base,
                                PRIORITY_MERGED, "environment");
                checked++;
        }
        proposals_free(list, count);
        if (rc == 0 && !checked)
                draft_decide(&p->draft, "", "", "ignore",
                             "%s, but nothing of ours is merged in %s; a "
                             "change of the environment alone starts no "
                             "search",
                             cause, p->path);
        return rc;
}

static int recheck_repository(struct kind_context *c, const char *path,
                              const char *cause, struct error *err)
{
        struct planning p = {.event = c->event};
        struct git_repository *git = NULL;
        struct branches branches = {0};
        int rc;

        rc = git_open(path, &git, err);
        if (rc == 0)
                rc = branches_watched(git, &branches, err);
        git_repository_free(git);
        if (rc < 0 || branches.count == 0)
                return rc;
        hand_over(&p, c->draft);
        rc = planning_open(&p, c->store, c->host, path, branches.branch[0].tip,
                           err);
        if (rc == 0)
                rc = recheck_merged(&p, cause, err);
        hand_over(&p, c->draft);
        planning_close(&p);
        return rc;
}

static int plan_environment(struct kind_context *c, struct error *err)
{
        char *before = NULL, *after = NULL, cause[768];
        struct error why = {0};
        struct buf text;
        int rc;

        buf_init(&text, 512);
        rc = environment_fields(c->store, c->event->before, &before, err);
        if (rc == 0)
                rc = environment_fields(c->store, c->event->after, &after,
                                        err);
        if (rc == 0 && environment_difference(before, after, &text) == 0)
                buf_puts(&text, "unknown fields");
        snprintf(cause, sizeof cause, "the environment changed (%s)",
                 text.data);
        for (int i = 0; rc == 0 && i < c->host->repository_count; i++) {
                const char *path = c->host->repository[i].path;

                if (recheck_repository(c, path, cause, &why) < 0)
                        draft_decide(c->draft, "", "", "wait", "%s: %s", path,
                                     why.text);
        }
        if (rc == 0 && c->draft->count == 0)
                draft_decide(c->draft, "", "", "ignore",
                             "%s, but no repository is watched", cause);
        buf_dispose(&text);
        free(before);
        free(after);
        return rc;
}

/* The reason in a job's payload; caller frees, NULL when there is none. */
static char *payload_text(const struct job *job, const char *key)
{
        cJSON *json = NULL;
        const char *value = NULL;
        char *copy = NULL;

        if (json_parse_message(job->payload, strlen(job->payload),
                               LIMIT_JSON_BYTES, &json, NULL) < 0)
                return NULL;
        if (json_get_text(json, key, "payload", &value, NULL) == 0)
                copy = strdup(value);
        cJSON_Delete(json);
        return copy;
}

/* A merged win did not hold in the new environment: search again. */
static int search_after_loss(struct kind_context *c, const struct job *job,
                             struct error *err)
{
        struct planning p = {.event = c->event, .receives_proposals = true};
        struct part_names kernels = {0}, models = {0};
        char *commit = payload_text(job, "commit");
        int rc;

        if (!commit)
                return error_set(err, ERR_INPUT, "job %lld names no commit",
                                 (long long)job->id);
        rc = planning_open(&p, c->store, c->host, job->repository, commit,
                           err);
        free(commit);
        if (rc == 0)
                rc = part_names_add(&kernels, job->kernel, err);
        if (rc == 0)
                rc = planning_load(&p, &kernels, &models, err);
        if (rc == 0) {
                planning_touch(&p, job->kernel, TOUCH_RESULT,
                               "a merged win was lost in the new "
                               "environment");
                rc = decide_touched(&p, err);
        }
        if (rc == 0 && p.draft.count == 0)
                draft_decide(&p.draft, job->kernel, job->hardware, "ignore",
                             "%s, but the kernel is gone", c->event->after);
        if (rc == 0)
                hand_over(&p, c->draft);
        part_names_dispose(&kernels);
        planning_close(&p);
        return rc;
}

/* Verifications of other files go on: they say what else is wrong. */
static int cancel_searches(struct kind_context *c, const struct job *failed,
                           struct error *err)
{
        struct job **list = NULL;
        int count = 0, rc;

        rc = job_list(c->store, "queued", 0, &list, &count, err);
        for (int i = 0; i < count && rc == 0; i++) {
                if (text_equal(list[i]->kind, "search") &&
                    text_equal(list[i]->repository, failed->repository) &&
                    text_equal(list[i]->kernel, failed->kernel))
                        rc = job_finish(c->store, list[i]->id, "cancelled",
                                        "a source of this kernel failed its "
                                        "verification",
                                        err);
        }
        jobs_free(list, count);
        return rc;
}

/* A check said no. */
static int plan_result(struct kind_context *c, struct error *err)
{
        struct job *job = NULL;
        char *reason = NULL, *path = NULL;
        int64_t id;
        int rc;

        if (!text_to_int64(c->event->subject, &id))
                return error_set(err, ERR_INPUT, "\"%s\" is no job",
                                 c->event->subject);
        rc = job_get(c->store, id, &job, err);
        if (rc < 0)
                return rc;
        reason = payload_text(job, "reason");
        if (reason && text_equal(reason, "environment")) {
                rc = search_after_loss(c, job, err);
        } else {
                path = payload_text(job, "path");
                draft_decide(c->draft, job->kernel, job->hardware, "wait",
                             "%s is wrong (job %lld: %s): searches wait "
                             "until it is fixed or removed",
                             path && *path ? path : "a source", (long long)id,
                             c->event->after);
                rc = cancel_searches(c, job, err);
        }
        free(reason);
        free(path);
        job_free(job);
        return rc;
}

static const struct {
        const char *kind;
        int (*plan)(struct kind_context *context, struct error *err);
} kinds[] = {
        {"push", plan_push},
        {"environment", plan_environment},
        {"result", plan_result},
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
