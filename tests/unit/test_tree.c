/* repo/tree.h: a commit and a folder answer alike. */
#include "repo_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "repo/tree.h"

static struct tree *folder_tree(const char *name)
{
        struct error err = {0};
        struct tree *tree;

        ck_assert_msg(tree_open_folder(&tree, in_folder(name), &err) == 0,
                      "%s", err.text);
        return tree;
}

static struct tree *commit_tree(git_repository *repository,
                                const char *revision)
{
        struct error err = {0};
        struct tree *tree;

        ck_assert_msg(tree_open_commit(&tree, repository, revision, &err) == 0,
                      "%s", err.text);
        return tree;
}

static void fill(void)
{
        put("r/kevo.json", "{\"kevo\": 1}");
        put("r/kernels/b/b.kernel", "b");
        put("r/kernels/a/a.kernel", "a");
        put("r/kernels/a/empty.c", "");
        put("r/kernels/a/deep/er/x.c", "x");
}

static void check_same_lists(const struct tree *a, const struct tree *b,
                             const char *path)
{
        struct error err = {0};
        char **x, **y;
        int i = 0;

        ck_assert_int_eq(tree_list(a, path, &x, &err), 0);
        ck_assert_int_eq(tree_list(b, path, &y, &err), 0);
        for (; x[i] && y[i]; i++)
                ck_assert_str_eq(x[i], y[i]);
        ck_assert_ptr_eq(x[i], y[i]);
        tree_free_names(x);
        tree_free_names(y);
}

START_TEST(test_commit_and_folder_agree)
{
        static const char *const files[] = {"kevo.json",
                                            "kernels/b/b.kernel",
                                            "kernels/a/a.kernel",
                                            "kernels/a/empty.c",
                                            "kernels/a/deep/er/x.c",
                                            NULL};
        git_repository *repository = git_make("r", 0);
        struct tree *a, *b;

        fill();
        git_commit_all(repository);
        a = commit_tree(repository, "HEAD");
        b = folder_tree("r");
        for (const char *const *f = files; *f; f++) {
                char *x, *y, x_id[41], y_id[41], entry[41];
                size_t x_length, y_length;
                struct error err = {0};

                ck_assert_int_eq(
                        tree_read(a, *f, 100, &x, &x_length, x_id, &err), 0);
                ck_assert_int_eq(
                        tree_read(b, *f, 100, &y, &y_length, y_id, &err), 0);
                ck_assert_uint_eq(x_length, y_length);
                ck_assert_str_eq(x, y);
                ck_assert_str_eq(x_id, y_id);
                ck_assert_uint_eq(strlen(x_id), 40);
                tree_entry_id(a, *f, entry);
                ck_assert_str_eq(entry, x_id);
                tree_entry_id(b, *f, entry);
                ck_assert_str_eq(entry, x_id);
                ck_assert(tree_has(a, *f) && tree_has(b, *f));
                free(x);
                free(y);
        }
        check_same_lists(a, b, "");
        check_same_lists(a, b, "kernels");
        check_same_lists(a, b, "kernels/a");
        check_same_lists(a, b, "kernels/a/deep");
        check_same_lists(a, b, "no/such/folder");
        ck_assert_uint_eq(strlen(tree_commit(a)), 40);
        ck_assert_str_eq(tree_commit(b), "");
        ck_assert_str_eq(tree_label(b), in_folder("r"));
        tree_close(a);
        tree_close(b);
        git_repository_free(repository);
}
END_TEST

START_TEST(test_list_is_sorted_with_slashes)
{
        struct error err = {0};
        struct tree *tree;
        char **names;

        fill();
        tree = folder_tree("r");
        ck_assert_int_eq(tree_list(tree, "kernels/a", &names, &err), 0);
        ck_assert_str_eq(names[0], "a.kernel");
        ck_assert_str_eq(names[1], "deep/");
        ck_assert_str_eq(names[2], "empty.c");
        ck_assert_ptr_null(names[3]);
        tree_free_names(names);
        tree_close(tree);
}
END_TEST

START_TEST(test_old_commit_keeps_its_content)
{
        git_repository *repository = git_make("r", 0);
        struct error err = {0};
        char first[41], before[41], after[41], *text;
        struct tree *tree;
        git_oid id;

        put("r/a/f", "one");
        put("r/b/f", "same");
        id = git_commit_all(repository);
        git_oid_tostr(first, sizeof first, &id);
        put("r/a/f", "two");
        git_commit_all(repository);
        tree = commit_tree(repository, first);
        ck_assert_int_eq(tree_read(tree, "a/f", 9, &text, NULL, NULL, &err),
                         0);
        ck_assert_str_eq(text, "one");
        ck_assert_str_eq(tree_commit(tree), first);
        first[7] = 0;
        ck_assert_str_eq(tree_label(tree), first);
        tree_entry_id(tree, "a", before);
        free(text);
        tree_close(tree);

        tree = commit_tree(repository, "HEAD");
        tree_entry_id(tree, "a", after);
        ck_assert_str_ne(before, after);
        tree_entry_id(tree, "nothing", after);
        ck_assert_str_eq(after, "");
        tree_close(tree);
        git_repository_free(repository);
}
END_TEST

