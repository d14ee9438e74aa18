/*
 * See change.h. Only the folders of the contract are compared: a repository
 * may hold a large program beside its kernels, and a push that changes only
 * that costs nothing here.
 */
#include "plan/change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "repo/git.h"
#include "repo/source.h"

const char *change_how_name(enum change_how how)
{
        static const char *const names[] = {"new", "changed", "removed"};

        return names[how];
}

void changes_dispose(struct changes *changes)
{
        for (int i = 0; i < changes->count; i++)
                free(changes->change[i].path);
        free(changes->change);
        *changes = (struct changes){0};
}

/* "<folder>/<name><suffix>" without more folders: the name, else false. */
static bool file_in(const char *path, const char *folder, const char *suffix,
                    char name[LIMIT_NAME_BYTES + 1])
{
        size_t length;

        if (!text_starts(path, folder) || !text_ends(path, suffix))
                return false;
        path += strlen(folder);
        length = strlen(path);
        if (length <= strlen(suffix) || strchr(path, '/'))
                return false;
        length -= strlen(suffix);
        if (length > LIMIT_NAME_BYTES)
                return false;
        memcpy(name, path, length);
        name[length] = 0;
        return true;
}

/* kernels/<name>/<file>: spec, variant or something else. */
static bool file_of_kernel(const char *path, struct change *change)
{
        const char *slash;
        char spec[LIMIT_NAME_BYTES + 16];
        size_t length;

        if (!text_starts(path, "kernels/"))
                return false;
        path += strlen("kernels/");
        slash = strchr(path, '/');
        length = slash ? (size_t)(slash - path) : 0;
        if (length == 0 || length > LIMIT_NAME_BYTES)
                return false;
        memcpy(change->name, path, length);
        change->name[length] = 0;
        snprintf(spec, sizeof spec, "%s.kernel", change->name);
        slash++;
        if (text_equal(slash, spec))
                change->kind = CHANGE_SPEC;
        else if (!strchr(slash, '/') &&
                 (source_language(slash) || text_ends(slash, ".bind.json")))
                change->kind = CHANGE_VARIANT;
        else
                change->kind = CHANGE_OTHER;
        return true;
}

static bool classify(const char *path, struct change *change)
{
        change->name[0] = 0;
        if (text_equal(path, "kevo.json"))
                change->kind = CHANGE_POLICY;
        else if (file_in(path, "models/", ".json", change->name))
                change->kind = CHANGE_MODEL;
        else if (file_in(path, "hardware/", ".json", change->name))
                change->kind = CHANGE_HARDWARE;
        else if (text_starts(path, "knowledge/"))
                change->kind = CHANGE_KNOWLEDGE;
        else
                return file_of_kernel(path, change);
        return true;
}

static enum change_how how_of(git_delta_t status)
{
        if (status == GIT_DELTA_ADDED)
                return CHANGE_ADDED;
        return status == GIT_DELTA_DELETED ? CHANGE_REMOVED : CHANGE_EDITED;
}

/* git writes zeros where one side has no file. */
static void blob_text(const git_diff_file *file, char text[41])
{
        text[0] = 0;
        if (!git_oid_is_zero(&file->id))
                git_oid_tostr(text, 41, &file->id);
}

/* Paths that are not of the contract (models/notes.txt) are dropped. */
static int collect(struct changes *changes, git_diff *diff, struct error *err)
{
        size_t total = git_diff_num_deltas(diff);

        if (total > CHANGES_MAX)
                return error_set(err, ERR_LIMIT,
                                 "a push changes %zu files of the contract; "
                                 "at most %d are planned at once",
                                 total, CHANGES_MAX);
        changes->change = calloc(total + 1, sizeof *changes->change);
        if (!changes->change)
                return error_memory(err);
        for (size_t i = 0; i < total; i++) {
                const git_diff_delta *delta = git_diff_get_delta(diff, i);
                struct change *next = &changes->change[changes->count];
                const char *path = delta->new_file.path;

                if (!path)
                        path = delta->old_file.path;
                if (!classify(path, next))
                        continue;
                next->how = how_of(delta->status);
                blob_text(&delta->old_file, next->before);
                blob_text(&delta->new_file, next->after);
                next->path = strdup(path);
                if (!next->path)
                        return error_memory(err);
                changes->count++;
        }
        return 0;
}

/* The tree of a commit; *tree NULL when missing is allowed and it is. */
static int tree_of(git_tree **tree, git_repository *git, const char *commit,
                   bool missing_allowed, struct error *err)
{
        git_commit *found = NULL;
        git_oid oid;
        int rc;

        *tree = NULL;
        if (!commit[0])
                return 0;
        rc = git_oid_fromstr(&oid, commit);
        if (rc == 0)
                rc = git_commit_lookup(&found, git, &oid);
        if (rc == 0)
                rc = git_commit_tree(tree, found);
        git_commit_free(found);
        if (rc == GIT_ENOTFOUND && missing_allowed)
                return 0;
        return rc < 0 ? git_fail(err, rc, "commit %.12s", commit) : 0;
}

int changes_between(struct changes *changes, git_repository *git,
                    const char *before, const char *after, struct error *err)
{
        static char *paths[] = {"hardware", "kernels", "kevo.json",
                                "knowledge", "models"};
        git_diff_options options = GIT_DIFF_OPTIONS_INIT;
        git_tree *old = NULL, *new = NULL;
        git_diff *diff = NULL;
        int rc;

        *changes = (struct changes){0};
        options.flags = GIT_DIFF_DISABLE_PATHSPEC_MATCH;
        options.pathspec.strings = paths;
        options.pathspec.count = sizeof paths / sizeof *paths;
        rc = tree_of(&old, git, before, true, err);
        if (rc == 0)
                rc = tree_of(&new, git, after, false, err);
        if (rc == 0) {
                rc = git_diff_tree_to_tree(&diff, git, old, new, &options);
                if (rc < 0)
                        rc = git_fail(err, rc, "comparing %.12s with %.12s",
                                      before, after);
        }
        if (rc == 0)
                rc = collect(changes, diff, err);
        git_diff_free(diff);
        git_tree_free(old);
        git_tree_free(new);
        return rc;
}
