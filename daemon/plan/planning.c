/* See planning.h. */
#include "plan/planning.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"
#include "repo/git.h"
#include "search/subject.h"
#include "store/proposals.h"

int planning_open(struct planning *p, struct store *store,
                  const struct host *host, const char *path,
                  const char *commit, struct error *err)
{
        int rc;

        p->store = store;
        p->host = host;
        p->path = path;
        snprintf(p->commit, sizeof p->commit, "%.40s", commit);
        machine_probe(&p->machine);
        rc = git_open(path, &p->git, err);
        if (rc == 0)
                rc = tree_open_commit(&p->tree, p->git, commit, err);
        if (rc == 0)
                rc = repository_load(&p->repository, p->tree, err);
        if (rc == 0)
                rc = subject_environment(&p->machine, "cpu",
                                         p->environment_hash, NULL, err);
        if (rc < 0)
                return rc;
        p->touched = calloc((size_t)p->repository->kernel_count + 1,
                            sizeof *p->touched);
        return p->touched ? 0 : error_memory(err);
}

void planning_close(struct planning *p)
{
        draft_dispose(&p->draft);
        free(p->touched);
        repository_free(p->repository);
        tree_close(p->tree);
        git_repository_free(p->git);
        *p = (struct planning){0};
}

void planning_touch(struct planning *p, const char *kernel, unsigned why,
                    const char *cause, ...)
{
        const struct kernel *found =
                repository_find_kernel(p->repository, kernel);
        struct touched *touched;
        va_list args;

        if (!found)
                return;
        touched = &p->touched[found - p->repository->kernel];
        if (!touched->why) {
                va_start(args, cause);
                vsnprintf(touched->cause, sizeof touched->cause, cause, args);
                va_end(args);
        }
        touched->why |= why;
}

void planning_touch_all(struct planning *p, unsigned why, const char *cause)
{
        for (int i = 0; i < p->repository->kernel_count; i++)
                planning_touch(p, p->repository->kernel[i].name, why, "%s",
                               cause);
}

const struct problem *planning_problem(const struct planning *p,
                                       const char *file)
{
        for (int i = 0; i < p->repository->problem_count; i++) {
                if (text_equal(p->repository->problem[i].file, file))
                        return &p->repository->problem[i];
        }
        return NULL;
}

static char *verify_key(const struct planning *p, const char *kernel,
                        const char *file, const char *blob)
{
        char *key = NULL;

        if (asprintf(&key, "verify %s %s %s %s %s", p->path, kernel, file,
                     blob, p->environment_hash) < 0)
                return NULL;
        return key;
}

void planning_verify(struct planning *p, const char *file, const char *blob,
                     const char *before, enum priority priority,
                     const char *why)
{
        cJSON *json = cJSON_CreateObject();
        const char *kernel = "";
        char *payload;

        if (p->draft.count > 0)
                kernel = p->draft.decision[p->draft.count - 1].kernel;
        cJSON_AddStringToObject(json, "commit", p->commit);
        cJSON_AddStringToObject(json, "path", file);
        cJSON_AddStringToObject(json, "before", before);
        cJSON_AddStringToObject(json, "reason", why);
        payload = json_print(json);
        cJSON_Delete(json);
        draft_job(&p->draft, p->path, "verify", priority, 0,
                  verify_key(p, kernel, file, blob), payload);
}

static int cancel_in_state(struct planning *p, const char *state,
                           const struct job *like, const char *prefix,
                           struct error *err)
{
        struct job **list = NULL;
        int count = 0, rc;

        rc = job_list(p->store, state, 0, &list, &count, err);
        for (int i = 0; i < count && rc == 0; i++) {
                const struct job *job = list[i];

                if (text_equal(job->kind, like->kind) &&
                    text_equal(job->repository, p->path) &&
                    text_equal(job->kernel, like->kernel) &&
                    text_equal(job->hardware, like->hardware) &&
                    text_starts(job->key, prefix) &&
                    !text_equal(job->key, like->key))
                        rc = job_finish(p->store, job->id, "cancelled",
                                        "a later push changed what it was "
                                        "planned on",
                                        err);
        }
        jobs_free(list, count);
        return rc;
}

int planning_cancel_outdated(struct planning *p, const char *kind,
                             const char *kernel, const char *device,
                             const char *prefix, const char *key,
                             struct error *err)
{
        const struct job like = {.kind = (char *)kind,
                                 .kernel = (char *)kernel,
                                 .hardware = (char *)device,
                                 .key = (char *)key};
        int rc = cancel_in_state(p, "queued", &like, prefix, err);

        return rc < 0 ? rc : cancel_in_state(p, "running", &like, prefix, err);
}

bool planning_can_verify(const struct planning *p, const struct kernel *kernel,
                         char *why)
{
        const struct hardware *hardware;
        struct demand *demand = NULL;
        struct error err = {0};
        int count = 0;

        if (machine_find_hardware(&p->machine, p->repository, &hardware,
                                  &err) < 0 ||
            repository_demands(p->repository, kernel, &demand, &count, &err) <
                    0) {
                snprintf(why, 256, "%.250s", err.text);
                return false;
        }
        repository_free_demands(demand, count);
        if (count == 0)
                snprintf(why, 256,
                         "%s has no workload yet: it is proved and searched "
                         "when its spec or a model names one",
                         kernel->name);
        return count > 0;
}

static bool was_done(const struct planning *p, const char *key)
{
        struct job **list = NULL;
        int count = 0;
        bool done = false;

        if (!key || job_list(p->store, "done", 0, &list, &count, NULL) < 0)
                return false;
        for (int i = 0; i < count && !done; i++)
                done = text_equal(list[i]->key, key);
        jobs_free(list, count);
        return done;
}

void planning_verify_kernel(struct planning *p, const struct kernel *kernel,
                            const char *cause)
{
        char blob[OID_BYTES], why[256], *key;

        if (!planning_can_verify(p, kernel, why)) {
                draft_decide(&p->draft, kernel->name, "", "wait", "%s", why);
                return;
        }
        tree_entry_id(p->tree, kernel->path, blob);
        key = verify_key(p, kernel->name, "", blob);
        if (!was_done(p, key)) {
                draft_decide(&p->draft, kernel->name, "", "verify",
                             "%s: its sources must agree with the oracle",
                             cause);
                planning_verify(p, "", blob, p->before,
                                p->first ? PRIORITY_MERGED : PRIORITY_PUSH,
                                cause);
        }
        free(key);
}

bool planning_is_ours(struct planning *p, const char *blob,
                      char branch[BRANCH_BYTES])
{
        struct proposal **list = NULL;
        int count = 0;
        bool ours = false;

        if (!blob[0] || proposal_list(p->store, p->path, NULL, NULL, &list,
                                      &count, NULL) < 0)
                return false;
        for (int i = 0; i < count && !ours; i++) {
                ours = text_equal(list[i]->blob, blob);
                if (ours && branch)
                        snprintf(branch, BRANCH_BYTES, "%s", list[i]->branch);
        }
        proposals_free(list, count);
        return ours;
}
