/*
 * Branches under kevo/ in a git repository: made, moved and deleted in the
 * object database alone. The work tree and the index of the user are never
 * touched, a branch that is not ours is never written, and every move says
 * from where (compare and swap).
 */
#ifndef KEVO_DELIVER_BRANCH_H
#define KEVO_DELIVER_BRANCH_H

#include <git2.h>
#include <stdbool.h>
#include <stdint.h>

#include "watch/branches.h"

/* "kevo/<kernel>/<hardware>", or "kevo/<kernel>/all" when grouped. */
void branch_name(char name[BRANCH_BYTES], const char *kernel,
                 const char *hardware, bool grouped);

struct branch_state {
        char tip[OID_BYTES]; /* "" when there is no such branch */
        bool checked_out;    /* in use in a work tree (worktree.h) */
};

int branch_look(git_repository *git, const char *name,
                struct branch_state *state, struct error *err) KEVO_MUST_CHECK;

/* The commit that changes one file of base: the same arguments give the
 * same id. when: wall seconds. */
int branch_commit(git_repository *git, const char *base, const char *path,
                  const char *content, const char *message, int64_t when,
                  char commit[OID_BYTES], struct error *err) KEVO_MUST_CHECK;

/* The blob id that a content has. */
int branch_blob(const char *content, char blob[OID_BYTES],
                struct error *err) KEVO_MUST_CHECK;

/* Point the branch at a commit. expected "": it must not exist; otherwise it
 * must point there. ERR_DENIED with what is in the way and what to do. */
int branch_set(git_repository *git, const char *name, const char *expected,
               const char *commit, struct error *err) KEVO_MUST_CHECK;

/* Delete the branch if it points at `ours` and is checked out nowhere;
 * anything else is left alone and no error. */
int branch_drop(git_repository *git, const char *name, const char *ours,
                struct error *err) KEVO_MUST_CHECK;

#endif
