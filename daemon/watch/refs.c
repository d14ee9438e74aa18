/*
 * See refs.h. The order of two writes is the whole point of this file: the
 * event first, the new "last seen" after it. A crash between them makes the
 * next scan add the same event again, and its dedupe text (repository, ref,
 * tip, number of the move) makes that the same row.
 */
#include "watch/refs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/text.h"
#include "repo/git.h"
#include "store/events.h"
#include "store/proposals.h"

enum { VALUE_NAME_BYTES = LIMIT_PATH_BYTES + BRANCH_BYTES + 16 };

struct scan {
        struct store *store;
        struct git_repository *git;
        const char *path;
        int recorded;
        int ours; /* refs under kevo/ looked at */
        struct error *err;
};

/* Refs are stored under names of their own, so that a repository with
 * thousands of branches under kevo/ costs a lookup a branch and no parsing
 * of one large text. */
static void value_name(char name[VALUE_NAME_BYTES], const char *path,
                       const char *ref)
{
        snprintf(name, VALUE_NAME_BYTES, "ref %s %s", path, ref);
}

/* What is stored of a ref: "<tip or -> <moves> <last tip>". */
struct seen {
        char tip[OID_BYTES];  /* "" when it was gone */
        char last[OID_BYTES]; /* the same, or what it was before it went */
        long moves; /* so far: makes a move back to an older commit an event
                       of its own */
};

/* A text that cannot be read counts as never seen: the branch is then
 * planned from the beginning, which finds what was searched already. */
static int read_seen(struct store *store, const char *path, const char *ref,
                     struct seen *seen, struct error *err)
{
        char name[VALUE_NAME_BYTES], *value = NULL;
        int rc;

        *seen = (struct seen){0};
        value_name(name, path, ref);
        rc = store_get(store, name, &value, err);
        if (rc == 0 && value &&
            sscanf(value, "%40s %ld %40s", seen->tip, &seen->moves,
                   seen->last) < 3)
                *seen = (struct seen){0};
        if (text_equal(seen->tip, "-"))
                seen->tip[0] = 0;
        free(value);
        return rc;
}

int refs_last_seen(struct store *store, const char *path, const char *ref,
                   char tip[OID_BYTES], struct error *err)
{
        struct seen seen;
        int rc = read_seen(store, path, ref, &seen, err);

        snprintf(tip, OID_BYTES, "%s", seen.last);
        return rc;
}

/* The two writes, in their order. */
static int record_move(struct scan *scan, const char *ref,
                       const struct seen *seen, const char *after)
{
        char dedupe[VALUE_NAME_BYTES + 2 * OID_BYTES];
        char value[2 * OID_BYTES + 32];
        char name[VALUE_NAME_BYTES];
        struct event event = {
                .kind = "push",
                .repository = (char *)scan->path,
                .subject = (char *)ref,
                .before = (char *)seen->tip,
                .after = (char *)after,
                .dedupe = dedupe,
        };
        bool added;
        int64_t id;
        int rc;

        snprintf(dedupe, sizeof dedupe, "push %s %s %s %ld", scan->path, ref,
                 after, seen->moves);
        rc = event_add(scan->store, &event, &id, &added, scan->err);
        if (rc < 0)
                return rc;
        if (added)
                scan->recorded++;
        snprintf(value, sizeof value, "%s %ld %s", *after ? after : "-",
                 seen->moves + 1, *after ? after : seen->last);
        value_name(name, scan->path, ref);
        return store_set(scan->store, name, value, scan->err);
}

/* One ref and its tip now ("" when it is gone). */
static int compare(struct scan *scan, const char *ref, const char *tip)
{
        struct seen seen;
        int rc;

        rc = read_seen(scan->store, scan->path, ref, &seen, scan->err);
        if (rc < 0 || text_equal(seen.tip, tip))
                return rc;
        return record_move(scan, ref, &seen, tip);
}

static int compare_by_name(struct scan *scan, const char *ref)
{
        char tip[OID_BYTES];
        int rc;

        rc = branches_tip(scan->git, ref, tip, scan->err);
        return rc < 0 ? rc : compare(scan, ref, tip);
}

/* A usual name that is gone: that a branch was deleted is a move too. It
 * comes first: after a rename the jobs of the new name stay. */
static int scan_deleted(struct scan *scan)
{
        static const char *const usual[] = {"refs/heads/main",
                                            "refs/heads/master"};
        char tip[OID_BYTES];
        struct seen seen;
        int rc = 0;

        for (int i = 0; i < 2 && rc == 0; i++) {
                rc = read_seen(scan->store, scan->path, usual[i], &seen,
                               scan->err);
                if (rc == 0 && seen.tip[0])
                        rc = branches_tip(scan->git, usual[i], tip, scan->err);
                if (rc == 0 && seen.tip[0] && !tip[0])
                        rc = compare(scan, usual[i], "");
        }
        return rc;
}

