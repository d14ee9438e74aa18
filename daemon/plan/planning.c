/*
 * See planning.h. What is asked for once a kernel (the queue, our proposals)
 * is read once an event: a first look at a repository asks ten thousand
 * times.
 */
#include "plan/planning.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/json.h"
#include "core/text.h"
#include "repo/git.h"
#include "search/subject.h"
#include "store/proposals.h"

enum { PLANNING_DONE = 10000 }; /* finished jobs that are looked at */

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
        if (rc == 0 && !tree_has(p->tree, "kevo.json"))
                return error_set(err, ERR_INPUT,
                                 "%s: %.12s has no kevo.json at its top (or "
                                 "it is a link); run `kevo init` there and "
                                 "commit what it writes",
                                 path, commit);
        if (rc == 0)
                rc = subject_environment(&p->machine, "cpu",
                                         p->environment_hash, NULL, err);
        return rc;
}

int planning_load(struct planning *p, const struct part_names *kernels,
                  const struct part_names *models, struct error *err)
{
        int rc = 0;

        if (kernels)
                rc = part_open(&p->part, p->tree, kernels, models, err);
        if (rc == 0)
                rc = repository_load(&p->repository,
                                     kernels ? p->part : p->tree, err);
        if (rc < 0)
                return rc;
        p->touched = calloc((size_t)p->repository->kernel_count + 1,
                            sizeof *p->touched);
        return p->touched ? 0 : error_memory(err);
}

void planning_close(struct planning *p)
{
        draft_dispose(&p->draft);
        jobs_free(p->job, p->job_count);
        proposals_free(p->ours, p->our_count);
        free(p->touched);
        repository_free(p->repository);
        tree_close(p->part);
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

/* The same content in the same environment is verified once. */
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
        if (kernel->spec->reference && kernel->variant_count == 0) {
                snprintf(why, 256,
                         "%s is stated by C code (%s), from which nothing is "
                         "generated: it is proved when a source is there, "
                         "such as kernels/%s/generic.c",
                         kernel->name, kernel->spec->reference->file,
                         kernel->name);
                return false;
        }
        if (count == 0)
                snprintf(why, 256,
                         "%s has no workload yet: it is proved and searched "
                         "when its spec or a model names one",
                         kernel->name);
        return count > 0;
}

static int by_kernel(const void *a, const void *b)
{
        const struct job *const *x = a, *const *y = b;

        return strcmp((*x)->kernel, (*y)->kernel);
}

/* The jobs move over one by one; only the list is freed. */
static int append_jobs(struct planning *p, const char *state, int limit,
                       struct error *err)
{
        struct job **list = NULL, **grown;
        int count = 0, rc;

        rc = job_list(p->store, state, limit, &list, &count, err);
        if (rc < 0)
                return rc;
        grown = realloc(p->job,
                        (size_t)(p->job_count + count + 1) * sizeof *grown);
        if (!grown) {
                jobs_free(list, count);
                return error_memory(err);
        }
        p->job = grown;
        for (int i = 0; i < count; i++)
                p->job[p->job_count++] = list[i];
        free(list);
        return 0;
}

/* The queue is read once an event, not once a kernel. */
static int load_jobs(struct planning *p, struct error *err)
{
        int rc;

        if (p->job)
                return 0;
        rc = append_jobs(p, "queued", 0, err);
        if (rc == 0)
                rc = append_jobs(p, "running", 0, err);
        if (rc == 0)
                rc = append_jobs(p, "done", PLANNING_DONE, err);
        if (rc == 0)
                qsort(p->job, (size_t)p->job_count, sizeof *p->job, by_kernel);
        return rc;
}

/* Position of the first job of a kernel, or where it would be. */
static int first_job(const struct planning *p, const char *kernel)
{
        int low = 0, high = p->job_count;

        while (low < high) {
                int middle = low + (high - low) / 2;

                if (strcmp(p->job[middle]->kernel, kernel) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool was_done(struct planning *p, const char *kernel, const char *key)
{
        if (!key || load_jobs(p, NULL) < 0)
                return false;
        for (int i = first_job(p, kernel);
             i < p->job_count && text_equal(p->job[i]->kernel, kernel); i++) {
                if (text_equal(p->job[i]->state, "done") &&
                    text_equal(p->job[i]->key, key))
                        return true;
        }
        return false;
}

/* The same key, or that of its second pass, which has a word behind it. */
static bool is_pass_of(const char *key, const char *first)
{
        size_t length = strlen(first);

        return text_starts(key, first) &&
               (key[length] == 0 || key[length] == ' ');
}

int planning_cancel_outdated(struct planning *p, const char *kind,
                             const char *kernel, const char *device,
                             const char *key, struct error *err)
{
        int rc = load_jobs(p, err);

        for (int i = first_job(p, kernel);
             rc == 0 && i < p->job_count &&
             text_equal(p->job[i]->kernel, kernel);
             i++) {
                const struct job *job = p->job[i];

                if (!text_equal(job->state, "done") &&
                    text_equal(job->kind, kind) &&
                    text_equal(job->repository, p->path) &&
                    text_equal(job->hardware, device) &&
                    !is_pass_of(job->key, key))
                        rc = job_finish(p->store, job->id, "cancelled",
                                        "a later push changed what it was "
                                        "planned on",
                                        err);
        }
        return rc;
}

/* What a kernel's verification is about: its spec and all of its sources. A
 * source may have changed in a push that was refused for something else. */
static void hash_kernel(const struct planning *p, const struct kernel *kernel,
                        char text[HASH_TEXT_BYTES])
{
        char blob[OID_BYTES];
        struct hash hash;

        hash_begin(&hash);
        tree_entry_id(p->tree, kernel->path, blob);
        /* Two files state it, and the hash is of both. */
        hash_add_text(&hash,
                      kernel->spec->reference ? kernel->spec->hash : blob);
        for (int i = 0; i < kernel->variant_count; i++) {
                tree_entry_id(p->tree, kernel->variant[i].path, blob);
                hash_add_text(&hash, blob);
        }
        hash_end(&hash, text);
}

void planning_verify_kernel(struct planning *p, const struct kernel *kernel,
                            const char *cause)
{
        char content[HASH_TEXT_BYTES], why[256], *key;

        if (!planning_can_verify(p, kernel, why)) {
                draft_decide(&p->draft, kernel->name, "", "wait", "%s", why);
                return;
        }
        hash_kernel(p, kernel, content);
        key = verify_key(p, kernel->name, "", content);
        if (!was_done(p, kernel->name, key)) {
                draft_decide(&p->draft, kernel->name, "", "verify",
                             "%s: its sources must agree with the oracle",
                             cause);
                planning_verify(p, "", content, p->before,
                                p->first ? PRIORITY_MERGED : PRIORITY_PUSH,
                                cause);
        }
        free(key);
}

bool planning_is_ours(struct planning *p, const char *blob,
                      char branch[BRANCH_BYTES])
{
        if (!blob[0] ||
            (!p->ours && proposal_list(p->store, p->path, NULL, NULL, &p->ours,
                                       &p->our_count, NULL) < 0))
                return false;
        for (int i = 0; i < p->our_count; i++) {
                if (!text_equal(p->ours[i]->blob, blob))
                        continue;
                if (branch)
                        snprintf(branch, BRANCH_BYTES, "%s",
                                 p->ours[i]->branch);
                return true;
        }
        return false;
}
