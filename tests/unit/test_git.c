/* repo/git.h: opening repositories, and errors that say what to do. */
#include "repo_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

static int open_code(const char *path, struct error *err)
{
        git_repository *repository = NULL;
        int rc;

        *err = (struct error){0};
        rc = git_open(in_folder(path), &repository, err);
        ck_assert((rc == 0) == (repository != NULL));
        ck_assert((rc == 0) == (err->code == 0));
        git_repository_free(repository);
        return rc;
}

START_TEST(test_opens_work_trees_and_bare)
{
        struct error err;

        git_repository_free(git_make("work", 0));
        git_repository_free(git_make("bare", 1));
        ck_assert_int_eq(open_code("work", &err), 0);
        ck_assert_int_eq(open_code("work/.git", &err), 0);
        ck_assert_int_eq(open_code("bare", &err), 0);
}
END_TEST

START_TEST(test_does_not_search_upwards)
{
        struct error err;

        git_repository_free(git_make("work", 0));
        put("work/sub/f", "");
        ck_assert_int_eq(open_code("work/sub", &err), ERR_INPUT);
        ck_error_has(err, "not a git repository");
        ck_error_has(err, "name the top");
}
END_TEST

START_TEST(test_missing_and_plain)
{
        struct error err;

        ck_assert_int_eq(open_code("none", &err), ERR_NOT_FOUND);
        ck_error_has(err, "no such folder");
        put("plain/f", "");
        ck_assert_int_eq(open_code("plain", &err), ERR_INPUT);
        ck_error_has(err, "git init");
        ck_assert_int_eq(open_code("plain/f", &err), ERR_INPUT);
        ck_error_has(err, "not a folder");
}
END_TEST

/* A repository of another user opens when a person configured it. */
START_TEST(test_other_owner)
{
        struct error err;

        git_repository_free(git_make("bare", 1));
        if (geteuid() != 0)
                return;
        ck_assert_int_eq(chown(in_folder("bare"), 12345, 12345), 0);
        ck_assert_int_eq(open_code("bare", &err), 0);
}
END_TEST

/* The switch is global in libgit2: it must be back on afterwards. */
START_TEST(test_owner_validation_stays_on)
{
        git_repository *repository = NULL;
        struct error err;
        int rc;

        git_repository_free(git_make("bare", 1));
        if (geteuid() != 0)
                return;
        ck_assert_int_eq(chown(in_folder("bare"), 12345, 12345), 0);
        ck_assert_int_eq(open_code("bare", &err), 0);
        rc = git_repository_open(&repository, in_folder("bare"));
        git_repository_free(repository);
        ck_assert_int_lt(rc, 0);
}
END_TEST

START_TEST(test_damaged_head)
{
        struct error err;

        git_repository_free(git_make("bare", 1));
        ck_assert_int_eq(unlink(in_folder("bare/HEAD")), 0);
        ck_assert_int_eq(open_code("bare", &err), ERR_INPUT);
        ck_error_has(err, "restore it");
}
END_TEST

static void configure(const char *name, const char *value)
{
        char text[512];

        snprintf(text, sizeof text,
                 "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
                 "[extensions]\n\t%s = %s\n",
                 name, value);
        put("bare/config", text);
}

/* What libgit2 refuses by itself although it could read it. */
START_TEST(test_harmless_extensions)
{
        static const char *const names[] = {
                "noop", "partialClone", "preciousObjects", "relativeWorktrees",
                "worktreeConfig"};
        struct error err;

        git_repository_free(git_make("bare", 1));
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
                configure(names[i], "true");
                ck_assert_msg(open_code("bare", &err) == 0, "%s: %s", names[i],
                              err.text);
        }
}
END_TEST

/* What it cannot read: the sentence says what can be done about this one. */
START_TEST(test_unsupported_extension)
{
        static const char *const known[][3] = {
                {"objectFormat", "sha256", "git fast-export"},
                {"refStorage", "reftable", "git refs migrate"},
                {"unheardOf", "1", "git clone --mirror"}};
        struct error err;

        git_repository_free(git_make("bare", 1));
        for (int i = 0; i < 3; i++) {
                configure(known[i][0], known[i][1]);
                ck_assert_int_eq(open_code("bare", &err), ERR_UNSUPPORTED);
                ck_error_has(err, known[i][2]);
                ck_error_has(err, in_folder("bare"));
        }
        put("bare/config", "[core]\n\trepositoryformatversion = 2\n");
        ck_assert_int_eq(open_code("bare", &err), ERR_UNSUPPORTED);
        ck_error_has(err, "git clone --mirror");
}
END_TEST

