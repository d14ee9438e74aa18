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

void planning_verify(struct planning *p, const char *file, const char *blob,
                     const char *before, enum priority priority,
                     const char *why)
{
        cJSON *json = cJSON_CreateObject();
        const char *kernel = "";
        char *key = NULL, *payload;

        if (p->draft.count > 0)
                kernel = p->draft.decision[p->draft.count - 1].kernel;
        cJSON_AddStringToObject(json, "commit", p->commit);
        cJSON_AddStringToObject(json, "path", file);
        cJSON_AddStringToObject(json, "before", before);
        cJSON_AddStringToObject(json, "reason", why);
        payload = json_print(json);
        cJSON_Delete(json);
        if (asprintf(&key, "verify %s %s %s %s %s", p->path, kernel, file,
                     blob, p->environment_hash) < 0)
                key = NULL;
        draft_job(&p->draft, p->path, "verify", priority, 0, key, payload);
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
