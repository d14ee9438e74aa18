/*
 * What the history of a branch holds: was a proposal merged, in whatever
 * way? In a shallow clone the history ends early; a commit that is not there
 * has no parents, and what lies behind it is unknown.
 */
#ifndef KEVO_DELIVER_HISTORY_H
#define KEVO_DELIVER_HISTORY_H

#include <git2.h>
#include <stdbool.h>

/* Is `ancestor` reachable from `tip` (or the same)? false when unknown. */
bool history_contains(git_repository *git, const char *tip,
                      const char *ancestor);

/* Did any commit that `tip` has and `base` has not have this blob at this
 * path? For merges that rewrote our commit and were edited since. */
bool history_had_blob(git_repository *git, const char *tip, const char *base,
                      const char *path, const char *blob);

#endif
