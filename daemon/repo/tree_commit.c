/*
 * The files of a commit as a tree, read from the object database: the work
 * tree and the index are never looked at.
 *
 * Folders are kept open in a small cache. Without it libgit2 parses the
 * folder `kernels` again for each file below it, which is quadratic in the
 * number of kernels.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "repo/git.h"
#include "repo/tree_view.h"

enum { OPEN_FOLDERS = 8 };

struct open_folder {
        char *path; /* NULL: free */
        git_tree *tree;
        unsigned long used; /* clock of the last use */
};

struct commit {
        git_repository *repository; /* borrowed */
        git_tree *root;
        struct open_folder folder[OPEN_FOLDERS];
        unsigned long clock;
};

static void forget(struct open_folder *folder)
{
        free(folder->path);
        git_tree_free(folder->tree);
        folder->path = NULL;
        folder->tree = NULL;
}

/* Put a folder in the place that was not used for the longest time. */
static const git_tree *remember(struct commit *commit, const char *path,
                                size_t length, git_tree *tree)
{
        struct open_folder *oldest = &commit->folder[0];

        for (int i = 1; i < OPEN_FOLDERS; i++)
                if (commit->folder[i].used < oldest->used)
                        oldest = &commit->folder[i];
        forget(oldest);
        oldest->path = strndup(path, length);
        oldest->used = ++commit->clock;
        oldest->tree = tree;
        if (oldest->path)
                return tree;
        forget(oldest);
        return NULL;
}

static const git_tree *recall(struct commit *commit, const char *path,
                              size_t length)
{
        for (int i = 0; i < OPEN_FOLDERS; i++) {
                struct open_folder *folder = &commit->folder[i];

                if (folder->path && strlen(folder->path) == length &&
                    memcmp(folder->path, path, length) == 0) {
                        folder->used = ++commit->clock;
                        return folder->tree;
                }
        }
        return NULL;
}

static const git_tree_entry *find_entry(struct commit *commit,
                                        const char *path, size_t length,
                                        int *failed);

/* The folder path[0..length), or NULL; failed tells damage from absence.
 * Depth is bounded by the components of a path. */
static const git_tree *find_folder(struct commit *commit, const char *path,
                                   size_t length, int *failed)
{
        const git_tree_entry *entry;
        const git_tree *tree;
        git_tree *opened = NULL;

        if (length == 0)
                return commit->root;
        tree = recall(commit, path, length);
        if (tree)
                return tree;
        entry = find_entry(commit, path, length, failed);
        if (!entry || git_tree_entry_type(entry) != GIT_OBJECT_TREE)
                return NULL;
        *failed = git_tree_lookup(&opened, commit->repository,
                                  git_tree_entry_id(entry));
        if (*failed < 0)
                return NULL;
        return remember(commit, path, length, opened);
}

static const git_tree_entry *find_entry(struct commit *commit,
                                        const char *path, size_t length,
                                        int *failed)
{
        const char *slash = memrchr(path, '/', length);
        size_t parent = slash ? (size_t)(slash - path) : 0;
        size_t begin = slash ? parent + 1 : 0;
        const git_tree *folder = find_folder(commit, path, parent, failed);
        char name[256]; /* what file systems allow */

        if (!folder || length - begin >= sizeof name)
                return NULL;
        snprintf(name, sizeof name, "%.*s", (int)(length - begin),
                 path + begin);
        return git_tree_entry_byname(folder, name);
}

/* The size is asked first: a huge blob is never loaded. */
static int read_blob(struct commit *commit, const git_oid *id,
                     const char *path, size_t maximum, char **text,
                     size_t *length, struct error *err)
{
        git_object_t type;
        git_odb_object *object = NULL;
        git_odb *odb = NULL;
        int rc;

        rc = git_repository_odb(&odb, commit->repository);
        if (rc == 0)
                rc = git_odb_read_header(length, &type, odb, id);
        if (rc == 0 && *length > maximum) {
                rc = error_set(err, ERR_LIMIT,
                               "%s: %zu bytes; at most %zu are read", path,
                               *length, maximum);
                goto out;
        }
        if (rc == 0)
                rc = git_odb_read(&object, odb, id);
        if (rc < 0) {
                rc = git_fail_reading(err, commit->repository, rc, "%s", path);
                goto out;
        }
        *length = git_odb_object_size(object);
        *text = malloc(*length + 1);
        if (!*text) {
                rc = error_memory(err);
                goto out;
        }
        memcpy(*text, git_odb_object_data(object), *length);
        (*text)[*length] = 0;
out:
        git_odb_object_free(object);
        git_odb_free(odb);
        return rc;
}

/* What cannot be read as it stands; 0 for files and folders. */
static int check_kind(const git_tree_entry *entry, const char *path,
                      struct error *err)
{
        if (git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK)
                return tree_refuse_link(path, err);
        if (git_tree_entry_type(entry) == GIT_OBJECT_COMMIT)
                return tree_refuse_submodule(path, err);
        return 0;
}

