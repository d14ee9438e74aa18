/*
 * What the tests of the delivery add to delivery_fixture.h: verdicts about
 * the repository as it is, and proposals in every state.
 */
#ifndef KEVO_TESTS_PROPOSAL_FIXTURE_H
#define KEVO_TESTS_PROPOSAL_FIXTURE_H

#include "delivery_fixture.h"

#include "core/json.h"
#include "deliver/branch.h"
#include "deliver/collect.h"
#include "deliver/deliver.h"
#include "deliver/observe.h"
#include "deliver/open.h"
#include "deliver/proposal.h"
#include "deliver/site.h"
#include "store/graph.h"
#include "watch/refs.h"

static struct site site;

/* The repository as it is now; the clock may be moved. */
static int64_t later;

static inline void look_again(void)
{
        site_close(&site);
        OK(site_open(&site, store, &host, git_path,
                     clock_wall_seconds() + later, ERR));
}

static inline void setup_softmax(void)
{
        setup_bare();
        put_basics();
        put_softmax();
        commit_main();
        look_again();
}

static inline void teardown_site(void)
{
        site_close(&site);
        teardown();
}

/* What our file is called, and its branch. */
static inline const char *our_path(void)
{
        static char path[128];

        snprintf(path, sizeof path, "kernels/softmax/%s.c", hardware);
        return path;
}

static inline const char *our_branch(void)
{
        static char name[128];

        snprintf(name, sizeof name, "kevo/softmax/%s", hardware);
        return name;
}

static inline const char *our_ref(void)
{
        static char ref[160];

        snprintf(ref, sizeof ref, "refs/heads/%s", our_branch());
        return ref;
}

static inline char *inputs_text(const struct subject *subject,
                                const char *content)
{
        cJSON *json = cJSON_CreateObject(), *list;
        char *text;

        cJSON_AddStringToObject(json, "path", our_path());
        cJSON_AddStringToObject(json, "file", content);
        cJSON_AddStringToObject(json, "inputs_hash", subject->inputs_hash);
        cJSON_AddStringToObject(json, "key", subject->key);
        cJSON_AddStringToObject(json, "move", "row vector=16");
        cJSON_AddStringToObject(json, "origin", "schedule");
        cJSON_AddStringToObject(json, "cache", "warm");
        list = cJSON_AddArrayToObject(json, "workloads");
        for (int i = 0; i < subject->workload_count; i++) {
                const struct subject_workload *w = &subject->workload[i];
                cJSON *one = cJSON_CreateObject();

                cJSON_AddStringToObject(one, "name", w->name);
                cJSON_AddStringToObject(one, "text", w->text);
                cJSON_AddNumberToObject(one, "weight", w->weight);
                cJSON_AddStringToObject(one, "incumbent", w->label);
                cJSON_AddStringToObject(one, "incumbent_path",
                                        w->incumbent ? w->incumbent->path
                                                     : "");
                cJSON_AddBoolToObject(one, "one_task", 1);
                cJSON_AddItemToArray(list, one);
        }
        text = json_print(json);
        cJSON_Delete(json);
        return text;
}

/* Outside baselines of the runs below; tests set them. */
static const struct record_outside *fixture_outside;
static int fixture_outside_count;

