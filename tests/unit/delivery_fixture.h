/*
 * What the tests of watch, plan and deliver share: a temporary folder with a
 * store, and a git repository whose commits are made in the object database,
 * as a push makes them.
 */
#ifndef KEVO_TESTS_DELIVERY_FIXTURE_H
#define KEVO_TESTS_DELIVERY_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/text.h"
#include "repo/git.h"
#include "repo/host.h"
#include "repo/machine.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/proposals.h"
#include "store/records.h"
#include "store/store.h"

static struct error fixture_error;
#define ERR (&fixture_error)
#define OK(call)                                                  \
        do {                                                      \
                int rc_ = (call);                                 \
                ck_assert_msg(rc_ == 0, "%s: %d: %s", #call, rc_, \
                              fixture_error.text);                \
        } while (0)

static char box[LIMIT_PATH_BYTES];           /* the folder */
static char git_path[LIMIT_PATH_BYTES + 32]; /* of the repository */
static struct git_repository *git;
static struct store *store;
static struct host host;
static struct host_repository host_repository;
static char hardware[LIMIT_NAME_BYTES + 1]; /* this machine's name */
static int64_t commit_time = 1000000;

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

#define SCALE_SPEC                  \
        "kernel scale {\n"          \
        "    size N in 1..=65536\n" \
        "    in   x: f32[N]\n"      \
        "    out  y: f32[N]\n"      \
        "    y[i] = 2 * x[i]\n"     \
        "}\n"

#define SOFTMAX_C                                                           \
        "void softmax(const float *x, float *y, long M, long N)\n{\n(void)" \
        "x; (void)y; (void)M; (void)N;\n}\n"

/* Files of the next commit: NULL content removes. */
static struct staged {
        char path[256];
        char *content;
} staged[64];
static int staged_count;

static inline void put(const char *path, const char *content)
{
        struct staged *next = staged;

        while (next < staged + staged_count && strcmp(next->path, path) != 0)
                next++;
        if (next == staged + staged_count)
                staged_count++;
        else
                free(next->content);
        snprintf(next->path, sizeof next->path, "%s", path);
        next->content = content ? strdup(content) : NULL;
}

/* Commit what is staged onto a ref, as a person; "" starts from nothing. */
static inline const char *commit_onto(const char *ref, const char *parent)
{
        static char text[41];
        git_tree_update update[64];
        git_signature *person = NULL;
        git_commit *base = NULL;
        git_tree *old = NULL, *new = NULL;
        git_reference *moved = NULL;
        git_oid id, tree;

        memset(update, 0, sizeof update);
        for (int i = 0; i < staged_count; i++) {
                update[i].path = staged[i].path;
                update[i].filemode = GIT_FILEMODE_BLOB;
                update[i].action = GIT_TREE_UPDATE_REMOVE;
                if (!staged[i].content)
                        continue;
                update[i].action = GIT_TREE_UPDATE_UPSERT;
                ck_assert_int_eq(git_blob_create_from_buffer(
                                         &update[i].id, git, staged[i].content,
                                         strlen(staged[i].content)),
                                 0);
        }
        if (*parent) {
                ck_assert_int_eq(git_oid_fromstr(&id, parent), 0);
                ck_assert_int_eq(git_commit_lookup(&base, git, &id), 0);
                ck_assert_int_eq(git_commit_tree(&old, base), 0);
        }
        ck_assert_int_eq(git_tree_create_updated(&tree, git, old,
                                                 (size_t)staged_count, update),
                         0);
        ck_assert_int_eq(git_tree_lookup(&new, git, &tree), 0);
        ck_assert_int_eq(git_signature_new(&person, "A Person",
                                           "a@example.org", commit_time++, 0),
                         0);
        ck_assert_int_eq(git_commit_create_v(&id, git, NULL, person, person,
                                             NULL, "a change\n", new,
                                             base ? 1 : 0, base),
                         0);
        ck_assert_int_eq(git_reference_create(&moved, git, ref, &id, 1, NULL),
                         0);
        git_oid_tostr(text, sizeof text, &id);
        for (int i = 0; i < staged_count; i++)
                free(staged[i].content);
        staged_count = 0;
        git_reference_free(moved);
        git_signature_free(person);
        git_commit_free(base);
        git_tree_free(old);
        git_tree_free(new);
        return text;
}

