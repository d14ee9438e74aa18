/* Where a branch is in use: every place in which git notes one. */
#include "delivery_fixture.h"

#include "deliver/worktree.h"

#include <sys/stat.h>
#include <unistd.h>

#define REF "refs/heads/kevo/softmax/here"

/* A file of the git folder, with the folders above it. */
static void note(const char *name, const char *text)
{
        char path[LIMIT_PATH_BYTES + 128];

        snprintf(path, sizeof path, "%s%s", git_repository_path(git), name);
        *strrchr(path, '/') = 0;
        OK(file_make_directories(path, 0755, ERR));
        path[strlen(path)] = '/';
        OK(file_write(path, text, strlen(text), 0644, ERR));
}

static void drop(const char *name)
{
        char path[LIMIT_PATH_BYTES + 128];

        snprintf(path, sizeof path, "%s%s", git_repository_path(git), name);
        ck_assert_int_eq(unlink(path), 0);
}

static bool held(void)
{
        bool is = false;

        OK(worktree_holds(git, REF, &is, ERR));
        return is;
}

/* A linked work tree whose folder is there, on a branch of its own. */
static void link_one(void)
{
        char text[LIMIT_PATH_BYTES + 32];

        snprintf(text, sizeof text, "%s/there/.git\n", box);
        note("worktrees/there/gitdir", text);
        note("worktrees/there/HEAD", "ref: refs/heads/else\n");
        snprintf(text, sizeof text, "%s/there/.git", box);
        *strrchr(text, '/') = 0;
        OK(file_make_directories(text, 0755, ERR));
        snprintf(text, sizeof text, "%s/there/.git", box);
        OK(file_write(text, "gitdir: elsewhere\n", 18, 0644, ERR));
}

START_TEST(the_main_work_tree)
{
        ck_assert(!held());
        note("HEAD", "ref: " REF "\n");
        ck_assert(held());
        note("HEAD", "ref: " REF "r\n");
        ck_assert(!held());
        note("HEAD", "1234567890123456789012345678901234567890\n");
        ck_assert(!held());
}
END_TEST

START_TEST(rebases_and_bisections)
{
        static const char *const files[] = {"rebase-merge/head-name",
                                            "rebase-apply/head-name"};

        for (int i = 0; i < 2; i++) {
                note(files[i], REF "\n");
                ck_assert(held());
                drop(files[i]);
                ck_assert(!held());
        }
        note("rebase-merge/update-refs",
             "refs/heads/a\n" REF "\n0000\n1111\n");
        ck_assert(held());
        drop("rebase-merge/update-refs");
        note("BISECT_START", "kevo/softmax/here\n");
        ck_assert(held());
        note("BISECT_START", "main\n");
        ck_assert(!held());
}
END_TEST

START_TEST(a_linked_work_tree)
{
        link_one();
        ck_assert(!held());
        note("worktrees/there/HEAD", "ref: " REF "\n");
        ck_assert(held());
        note("worktrees/there/HEAD", "1234\n");
        note("worktrees/there/rebase-merge/head-name", REF "\n");
        ck_assert(held());
        /* Paths relative to worktrees/there: extensions.relativeWorktrees. */
        note("worktrees/there/gitdir", git_repository_is_bare(git)
                                               ? "../../../there/.git\n"
                                               : "../../../../there/.git\n");
        ck_assert(held());
}
END_TEST

START_TEST(a_folder_that_is_gone_counts_when_locked)
{
        note("worktrees/gone/gitdir", "/nonexistent/there/.git\n");
        note("worktrees/gone/HEAD", "ref: " REF "\n");
        ck_assert(!held());
        note("worktrees/gone/locked", "on a disk that is away\n");
        ck_assert(held());
}
END_TEST

/* libgit2 does not open these; a person works there all the same. */
START_TEST(of_another_owner)
{
        char path[LIMIT_PATH_BYTES + 32];

        if (geteuid() != 0)
                return;
        link_one();
        note("worktrees/there/HEAD", "ref: " REF "\n");
        snprintf(path, sizeof path, "%s/there", box);
        ck_assert_int_eq(chown(path, 12345, 12345), 0);
        ck_assert_int_eq(chown(git_path, 12345, 12345), 0);
        ck_assert(held());
}
END_TEST

START_TEST(what_cannot_be_read_is_no_answer)
{
        struct error err = {0};
        bool is = false;

        link_one();
        drop("worktrees/there/HEAD");
        note("worktrees/there/HEAD/is-a-folder", "");
        ck_assert_int_lt(worktree_holds(git, REF, &is, &err), 0);
        ck_assert_ptr_nonnull(strstr(err.text, "checked out"));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                the_main_work_tree, rebases_and_bisections,
                a_linked_work_tree, a_folder_that_is_gone_counts_when_locked,
                of_another_owner,   what_cannot_be_read_is_no_answer,
        };
        int failed = RUN("worktree", setup_normal, tests);

        return failed | RUN("worktree of a bare one", setup_bare, tests);
}
