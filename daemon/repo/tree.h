/*
 * A read-only view of a repository's files: either one commit in a git
 * object database or a folder on disk, through one interface, so that
 * everything above reads a pushed commit and a work tree alike.
 */
#ifndef KEVO_REPO_TREE_H
#define KEVO_REPO_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

struct git_repository;
struct tree; /* opaque */

/* The files of a commit. revision is anything git rev-parse takes; "HEAD".
 * repository is borrowed and must outlive the tree. */
int tree_open_commit(struct tree **tree, struct git_repository *repository,
                     const char *revision, struct error *err) KEVO_MUST_CHECK;
/* The files under a folder (a work tree as it is, committed or not). */
int tree_open_folder(struct tree **tree, const char *path,
                     struct error *err) KEVO_MUST_CHECK;
void tree_close(struct tree *tree);

/* "main@1a2b3c4" or the folder's path: for messages. */
const char *tree_label(const struct tree *tree);
/* 40 hex digits of the commit, or "" for a folder. */
const char *tree_commit(const struct tree *tree);

/* Content of a file; ERR_NOT_FOUND, ERR_LIMIT, ERR_INPUT for what is no file
 * (a link, a submodule, a pointer of Git LFS), ERR_DENIED, and ERR_IO when the
 * repository is damaged or went away. Links are not followed, not even inside
 * the tree. blob (41 bytes, may be NULL) receives the git blob id of the
 * content. */
int tree_read(const struct tree *tree, const char *path, size_t maximum,
              char **text, size_t *length, char *blob,
              struct error *err) KEVO_MUST_CHECK;
/* Is there a file or folder? false for links and submodules. */
bool tree_has(const struct tree *tree, const char *path);
/* Entry names of a folder, sorted; folders end with '/', links and submodules
 * do not. names is an array that ends with NULL: free with tree_free_names. A
 * missing folder is an empty list, ERR_INPUT one that is a link or a
 * submodule. */
int tree_list(const struct tree *tree, const char *path, char ***names,
              struct error *err) KEVO_MUST_CHECK;
void tree_free_names(char **names);
/* The git id of a folder or file as it is in the tree ("" for a folder on
 * disk or when missing): equal ids mean equal content. id has 41 bytes. */
void tree_entry_id(const struct tree *tree, const char *path, char *id);

#endif
