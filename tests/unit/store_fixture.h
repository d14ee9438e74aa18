/*
 * What the tests of the store share: a store in its own temporary folder,
 * and the least that must be stored before a node, run or verdict can be.
 */
#ifndef KEVO_TESTS_STORE_FIXTURE_H
#define KEVO_TESTS_STORE_FIXTURE_H

#include "check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/limits.h"
#include "store/graph.h"
#include "store/records.h"
#include "store/store.h"

#define OK(call)                                                  \
        do {                                                      \
                struct error *err_ = &fixture_error;              \
                int rc_ = (call);                                 \
                ck_assert_msg(rc_ == 0, "%s: %d: %s", #call, rc_, \
                              err_->text);                        \
        } while (0)

static struct error fixture_error;
#define ERR (&fixture_error)

static char fixture_folder[LIMIT_PATH_BYTES];
static char fixture_path[LIMIT_PATH_BYTES + 16];
static struct store *fixture_store;

#define ENVIRONMENT_HASH "e0"
#define SPEC_HASH "s0"

static inline void fixture_setup(void)
{
        memset(&fixture_error, 0, sizeof fixture_error);
        OK(file_make_temporary(fixture_folder, ERR));
        snprintf(fixture_path, sizeof fixture_path, "%s/kevo.db",
                 fixture_folder);
        OK(store_open(&fixture_store, fixture_path, ERR));
}

static inline void fixture_teardown(void)
{
        store_close(fixture_store);
        fixture_store = NULL;
        file_remove_tree(fixture_folder);
}

static inline void fixture_reopen(void)
{
        store_close(fixture_store);
        fixture_store = NULL;
        OK(store_open(&fixture_store, fixture_path, ERR));
}

/* A source with its own text: its hash is text's name here. */
static inline void fixture_source(const char *hash)
{
        char text[128];

        snprintf(text, sizeof text, "void f(void) { /* %s */ }\n", hash);
        OK(record_source(fixture_store, hash, "c", text, ERR));
}

static inline void fixture_texts(void)
{
        OK(record_spec(fixture_store, SPEC_HASH, "softmax", "kernel softmax",
                       ERR));
        OK(record_environment(fixture_store, ENVIRONMENT_HASH, "cpu",
                              "{\"cc\": \"12\"}", ERR));
}

static inline int64_t fixture_campaign(const char *key)
{
        struct campaign wanted = {
                .key = (char *)key,
                .repository = "/srv/kernels.git",
                .kernel = "softmax",
                .hardware = "cpu",
                .spec_hash = SPEC_HASH,
                .environment_hash = ENVIRONMENT_HASH,
                .workloads = "[]",
                .policy = "greedy",
                .seed = 7,
        };
        struct campaign *campaign = NULL;
        int64_t id;

        OK(campaign_begin(fixture_store, &wanted, &campaign, NULL, ERR));
        id = campaign->id;
        campaign_free(campaign);
        return id;
}

static inline int64_t fixture_node(int64_t campaign, int64_t parent,
                                   const char *source)
{
        struct node node = {
                .campaign = campaign,
                .parent = parent,
                .phase = "draft",
                .origin = "schedule",
                .move = "row vector=16->32",
                .language = "c",
                .source_hash = (char *)source,
                .schedule = (char *)source,
        };
        int64_t id = 0;

        fixture_source(source);
        OK(node_add(fixture_store, &node, &id, NULL, ERR));
        return id;
}

static const struct record_check fixture_checks[] = {
        {"build", "S0", "", true},
        {"oracle", "S1", "", true},
        {"pure", "S3", "", true},
};

/* A run that passed every check at S4. */
static inline struct record_run fixture_run(int64_t node, const char *source)
{
        return (struct record_run){
                .node = node,
                .spec_hash = SPEC_HASH,
                .source_hash = source,
                .environment_hash = ENVIRONMENT_HASH,
                .stage = "S4",
                .correct = true,
                .fitness = 1.25,
                .ratio = 1.25,
                .low = 1.2,
                .high = 1.3,
                .method = 1,
                .threads = 2,
                .grade = 'A',
                .identity = "identity",
                .seeds = "[1, 2]",
                .reason = "faster",
                .check_count = 3,
                .check = fixture_checks,
        };
}

static inline struct record_verdict fixture_verdict(const char *verdict,
                                                    const char *source,
                                                    int64_t verification)
{
        return (struct record_verdict){
                .verification = verification,
                .verdict = (char *)verdict,
                .kernel = "softmax",
                .hardware = "cpu",
                .repository = "/srv/kernels.git",
                .spec_hash = SPEC_HASH,
                .source_hash = (char *)source,
                .environment_hash = ENVIRONMENT_HASH,
                .inputs = "{}",
                .reason = "because",
                .ratio = 1.25,
                .low = 1.2,
                .high = 1.3,
                .method = 1,
                .threads = 2,
                .grade = 'A',
        };
}

#endif
