/*
 * A repository in the temporary folder, loaded; and the check that a load
 * gave exactly one problem.
 */
#ifndef KEVO_TESTS_LOAD_FIXTURE_H
#define KEVO_TESTS_LOAD_FIXTURE_H

#include "repo_fixture.h"

#include "core/buf.h"
#include "core/text.h"
#include "repo/repository.h"

#define ZEN3                                                                \
        "{\"kevo\": 1, \"hardware\": \"amd-epyc-zen3\", \"kind\": \"cpu\"," \
        " \"match\": {\"vendor\": \"AuthenticAMD\", \"family\": 25},"       \
        " \"family\": [\"x86-avx2\"]}"

#define STAGED                                   \
        "// kevo: tune W = 8 in 4 8 16\n"        \
        "// kevo: stage rows tasks M args x y\n" \
        "void rows(long task) {}\n"

static struct repository *r;

static inline void put_basics(void)
{
        put("kevo.json", "{\"kevo\": 1}");
        put("hardware/amd-epyc-zen3.json", ZEN3);
        put("kernels/softmax/softmax.kernel", SOFTMAX_SPEC);
}

static inline void unload(void)
{
        repository_free(r);
        r = NULL;
}

static inline void load(void)
{
        struct error err = {0};
        struct tree *tree;

        unload();
        ck_assert_int_eq(tree_open_folder(&tree, folder, &err), 0);
        ck_assert_msg(repository_load(&r, tree, &err) == 0, "%s", err.text);
        tree_close(tree);
}

static inline int load_code(struct error *err)
{
        struct tree *tree;
        int rc;

        unload();
        *err = (struct error){0};
        ck_assert_int_eq(tree_open_folder(&tree, folder, err), 0);
        rc = repository_load(&r, tree, err);
        tree_close(tree);
        return rc;
}

/* Exactly one problem, of this file, that says the part. */
static inline void one_problem(const char *file, const char *part)
{
        load();
        ck_assert_msg(r->problem_count == 1, "%d problems, first: %s",
                      r->problem_count,
                      r->problem_count ? r->problem[0].text : "none");
        ck_assert_str_eq(r->problem[0].file, file);
        ck_assert_msg(text_starts(r->problem[0].text, file), "%s",
                      r->problem[0].text);
        ck_assert_msg(strstr(r->problem[0].text, part), "\"%s\" lacks \"%s\"",
                      r->problem[0].text, part);
}

#endif