/* *none: no branch is watched, but there is something to watch. */
static int scan_watched(struct scan *scan, bool *none)
{
        struct branches branches;
        int rc;

        rc = branches_watched(scan->git, &branches, scan->err);
        for (int i = 0; i < branches.count && rc == 0; i++)
                rc = compare(scan, branches.branch[i].ref,
                             branches.branch[i].tip);
        *none = rc == 0 && branches.count == 0 && branches_any(scan->git);
        return rc;
}

/* Everything under kevo/, up to a bound: who has more branches there than
 * that has another problem, and the proposals among them are found below. */
static int scan_existing_ours(struct scan *scan)
{
        git_reference_iterator *iterator = NULL;
        const char *name;
        int rc, ours = 0;

        rc = git_reference_iterator_glob_new(&iterator, scan->git,
                                             "refs/heads/kevo/*");
        if (rc < 0)
                return git_fail(scan->err, rc, "cannot list branches");
        while ((rc = git_reference_next_name(&name, iterator)) == 0) {
                if (strlen(name) >= BRANCH_BYTES || ours++ == REFS_OURS_MAX)
                        continue;
                rc = compare_by_name(scan, name);
                if (rc < 0)
                        break;
        }
        git_reference_iterator_free(iterator);
        return rc == GIT_ITEROVER ? 0 : rc;
}

/* Branches of live proposals that are gone do not show in a list of what
 * exists. */
static int scan_missing_ours(struct scan *scan)
{
        struct proposal **list = NULL;
        char ref[BRANCH_BYTES];
        int count = 0, rc;

        rc = proposal_list(scan->store, scan->path, NULL, "open,taken,frozen",
                           &list, &count, scan->err);
        for (int i = 0; i < count && rc == 0; i++) {
                snprintf(ref, sizeof ref, "refs/heads/%s", list[i]->branch);
                rc = compare_by_name(scan, ref);
        }
        proposals_free(list, count);
        return rc;
}

int refs_scan(struct store *store, const char *path, int *recorded,
              struct error *err)
{
        struct error why = {0};
        struct scan scan = {.store = store, .path = path, .err = &why};
        bool none = false;
        int rc;

        rc = git_open(path, &scan.git, err);
        if (rc < 0)
                return rc;
        rc = scan_deleted(&scan);
        if (rc == 0)
                rc = scan_watched(&scan, &none);
        if (rc == 0)
                rc = scan_existing_ours(&scan);
        if (rc == 0)
                rc = scan_missing_ours(&scan);
        if (rc == 0 && none)
                rc = branches_explain_none(scan.git, path, err);
        else if (rc < 0)
                error_set(err, rc, "%s: %s", path, why.text);
        git_repository_free(scan.git);
        if (recorded)
                *recorded = scan.recorded;
        return rc;
}

/* Folders that are not there (a bare repository without branches) are no
 * error: there is nothing to watch in them. */
static int add_folder(char **folder, int *count, const char *path)
{
        if (*count == REFS_FOLDERS_MAX || !file_is_directory(path))
                return 0;
        folder[*count] = strdup(path);
        if (!folder[*count])
                return ERR_MEMORY;
        ++*count;
        return 0;
}

/* path and the folders in it, two levels down. */
static int add_below(char **folder, int *count, const char *path, int levels)
{
        char below[LIMIT_PATH_BYTES];
        struct dirent *entry;
        DIR *dir;
        int rc;

        rc = add_folder(folder, count, path);
        if (rc < 0 || levels == 0)
                return rc;
        dir = opendir(path);
        while (dir && rc == 0 && (entry = readdir(dir))) {
                if (entry->d_name[0] == '.' ||
                    snprintf(below, sizeof below, "%s/%s", path,
                             entry->d_name) >= (int)sizeof below ||
                    !file_is_directory(below))
                        continue;
                rc = add_below(folder, count, below, levels - 1);
        }
        if (dir)
                closedir(dir);
        return rc;
}

int refs_folders(const char *path, char **folder, int *count,
                 struct error *err)
{
        struct git_repository *git = NULL;
        char heads[LIMIT_PATH_BYTES];
        const char *common;
        int rc;

        *count = 0;
        rc = git_open(path, &git, err);
        if (rc < 0)
                return rc;
        common = git_repository_commondir(git);
        snprintf(heads, sizeof heads, "%srefs/heads", common);
        rc = add_folder(folder, count, common);
        if (rc == 0)
                rc = add_below(folder, count, heads, 2);
        if (rc < 0)
                rc = error_memory(err);
        git_repository_free(git);
        return rc;
}

bool refs_same_repository(const char *path, const char *told)
{
        struct git_repository *git = NULL;
        char *real = realpath(told, NULL), *common = NULL, *work = NULL;
        bool same = false;

        if (real && git_open(path, &git, NULL) == 0) {
                common = realpath(git_repository_commondir(git), NULL);
                if (git_repository_workdir(git))
                        work = realpath(git_repository_workdir(git), NULL);
                same = (common && file_is_inside(common, real)) ||
                       (work && (text_equal(work, real)));
        }
        git_repository_free(git);
        free(common);
        free(work);
        free(real);
        return same;
}
