/*
 * See branch.h. Compare and swap is libgit2's: it takes the ref's lock file,
 * as git does, so a person's push at the same moment wins or loses cleanly
 * and is never overwritten. What must never happen here: a forced move, an
 * index, a checkout.
 */
#include "deliver/branch.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/text.h"
#include "deliver/worktree.h"
#include "repo/git.h"

enum { LOCK_SECONDS = 600 };

void branch_name(char name[BRANCH_BYTES], const char *kernel,
                 const char *hardware, bool grouped)
{
        snprintf(name, BRANCH_BYTES, "kevo/%s/%s", kernel,
                 grouped ? "all" : hardware);
}

static void ref_of(char ref[BRANCH_BYTES + 16], const char *name)
{
        snprintf(ref, BRANCH_BYTES + 16, "refs/heads/%s", name);
}

int branch_look(git_repository *git, const char *name,
                struct branch_state *state, struct error *err)
{
        char ref[BRANCH_BYTES + 16];
        int rc;

        *state = (struct branch_state){0};
        ref_of(ref, name);
        rc = branches_tip(git, ref, state->tip, err);
        if (rc < 0 || !state->tip[0])
                return rc;
        return worktree_holds(git, ref, &state->checked_out, err);
}

int branch_blob(const char *content, char blob[OID_BYTES], struct error *err)
{
        git_oid oid;
        int rc = git_odb_hash(&oid, content, strlen(content), GIT_OBJECT_BLOB);

        if (rc < 0)
                return git_fail(err, rc, "hashing a file");
        git_oid_tostr(blob, OID_BYTES, &oid);
        return 0;
}

/* The tree of base with one file replaced. */
static int tree_with(git_tree **tree, git_repository *git,
                     const git_commit *base, const char *path,
                     const char *content)
{
        git_tree_update update = {.action = GIT_TREE_UPDATE_UPSERT,
                                  .filemode = GIT_FILEMODE_BLOB,
                                  .path = path};
        git_tree_entry *entry = NULL;
        git_tree *old = NULL;
        git_oid oid;
        int rc;

        rc = git_blob_create_from_buffer(&update.id, git, content,
                                         strlen(content));
        if (rc == 0)
                rc = git_commit_tree(&old, base);
        if (rc == 0 && git_tree_entry_bypath(&entry, old, path) == 0 &&
            git_tree_entry_filemode(entry) == GIT_FILEMODE_BLOB_EXECUTABLE)
                update.filemode = GIT_FILEMODE_BLOB_EXECUTABLE;
        git_tree_entry_free(entry);
        if (rc == 0)
                rc = git_tree_create_updated(&oid, git, old, 1, &update);
        if (rc == 0)
                rc = git_tree_lookup(tree, git, &oid);
        git_tree_free(old);
        return rc;
}

/* One identity and no user configuration: the id depends on nothing but the
 * arguments. */
int branch_commit(git_repository *git, const char *base, const char *path,
                  const char *content, const char *message, int64_t when,
                  char commit[OID_BYTES], struct error *err)
{
        git_signature *kevo = NULL;
        git_commit *parent = NULL;
        git_tree *tree = NULL;
        git_oid oid;
        int rc;

        rc = git_oid_fromstr(&oid, base);
        if (rc == 0)
                rc = git_commit_lookup(&parent, git, &oid);
        if (rc == 0)
                rc = tree_with(&tree, git, parent, path, content);
        if (rc == 0)
                rc = git_signature_new(&kevo, "KernelEvolve", "kevo@localhost",
                                       when, 0);
        if (rc == 0)
                rc = git_commit_create_v(&oid, git, NULL, kevo, kevo, NULL,
                                         message, tree, 1, parent);
        if (rc < 0)
                rc = git_fail(err, rc, "writing a commit on %.12s into %s",
                              base, git_repository_path(git));
        else
                git_oid_tostr(commit, OID_BYTES, &oid);
        git_signature_free(kevo);
        git_tree_free(tree);
        git_commit_free(parent);
        return rc;
}

/* Say that one branch is in the way of another, and what mends it. */
static int in_the_way(git_repository *git, const char *other, const char *name,
                      struct error *err)
{
        return error_set(err, ERR_DENIED,
                         "the branch %s is in the way of %s; rename it: git "
                         "-C %s branch -m %s old-%s",
                         other, name, git_repository_path(git), other, other);
}

/* A branch `kevo` or `kevo/softmax` blocks `kevo/softmax/hw`, and so does
 * `kevo/softmax/hw/mine`: files and folders of refs share their names. */
