/*
 * See history.h. libgit2 1.5 does not know shallow clones: its walks end
 * with an error at the first parent that is missing, also on the side that
 * is only walked to be left out. So the walk is our own: newest commit
 * first, what is reachable from the base painted as hidden.
 */
#include "deliver/history.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* Commits a walk looks at: a base that moved by more since the proposal was
 * made has been looked at in between. */
enum { WALK_MAX = 2000 };

struct mark {
        git_oid id;
        git_commit *commit; /* NULL: not in this repository */
        int64_t time;
        bool hidden, done;
};

struct walk {
        git_repository *git;
        int count;
        struct mark mark[WALK_MAX];
};

/* Add a commit, or hide one that is there. Beyond the bound nothing is. */
static void add(struct walk *walk, const git_oid *id, bool hidden)
{
        struct mark *next = &walk->mark[walk->count];

        for (int i = 0; i < walk->count; i++) {
                if (!git_oid_equal(&walk->mark[i].id, id))
                        continue;
                walk->mark[i].hidden = walk->mark[i].hidden || hidden;
                return;
        }
        if (walk->count == WALK_MAX)
                return;
        *next = (struct mark){.id = *id, .hidden = hidden};
        if (git_commit_lookup(&next->commit, walk->git, id) == 0)
                next->time = git_commit_time(next->commit);
        walk->count++;
}

/* The newest commit that was not looked at; NULL when only hidden ones are
 * left. */
static struct mark *newest(struct walk *walk)
{
        struct mark *found = NULL;
        bool visible = false;

        for (int i = 0; i < walk->count; i++) {
                struct mark *mark = &walk->mark[i];

                if (mark->done || !mark->commit)
                        continue;
                visible = visible || !mark->hidden;
                if (!found || mark->time > found->time)
                        found = mark;
        }
        return visible ? found : NULL;
}

/* Does a visible commit satisfy the question? */
static bool find(struct walk *walk,
                 bool (*is_it)(const git_commit *commit, const void *data),
                 const void *data)
{
        struct mark *mark;

        while ((mark = newest(walk))) {
                unsigned parents = git_commit_parentcount(mark->commit);

                mark->done = true;
                if (!mark->hidden && is_it(mark->commit, data))
                        return true;
                for (unsigned i = 0; i < parents; i++)
                        add(walk, git_commit_parent_id(mark->commit, i),
                            mark->hidden);
        }
        return false;
}

/* base may be "": nothing is left out. */
static bool find_between(git_repository *git, const char *tip,
                         const char *base,
                         bool (*is_it)(const git_commit *commit,
                                       const void *data),
                         const void *data)
{
        struct walk *walk = calloc(1, sizeof *walk);
        bool found = false;
        git_oid id;

        if (!walk)
                return false;
        walk->git = git;
        if (base[0] && git_oid_fromstr(&id, base) == 0)
                add(walk, &id, true);
        if (git_oid_fromstr(&id, tip) == 0) {
                add(walk, &id, false);
                found = find(walk, is_it, data);
        }
        for (int i = 0; i < walk->count; i++)
                git_commit_free(walk->mark[i].commit);
        free(walk);
        return found;
}

static bool is_commit(const git_commit *commit, const void *data)
{
        return git_oid_equal(git_commit_id(commit), data);
}

/* libgit2's own answer is exact and quick where the history is whole. */
bool history_contains(git_repository *git, const char *tip,
                      const char *ancestor)
{
        git_oid a, b;
        int known;

        if (!ancestor[0] || !tip[0])
                return false;
        if (text_equal(tip, ancestor))
                return true;
        if (git_oid_fromstr(&a, tip) < 0 || git_oid_fromstr(&b, ancestor) < 0)
                return false;
        known = git_repository_is_shallow(git) == 1
                        ? -1
                        : git_graph_descendant_of(git, &a, &b);
        return known < 0 ? find_between(git, tip, "", is_commit, &b)
                         : known == 1;
}

struct content {
        const char *path;
        git_oid blob;
};

static bool has_content(const git_commit *commit, const void *data)
{
        const struct content *content = data;
        git_tree_entry *entry = NULL;
        git_tree *tree = NULL;
        bool has = false;

        if (git_commit_tree(&tree, commit) == 0 &&
            git_tree_entry_bypath(&entry, tree, content->path) == 0)
                has = git_oid_equal(git_tree_entry_id(entry), &content->blob);
        git_tree_entry_free(entry);
        git_tree_free(tree);
        return has;
}

bool history_had_blob(git_repository *git, const char *tip, const char *base,
                      const char *path, const char *blob)
{
        struct content content = {.path = path};

        return git_oid_fromstr(&content.blob, blob) == 0 &&
               find_between(git, tip, base, has_content, &content);
}
