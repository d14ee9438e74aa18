/*
 * What every user of libgit2 in the house shares: its start, opening a
 * repository with errors that say what to do, and its last error as ours.
 */
#ifndef KEVO_REPO_GIT_H
#define KEVO_REPO_GIT_H

#include <git2.h>
#include <stdbool.h>

#include "core/error.h"

/* Start the library once; later calls cost nothing. It is told which
 * extensions of git's format leave refs and objects where they were, so that
 * it opens the repositories that have them. */
int git_start(struct error *err) KEVO_MUST_CHECK;

/*
 * Open the repository at exactly this path (a work tree's root, its .git, or
 * a bare repository). Only for paths that a person configured or named: the
 * owner of the files is not compared with ours, as git would for a folder
 * that it merely found. Freed with git_repository_free.
 *
 * ERR_NOT_FOUND: no such folder; ERR_INPUT: not a repository, a folder
 * inside one, or one without HEAD or objects; ERR_UNSUPPORTED: an extension
 * that libgit2 cannot read;
 * ERR_DENIED; ERR_IO: damaged in another way.
 */
int git_open(const char *path, git_repository **repository,
             struct error *err) KEVO_MUST_CHECK;

/* Fill err from libgit2's last error: "what: message; what to do". code is
 * what the library returned, and chooses ours; ERR_IO when it says no more
 * than that something failed, as for a damaged or vanished object. */
int git_fail(struct error *err, int code, const char *format, ...)
        KEVO_PRINTF(3, 4);

/* The same for an object that could not be read: it says where a missing one
 * can come from (a partial clone's remote, a borrowed object store). */
int git_fail_reading(struct error *err, git_repository *git, int code,
                     const char *format, ...) KEVO_PRINTF(4, 5);

/* A clone that left out objects and would fetch them when they are used. */
bool git_is_partial(git_repository *git);

#endif
