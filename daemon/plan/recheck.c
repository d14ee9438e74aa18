/*
 * See recheck.h. A number holds for its environment only, so a new one makes
 * every merged win a claim to be checked again. What has to be avoided is
 * the storm: a compiler upgrade makes all searches unfinished at once, and
 * none of them is started for that alone.
 */
#include "plan/recheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/json.h"
#include "core/text.h"
#include "repo/git.h"
#include "store/proposals.h"
#include "watch/environment_probe.h"

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
        kinds_hand_over(&p, c->draft);
        rc = planning_open(&p, c->store, c->host, path, branches.branch[0].tip,
                           err);
        if (rc == 0)
                rc = recheck_merged(&p, cause, err);
        kinds_hand_over(&p, c->draft);
        planning_close(&p);
        return rc;
}

int recheck_environment(struct kind_context *c, struct error *err)
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
                rc = kinds_decide_touched(&p, err);
        }
        if (rc == 0 && p.draft.count == 0)
                draft_decide(&p.draft, job->kernel, job->hardware, "ignore",
                             "%s, but the kernel is gone", c->event->after);
        if (rc == 0)
                kinds_hand_over(&p, c->draft);
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
int recheck_result(struct kind_context *c, struct error *err)
{
        struct job *job = NULL;
        char *reason = NULL, *path = NULL;
        const char *found;
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
                /* The note is the last line of `kevo verify`. */
                found = strstr(c->event->after, "WRONG: ");
                draft_decide(c->draft, job->kernel, job->hardware, "wait",
                             "%s is wrong (job %lld: %s): searches wait "
                             "until it is fixed or removed",
                             path && *path ? path : "a source", (long long)id,
                             found ? found + strlen("WRONG: ")
                                   : c->event->after);
                rc = cancel_searches(c, job, err);
        }
        free(reason);
        free(path);
        job_free(job);
        return rc;
}
