/* What a history holds, whole or cut off. */
#include "delivery_fixture.h"

#include "deliver/branch.h"
#include "deliver/history.h"

#include <unistd.h>

#define OURS "kernels/softmax/here.c"

static char older[OID_BYTES], base[OID_BYTES], ours[OID_BYTES],
        blob[OID_BYTES];

static void keep(char *to, const char *commit)
{
        snprintf(to, OID_BYTES, "%s", commit);
}

/* older - base, and our commit on base. */
static void start(void)
{
        put("a", "1");
        keep(older, commit_main());
        put("a", "2");
        keep(base, commit_main());
        OK(branch_blob("int x;\n", blob, ERR));
        OK(branch_commit(git, base, OURS, "int x;\n", "Make it faster\n",
                         1000005, ours, ERR));
}

/* As in a shallow clone: the commit is not there, and its child is. */
static void cut_off(const char *commit)
{
        char path[LIMIT_PATH_BYTES + 96];

        snprintf(path, sizeof path, "%s/objects/%.2s/%s", git_path, commit,
                 commit + 2);
        ck_assert_int_eq(unlink(path), 0);
        snprintf(path, sizeof path, "%s/shallow", git_path);
        OK(file_write(path, base, strlen(base), 0644, ERR));
        git_repository_free(git); /* and what it remembers */
        OK(git_open(git_path, &git, ERR));
}

static bool had(const char *tip_, const char *since)
{
        return history_had_blob(git, tip_, since, OURS, blob);
}

START_TEST(ancestry_and_content)
{
        start();
        ck_assert(history_contains(git, ours, base));
        ck_assert(history_contains(git, ours, ours));
        ck_assert(!history_contains(git, base, ours));
        ck_assert(!history_contains(git, base, ""));
        ck_assert(!history_contains(git, "no id", base));
        ck_assert(had(ours, base));
        ck_assert(had(ours, ""));
        ck_assert(!had(base, base));
        ck_assert(!had("no id", base));
}
END_TEST

/* Squashed by a person, then edited on top. */
START_TEST(content_that_was_edited_since)
{
        char edited[OID_BYTES];

        start();
        put(OURS, "int x;\n");
        commit_main();
        put(OURS, "int y;\n");
        keep(edited, commit_main());
        ck_assert(had(edited, base));
        ck_assert(!history_contains(git, edited, ours));
        /* What was there before the base does not count. */
        put("a", "3");
        ck_assert(!had(commit_main(), edited));
}
END_TEST

START_TEST(a_history_that_ends_early)
{
        char edited[OID_BYTES];

        start();
        put(OURS, "int x;\n");
        commit_main();
        put(OURS, "int y;\n");
        keep(edited, commit_main());
        cut_off(older);
        ck_assert(had(edited, base));
        ck_assert(!had(base, older));
        ck_assert(history_contains(git, edited, base));
        ck_assert(history_contains(git, ours, base));
        ck_assert(!history_contains(git, edited, ours));
        ck_assert(!history_contains(git, edited, older));
}
END_TEST

/* The base itself is gone: a rewritten branch in a repository cleaned up. */
START_TEST(a_base_that_is_gone)
{
        start();
        put(OURS, "int x;\n");
        keep(ours, commit_onto("refs/heads/main", ""));
        cut_off(base);
        ck_assert(had(ours, base));
        ck_assert(!history_contains(git, ours, base));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                ancestry_and_content,
                content_that_was_edited_since,
                a_history_that_ends_early,
                a_base_that_is_gone,
        };

        return RUN("history", setup_bare, tests);
}