/* More folders than are kept open, each asked for twice. */
START_TEST(test_many_folders)
{
        git_repository *repository = git_make("r", 0);
        struct tree *tree;
        char name[64];

        for (int i = 0; i < 40; i++) {
                snprintf(name, sizeof name, "r/k/f%d/x", i);
                put(name, name);
        }
        git_commit_all(repository);
        tree = commit_tree(repository, "HEAD");
        for (int i = 0; i < 80; i++) {
                struct error err = {0};
                char *text;

                snprintf(name, sizeof name, "r/k/f%d/x", i % 40);
                ck_assert_int_eq(
                        tree_read(tree, name + 2, 99, &text, NULL, NULL, &err),
                        0);
                ck_assert_str_eq(text, name);
                free(text);
        }
        tree_close(tree);
        git_repository_free(repository);
}
END_TEST

static void check_paths(const struct tree *tree)
{
        static const char *const bad[] = {"../outside",
                                          "/etc/passwd",
                                          "r/../../outside",
                                          "a//b",
                                          "a/",
                                          ".",
                                          "..",
                                          "",
                                          "./a",
                                          NULL};

        for (const char *const *b = bad; *b; b++) {
                struct error err = {0};
                char *text;

                ck_assert_int_eq(
                        tree_read(tree, *b, 99, &text, NULL, NULL, &err),
                        ERR_INPUT);
                ck_assert_ptr_null(text);
                ck_assert(!tree_has(tree, *b));
        }
}

START_TEST(test_nothing_outside_is_read)
{
        git_repository *repository = git_make("r", 0);
        struct tree *tree;

        put("outside", "secret");
        fill();
        git_commit_all(repository);
        tree = folder_tree("r");
        check_paths(tree);
        tree_close(tree);
        tree = commit_tree(repository, "HEAD");
        check_paths(tree);
        tree_close(tree);
        git_repository_free(repository);
}
END_TEST

static void check_link(const struct tree *tree, const char *path,
                       const char *below)
{
        struct error err = {0};
        char *text;
        int rc;

        ck_assert_int_eq(tree_read(tree, path, 99, &text, NULL, NULL, &err),
                         ERR_INPUT);
        ck_error_has(err, "link");
        rc = tree_read(tree, below, 99, &text, NULL, NULL, &err);
        ck_assert(rc == ERR_INPUT || rc == ERR_NOT_FOUND);
        ck_assert(!tree_has(tree, path));
        ck_assert(!tree_has(tree, below));
}

START_TEST(test_links_are_not_followed)
{
        git_repository *repository = git_make("r", 0);
        struct tree *tree;
        char link[LIMIT_PATH_BYTES];

        put("secret/f", "secret");
        fill();
        snprintf(link, sizeof link, "%s", in_folder("secret/f"));
        ck_assert_int_eq(symlink(link, in_folder("r/file")), 0);
        snprintf(link, sizeof link, "%s", in_folder("secret"));
        ck_assert_int_eq(symlink(link, in_folder("r/dir")), 0);
        git_commit_all(repository);
        tree = folder_tree("r");
        check_link(tree, "file", "dir/f");
        tree_close(tree);
        tree = commit_tree(repository, "HEAD");
        check_link(tree, "file", "dir/f");
        tree_close(tree);
        git_repository_free(repository);
}
END_TEST

/* Not an empty folder: what is in there is not read. */
static void check_not_ours(const struct tree *tree, const char *path,
                           const char *part)
{
        struct error err = {0};
        char **names, *text;

        ck_assert_int_eq(tree_list(tree, path, &names, &err), ERR_INPUT);
        ck_error_has(err, part);
        ck_assert_int_eq(tree_read(tree, path, 99, &text, NULL, NULL, &err),
                         ERR_INPUT);
        ck_error_has(err, part);
        ck_assert(!tree_has(tree, path));
        ck_assert_int_eq(tree_list(tree, "", &names, &err), 0);
        for (int i = 0; names[i]; i++)
                ck_assert_msg(!text_starts(names[i], path) ||
                                      text_equal(names[i], path),
                              "%s is listed as a folder", names[i]);
        tree_free_names(names);
}