static int commit_read(void *data, const char *path, size_t maximum,
                       char **text, size_t *length, struct error *err)
{
        struct commit *commit = data;
        int failed = 0, rc;
        const git_tree_entry *entry =
                find_entry(commit, path, strlen(path), &failed);

        if (failed < 0)
                return git_fail_reading(err, commit->repository, failed, "%s",
                                        path);
        if (!entry)
                return error_set(err, ERR_NOT_FOUND, "%s: no such file", path);
        rc = check_kind(entry, path, err);
        if (rc < 0)
                return rc;
        if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
                return error_set(err, ERR_INPUT, "%s: not a regular file",
                                 path);
        return read_blob(commit, git_tree_entry_id(entry), path, maximum, text,
                         length, err);
}

static bool commit_has(void *data, const char *path)
{
        int failed = 0;
        const git_tree_entry *entry =
                find_entry(data, path, strlen(path), &failed);

        return entry && check_kind(entry, path, NULL) == 0;
}

static int commit_list(void *data, const char *path, struct tree_names *names,
                       struct error *err)
{
        struct commit *commit = data;
        const git_tree_entry *entry;
        int failed = 0, rc = 0;
        const git_tree *folder =
                find_folder(commit, path, strlen(path), &failed);

        if (failed < 0)
                return git_fail_reading(err, commit->repository, failed, "%s",
                                        path);
        if (!folder) {
                entry = find_entry(commit, path, strlen(path), &failed);
                return entry ? check_kind(entry, path, err) : 0;
        }
        for (size_t i = 0; rc == 0 && i < git_tree_entrycount(folder); i++) {
                entry = git_tree_entry_byindex(folder, i);
                rc = tree_names_add(
                        names, git_tree_entry_name(entry),
                        git_tree_entry_type(entry) == GIT_OBJECT_TREE, err);
        }
        return rc;
}

static void commit_entry_id(void *data, const char *path, char *id)
{
        struct commit *commit = data;
        const git_tree_entry *entry;
        int failed = 0;

        if (!*path) {
                git_oid_tostr(id, TREE_ID_BYTES, git_tree_id(commit->root));
                return;
        }
        entry = find_entry(commit, path, strlen(path), &failed);
        if (entry)
                git_oid_tostr(id, TREE_ID_BYTES, git_tree_entry_id(entry));
}

static void commit_close(void *data)
{
        struct commit *commit = data;

        for (int i = 0; i < OPEN_FOLDERS; i++)
                forget(&commit->folder[i]);
        git_tree_free(commit->root);
        free(commit);
}

static const struct tree_view commit_view = {
        commit_read, commit_has, commit_list, commit_entry_id, commit_close};

/* "main@1a2b3c4": HEAD is named by its branch, a bare id stands alone. */
static void make_label(git_repository *repository, const char *revision,
                       const char *id, char *label, size_t bytes)
{
        git_reference *head = NULL;

        if (text_equal(revision, "HEAD") &&
            git_repository_head(&head, repository) == 0)
                revision = git_reference_shorthand(head);
        if (text_starts(id, revision))
                snprintf(label, bytes, "%.7s", id);
        else
                snprintf(label, bytes, "%s@%.7s", revision, id);
        git_reference_free(head);
}

static bool is_full_id(const char *revision)
{
        return strlen(revision) == 40 &&
               strspn(revision, "0123456789abcdef") == 40;
}

/* A name that nothing has, or a commit that is not here. libgit2's message
 * is taken before the next call replaces it. */
static int explain_missing(git_repository *repository, const char *revision,
                           struct error *err)
{
        const char *path = git_repository_path(repository);

        if (is_full_id(revision)) {
                git_fail_reading(err, repository, GIT_ENOTFOUND,
                                 "%s: revision %s", path, revision);
                if (err)
                        err->code = ERR_NOT_FOUND;
                return ERR_NOT_FOUND;
        }
        git_fail(err, GIT_ENOTFOUND, "%s: revision %s", path, revision);
        if (text_equal(revision, "HEAD") &&
            git_repository_head_unborn(repository) == 1)
                git_fail(err, GIT_EUNBORNBRANCH, "%s: revision %s", path,
                         revision);
        return ERR_NOT_FOUND;
}

static int open_root(git_repository *repository, const char *revision,
                     git_tree **root, char *id, struct error *err)
{
        git_object *object = NULL, *commit = NULL;
        int rc = git_revparse_single(&object, repository, revision);

        if (rc == GIT_ENOTFOUND)
                return explain_missing(repository, revision, err);
        if (rc == 0)
                rc = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
        if (rc == 0)
                rc = git_commit_tree(root, (git_commit *)commit);
        if (rc == 0)
                git_oid_tostr(id, TREE_ID_BYTES, git_object_id(commit));
        else
                rc = git_fail_reading(err, repository, rc, "%s: revision %s",
                                      git_repository_path(repository),
                                      revision);
        git_object_free(commit);
        git_object_free(object);
        return rc;
}

int tree_open_commit(struct tree **tree, struct git_repository *repository,
                     const char *revision, struct error *err)
{
        char id[TREE_ID_BYTES], label[256];
        struct commit *commit;
        git_tree *root = NULL;
        int rc;

        *tree = NULL;
        rc = open_root(repository, revision, &root, id, err);
        if (rc < 0)
                return rc;
        commit = calloc(1, sizeof *commit);
        if (!commit) {
                git_tree_free(root);
                return error_memory(err);
        }
        commit->repository = repository;
        commit->root = root;
        make_label(repository, revision, id, label, sizeof label);
        return tree_new(tree, &commit_view, commit, label, id, err);
}
