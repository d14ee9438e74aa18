/* See site.h. */
#include "deliver/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repo/git.h"
#include "search/campaign.h"
#include "store/events.h"
#include "watch/environment_probe.h"

int site_open(struct site *site, struct store *store, const struct host *host,
              const char *path, int64_t now, struct error *err)
{
        struct branches branches;
        char *fields = NULL;
        int rc;

        *site = (struct site){
                .store = store, .host = host, .path = path, .now = now};
        rc = git_open(path, &site->git, err);
        if (rc == 0)
                rc = branches_watched(site->git, &branches, err);
        if (rc == 0 && branches.count == 0)
                rc = error_set(err, ERR_NOT_FOUND,
                               "%s: no commit yet on a watched branch", path);
        if (rc < 0)
                return rc;
        site->base = branches.branch[0];
        machine_probe(&site->machine);
        rc = tree_open_commit(&site->tree, site->git, site->base.tip, err);
        if (rc == 0)
                rc = repository_load(&site->repository, site->tree, err);
        if (rc == 0)
                rc = subject_environment(&site->machine, "cpu",
                                         site->environment_hash, &fields, err);
        if (rc == 0)
                rc = environment_remember(store, site->environment_hash,
                                          fields, err);
        free(fields);
        return rc;
}

void site_close(struct site *site)
{
        repository_free(site->repository);
        tree_close(site->tree);
        git_repository_free(site->git);
        *site = (struct site){0};
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

int site_subject(const struct site *site, const char *kernel,
                 const char *hardware, struct subject **subject,
                 struct error *err)
{
        const struct kernel *found =
                repository_find_kernel(site->repository, kernel);
        const struct hardware *device =
                repository_find_hardware(site->repository, hardware);
        struct known_wrong wrong = {site->store, found};

        *subject = NULL;
        if (!found)
                return explain_missing(site, kernel, err);
        if (!device)
                return error_set(err, ERR_NOT_FOUND,
                                 "hardware/%s.json is gone", hardware);
        if (!machine_matches(&site->machine, device))
                return error_set(err, ERR_UNSUPPORTED,
                                 "hardware/%s.json is another machine",
                                 hardware);
        return subject_make(subject, site->repository, found, device,
                            &site->machine, site->environment_hash,
                            campaign_skip_wrong, &wrong, err);
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
