/*
 * Deliver: from accepted verdicts to branches for review, and what becomes
 * of them (docs/delivery.md). One pass over a repository repairs what a
 * crash cut off, looks at open proposals, collects new verdicts, and opens
 * what may be opened.
 */
#ifndef KEVO_DELIVER_DELIVER_H
#define KEVO_DELIVER_DELIVER_H

#include "repo/host.h"
#include "store/proposals.h"
#include "watch/branches.h"

struct deliver_outcome {
        int collected, opened, moved;
        int problems;            /* repositories that could not be served */
        char last_problem[1024]; /* "" */
};

/* A pass over all repositories of the host file, or over one (path). All are
 * tried. A repository that cannot be read is counted, not an error; what may
 * pass (a full disk, a busy store, a lock in git) is one. One that has no
 * commit or no kevo.json yet is neither. */
int deliver_run(struct store *store, const struct host *host, const char *path,
                struct deliver_outcome *outcome,
                struct error *err) KEVO_MUST_CHECK;

/* The whole name of a branch of a proposal. Short forms are welcome:
 * softmax/zen4 for kevo/softmax/zen4, refs/heads/... and origin/... as git
 * prints them. Returns full. */
const char *deliver_branch(const char *branch, char full[BRANCH_BYTES]);

/* `kevo refuse BRANCH "why"`: the proposal of a branch is closed and
 * remembered; its branch is deleted if the tip is ours. repository NULL:
 * the branch must be unique among all. */
int deliver_refuse(struct store *store, const struct host *host,
                   const char *repository, const char *branch, const char *why,
                   struct error *err) KEVO_MUST_CHECK;

/* `kevo proposal reopen BRANCH`: its newest refused one is ready again.
 * repository as above. */
int deliver_reopen(struct store *store, const struct host *host,
                   const char *repository, const char *branch, const char *why,
                   struct error *err) KEVO_MUST_CHECK;

#endif
