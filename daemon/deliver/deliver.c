/*
 * See deliver.h. A pass may be repeated at any time and by anybody (daemon,
 * `kevo deliver`): each of its parts finds out from the store and the refs
 * what is left to do.
 */
#include "deliver/deliver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "deliver/branch.h"
#include "deliver/collect.h"
#include "deliver/observe.h"
#include "deliver/open.h"

/* The order matters: repair before anything looks at branches, observe
 * before open so that room is counted right. */
static int deliver_site(struct site *site, struct deliver_outcome *outcome,
                        struct error *err)
{
        int repaired = 0, moved = 0, collected = 0, opened = 0, rc;

        rc = open_repair(site, &repaired, err);
        if (rc == 0)
                rc = observe_proposals(site, &moved, err);
        if (rc == 0)
                rc = collect_verdicts(site, &collected, err);
        if (rc == 0)
                rc = open_ready(site, &opened, err);
        outcome->moved += moved;
        outcome->collected += collected;
        outcome->opened += opened + repaired;
        return rc;
}

/* One repository; what is wrong with it stops no other. *nothing: it has
 * nothing to deliver to yet. */
static int deliver_path(struct store *store, const struct host *host,
                        const char *path, struct deliver_outcome *outcome,
                        bool *nothing)
{
        struct error why = {0};
        struct site site;
        bool named;
        int rc;

        rc = site_open(&site, store, host, path, clock_wall_seconds(), &why);
        *nothing = rc < 0 && site.nothing;
        if (rc == 0)
                rc = deliver_site(&site, outcome, &why);
        site_close(&site);
        if (rc == 0)
                return 0;
        named = strstr(why.text, path);
        if (!*nothing || !outcome->problems)
                snprintf(outcome->last_problem, sizeof outcome->last_problem,
                         "%.250s%s%.700s", named ? "" : path,
                         named ? "" : ": ", why.text);
        return rc;
}

/* What may be over at the next try, unlike a repository that is not there. */
static bool is_transient(int code)
{
        return code == ERR_IO || code == ERR_BUSY || code == ERR_MEMORY;
}

int deliver_run(struct store *store, const struct host *host, const char *path,
                struct deliver_outcome *outcome, struct error *err)
{
        int rc, failed = 0;
        bool nothing;

        *outcome = (struct deliver_outcome){0};
        if (path) {
                rc = deliver_path(store, host, path, outcome, &nothing);
                outcome->problems = rc < 0;
                return rc < 0 ? error_set(err, rc, "%s", outcome->last_problem)
                              : 0;
        }
        for (int i = 0; i < host->repository_count; i++) {
                rc = deliver_path(store, host, host->repository[i].path,
                                  outcome, &nothing);
                if (is_transient(rc))
                        failed = rc;
                outcome->problems += rc < 0 && !nothing;
        }
        return failed ? error_set(err, failed, "%s", outcome->last_problem)
                      : 0;
}

/* Open the repository of a proposal and tell it an event. */
static int tell(struct store *store, const struct host *host,
                struct proposal *p, enum proposal_event event,
                const char *note, struct error *err)
{
        struct site site;
        bool moved = false;
        int rc;

        if (!proposal_next(p->state, event))
                return error_set(err, ERR_INPUT,
                                 "proposal %lld of %s is %s: it cannot be %s",
                                 (long long)p->id, p->branch, p->state,
                                 event == PROPOSAL_REOPENED ? "reopened"
                                                            : "refused");
        rc = site_open(&site, store, host, p->repository, clock_wall_seconds(),
                       err);
        if (rc == 0)
                rc = proposal_apply(&site, p, event, note, &moved, err);
        site_close(&site);
        return rc;
}

const char *deliver_branch(const char *branch, char full[BRANCH_BYTES])
{
        static const char *const prefixes[] = {"refs/heads/", "refs/remotes/",
                                               "origin/"};

        for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
                if (text_starts(branch, prefixes[i]))
                        branch += strlen(prefixes[i]);
        }
        snprintf(full, BRANCH_BYTES, "%s%.200s",
                 text_starts(branch, "kevo/") ? "" : "kevo/", branch);
        return full;
}

/* At least one, newest first, and of one repository: an error when several
 * have such a branch and none is named, or nobody has; `what` says of whom. */
static int list_on_branch(struct store *store, const char *repository,
                          const char *branch, const char *states,
                          const char *what, struct proposal ***list,
                          int *count, struct error *err)
{
        char full[BRANCH_BYTES];
        int rc = proposal_list(store, repository, deliver_branch(branch, full),
                               states, list, count, err);

        if (rc == 0 && *count == 0)
                rc = error_set(err, ERR_NOT_FOUND,
                               "no %s proposal has the branch %s; `kevo "
                               "proposal --all` lists them",
                               what, full);
        for (int i = 1; i < *count && rc == 0; i++) {
                if (!text_equal((*list)[i]->repository,
                                (*list)[0]->repository))
                        rc = error_set(err, ERR_INPUT,
                                       "several repositories have %s; name "
                                       "one with --repository",
                                       full);
        }
        return rc;
}

int deliver_refuse(struct store *store, const struct host *host,
                   const char *repository, const char *branch, const char *why,
                   struct error *err)
{
        struct proposal **list = NULL;
        int count = 0, rc;

        rc = list_on_branch(store, repository, branch, "ready," PROPOSAL_LIVE,
                            "open", &list, &count, err);
        for (int i = 0; i < count && rc == 0; i++)
                rc = tell(store, host, list[i], PROPOSAL_CLOSED, why, err);
        proposals_free(list, count);
        return rc;
}

int deliver_reopen(struct store *store, const struct host *host,
                   const char *repository, const char *branch, const char *why,
                   struct error *err)
{
        struct proposal **list = NULL;
        int count = 0, rc;

        rc = list_on_branch(store, repository, branch, "refused", "refused",
                            &list, &count, err);
        if (rc == 0)
                rc = tell(store, host, list[0], PROPOSAL_REOPENED, why, err);
        proposals_free(list, count);
        return rc;
}
