/* Branches made in the object database, and nothing else touched. */
#include "delivery_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "deliver/branch.h"

#define NAME "kevo/softmax/here"
#define REF "refs/heads/" NAME

static char base[OID_BYTES], ours[OID_BYTES];

static void start(void)
{
        put("a", "1");
        put("b", "2");
        snprintf(base, sizeof base, "%s", commit_main());
        OK(branch_commit(git, base, "kernels/softmax/here.c", "int x;\n",
                         "Make it faster\n", 1700000000, ours, ERR));
}

START_TEST(names)
{
        char name[BRANCH_BYTES];

        branch_name(name, "softmax", "amd-epyc-zen3", false);
        ck_assert_str_eq(name, "kevo/softmax/amd-epyc-zen3");
        branch_name(name, "softmax", "amd-epyc-zen3", true);
        ck_assert_str_eq(name, "kevo/softmax/all");
}
END_TEST

START_TEST(the_same_arguments_give_the_same_commit)
{
        char again[OID_BYTES], other[OID_BYTES];

        start();
        OK(branch_commit(git, base, "kernels/softmax/here.c", "int x;\n",
                         "Make it faster\n", 1700000000, again, ERR));
        ck_assert_str_eq(ours, again);
        OK(branch_commit(git, base, "kernels/softmax/here.c", "int x;\n",
                         "Make it faster\n", 1700000001, other, ERR));
        ck_assert_str_ne(ours, other);
        /* An object alone: no ref appeared. */
        ck_assert_str_eq(tip(REF), "");
        ck_assert_str_eq(tip("refs/heads/main"), base);
}
END_TEST

START_TEST(a_commit_is_dated_and_signed)
{
        git_tree_entry *entry = NULL;
        git_commit *commit = NULL;
        git_tree *tree = NULL;
        git_oid id;

        start();
        ck_assert_int_eq(git_oid_fromstr(&id, ours), 0);
        git_commit_lookup(&commit, git, &id);
        git_commit_tree(&tree, commit);
        ck_assert_int_eq(
                git_tree_entry_bypath(&entry, tree, "kernels/softmax/here.c"),
                0);
        ck_assert_int_eq(git_tree_entry_filemode(entry), GIT_FILEMODE_BLOB);
        ck_assert_int_eq(git_commit_author(commit)->when.time, 1700000000);
        ck_assert_str_eq(git_commit_author(commit)->email, "kevo@localhost");
        git_tree_entry_free(entry);
        git_tree_free(tree);
        git_commit_free(commit);
}
END_TEST

START_TEST(a_ref_is_created_only_where_none_is)
{
        struct error err = {0};

        start();
        OK(branch_set(git, NAME, "", ours, ERR));
        ck_assert_str_eq(tip(REF), ours);
        ck_assert_int_eq(branch_set(git, NAME, "", base, &err), ERR_DENIED);
        ck_assert_ptr_nonnull(strstr(err.text, "delete or rename"));
        ck_assert_str_eq(tip(REF), ours);
}
END_TEST

START_TEST(a_ref_moves_only_from_where_it_was)
{
        struct error err = {0};

        start();
        OK(branch_set(git, NAME, "", ours, ERR));
        ck_assert_int_eq(branch_set(git, NAME, base, base, &err), ERR_BUSY);
        ck_assert_str_eq(tip(REF), ours);
        OK(branch_set(git, NAME, ours, base, ERR));
        ck_assert_str_eq(tip(REF), base);
        delete_ref(REF);
        ck_assert_int_lt(branch_set(git, NAME, base, ours, &err), 0);
        ck_assert_str_eq(tip(REF), "");
}
END_TEST

START_TEST(branches_above_are_in_the_way)
{
        static const char *const above[] = {"refs/heads/kevo",
                                            "refs/heads/kevo/softmax"};
        struct error err = {0};

        start();
        for (int i = 0; i < 2; i++) {
                point_ref(above[i], base);
                ck_assert_int_eq(branch_set(git, NAME, "", ours, &err),
                                 ERR_DENIED);
                ck_assert_ptr_nonnull(strstr(err.text, " branch -m "));
                delete_ref(above[i]);
        }
        OK(branch_set(git, NAME, "", ours, ERR));
}
END_TEST

START_TEST(a_branch_below_is_in_the_way)
{
        struct error err = {0};

        start();
        point_ref(REF "/mine", base);
        ck_assert_int_eq(branch_set(git, NAME, "", ours, &err), ERR_DENIED);
        ck_assert_ptr_nonnull(strstr(err.text, NAME "/mine is in the way"));
        ck_assert_ptr_nonnull(strstr(err.text, git_path));
        ck_assert_str_eq(tip(REF "/mine"), base);
        delete_ref(REF "/mine");
        OK(branch_set(git, NAME, "", ours, ERR));
}
END_TEST