/* The tip of a ref, "" when there is none; a few answers stay valid. */
static inline const char *tip(const char *ref)
{
        static char ring[8][41];
        static int turn;
        char *text = ring[turn++ % 8];
        git_oid id;

        text[0] = 0;
        if (git_reference_name_to_id(&id, git, ref) == 0)
                git_oid_tostr(text, 41, &id);
        return text;
}

static inline const char *commit_main(void)
{
        return commit_onto("refs/heads/main", tip("refs/heads/main"));
}

static inline void delete_ref(const char *ref)
{
        ck_assert_int_eq(git_reference_remove(git, ref), 0);
}

static inline void point_ref(const char *ref, const char *commit)
{
        git_reference *made = NULL;
        git_oid id;

        ck_assert_int_eq(git_oid_fromstr(&id, commit), 0);
        ck_assert_int_eq(git_reference_create(&made, git, ref, &id, 1, NULL),
                         0);
        git_reference_free(made);
}

/* This machine's hardware file and a policy: what `kevo init` writes. */
static inline void put_basics(void)
{
        char path[LIMIT_NAME_BYTES + 32], *json;
        struct machine machine;

        machine_probe(&machine);
        machine_hardware_name(&machine, hardware);
        json = machine_hardware_json(&machine, hardware);
        ck_assert_ptr_nonnull(json);
        snprintf(path, sizeof path, "hardware/%s.json", hardware);
        put("kevo.json", "{\"kevo\": 1}\n");
        put(path, json);
        free(json);
}

static inline void put_softmax(void)
{
        put("kernels/softmax/softmax.kernel", SOFTMAX_SPEC);
        put("kernels/softmax/generic.c", SOFTMAX_C);
}

static inline void box_open(unsigned bare)
{
        char path[LIMIT_PATH_BYTES + 32];

        OK(file_make_temporary(box, ERR));
        snprintf(git_path, sizeof git_path, "%s/team%s", box,
                 bare ? ".git" : "");
        OK(git_start(ERR));
        ck_assert_int_eq(git_repository_init(&git, git_path, bare), 0);
        ck_assert_int_eq(git_repository_set_head(git, "refs/heads/main"), 0);
        snprintf(path, sizeof path, "%s/kevo.db", box);
        OK(store_open(&store, path, ERR));
        host_repository = (struct host_repository){.path = git_path};
        host = (struct host){.file = "",
                             .search_seconds = 7,
                             .poll_seconds = 60,
                             .repository_count = 1,
                             .repository = &host_repository};
        snprintf(host.store, sizeof host.store, "%s", path);
        snprintf(host.cache, sizeof host.cache, "%s/cache", box);
        snprintf(host.socket, sizeof host.socket, "%s/kevo.sock", box);
}

static inline void setup_bare(void)
{
        box_open(1);
}

static inline void setup_normal(void)
{
        box_open(0);
}

static inline void teardown(void)
{
        store_close(store);
        git_repository_free(git);
        store = NULL;
        git = NULL;
        file_remove_tree(box);
}

/* A kevo that was killed and started again. */
static inline void restart(void)
{
        store_close(store);
        store = NULL;
        OK(store_open(&store, host.store, ERR));
}

static inline int run_tests(const char *name, void (*set_up)(void),
                            const TTest *const *tests, int count)
{
        Suite *suite = suite_create(name);
        TCase *tcase = tcase_create(name);
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(tcase, set_up, teardown);
        tcase_set_timeout(tcase, 240);
        for (int i = 0; i < count; i++)
                tcase_add_test(tcase, tests[i]);
        suite_add_tcase(suite, tcase);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define RUN(name, set_up, tests) \
        run_tests(name, set_up, tests, (int)(sizeof(tests) / sizeof *(tests)))

#endif