/* With extensions.worktreeConfig core.bare is in a file of its own. */
START_TEST(test_bare_elsewhere)
{
        git_repository *repository = NULL;
        struct error err = {0};

        git_repository_free(git_make("bare", 1));
        put("bare/config", "[core]\n\trepositoryformatversion = 1\n"
                           "[extensions]\n\tworktreeConfig = true\n");
        put("bare/config.worktree", "[core]\n\tbare = true\n");
        ck_assert_int_eq(git_open(in_folder("bare"), &repository, &err), 0);
        ck_assert(git_repository_is_bare(repository));
        git_repository_free(repository);
}
END_TEST

START_TEST(test_broken_configuration)
{
        struct error err;

        git_repository_free(git_make("work", 0));
        put("work/.git/config", "[core]\n\tworktree = /nonexistent\n");
        ck_assert_int_eq(open_code("work", &err), ERR_INPUT);
        ck_error_has(err, "core.worktree");
        put("work/.git/config", "[core\n");
        ck_assert_int_eq(open_code("work", &err), ERR_INPUT);
        ck_error_has(err, "git config --edit");
}
END_TEST

/* Where a missing object can come from. */
START_TEST(test_missing_object)
{
        static const char *const known[][3] = {
                {"config", "[remote \"origin\"]\n\tpromisor = true\n",
                 "git fetch --refetch"},
                {"objects/info/alternates", "/nonexistent/objects\n",
                 "alternates"},
                {"description", "", "git fsck"}};
        git_repository *repository;
        git_commit *commit = NULL;
        struct error err;
        char path[64];
        git_oid oid;

        ck_assert_int_eq(
                git_oid_fromstr(&oid,
                                "1234567890123456789012345678901234567890"),
                0);
        for (int i = 0; i < 3; i++) {
                git_repository_free(git_make("bare", 1));
                snprintf(path, sizeof path, "bare/%s", known[i][0]);
                put(path, known[i][1]);
                err = (struct error){0};
                ck_assert_int_eq(
                        git_open(in_folder("bare"), &repository, &err), 0);
                git_fail_reading(&err, repository,
                                 git_commit_lookup(&commit, repository, &oid),
                                 "a file");
                ck_assert_int_eq(err.code, ERR_IO);
                ck_error_has(err, "a file");
                ck_error_has(err, known[i][2]);
                ck_error_has(err, in_folder("bare"));
                git_repository_free(repository);
                file_remove_tree(in_folder("bare"));
        }
}
END_TEST

/* A damaged object is an error with a way out, not a crash. */
START_TEST(test_damaged_object)
{
        git_repository *repository = git_make("work", 0);
        char id[41], path[128];
        git_commit *commit = NULL;
        struct error err = {0};
        git_oid oid;

        put("work/f", "content");
        oid = git_commit_all(repository);
        git_repository_free(repository);
        git_oid_tostr(id, sizeof id, &oid);
        snprintf(path, sizeof path, "work/.git/objects/%.2s/%s", id, id + 2);
        ck_assert_int_eq(chmod(in_folder(path), 0644), 0);
        put(path, "garbage");
        ck_assert_int_eq(git_open(in_folder("work"), &repository, &err), 0);
        ck_assert_int_lt(git_fail(&err,
                                  git_commit_lookup(&commit, repository, &oid),
                                  "commit %s", id),
                         0);
        ck_error_has(err, id);
        ck_error_has(err, "git fsck");
        git_repository_free(repository);
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("git");

        tcase_add_test(tcase, test_opens_work_trees_and_bare);
        tcase_add_test(tcase, test_does_not_search_upwards);
        tcase_add_test(tcase, test_missing_and_plain);
        tcase_add_test(tcase, test_other_owner);
        tcase_add_test(tcase, test_owner_validation_stays_on);
        tcase_add_test(tcase, test_damaged_head);
        tcase_add_test(tcase, test_harmless_extensions);
        tcase_add_test(tcase, test_unsupported_extension);
        tcase_add_test(tcase, test_bare_elsewhere);
        tcase_add_test(tcase, test_broken_configuration);
        tcase_add_test(tcase, test_missing_object);
        tcase_add_test(tcase, test_damaged_object);
        return run_case(tcase, "git");
}