START_TEST(only_ours_is_dropped)
{
        start();
        OK(branch_drop(git, NAME, ours, ERR)); /* there is none */
        OK(branch_set(git, NAME, "", ours, ERR));
        OK(branch_drop(git, NAME, base, ERR));
        ck_assert_str_eq(tip(REF), ours);
        OK(branch_drop(git, NAME, "", ERR));
        ck_assert_str_eq(tip(REF), ours);
        OK(branch_drop(git, NAME, ours, ERR));
        ck_assert_str_eq(tip(REF), "");
}
END_TEST

static void leave_lock(int64_t age_seconds)
{
        char path[LIMIT_PATH_BYTES + 128], parent[LIMIT_PATH_BYTES + 128];
        struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
        FILE *file;

        snprintf(path, sizeof path, "%s%s.lock", git_repository_path(git),
                 REF);
        snprintf(parent, sizeof parent, "%.*s",
                 (int)(strrchr(path, '/') - path), path);
        OK(file_make_directories(parent, 0755, ERR));
        file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        fclose(file);
        times[1].tv_sec = clock_wall_seconds() - age_seconds;
        ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* A process that was killed while it wrote the ref leaves its lock. */
START_TEST(an_old_lock_is_removed_and_a_new_one_waited_for)
{
        struct error err = {0};

        start();
        leave_lock(5);
        ck_assert_int_eq(branch_set(git, NAME, "", ours, &err), ERR_BUSY);
        ck_assert_ptr_nonnull(strstr(err.text, "try again"));
        ck_assert_str_eq(tip(REF), "");
        leave_lock(3600);
        OK(branch_set(git, NAME, "", ours, ERR));
        ck_assert_str_eq(tip(REF), ours);
        /* Left before the clock was set back. */
        leave_lock(-86400);
        OK(branch_set(git, NAME, ours, base, ERR));
        leave_lock(5);
        ck_assert_int_eq(branch_drop(git, NAME, base, &err), ERR_BUSY);
        leave_lock(3600);
        OK(branch_drop(git, NAME, base, ERR));
        ck_assert_str_eq(tip(REF), "");
}
END_TEST

START_TEST(the_work_tree_is_not_touched)
{
        char path[LIMIT_PATH_BYTES + 64];
        struct branch_state state;
        git_status_list *status = NULL;
        git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
        size_t before;

        if (git_repository_is_bare(git))
                return;
        start();
        options.checkout_strategy = GIT_CHECKOUT_FORCE;
        ck_assert_int_eq(git_checkout_head(git, &options), 0);
        snprintf(path, sizeof path, "%s/a", git_path);
        OK(file_write(path, "edited", 6, 0644, ERR));
        ck_assert_int_eq(git_status_list_new(&status, git, NULL), 0);
        before = git_status_list_entrycount(status);
        git_status_list_free(status);
        OK(branch_set(git, NAME, "", ours, ERR));
        ck_assert_int_eq(git_status_list_new(&status, git, NULL), 0);
        ck_assert_uint_eq(git_status_list_entrycount(status), before);
        git_status_list_free(status);
        snprintf(path, sizeof path, "%s/kernels", git_path);
        ck_assert(!file_exists(path));
        OK(branch_look(git, NAME, &state, ERR));
        ck_assert_str_eq(state.tip, ours);
        ck_assert(!state.checked_out);
        /* Checked out: a person is there, the branch is not dropped. */
        ck_assert_int_eq(git_repository_set_head(git, REF), 0);
        OK(branch_look(git, NAME, &state, ERR));
        ck_assert(state.checked_out);
        OK(branch_drop(git, NAME, ours, ERR));
        ck_assert_str_eq(tip(REF), ours);
}
END_TEST

START_TEST(a_linked_work_tree_counts_as_checked_out)
{
        char path[LIMIT_PATH_BYTES + 64];
        git_worktree_add_options options = GIT_WORKTREE_ADD_OPTIONS_INIT;
        struct branch_state state;
        git_worktree *linked = NULL;

        start();
        OK(branch_set(git, NAME, "", ours, ERR));
        ck_assert_int_eq(git_reference_lookup(&options.ref, git, REF), 0);
        snprintf(path, sizeof path, "%s/linked", box);
        ck_assert_int_eq(
                git_worktree_add(&linked, git, "linked", path, &options), 0);
        OK(branch_look(git, NAME, &state, ERR));
        ck_assert(state.checked_out);
        git_worktree_free(linked);
        git_reference_free(options.ref);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                names,
                the_same_arguments_give_the_same_commit,
                a_commit_is_dated_and_signed,
                a_ref_is_created_only_where_none_is,
                a_ref_moves_only_from_where_it_was,
                branches_above_are_in_the_way,
                a_branch_below_is_in_the_way,
                only_ours_is_dropped,
                an_old_lock_is_removed_and_a_new_one_waited_for,
                a_linked_work_tree_counts_as_checked_out,
        };
        const TTest *const normal[] = {
                the_work_tree_is_not_touched, only_ours_is_dropped,
                a_linked_work_tree_counts_as_checked_out};
        int failed = RUN("branch", setup_bare, tests);

        return failed | RUN("branch with a work tree", setup_normal, normal);
}
