/*
 * A temporary folder, files in it, and commits of it: what the tests of the
 * repository room start from.
 */
#ifndef KEVO_TESTS_REPO_FIXTURE_H
#define KEVO_TESTS_REPO_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/limits.h"
#include "repo/git.h"
#include "spec/spec.h"

#define SOFTMAX_SPEC                                 \
        "kernel softmax {\n"                         \
        "    size M, N in 1..=65536\n"               \
        "    in   x: f32[M, N]\n"                    \
        "    out  y: f32[M, N]\n"                    \
        "    m[i]    = max[j] x[i, j]\n"             \
        "    s[i]    = sum[j] exp(x[i, j] - m[i])\n" \
        "    y[i, j] = exp(x[i, j] - m[i]) / s[i]\n" \
        "    workload serving M=64 N=4096\n"         \
        "}\n"

#define SOFTMAX_C \
        "void softmax(const float *x, float *y, long M, long N)\n{\n}\n"

static char folder[LIMIT_PATH_BYTES];

static void make_folder(void)
{
        struct error err = {0};

        ck_assert_msg(file_make_temporary(folder, &err) == 0, "%s", err.text);
}

static void remove_folder(void)
{
        file_remove_tree(folder);
}

static inline const char *in_folder(const char *name)
{
        static char path[LIMIT_PATH_BYTES * 2];

        snprintf(path, sizeof path, "%s/%s", folder, name);
        return path;
}

/* Write a file with the folders above it. */
static inline void put(const char *name, const char *text)
{
        char path[LIMIT_PATH_BYTES * 2];
        struct error err = {0};

        snprintf(path, sizeof path, "%s", in_folder(name));
        *strrchr(path, '/') = 0;
        ck_assert_int_eq(file_make_directories(path, 0755, &err), 0);
        ck_assert_msg(file_write(in_folder(name), text, strlen(text), 0644,
                                 &err) == 0,
                      "%s", err.text);
}

/* A repository in folder/path. */
static inline git_repository *git_make(const char *path, int bare)
{
        git_repository *repository;
        struct error err = {0};

        ck_assert_int_eq(git_start(&err), 0);
        ck_assert_int_eq(git_repository_init(&repository, in_folder(path),
                                             (unsigned)bare),
                         0);
        return repository;
}

/* Commit everything in the work tree to HEAD's branch. */
static inline git_oid git_commit_all(git_repository *repository)
{
        git_oid tree_id, id, parent_id;
        git_signature *who;
        git_commit *parent = NULL;
        git_index *index;
        git_tree *tree;

        ck_assert_int_eq(git_repository_index(&index, repository), 0);
        ck_assert_int_eq(git_index_add_all(index, NULL, 0, NULL, NULL), 0);
        ck_assert_int_eq(git_index_write_tree(&tree_id, index), 0);
        ck_assert_int_eq(git_tree_lookup(&tree, repository, &tree_id), 0);
        ck_assert_int_eq(
                git_signature_new(&who, "A Person", "a@example.org", 1, 0), 0);
        if (git_reference_name_to_id(&parent_id, repository, "HEAD") == 0)
                git_commit_lookup(&parent, repository, &parent_id);
        ck_assert_int_eq(git_commit_create_v(&id, repository, "HEAD", who, who,
                                             NULL, "message", tree,
                                             parent ? 1 : 0, parent),
                         0);
        git_commit_free(parent);
        git_signature_free(who);
        git_tree_free(tree);
        git_index_free(index);
        return id;
}

/* The folder's state on branch main; *repository is made the first time. */
static inline void git_commit_on_main(git_repository **repository)
{
        if (!*repository) {
                *repository = git_make(".", 0);
                ck_assert_int_eq(git_repository_set_head(*repository,
                                                         "refs/heads/main"),
                                 0);
        }
        git_commit_all(*repository);
}

static inline struct spec *spec_of(const char *text)
{
        struct error err = {0};
        struct spec *spec;

        ck_assert_msg(spec_parse(text, strlen(text), "test.kernel", &spec,
                                 &err) == 0,
                      "%s", err.text);
        return spec;
}

/* The error's text has this in it. */
#define ck_error_has(err, part)                                        \
        ck_assert_msg(strstr((err).text, part), "\"%s\" lacks \"%s\"", \
                      (err).text, part)

/* A case whose tests each have a temporary folder; further fixtures run
 * inside it. */
static inline TCase *make_case(const char *name)
{
        TCase *tcase = tcase_create(name);

        tcase_add_checked_fixture(tcase, make_folder, remove_folder);
        return tcase;
}

/* Run a suite made of one case; the process's exit status. */
static inline int run_case(TCase *tcase, const char *name)
{
        Suite *suite = suite_create(name);
        SRunner *runner;
        int failed;

        tcase_set_timeout(tcase, 120);
        suite_add_tcase(suite, tcase);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
