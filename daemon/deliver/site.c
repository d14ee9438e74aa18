/*
 * See site.h. Kernels are loaded one by one, when a proposal asks for them:
 * a pass costs what is proposed, not what the repository holds.
 */
#include "deliver/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/part.h"
#include "repo/git.h"
#include "search/campaign.h"
#include "store/events.h"
#include "watch/environment_probe.h"

/* One kernel with its part of the repository. */
struct site_kernel {
        struct site_kernel *next;
        char *name;
        struct tree *part;
        struct repository *repository; /* NULL: could not be read */
};

void site_close(struct site *site)
{
        struct site_kernel *next;

        for (struct site_kernel *k = site->kernels; k; k = next) {
                next = k->next;
                repository_free(k->repository);
                tree_close(k->part);
                free(k->name);
                free(k);
        }
        repository_free(site->repository);
        tree_close(site->tree);
        git_repository_free(site->git);
        *site = (struct site){0};
}

/* Policy and hardware alone when kernel is NULL. */
static int load_part(const struct site *site, const char *kernel,
                     struct tree **part, struct repository **repository,
                     struct error *err)
{
        struct part_names kernels = {0}, models = {0};
        int rc = 0;

        if (kernel)
                rc = part_names_add(&kernels, kernel, err);
        if (rc == 0)
                rc = part_open(part, site->tree, &kernels, &models, err);
        if (rc == 0)
                rc = repository_load(repository, *part, err);
        part_names_dispose(&kernels);
        return rc;
}

int site_open(struct site *site, struct store *store, const struct host *host,
              const char *path, int64_t now, struct error *err)
{
        struct branches branches;
        struct tree *part = NULL;
        char *fields = NULL;
        int rc;

        *site = (struct site){
                .store = store, .host = host, .path = path, .now = now};
        rc = git_open(path, &site->git, err);
        if (rc == 0)
                rc = branches_watched(site->git, &branches, err);
        if (rc == 0 && branches.count == 0) {
                site->nothing = !branches_any(site->git);
                rc = branches_explain_none(site->git, path, err);
        }
        if (rc < 0)
                return rc;
        site->base = branches.branch[0];
        machine_probe(&site->machine);
        rc = tree_open_commit(&site->tree, site->git, site->base.tip, err);
        if (rc == 0 && !tree_has(site->tree, "kevo.json")) {
                site->nothing = true;
                rc = error_set(err, ERR_NOT_FOUND,
                               "%s: %s has no kevo.json at its top; run "
                               "`kevo init` there and commit what it writes",
                               path, branches_short_name(site->base.ref));
        }
        if (rc == 0)
                rc = load_part(site, NULL, &part, &site->repository, err);
        tree_close(part);
        if (rc == 0)
                rc = subject_environment(&site->machine, "cpu",
                                         site->environment_hash, &fields, err);
        if (rc == 0)
                rc = environment_remember(store, site->environment_hash,
                                          fields, err);
        free(fields);
        return rc;
}

static const struct site_kernel *load_kernel(struct site *site,
                                             const char *name)
{
        struct site_kernel *k;
        struct error ignored = {0};

        for (k = site->kernels; k; k = k->next) {
                if (strcmp(k->name, name) == 0)
                        return k;
        }
        k = calloc(1, sizeof *k);
        if (k)
                k->name = strdup(name);
        if (!k || !k->name) {
                free(k);
                return NULL;
        }
        if (load_part(site, name, &k->part, &k->repository, &ignored) < 0)
                k->repository = NULL;
        k->next = site->kernels;
        site->kernels = k;
        return k;
}

const struct kernel *site_kernel(struct site *site, const char *name)
{
        const struct site_kernel *k = load_kernel(site, name);

        return k && k->repository ? repository_find_kernel(k->repository, name)
                                  : NULL;
}

/* A kernel that does not load now may do so after the next push. */
static int explain_missing(const struct site *site, const char *kernel,
                           struct error *err)
{
        char path[2 * LIMIT_NAME_BYTES + 32];

        snprintf(path, sizeof path, "kernels/%.48s/%.48s.kernel", kernel,
                 kernel);
        if (tree_has(site->tree, path))
                return error_set(err, ERR_INPUT, "%s cannot be read now",
                                 path);
        return error_set(err, ERR_NOT_FOUND, "%s is gone", path);
}

int site_subject(struct site *site, const char *kernel, const char *hardware,
                 struct subject **subject, struct error *err)
{
        const struct kernel *found = site_kernel(site, kernel);
        struct known_wrong wrong = {site->store, found};
        const struct repository *repository;
        const struct hardware *device;

        *subject = NULL;
        if (!found)
                return explain_missing(site, kernel, err);
        repository = load_kernel(site, kernel)->repository;
        device = repository_find_hardware(repository, hardware);
        if (!device)
                return error_set(err, ERR_NOT_FOUND,
                                 "hardware/%s.json is gone", hardware);
        if (!machine_matches(&site->machine, device))
                return error_set(err, ERR_UNSUPPORTED,
                                 "hardware/%s.json is another machine",
                                 hardware);
        return subject_make(subject, repository, found, device, &site->machine,
                            site->environment_hash, campaign_skip_wrong,
                            &wrong, err);
}

void site_note(const struct site *site, const char *kernel,
               const char *hardware, const char *branch, const char *dedupe,
               const char *action, const char *reason)
{
        struct event event = {.kind = "proposal",
                              .repository = (char *)site->path,
                              .subject = (char *)branch,
                              .before = "",
                              .after = "",
                              .dedupe = (char *)dedupe};
        struct decision decision = {.kernel = (char *)kernel,
                                    .hardware = (char *)hardware,
                                    .workload = "",
                                    .action = (char *)action,
                                    .reason = (char *)reason};
        struct error ignored = {0};
        bool added = false;
        int64_t id;

        if (event_add(site->store, &event, &id, &added, &ignored) < 0 ||
            !added)
                return;
        if (event_decide(site->store, id, &decision, NULL, 1, &ignored) < 0)
                return; /* the planner closes the event */
}