static int check_neighbours(git_repository *git, const char *name,
                            struct error *err)
{
        char part[BRANCH_BYTES], ref[BRANCH_BYTES + 16];
        git_reference_iterator *below = NULL;
        const char *found;
        git_oid oid;
        int rc;

        for (size_t i = 1; name[i]; i++) {
                if (name[i] != '/')
                        continue;
                memcpy(part, name, i);
                part[i] = 0;
                ref_of(ref, part);
                if (git_reference_name_to_id(&oid, git, ref) == 0)
                        return in_the_way(git, part, name, err);
        }
        snprintf(ref, sizeof ref, "refs/heads/%s/*", name);
        rc = git_reference_iterator_glob_new(&below, git, ref);
        if (rc == 0)
                rc = git_reference_next_name(&found, below);
        if (rc == 0)
                rc = in_the_way(git, branches_short_name(found), name, err);
        else if (rc == GIT_ITEROVER)
                rc = 0;
        else
                rc = git_fail(err, rc, "%s: listing branches",
                              git_repository_path(git));
        git_reference_iterator_free(below);
        return rc;
}

/* git holds the lock of a ref for the time of one write. One that is minutes
 * old was left by a process that was killed, and nothing else would ever
 * remove it; only below kevo/, where it was most likely ours. */
static bool remove_left_lock(git_repository *git, const char *ref)
{
        char path[LIMIT_PATH_BYTES];
        struct stat info;

        snprintf(path, sizeof path, "%s%s.lock", git_repository_commondir(git),
                 ref);
        return lstat(path, &info) == 0 &&
               !clock_is_within(info.st_mtime, clock_wall_seconds(),
                                LOCK_SECONDS) &&
               unlink(path) == 0;
}

static int write_ref(git_repository *git, const char *ref,
                     const char *expected, const char *commit)
{
        static const char reason[] = "kevo: proposal";
        git_reference *made = NULL;
        git_oid oid, old;
        int rc;

        rc = git_oid_fromstr(&oid, commit);
        if (rc == 0 && expected[0]) {
                rc = git_oid_fromstr(&old, expected);
                if (rc == 0)
                        rc = git_reference_create_matching(
                                &made, git, ref, &oid, 1, &old, reason);
        } else if (rc == 0) {
                rc = git_reference_create(&made, git, ref, &oid, 0, reason);
        }
        git_reference_free(made);
        return rc;
}

int branch_set(git_repository *git, const char *name, const char *expected,
               const char *commit, struct error *err)
{
        char ref[BRANCH_BYTES + 16];
        int rc;

        rc = check_neighbours(git, name, err);
        if (rc < 0)
                return rc;
        ref_of(ref, name);
        rc = write_ref(git, ref, expected, commit);
        if (rc == GIT_ELOCKED && remove_left_lock(git, ref))
                rc = write_ref(git, ref, expected, commit);
        if (rc == GIT_EEXISTS)
                return error_set(err, ERR_DENIED,
                                 "a branch %s that kevo did not make is in "
                                 "the way; delete or rename it: git -C %s "
                                 "branch -m %s old-%s",
                                 name, git_repository_path(git), name, name);
        if (rc == GIT_EMODIFIED || rc == GIT_ENOTFOUND)
                return error_set(err, ERR_BUSY,
                                 "%s was moved by somebody just now", name);
        return rc < 0 ? git_fail(err, rc, "%s: branch %s",
                                 git_repository_path(git), name)
                      : 0;
}

int branch_drop(git_repository *git, const char *name, const char *ours,
                struct error *err)
{
        char ref[BRANCH_BYTES + 16];
        struct branch_state state;
        git_reference *found = NULL;
        char tip[OID_BYTES] = "";
        int rc;

        rc = branch_look(git, name, &state, err);
        if (rc < 0 || !ours[0] || !text_equal(state.tip, ours) ||
            state.checked_out)
                return rc;
        ref_of(ref, name);
        rc = git_reference_lookup(&found, git, ref);
        /* libgit2 compares with what it found here, which may be what a
         * person has pushed since we looked. */
        if (rc == 0 && git_reference_target(found))
                git_oid_tostr(tip, sizeof tip, git_reference_target(found));
        if (rc == 0 && !text_equal(tip, ours))
                rc = GIT_EMODIFIED;
        if (rc == 0)
                rc = git_reference_delete(found);
        if (rc == GIT_ELOCKED && remove_left_lock(git, ref))
                rc = git_reference_delete(found);
        git_reference_free(found);
        if (rc == GIT_ENOTFOUND || rc == GIT_EMODIFIED)
                return 0;
        return rc < 0 ? git_fail(err, rc, "%s: deleting %s",
                                 git_repository_path(git), name)
                      : 0;
}
