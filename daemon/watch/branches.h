/*
 * Which branches of a repository are watched, and their tips.
 *
 * The policy (kevo.json, "branches") names them, and the policy is read from
 * a watched branch only. To begin with, that is: main, else master, else the
 * branch that HEAD names; in a bare repository HEAD comes first, for there
 * it is the repository's own default and not what somebody has checked out.
 * The first watched branch receives proposals, the others verdicts.
 */
#ifndef KEVO_WATCH_BRANCHES_H
#define KEVO_WATCH_BRANCHES_H

#include <git2.h>
#include <stdbool.h>

#include "core/error.h"

enum {
        BRANCHES_MAX = 16,
        BRANCH_BYTES = 256, /* longest name of a ref; longer are skipped */
        OID_BYTES = 41      /* 40 hexadecimal digits and a NUL */
};

/* By value; only branches that exist, in the policy's order. */
struct branches {
        int count;
        struct branch {
                char ref[BRANCH_BYTES]; /* "refs/heads/main" */
                char tip[OID_BYTES];
        } branch[BRANCHES_MAX];
};

/* count 0 for a repository without a commit: that is no error. A kevo.json
 * that cannot be read leaves the branch that it was looked for on: whoever
 * loads the repository reports what is wrong with it. */
int branches_watched(struct git_repository *git, struct branches *branches,
                     struct error *err) KEVO_MUST_CHECK;

/* Is there a branch, watched or not, that is no proposal? Where there is
 * none, nothing was committed yet. */
bool branches_any(struct git_repository *git);

/* Why branches_watched found none: no commit, or no branch of a usual name
 * and a HEAD that names none. ERR_NOT_FOUND with what to do. */
int branches_explain_none(struct git_repository *git, const char *path,
                          struct error *err);

/* The commit that a ref points to: tip is "" when there is no such ref. */
int branches_tip(struct git_repository *git, const char *ref,
                 char tip[OID_BYTES], struct error *err) KEVO_MUST_CHECK;

/* "main" of "refs/heads/main": borrowed from ref. */
const char *branches_short_name(const char *ref);

#endif
