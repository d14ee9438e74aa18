/*
 * See tree.h. Paths are checked here, once, for both kinds of tree: relative,
 * no empty component, no "." and "..", so that no file outside is ever read.
 */
#include "repo/tree.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "repo/git.h"
#include "repo/tree_view.h"

int tree_new(struct tree **tree, const struct tree_view *view, void *data,
             const char *label, const char *commit, struct error *err)
{
        *tree = calloc(1, sizeof **tree);
        if (*tree)
                (*tree)->label = strdup(label);
        if (!*tree || !(*tree)->label) {
                view->close(data);
                free(*tree);
                *tree = NULL;
                return error_memory(err);
        }
        (*tree)->view = view;
        (*tree)->data = data;
        strncpy((*tree)->commit, commit, TREE_ID_BYTES - 1);
        return 0;
}

int tree_refuse_link(const char *path, struct error *err)
{
        return error_set(err, ERR_INPUT,
                         "%s: a symbolic link; links are not followed, put "
                         "the file itself there",
                         path);
}

int tree_refuse_submodule(const char *path, struct error *err)
{
        return error_set(err, ERR_INPUT,
                         "%s: a repository of its own (a submodule), and kevo "
                         "reads one at a time; put the files themselves "
                         "there, or let kevo watch that repository too",
                         path);
}

void tree_close(struct tree *tree)
{
        if (!tree)
                return;
        tree->view->close(tree->data);
        free(tree->label);
        free(tree);
}

const char *tree_label(const struct tree *tree)
{
        return tree->label;
}

const char *tree_commit(const struct tree *tree)
{
        return tree->commit;
}

static bool is_clean(const char *path)
{
        size_t n;

        if (!*path || strlen(path) >= LIMIT_PATH_BYTES)
                return false;
        for (; *path; path += n + (path[n] == '/')) {
                n = strcspn(path, "/");
                if (n == 0 || (n == 1 && path[0] == '.') ||
                    (n == 2 && path[0] == '.' && path[1] == '.') ||
                    (path[n] == '/' && !path[n + 1]))
                        return false;
        }
        return true;
}

/* git's id of a file with this content. */
static void blob_id(const char *text, size_t length, char *id)
{
        git_oid oid;

        *id = 0;
        if (git_odb_hash(&oid, text, length, GIT_OBJECT_BLOB) == 0)
                git_oid_tostr(id, TREE_ID_BYTES, &oid);
}

/* Git LFS commits a note of where the file is instead of the file. */
static int check_pointer(const char *text, const char *path, struct error *err)
{
        if (!text_starts(text, "version https://git-lfs.github.com/spec/"))
                return 0;
        return error_set(err, ERR_INPUT,
                         "%s: a pointer of Git LFS and not the file; take it "
                         "out of LFS: `git lfs untrack`, then commit the file "
                         "itself",
                         path);
}

int tree_read(const struct tree *tree, const char *path, size_t maximum,
              char **text, size_t *length, char *blob, struct error *err)
{
        size_t got = 0;
        int rc;

        *text = NULL;
        if (!is_clean(path))
                return error_set(err, ERR_INPUT,
                                 "%s: not a path inside the repository", path);
        rc = tree->view->read(tree->data, path, maximum, text, &got, err);
        if (rc == 0)
                rc = check_pointer(*text, path, err);
        if (rc < 0) {
                free(*text);
                *text = NULL;
                return rc;
        }
        if (length)
                *length = got;
        if (blob)
                blob_id(*text, got, blob);
        return 0;
}

bool tree_has(const struct tree *tree, const char *path)
{
        return is_clean(path) && tree->view->has(tree->data, path);
}

void tree_entry_id(const struct tree *tree, const char *path, char *id)
{
        *id = 0;
        if (!*path || is_clean(path))
                tree->view->entry_id(tree->data, path, id);
}

int tree_names_add(struct tree_names *names, const char *name, bool folder,
                   struct error *err)
{
        size_t n = strlen(name);
        char *copy;

        if (names->count == TREE_ENTRIES)
                return error_set(err, ERR_LIMIT,
                                 "a folder has more than %d entries",
                                 TREE_ENTRIES);
        if (names->count + 1 >= names->room) {
                size_t room = names->room ? names->room * 2 : 16;
                char **grown = realloc(names->name, room * sizeof *grown);

                if (!grown)
                        return error_memory(err);
                names->name = grown;
                names->room = room;
        }
        copy = malloc(n + 2);
        if (!copy)
                return error_memory(err);
        memcpy(copy, name, n + 1);
        if (folder)
                memcpy(copy + n, "/", 2);
        names->name[names->count++] = copy;
        names->name[names->count] = NULL;
        return 0;
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

int tree_list(const struct tree *tree, const char *path, char ***names,
              struct error *err)
{
        struct tree_names list = {0};
        int rc = 0;

        *names = NULL;
        list.name = calloc(1, sizeof *list.name);
        if (!list.name)
                return error_memory(err);
        list.room = 1;
        if (*path && !is_clean(path))
                rc = error_set(err, ERR_INPUT,
                               "%s: not a path inside the repository", path);
        if (rc == 0)
                rc = tree->view->list(tree->data, path, &list, err);
        if (rc < 0) {
                tree_free_names(list.name);
                return rc;
        }
        qsort(list.name, list.count, sizeof *list.name, compare_names);
        *names = list.name;
        return 0;
}

void tree_free_names(char **names)
{
        for (char **name = names; name && *name; name++)
                free(*name);
        free(names);
}