static void add_submodule(git_repository *repository, const char *path)
{
        git_submodule *module = NULL;

        ck_assert_int_eq(git_submodule_add_setup(&module, repository,
                                                 "./elsewhere", path, 1),
                         0);
        ck_assert_int_eq(git_submodule_add_finalize(module), 0);
        git_submodule_free(module);
}

START_TEST(test_links_and_submodules_are_not_folders)
{
        git_repository *repository = git_make("r", 0), *inner;
        struct tree *tree;

        fill();
        ck_assert_int_eq(symlink("kernels", in_folder("r/linked")), 0);
        inner = git_make("r/module", 0);
        put("r/module/f", "of the submodule");
        git_commit_all(inner);
        git_repository_free(inner);
        add_submodule(repository, "module");
        git_commit_all(repository);
        tree = folder_tree("r");
        check_not_ours(tree, "linked", "link");
        check_not_ours(tree, "module", "submodule");
        tree_close(tree);
        tree = commit_tree(repository, "HEAD");
        check_not_ours(tree, "linked", "link");
        check_not_ours(tree, "module", "submodule");
        tree_close(tree);
        git_repository_free(repository);
}
END_TEST

START_TEST(test_pointers_of_lfs)
{
        struct error err = {0};
        struct tree *tree;
        char *text = NULL;

        put("r/f", "version https://git-lfs.github.com/spec/v1\n"
                   "oid sha256:00\nsize 12\n");
        tree = folder_tree("r");
        ck_assert_int_eq(tree_read(tree, "f", 999, &text, NULL, NULL, &err),
                         ERR_INPUT);
        ck_error_has(err, "git lfs untrack");
        ck_assert_ptr_null(text);
        tree_close(tree);
}
END_TEST

static void check_limit(const struct tree *tree)
{
        struct error err = {0};
        char *text;
        size_t length;

        ck_assert_int_eq(tree_read(tree, "f", 10, &text, &length, NULL, &err),
                         0);
        ck_assert_uint_eq(length, 10);
        free(text);
        ck_assert_int_eq(tree_read(tree, "f", 9, &text, &length, NULL, &err),
                         ERR_LIMIT);
        ck_assert_int_eq(tree_read(tree, "d", 9, &text, &length, NULL, &err),
                         ERR_INPUT);
        ck_assert_int_eq(tree_read(tree, "g", 9, &text, &length, NULL, &err),
                         ERR_NOT_FOUND);
        ck_assert_int_eq(tree_read(tree, "f/x", 9, &text, &length, NULL, &err),
                         ERR_NOT_FOUND);
}

START_TEST(test_limits_and_kinds)
{
        git_repository *repository = git_make("r", 0);
        struct tree *tree;

        put("r/f", "0123456789");
        put("r/d/x", "");
        git_commit_all(repository);
        tree = folder_tree("r");
        check_limit(tree);
        tree_close(tree);
        tree = commit_tree(repository, "HEAD");
        check_limit(tree);
        tree_close(tree);
        git_repository_free(repository);
}
END_TEST

START_TEST(test_missing_folder)
{
        struct error err = {0};
        struct tree *tree;

        ck_assert_int_eq(tree_open_folder(&tree, in_folder("none"), &err),
                         ERR_NOT_FOUND);
        ck_assert_ptr_null(tree);
        put("file", "");
        ck_assert_int_lt(tree_open_folder(&tree, in_folder("file"), &err), 0);
}
END_TEST

START_TEST(test_missing_revision)
{
        git_repository *repository = git_make("r", 0);
        struct error err = {0};
        struct tree *tree;

        ck_assert_int_eq(tree_open_commit(&tree, repository, "HEAD", &err),
                         ERR_NOT_FOUND);
        ck_error_has(err, "no commit yet");
        put("r/f", "");
        git_commit_all(repository);
        err.code = 0;
        ck_assert_int_eq(tree_open_commit(&tree, repository, "nope", &err),
                         ERR_NOT_FOUND);
        ck_error_has(err, "nope");
        git_repository_free(repository);
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("tree");

        tcase_add_test(tcase, test_commit_and_folder_agree);
        tcase_add_test(tcase, test_list_is_sorted_with_slashes);
        tcase_add_test(tcase, test_old_commit_keeps_its_content);
        tcase_add_test(tcase, test_many_folders);
        tcase_add_test(tcase, test_nothing_outside_is_read);
        tcase_add_test(tcase, test_links_are_not_followed);
        tcase_add_test(tcase, test_links_and_submodules_are_not_folders);
        tcase_add_test(tcase, test_pointers_of_lfs);
        tcase_add_test(tcase, test_limits_and_kinds);
        tcase_add_test(tcase, test_missing_folder);
        tcase_add_test(tcase, test_missing_revision);
        return run_case(tcase, "tree");
}
