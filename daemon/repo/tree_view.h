/*
 * The inside of a tree: what tree_commit.c and tree_folder.c each implement
 * and tree.c calls after it has checked the path.
 */
#ifndef KEVO_REPO_TREE_VIEW_H
#define KEVO_REPO_TREE_VIEW_H

#include "core/buf.h"
#include "core/limits.h"
#include "repo/tree.h"

enum {
        TREE_ENTRIES = 1 << 17, /* of one folder */
        TREE_ID_BYTES = 41
};

/* A growing list of names; ends with NULL once finished. */
struct tree_names {
        char **name;
        size_t count, room;
};

int tree_names_add(struct tree_names *names, const char *name, bool folder,
                   struct error *err) KEVO_MUST_CHECK;

/* Paths are relative and clean; "" is the root. */
struct tree_view {
        int (*read)(void *data, const char *path, size_t maximum, char **text,
                    size_t *length, struct error *err);
        bool (*has)(void *data, const char *path);
        int (*list)(void *data, const char *path, struct tree_names *names,
                    struct error *err);
        void (*entry_id)(void *data, const char *path, char *id);
        void (*close)(void *data);
};

struct tree {
        const struct tree_view *view;
        void *data;
        char *label;
        char commit[TREE_ID_BYTES];
};

/* The same sentence in both kinds of tree; ERR_INPUT. */
int tree_refuse_link(const char *path, struct error *err);
int tree_refuse_submodule(const char *path, struct error *err);

/* Takes data over, also when it fails. */
int tree_new(struct tree **tree, const struct tree_view *view, void *data,
             const char *label, const char *commit,
             struct error *err) KEVO_MUST_CHECK;

#endif
