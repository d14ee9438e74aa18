/*
 * See branches.h. Only kevo.json is read here, not the whole repository:
 * this runs at every poll, and a poll that finds nothing new must cost next
 * to nothing.
 */
#include "watch/branches.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/text.h"
#include "repo/git.h"
#include "repo/tree.h"

const char *branches_short_name(const char *ref)
{
        static const char heads[] = "refs/heads/";

        return text_starts(ref, heads) ? ref + sizeof heads - 1 : ref;
}

int branches_tip(struct git_repository *git, const char *ref,
                 char tip[OID_BYTES], struct error *err)
{
        git_oid oid;
        int rc;

        tip[0] = 0;
        rc = git_reference_name_to_id(&oid, git, ref);
        if (rc == GIT_ENOTFOUND || rc == GIT_EINVALIDSPEC)
                return 0;
        if (rc < 0)
                return git_fail(err, rc, "cannot read %s", ref);
        git_oid_tostr(tip, OID_BYTES, &oid);
        return 0;
}

/* The branch HEAD names, whether it exists yet or not; "" when detached. */
static void head_ref(struct git_repository *git, char ref[BRANCH_BYTES])
{
        git_reference *head = NULL;
        const char *target;

        ref[0] = 0;
        if (git_reference_lookup(&head, git, "HEAD") < 0)
                return;
        target = git_reference_symbolic_target(head);
        if (target && text_starts(target, "refs/heads/") &&
            strlen(target) < BRANCH_BYTES)
                snprintf(ref, BRANCH_BYTES, "%s", target);
        git_reference_free(head);
}

/* Where the policy is looked for first; tip "" when there is no commit. */
static int first_branch(struct git_repository *git, struct branch *branch,
                        struct error *err)
{
        char head[BRANCH_BYTES];
        const char *order[3] = {"refs/heads/main", "refs/heads/master", head};
        int rc = 0;

        head_ref(git, head);
        if (git_repository_is_bare(git)) {
                order[0] = head;
                order[1] = "refs/heads/main";
                order[2] = "refs/heads/master";
        }
        branch->tip[0] = 0;
        for (int i = 0; i < 3 && rc == 0 && !branch->tip[0]; i++) {
                if (!order[i][0])
                        continue;
                snprintf(branch->ref, BRANCH_BYTES, "%s", order[i]);
                rc = branches_tip(git, branch->ref, branch->tip, err);
        }
        return rc;
}

/* kevo.json of a commit as JSON, or NULL: somebody else complains. */
static cJSON *read_policy(struct git_repository *git, const char *commit)
{
        struct tree *tree = NULL;
        cJSON *json = NULL;
        char *text = NULL;
        size_t length;

        if (tree_open_commit(&tree, git, commit, NULL) < 0)
                return NULL;
        if (tree_read(tree, "kevo.json", LIMIT_JSON_BYTES, &text, &length,
                      NULL, NULL) == 0 &&
            json_parse(text, length, LIMIT_JSON_BYTES, "kevo.json", &json,
                       NULL) < 0)
                json = NULL;
        free(text);
        tree_close(tree);
        return json;
}

static int add_named(struct git_repository *git, const char *name,
                     struct branches *branches, struct error *err)
{
        struct branch *next = &branches->branch[branches->count];
        int rc;

        if (branches->count == BRANCHES_MAX ||
            snprintf(next->ref, BRANCH_BYTES, "refs/heads/%s", name) >=
                    BRANCH_BYTES)
                return 0;
        for (int i = 0; i < branches->count; i++) {
                if (text_equal(branches->branch[i].ref, next->ref))
                        return 0;
        }
        rc = branches_tip(git, next->ref, next->tip, err);
        if (rc == 0 && next->tip[0])
                branches->count++;
        return rc;
}

int branches_watched(struct git_repository *git, struct branches *branches,
                     struct error *err)
{
        struct branch first;
        const cJSON *item;
        cJSON *policy;
        int rc;

        branches->count = 0;
        rc = first_branch(git, &first, err);
        if (rc < 0 || !first.tip[0])
                return rc;
        policy = read_policy(git, first.tip);
        cJSON_ArrayForEach(
                item, cJSON_GetObjectItemCaseSensitive(policy, "branches"))
        {
                if (rc == 0 && cJSON_IsString(item))
                        rc = add_named(git, item->valuestring, branches, err);
        }
        cJSON_Delete(policy);
        if (rc == 0 && branches->count == 0)
                branches->branch[branches->count++] = first;
        return rc;
}

bool branches_any(struct git_repository *git)
{
        git_reference_iterator *iterator = NULL;
        const char *name;
        bool any = git_repository_head_detached(git) == 1;

        if (!any && git_reference_iterator_glob_new(&iterator, git,
                                                    "refs/heads/*") == 0) {
                while (!any && git_reference_next_name(&name, iterator) == 0)
                        any = !text_starts(name, "refs/heads/kevo/");
        }
        git_reference_iterator_free(iterator);
        return any;
}

int branches_explain_none(struct git_repository *git, const char *path,
                          struct error *err)
{
        char head[BRANCH_BYTES];

        if (!branches_any(git))
                return error_set(err, ERR_NOT_FOUND,
                                 "%s: no commit yet on a watched branch",
                                 path);
        head_ref(git, head);
        if (!head[0])
                return error_set(err, ERR_NOT_FOUND,
                                 "%s: there is neither main nor master, and "
                                 "HEAD is detached; check out a branch, or "
                                 "make one: git -C %s branch main",
                                 path, path);
        return error_set(err, ERR_NOT_FOUND,
                         "%s: there is neither main nor master, and HEAD "
                         "names a branch that does not exist: %s; name the "
                         "default branch: git -C %s symbolic-ref HEAD "
                         "refs/heads/BRANCH",
                         path, branches_short_name(head), path);
}
