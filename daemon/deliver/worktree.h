/*
 * Is a branch in use in a work tree? Where it is, a person's next commit
 * builds on what they see there: moving the branch under it would silently
 * undo one or the other.
 *
 * The files of git are read directly. libgit2 opens each work tree as a
 * repository to find out, and what it cannot open (of another owner, with a
 * relative path, half removed) counts as not in use.
 */
#ifndef KEVO_DELIVER_WORKTREE_H
#define KEVO_DELIVER_WORKTREE_H

#include <git2.h>
#include <stdbool.h>

#include "core/error.h"

/* ref ("refs/heads/...") is what HEAD names in the main or a linked work
 * tree, or what a rebase or bisection under way there will come back to. A
 * linked work tree whose folder is gone does not count, unless it is locked.
 * Fails when a work tree cannot be looked at: then nothing may be moved. */
int worktree_holds(git_repository *git, const char *ref, bool *held,
                   struct error *err) KEVO_MUST_CHECK;

#endif
