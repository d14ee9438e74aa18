/*
 * What moved in a watched repository: the tips of the watched branches and
 * of everything under kevo/ are compared with what was last seen, and every
 * move becomes one push event in the store.
 *
 * The last seen tip is in the store and not in memory, so a push that came
 * while the daemon was down is found at its start, and a crash between the
 * event and the new "last seen" leaves one event, not two.
 */
#ifndef KEVO_WATCH_REFS_H
#define KEVO_WATCH_REFS_H

#include "core/buf.h"
#include "store/store.h"
#include "watch/branches.h"

enum { REFS_OURS_MAX = 1024, REFS_FOLDERS_MAX = 64 };

/* Compare and record. path as in the host file. *recorded (may be NULL)
 * counts new events. ERR_NOT_FOUND when the repository is gone, ERR_IO or
 * ERR_INPUT when it cannot be read: nothing is forgotten, the next scan
 * takes up where this one stopped. */
int refs_scan(struct store *store, const char *path, int *recorded,
              struct error *err) KEVO_MUST_CHECK;

/* The folders whose changes mean that a ref moved: the git folder, its
 * refs/heads and the folders in there (not deep trees: polling covers
 * them). folder holds REFS_FOLDERS_MAX entries, each to be freed. */
int refs_folders(const char *path, char **folder, int *count,
                 struct error *err) KEVO_MUST_CHECK;

/* Is `told`, a path that a hook reported (a work tree, a git folder or one
 * inside it), the repository at `path`? */
bool refs_same_repository(const char *path, const char *told);

/* The tip that was last seen of a ref, even if it is gone: "" if never. */
int refs_last_seen(struct store *store, const char *path, const char *ref,
                   char tip[OID_BYTES], struct error *err) KEVO_MUST_CHECK;

#endif