/* A verdict about the kernel as it is at the base, for a source. */
static inline int64_t verdict_for(const char *decision, double low,
                                  const char *content)
{
        static const struct record_check checks[] = {
                {"build", "S0", "", true},
                {"oracle", "S1", "", true},
                {"pure", "S3", "", true}};
        char source[HASH_TEXT_BYTES];
        struct record_measure measure = {.workload = "M=64 N=4096",
                                         .stage = "S4",
                                         .ratio = low * 1.02,
                                         .low = low,
                                         .high = low * 1.04,
                                         .null_low = 0.99,
                                         .null_high = 1.01,
                                         .candidate_ns = 1e5,
                                         .baseline_ns = 1.02e5 * low,
                                         .rounds = 40};
        struct record_run run = {.source_hash = source,
                                 .stage = "S4",
                                 .correct = true,
                                 .fitness = low,
                                 .ratio = low * 1.02,
                                 .low = low,
                                 .high = low * 1.04,
                                 .method = EVALUATE_METHOD,
                                 .threads = 2,
                                 .grade = 'A',
                                 .identity = "i",
                                 .seeds = "[]",
                                 .reason = "faster",
                                 .check_count = 3,
                                 .check = checks,
                                 .measure_count = 1,
                                 .measure = &measure,
                                 .outside = fixture_outside,
                                 .outside_count = fixture_outside_count};
        struct record_verdict verdict = {.verdict = (char *)decision,
                                         .kernel = "softmax",
                                         .hardware = hardware,
                                         .repository = git_path,
                                         .source_hash = source,
                                         .reason = "it is faster",
                                         .ratio = low * 1.02,
                                         .low = low,
                                         .high = low * 1.04,
                                         .method = EVALUATE_METHOD,
                                         .threads = 2,
                                         .grade = 'A'};
        struct subject *subject;
        int64_t id;

        look_again();
        OK(site_subject(&site, "softmax", hardware, &subject, ERR));
        hash_bytes(content, strlen(content), source);
        run.spec_hash = subject->kernel->spec->hash;
        run.environment_hash = site.environment_hash;
        verdict.spec_hash = subject->kernel->spec->hash;
        verdict.environment_hash = site.environment_hash;
        verdict.inputs = inputs_text(subject, content);
        OK(record_spec(store, run.spec_hash, "softmax", SOFTMAX_SPEC, ERR));
        OK(record_environment(store, run.environment_hash, hardware,
                              "{\"compiler\": \"gcc 12\"}", ERR));
        OK(record_source(store, source, "c", content, ERR));
        OK(record_run_add(store, &run, &verdict.run, &verdict.verification,
                          ERR));
        OK(record_verdict_add(store, &verdict, &id, ERR));
        free(verdict.inputs);
        subject_free(subject);
        return id;
}

/* One pass as the daemon makes it. */
static inline void pass(void)
{
        struct deliver_outcome outcome;
        struct error err = {0};

        OK(refs_scan(store, git_path, NULL, ERR));
        look_again();
        OK(open_repair(&site, NULL, ERR));
        OK(observe_proposals(&site, NULL, ERR));
        OK(collect_verdicts(&site, NULL, ERR));
        OK(open_ready(&site, NULL, ERR));
        (void)outcome;
        (void)err;
}

/* The state of the newest proposal of our branch, "" when there is none; a
 * few answers stay valid. */
static inline struct proposal *newest(void)
{
        static struct proposal **list;
        static int count;

        proposals_free(list, count);
        list = NULL;
        count = 0;
        OK(proposal_list(store, git_path, our_branch(), NULL, &list, &count,
                         ERR));
        ck_assert_int_ge(count, 1);
        return list[0];
}

static inline int count_in(const char *states)
{
        struct proposal **list = NULL;
        int count = 0;

        OK(proposal_list(store, git_path, NULL, states, &list, &count, ERR));
        proposals_free(list, count);
        return count;
}

/* An open proposal with a file of ours. */
#define OUR_C SOFTMAX_C "/* made by kevo */\n"
static inline void open_one(void)
{
        verdict_for("accepted", 1.5, OUR_C);
        pass();
        ck_assert_str_eq(newest()->state, "open");
        ck_assert_str_eq(newest()->commit, tip(our_ref()));
}

static inline int count_jobs(const char *kind)
{
        struct job **list = NULL;
        int count = 0, found = 0;

        OK(job_list(store, "queued", 0, &list, &count, ERR));
        for (int i = 0; i < count; i++)
                found += text_equal(list[i]->kind, kind);
        jobs_free(list, count);
        return found;
}

/* Is there a decision with this action whose reason has these words? */
static inline bool was_said(const char *action, const char *words)
{
        struct decision **list = NULL;
        int count = 0;
        bool said = false;

        OK(decision_list(store, 0, 0, &list, &count, ERR));
        for (int i = 0; i < count; i++)
                said = said || (text_equal(list[i]->action, action) &&
                                strstr(list[i]->reason, words));
        decisions_free(list, count);
        return said;
}

static inline int run_proposal_tests(const char *name,
                                     const TTest *const *tests, int count)
{
        Suite *suite = suite_create(name);
        TCase *tcase = tcase_create(name);
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(tcase, setup_softmax, teardown_site);
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

#define RUN_PROPOSAL(name, tests) \
        run_proposal_tests(name, tests, (int)(sizeof(tests) / sizeof *(tests)))

#endif
