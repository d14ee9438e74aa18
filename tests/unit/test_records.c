/*
 * Results: what was measured comes back bit for bit, what is wrong cannot be
 * written, nothing is changed afterwards, what is derived follows from it,
 * and a million samples are in nobody's way.
 */
#include "store_fixture.h"

#include <cjson/cJSON.h>
#include <math.h>

#include "core/clock.h"
#include "core/rng.h"
#include "core/text.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/proposals.h"
#include "store/sql.h"
#include "store/summary.h"

/* A connection that keeps no rules of the program, only the file's own. */
static int raw(const char *text)
{
        sqlite3 *db = NULL;
        int code;

        ck_assert_int_eq(sqlite3_open(fixture_path, &db), SQLITE_OK);
        sqlite3_exec(db,
                     "PRAGMA foreign_keys = ON;"
                     "PRAGMA recursive_triggers = ON",
                     NULL, NULL, NULL);
        code = sqlite3_exec(db, text, NULL, NULL, NULL);
        sqlite3_close(db);
        return code;
}

static void setup(void)
{
        fixture_setup();
        fixture_texts();
        fixture_source("a");
        fixture_source("b");
}

static int64_t add_run(const char *source, const char *stage, bool correct,
                       int64_t *verification)
{
        static const struct record_check failed[] = {
                {"build", "S0", "", true},
                {"oracle", "S1", "element 3 is 0.5, not 0.25", false},
        };
        struct record_run run = fixture_run(0, source);
        int64_t id = 0;

        run.stage = stage;
        run.correct = correct;
        if (!correct) {
                run.check = failed;
                run.check_count = 2;
                run.fitness = 0;
        }
        OK(record_run_add(fixture_store, &run, &id, verification, ERR));
        return id;
}

START_TEST(texts_are_kept_once)
{
        char *text = NULL, hash[HASH_TEXT_BYTES], *big;
        const size_t length = LIMIT_SOURCE_BYTES;

        setup();
        OK(record_source(fixture_store, "x", "cuda", "the text", ERR));
        OK(record_source(fixture_store, "x", "cuda", "the text", ERR));
        OK(record_source_text(fixture_store, "x", &text, ERR));
        ck_assert_str_eq(text, "the text");
        free(text);
        /* A hash that is not of its text. */
        ck_assert_int_eq(
                record_source(fixture_store, "x", "cuda", "another", ERR),
                ERR_INPUT);
        ck_assert_int_eq(record_source_text(fixture_store, "y", &text, ERR),
                         ERR_NOT_FOUND);
        ck_assert_ptr_null(text);
        OK(record_source(fixture_store, "empty", "c", "", ERR));
        OK(record_source_text(fixture_store, "empty", &text, ERR));
        ck_assert_str_eq(text, "");
        free(text);
        OK(record_spec_text(fixture_store, SPEC_HASH, &text, ERR));
        ck_assert_str_eq(text, "kernel softmax");
        free(text);
        ck_assert_int_eq(record_spec_text(fixture_store, "no", &text, ERR),
                         ERR_NOT_FOUND);
        /* The largest that is allowed, and one byte more. */
        big = malloc(length + 2);
        for (size_t i = 0; i <= length; i++)
                big[i] = (char)('!' + rng_at(1, i) % 90);
        big[length + 1] = 0;
        ck_assert_int_eq(record_source(fixture_store, "big", "c", big, ERR),
                         ERR_LIMIT);
        big[length] = 0;
        hash_bytes(big, length, hash);
        OK(record_source(fixture_store, hash, "c", big, ERR));
        OK(record_source_text(fixture_store, hash, &text, ERR));
        ck_assert_str_eq(text, big);
        free(text);
        free(big);
        fixture_teardown();
}
END_TEST

static void expect_environment(const char *hardware, const char *expected)
{
        char hash[HASH_TEXT_BYTES] = "", *fields = NULL;
        int rc = record_latest_environment(fixture_store, hardware, hash,
                                           &fields, ERR);

        ck_assert_int_eq(rc, expected ? 0 : ERR_NOT_FOUND);
        if (expected)
                ck_assert_str_eq(hash, expected);
        else
                ck_assert_ptr_null(fields);
        free(fields);
}

START_TEST(the_latest_environment_is_the_one_seen_last)
{
        static const char *const order[] = {"x", "y", "y", "x", "z", "x"};

        setup();
        expect_environment("gpu", NULL);
        for (int i = 0; i < 6; i++) {
                OK(record_environment(fixture_store, order[i], "gpu", "{}",
                                      ERR));
                expect_environment("gpu", order[i]);
        }
        /* Each hardware has its own. */
        OK(record_environment(fixture_store, "y", "other", "{}", ERR));
        expect_environment("gpu", "x");
        expect_environment("other", "y");
        expect_environment("cpu", ENVIRONMENT_HASH);
        fixture_teardown();
}
END_TEST

static const cJSON *member(const cJSON *json, const char *name)
{
        const cJSON *found = cJSON_GetObjectItemCaseSensitive(json, name);

        ck_assert_msg(found != NULL, "no member %s", name);
        return found;
}

/* One side of the samples of a run's measure, NULL when it has none. */
static const cJSON *side_of(const cJSON *run, int measure, const char *side)
{
        return cJSON_GetObjectItem(
                member(cJSON_GetArrayItem(member(run, "measures"), measure),
                       "samples"),
                side);
}

static cJSON *run_json(int64_t run, bool samples)
{
        char *text = NULL;
        cJSON *json;

        OK(record_run_json(fixture_store, run, samples, &text, ERR));
        json = cJSON_Parse(text);
        ck_assert_ptr_nonnull(json);
        free(text);
        return json;
}

static void check_samples(const cJSON *side, const double *sample, int count)
{
        const cJSON *array = member(side, "ns");

        ck_assert_int_eq(cJSON_GetArraySize(array), count);
        for (int i = 0; i < count; i++)
                ck_assert(cJSON_GetArrayItem(array, i)->valuedouble ==
                          sample[i]);
}

START_TEST(a_run_comes_back_as_it_was_measured)
{
        enum { COUNT = 321 };
        double candidate[COUNT], baseline[COUNT], least = INFINITY;
        struct record_measure measures[2] = {
                {.workload = "M=64 N=512",
                 .stage = "S4",
                 .baseline = "generated@1",
                 .ratio = 1.5,
                 .low = 1.25,
                 .high = 1.75,
                 .null_low = 0.99,
                 .null_high = 1.01,
                 .candidate_ns = 1000.125,
                 .baseline_ns = 1500.25,
                 .rounds = 40,
                 .sample_count = COUNT,
                 .candidate_sample = candidate,
                 .baseline_sample = baseline},
                {.workload = "M=1 N=512", .identical = true, .ratio = 1},
        };
        const struct record_outside outsides[2] = {
                {.workload = "M=64 N=512",
                 .name = "openblas",
                 .skipped = "not a plain matrix product"},
                {.workload = "M=64 N=512",
                 .name = "pytorch",
                 .version = "PyTorch 1",
                 .ratio = 1.125,
                 .low = 1,
                 .high = 1.5,
                 .outside_ns = 1125,
                 .candidate_ns = 1000,
                 .rounds = 20}};
        struct record_run run;
        const cJSON *measure;
        cJSON *json;
        int64_t id;

        setup();
        for (int i = 0; i < COUNT; i++) {
                candidate[i] =
                        900 + 200 * (double)(rng_at(1, (uint64_t)i) % 100000) /
                                      99999;
                baseline[i] = candidate[i] * 1.5;
                least = fmin(least, candidate[i]);
        }
        run = fixture_run(0, "a");
        run.measure = measures;
        run.measure_count = 2;
        run.outside = outsides;
        run.outside_count = 2;
        run.cold = true;
        run.wall_ns = INT64_C(9007199254740991);
        OK(record_run_add(fixture_store, &run, &id, NULL, ERR));
        json = run_json(id, true);
        ck_assert(cJSON_IsTrue(member(json, "correct")));
        ck_assert(cJSON_IsTrue(member(json, "cold")));
        ck_assert_str_eq(member(json, "spec")->valuestring, SPEC_HASH);
        ck_assert_str_eq(member(json, "source")->valuestring, "a");
        ck_assert_str_eq(member(json, "environment")->valuestring,
                         ENVIRONMENT_HASH);
        ck_assert_str_eq(member(json, "stage")->valuestring, "S4");
        ck_assert_str_eq(member(json, "grade")->valuestring, "A");
        ck_assert_str_eq(member(json, "identity")->valuestring, "identity");
        ck_assert_str_eq(member(json, "reason")->valuestring, "faster");
        ck_assert(member(json, "fitness")->valuedouble == 1.25);
        ck_assert(member(json, "low")->valuedouble == 1.2);
        ck_assert(member(json, "high")->valuedouble == 1.3);
        ck_assert(member(json, "wall_ns")->valuedouble == 9007199254740991.0);
        ck_assert_int_eq(cJSON_GetArraySize(member(json, "seeds")), 2);
        ck_assert_int_eq(cJSON_GetArraySize(member(json, "checks")), 3);
        ck_assert(
                cJSON_IsTrue(member(member(json, "verification"), "passed")));
        ck_assert_int_eq(cJSON_GetArraySize(member(json, "measures")), 2);
        measure = cJSON_GetArrayItem(member(json, "measures"), 0);
        ck_assert_str_eq(member(measure, "workload")->valuestring,
                         "M=64 N=512");
        ck_assert(member(measure, "candidate_ns")->valuedouble == 1000.125);
        check_samples(side_of(json, 0, "candidate"), candidate, COUNT);
        check_samples(side_of(json, 0, "baseline"), baseline, COUNT);
        ck_assert(member(side_of(json, 0, "candidate"), "minimum_ns")
                          ->valuedouble == least);
        ck_assert_int_eq(cJSON_GetArraySize(member(json, "outside")), 2);
        measure = cJSON_GetArrayItem(member(json, "outside"), 1);
        ck_assert_str_eq(member(measure, "name")->valuestring, "pytorch");
        ck_assert_str_eq(member(measure, "version")->valuestring, "PyTorch 1");
        ck_assert(member(measure, "ratio")->valuedouble == 1.125);
        ck_assert(member(measure, "outside_ns")->valuedouble == 1125);
        measure = cJSON_GetArrayItem(member(json, "measures"), 1);
        ck_assert(cJSON_IsTrue(member(measure, "identical")));
        ck_assert_ptr_null(side_of(json, 1, "candidate"));
        cJSON_Delete(json);
        json = run_json(id, false);
        ck_assert_ptr_nonnull(side_of(json, 0, "candidate"));
        ck_assert_ptr_null(
                cJSON_GetObjectItem(side_of(json, 0, "candidate"), "ns"));
        cJSON_Delete(json);
        fixture_teardown();
}
END_TEST

/* For any samples: minimum <= tenth <= median <= ninetieth, and as many
 * below as above the median. */
START_TEST(summaries_are_of_their_samples)
{
        struct rng rng = {8, 0};
        struct record_measure measure = {.workload = "w"};
        struct record_run run;
        double sample[200], median;
        const cJSON *side;
        cJSON *json;
        int64_t id;

        setup();
        for (int count = 1; count <= 60; count++) {
                int below = 0, above = 0;

                for (int i = 0; i < count; i++)
                        sample[i] = (double)rng_below(&rng, 20);
                measure.sample_count = count;
                measure.candidate_sample = measure.baseline_sample = sample;
                run = fixture_run(0, "a");
                run.measure = &measure;
                run.measure_count = 1;
                OK(record_run_add(fixture_store, &run, &id, NULL, ERR));
                json = run_json(id, true);
                side = side_of(json, 0, "candidate");
                check_samples(side, sample, count);
                median = member(side, "median_ns")->valuedouble;
                for (int i = 0; i < count; i++) {
                        below += sample[i] < median;
                        above += sample[i] > median;
                }
                ck_assert_int_le(below, count / 2);
                ck_assert_int_le(above, count / 2);
                if (count == 2)
                        ck_assert(median ==
                                  member(side, "mean_ns")->valuedouble);
                ck_assert(member(side, "minimum_ns")->valuedouble <=
                          member(side, "tenth_ns")->valuedouble);
                ck_assert(member(side, "tenth_ns")->valuedouble <= median);
                ck_assert(median <= member(side, "ninetieth_ns")->valuedouble);
                cJSON_Delete(json);
        }
        fixture_teardown();
}
END_TEST

START_TEST(what_is_no_number_is_refused_whole)
{
        struct record_measure measures[2] = {
                {.workload = "w", .ratio = 1},
                {.workload = "w", .ratio = NAN},
        };
        struct record_run run;
        char *json = NULL;

        setup();
        run = fixture_run(0, "a");
        run.measure = measures;
        run.measure_count = 2;
        ck_assert_int_eq(record_run_add(fixture_store, &run, NULL, NULL, ERR),
                         ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(fixture_error.text, "not a number"));
        ck_assert_int_eq(record_run_json(fixture_store, 1, false, &json, ERR),
                         ERR_NOT_FOUND);
        ck_assert_ptr_null(json);
        measures[1].ratio = 1;
        measures[1].high = INFINITY;
        OK(record_run_add(fixture_store, &run, NULL, NULL, ERR));
        fixture_teardown();
}
END_TEST

START_TEST(seeds_are_shown_when_nobody_can_learn_from_them)
{
        struct record_run run;
        int64_t campaign, node, id;
        cJSON *json;

        setup();
        campaign = fixture_campaign("k");
        node = fixture_node(campaign, 0, "a");
        run = fixture_run(node, "a");
        OK(record_run_add(fixture_store, &run, &id, NULL, ERR));
        json = run_json(id, true);
        ck_assert_ptr_null(cJSON_GetObjectItem(json, "seeds"));
        cJSON_Delete(json);
        OK(campaign_end(fixture_store, campaign, "stall", ERR));
        json = run_json(id, true);
        ck_assert_int_eq(cJSON_GetArraySize(member(json, "seeds")), 2);
        cJSON_Delete(json);
        fixture_teardown();
}
END_TEST

START_TEST(a_verification_is_of_a_finished_run)
{
        static const struct {
                const char *stage;
                bool correct, verifies;
        } cases[] = {
                {"S0", true, false}, {"S1", true, false}, {"S2", true, false},
                {"S3", true, false}, {"S4", true, true},  {"S0", false, true},
                {"S1", false, true}, {"S3", false, true}, {"S4", false, true},
        };
        struct record_run run;
        int64_t verification;

        setup();
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                add_run("a", cases[i].stage, cases[i].correct, &verification);
                ck_assert_int_eq(verification != 0, cases[i].verifies);
        }
        /* Passed, but nothing was checked, or a check failed. */
        run = fixture_run(0, "a");
        run.check_count = 0;
        ck_assert_int_eq(record_run_add(fixture_store, &run, NULL, NULL, ERR),
                         ERR_INPUT);
        run = fixture_run(0, "a");
        run.check = (struct record_check[]){{"build", "S0", "", true},
                                            {"pure", "S3", "", false},
                                            {"threads", "S4", "", true}};
        ck_assert_int_eq(record_run_add(fixture_store, &run, NULL, NULL, ERR),
                         ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(fixture_error.text, "checks"));
        fixture_teardown();
}
END_TEST

static int add_verdict(const char *verdict, const char *source,
                       int64_t verification)
{
        struct record_verdict row =
                fixture_verdict(verdict, source, verification);

        return record_verdict_add(fixture_store, &row, NULL, ERR);
}

START_TEST(accepted_but_unverified_cannot_be_written)
{
        static const char *const wins[] = {"accepted", "first"};
        struct record_verdict row;
        int64_t passed, failed, run, other_run;

        setup();
        OK(record_environment(fixture_store, "e1", "cpu", "{}", ERR));
        OK(record_spec(fixture_store, "s1", "softmax", "other", ERR));
        run = add_run("a", "S4", true, &passed);
        other_run = add_run("a", "S4", false, &failed);
        for (int i = 0; i < 2; i++) {
                ck_assert_int_eq(add_verdict(wins[i], "a", 0), ERR_INPUT);
                ck_assert_int_eq(add_verdict(wins[i], "a", failed), ERR_INPUT);
                ck_assert_int_eq(add_verdict(wins[i], "a", 99), ERR_INPUT);
                /* Another thing's verification. */
                ck_assert_int_eq(add_verdict(wins[i], "b", passed), ERR_INPUT);
                ck_assert_int_eq(add_verdict(wins[i], "", passed), ERR_INPUT);
                row = fixture_verdict(wins[i], "a", passed);
                row.environment_hash = "e1";
                ck_assert_int_eq(
                        record_verdict_add(fixture_store, &row, NULL, ERR),
                        ERR_INPUT);
                row = fixture_verdict(wins[i], "a", passed);
                row.spec_hash = "s1";
                ck_assert_int_eq(
                        record_verdict_add(fixture_store, &row, NULL, ERR),
                        ERR_INPUT);
                row = fixture_verdict(wins[i], "a", passed);
                row.run = other_run;
                ck_assert_int_eq(
                        record_verdict_add(fixture_store, &row, NULL, ERR),
                        ERR_INPUT);
                row.run = run;
                OK(record_verdict_add(fixture_store, &row, NULL, ERR));
                OK(add_verdict(wins[i], "a", passed));
        }
        OK(add_verdict("rejected", "a", failed));
        OK(add_verdict("rejected", "a", 0));
        OK(add_verdict("inconclusive", "", 0));
        OK(add_verdict("suspect", "a", passed));
        ck_assert_int_eq(add_verdict("wonderful", "a", passed), ERR_INPUT);
        ck_assert_int_eq(add_verdict("rejected", "never recorded", 0),
                         ERR_INPUT);
        /* Not even by hand. */
        ck_assert_int_eq(
                raw("INSERT INTO verdict (time, verification, passed, run,"
                    " verdict, repository, kernel, hardware, spec, source,"
                    " environment, inputs, reason, ratio, low, high, method,"
                    " threads, grade) SELECT time, verification, 1, run,"
                    " 'accepted', repository, kernel, hardware, spec, source,"
                    " environment, inputs, reason, ratio, low, high, method,"
                    " threads, grade FROM verdict WHERE passed = 0"),
                SQLITE_CONSTRAINT);
        OK(store_check(fixture_store, ERR));
        fixture_teardown();
}
END_TEST

START_TEST(results_cannot_be_changed)
{
        static const char *const tables[] = {
                "run",     "run_check",     "measure",
                "sample",  "verification",  "exclusion",
                "verdict", "proposal_step", "outside"};
        static const char *const columns[] = {"ratio", "passed", "ratio",
                                              "count", "passed", "reason",
                                              "ratio", "note",   "ratio"};
        const struct record_outside outside = {.name = "pytorch"};
        struct record_measure measure = {.workload = "w", .sample_count = 1};
        struct proposal proposal = {.kernel = "softmax", .state = "ready"};
        struct record_run run;
        double sample = 1;
        int64_t verification, id;
        char text[128];

        setup();
        measure.candidate_sample = measure.baseline_sample = &sample;
        run = fixture_run(0, "a");
        run.measure = &measure;
        run.measure_count = 1;
        run.outside = &outside;
        run.outside_count = 1;
        OK(record_run_add(fixture_store, &run, &id, &verification, ERR));
        OK(add_verdict("accepted", "a", verification));
        proposal.verdict = 1;
        OK(proposal_add(fixture_store, &proposal, NULL, ERR));
        OK(record_exclude(fixture_store, id, "for the test", ERR));
        ck_assert_int_eq(raw("UPDATE sample SET data = x''"),
                         SQLITE_CONSTRAINT);
        ck_assert_int_eq(raw("UPDATE sample SET data = data"),
                         SQLITE_CONSTRAINT);
        ck_assert_int_eq(raw("UPDATE sample SET rowid = 77"),
                         SQLITE_CONSTRAINT);
        for (int i = 0; i < 9; i++) {
                snprintf(text, sizeof text, "UPDATE %s SET %s = %s", tables[i],
                         columns[i], columns[i]);
                ck_assert_int_eq(raw(text), SQLITE_CONSTRAINT);
                snprintf(text, sizeof text, "DELETE FROM %s", tables[i]);
                ck_assert_int_eq(raw(text), SQLITE_CONSTRAINT);
                snprintf(text, sizeof text, "REPLACE INTO %s SELECT * FROM %s",
                         tables[i], tables[i]);
                ck_assert_int_eq(raw(text), SQLITE_CONSTRAINT);
        }
        /* Nor may a check be added when the run is complete. */
        ck_assert_int_eq(raw("INSERT INTO run_check"
                             " VALUES (1, 99, 'late', 'S4', 1, '')"),
                         SQLITE_CONSTRAINT);
        OK(store_check(fixture_store, ERR));
        fixture_teardown();
}
END_TEST

START_TEST(verdicts_come_back_newest_first)
{
        struct record_verdict **list = NULL, *verdict = NULL, row;
        int64_t verification, run, id;
        int count;

        setup();
        run = add_run("a", "S4", true, &verification);
        row = fixture_verdict("accepted", "a", verification);
        row.inputs = "{\"weights\": [1]}";
        row.time = 12345;
        OK(record_verdict_add(fixture_store, &row, &id, ERR));
        OK(record_verdict_get(fixture_store, id, &verdict, ERR));
        ck_assert_int_eq(verdict->run, run);
        ck_assert_int_eq(verdict->verification, verification);
        ck_assert_int_eq(verdict->campaign, 0);
        ck_assert_int_eq(verdict->node, 0);
        ck_assert_str_eq(verdict->verdict, "accepted");
        ck_assert_str_eq(verdict->kernel, "softmax");
        ck_assert_str_eq(verdict->hardware, "cpu");
        ck_assert_str_eq(verdict->repository, "/srv/kernels.git");
        ck_assert_str_eq(verdict->spec_hash, SPEC_HASH);
        ck_assert_str_eq(verdict->source_hash, "a");
        ck_assert_str_eq(verdict->environment_hash, ENVIRONMENT_HASH);
        ck_assert_str_eq(verdict->inputs, "{\"weights\": [1]}");
        ck_assert_str_eq(verdict->reason, "because");
        ck_assert(verdict->ratio == 1.25 && verdict->low == 1.2 &&
                  verdict->high == 1.3);
        ck_assert_int_eq(verdict->method, 1);
        ck_assert_int_eq(verdict->threads, 2);
        ck_assert_int_eq(verdict->grade, 'A');
        ck_assert_int_eq(verdict->time, 12345);
        record_verdict_free(verdict);
        row.kernel = "matmul";
        OK(record_verdict_add(fixture_store, &row, NULL, ERR));
        row.hardware = "gpu";
        OK(record_verdict_add(fixture_store, &row, NULL, ERR));
        row.repository = "/srv/other.git";
        OK(record_verdict_add(fixture_store, &row, &id, ERR));
        OK(record_verdict_list(fixture_store, NULL, "matmul", NULL, 0, &list,
                               &count, ERR));
        ck_assert_int_eq(count, 3);
        ck_assert_int_eq(list[0]->id, id);
        record_verdicts_free(list, count);
        OK(record_verdict_list(fixture_store, "/srv/other.git", "matmul",
                               "gpu", 0, &list, &count, ERR));
        ck_assert_int_eq(count, 1);
        record_verdicts_free(list, count);
        OK(record_verdict_list(fixture_store, NULL, NULL, "gpu", 1, &list,
                               &count, ERR));
        ck_assert_int_eq(count, 1);
        record_verdicts_free(list, count);
        OK(record_verdict_list(fixture_store, NULL, NULL, NULL, 0, &list,
                               &count, ERR));
        ck_assert_int_eq(count, 4);
        record_verdicts_free(list, count);
        ck_assert_int_eq(record_verdict_get(fixture_store, 99, &verdict, ERR),
                         ERR_NOT_FOUND);
        ck_assert_ptr_null(verdict);
        fixture_teardown();
}
END_TEST

START_TEST(the_last_time_is_of_the_last_counted_run)
{
        struct record_measure measure = {.workload = "M=1"};
        struct record_run run;
        int64_t ids[3];
        double ns = 0;

        setup();
        OK(record_environment(fixture_store, "e1", "cpu", "{}", ERR));
        ck_assert_int_eq(record_last_time(fixture_store, SPEC_HASH, "a", "M=1",
                                          ENVIRONMENT_HASH, &ns, ERR),
                         ERR_NOT_FOUND);
        for (int i = 0; i < 3; i++) {
                measure.candidate_ns = 100 + i;
                run = fixture_run(0, "a");
                run.measure = &measure;
                run.measure_count = 1;
                OK(record_run_add(fixture_store, &run, &ids[i], NULL, ERR));
        }
        OK(record_last_time(fixture_store, SPEC_HASH, "a", "M=1",
                            ENVIRONMENT_HASH, &ns, ERR));
        ck_assert(ns == 102);
        OK(record_exclude(fixture_store, ids[2], "noisy", ERR));
        OK(record_exclude(fixture_store, ids[2], "noisy again", ERR));
        OK(record_last_time(fixture_store, SPEC_HASH, "a", "M=1",
                            ENVIRONMENT_HASH, &ns, ERR));
        ck_assert(ns == 101);
        ck_assert_int_eq(record_last_time(fixture_store, SPEC_HASH, "a", "M=2",
                                          ENVIRONMENT_HASH, &ns, ERR),
                         ERR_NOT_FOUND);
        ck_assert_int_eq(record_last_time(fixture_store, SPEC_HASH, "b", "M=1",
                                          ENVIRONMENT_HASH, &ns, ERR),
                         ERR_NOT_FOUND);
        ck_assert_int_eq(record_last_time(fixture_store, SPEC_HASH, "a", "M=1",
                                          "e1", &ns, ERR),
                         ERR_NOT_FOUND);
        ck_assert_int_eq(record_exclude(fixture_store, 99, "none", ERR),
                         ERR_INPUT);
        ck_assert_int_eq(record_exclude(fixture_store, ids[0], "", ERR),
                         ERR_INPUT);
        fixture_teardown();
}
END_TEST

START_TEST(wrong_is_what_the_newest_verification_says)
{
        int64_t wrong, measured;
        char older[96];

        setup();
        ck_assert(!record_is_wrong(fixture_store, SPEC_HASH, "a"));
        add_run("a", "S4", true, NULL);
        ck_assert(!record_is_wrong(fixture_store, SPEC_HASH, "a"));
        wrong = add_run("a", "S1", false, NULL);
        ck_assert(record_is_wrong(fixture_store, SPEC_HASH, "a"));
        ck_assert(!record_is_wrong(fixture_store, SPEC_HASH, "b"));
        ck_assert(!record_is_wrong(fixture_store, "s1", "a"));
        /* A run that went no further than S2 proves nothing. */
        add_run("a", "S2", true, NULL);
        ck_assert(record_is_wrong(fixture_store, SPEC_HASH, "a"));
        OK(record_exclude(fixture_store, wrong, "a broken machine", ERR));
        ck_assert(!record_is_wrong(fixture_store, SPEC_HASH, "a"));
        add_run("a", "S3", false, NULL);
        ck_assert(record_is_wrong(fixture_store, SPEC_HASH, "a"));
        /* Nor does one that only measured, also in an older store. */
        measured = add_run("a", "S3", true, NULL);
        ck_assert(record_is_wrong(fixture_store, SPEC_HASH, "a"));
        snprintf(older, sizeof older,
                 "INSERT INTO verification (run, passed) VALUES (%lld, 1)",
                 (long long)measured);
        ck_assert_int_eq(raw(older), SQLITE_OK);
        ck_assert(record_is_wrong(fixture_store, SPEC_HASH, "a"));
        ck_assert(!record_is_right(fixture_store, SPEC_HASH, "a"));
        add_run("a", "S4", true, NULL);
        ck_assert(record_is_right(fixture_store, SPEC_HASH, "a"));
        fixture_teardown();
}
END_TEST

static bool has_text(const char *hash)
{
        char *text = NULL;
        int rc = record_source_text(fixture_store, hash, &text, ERR);

        ck_assert(rc == 0 || rc == ERR_NOT_FOUND);
        free(text);
        return rc == 0;
}

START_TEST(only_texts_that_nobody_needs_expire)
{
        int64_t ended, running, paused, best, verification, other;
        struct record_run run;
        struct record_verdict verdict;
        struct node *node = NULL;
        int64_t plain;
        int dropped = -1;

        setup();
        ended = fixture_campaign("ended");
        running = fixture_campaign("running");
        paused = fixture_campaign("paused");
        plain = fixture_node(ended, 0, "plain");
        best = fixture_node(ended, plain, "best");
        fixture_node(ended, plain, "accepted");
        fixture_node(ended, plain, "suspect");
        fixture_node(ended, plain, "rejected");
        fixture_node(running, 0, "running");
        fixture_node(ended, 0, "both");
        fixture_node(running, 0, "both");
        OK(campaign_progress(fixture_store, ended, 1, best, ERR));
        OK(campaign_end(fixture_store, ended, "stall", ERR));
        /* What it would try or prove when it goes on; 24 are left. */
        fixture_node(paused, 0, "untried");
        other = fixture_node(paused, 0, "fell");
        OK(node_update(fixture_store, other, "wrong", "S2", 0, "bounds", ERR));
        for (int i = 0; i < 25; i++) {
                char name[16];

                snprintf(name, sizeof name, "fit %d", i);
                other = fixture_node(paused, 0, name);
                OK(node_update(fixture_store, other, "evaluated", "S2", 1 + i,
                               "", ERR));
        }
        OK(campaign_end(fixture_store, paused, "time", ERR));
        for (int i = 0; i < 3; i++) {
                static const char *const names[] = {"accepted", "suspect",
                                                    "rejected"};

                run = fixture_run(0, names[i]);
                OK(record_run_add(fixture_store, &run, NULL, &verification,
                                  ERR));
                verdict = fixture_verdict(names[i], names[i], verification);
                OK(record_verdict_add(fixture_store, &verdict, NULL, ERR));
        }
        OK(record_expire(fixture_store, 30, &dropped, ERR));
        ck_assert_int_eq(dropped, 0);
        /* Everything is older than a day from now. */
        OK(record_expire(fixture_store, -1, &dropped, ERR));
        ck_assert_int_eq(dropped, 4);
        ck_assert(!has_text("plain"));
        ck_assert(!has_text("rejected"));
        ck_assert(!has_text("fell"));
        ck_assert(!has_text("fit 0"));
        ck_assert(has_text("fit 1"));
        ck_assert(has_text("untried"));
        ck_assert(has_text("best"));
        ck_assert(has_text("accepted"));
        ck_assert(has_text("suspect"));
        ck_assert(has_text("running"));
        ck_assert(has_text("both"));
        ck_assert(has_text("a")); /* no node: a file of the repository */
        /* The summary stays, and the text can come back. */
        OK(node_get(fixture_store, plain, &node, ERR));
        ck_assert_str_eq(node->source_hash, "plain");
        node_free(node);
        fixture_source("plain");
        ck_assert(has_text("plain"));
        OK(record_expire(fixture_store, 1, &dropped, ERR));
        ck_assert_int_eq(dropped, 0);
        OK(store_check(fixture_store, ERR));
        fixture_teardown();
}
END_TEST

static const cJSON *numbers_of(int64_t run)
{
        static cJSON *json;

        cJSON_Delete(json);
        json = run_json(run, true);
        return side_of(json, 0, "candidate");
}

START_TEST(samples_expire_with_the_text_they_are_of)
{
        double sample[3] = {1, 2, 3};
        struct record_measure measure = {.workload = "w",
                                         .sample_count = 3,
                                         .candidate_sample = sample,
                                         .baseline_sample = sample};
        struct record_run run;
        int64_t campaign, plain, file;
        int dropped;

        setup();
        campaign = fixture_campaign("ended");
        fixture_node(campaign, 0, "plain");
        OK(campaign_end(fixture_store, campaign, "stall", ERR));
        run = fixture_run(0, "plain");
        run.measure = &measure;
        run.measure_count = 1;
        OK(record_run_add(fixture_store, &run, &plain, NULL, ERR));
        run.source_hash = "a"; /* of the repository */
        OK(record_run_add(fixture_store, &run, &file, NULL, ERR));
        check_samples(numbers_of(plain), sample, 3);
        OK(record_expire(fixture_store, -1, &dropped, ERR));
        ck_assert_int_eq(dropped, 1);
        ck_assert_ptr_null(cJSON_GetObjectItem(numbers_of(plain), "ns"));
        ck_assert(member(numbers_of(plain), "median_ns")->valuedouble == 2);
        check_samples(numbers_of(file), sample, 3);
        ck_assert_int_eq(raw("UPDATE sample SET rowid = rowid + 77"
                             " WHERE data = x''"),
                         SQLITE_CONSTRAINT);
        ck_assert_int_eq(raw("UPDATE sample SET data = x'', count = 1"
                             " WHERE data = x''"),
                         SQLITE_CONSTRAINT);
        /* Nothing comes back by itself. */
        fixture_source("plain");
        ck_assert_int_eq(raw("UPDATE sample SET data = x'00'"),
                         SQLITE_CONSTRAINT);
        ck_assert_ptr_null(cJSON_GetObjectItem(numbers_of(plain), "ns"));
        OK(store_check(fixture_store, ERR));
        fixture_teardown();
}
END_TEST

START_TEST(many_texts_expire_in_short_transactions)
{
        int64_t campaign;
        char name[16];
        int dropped;

        setup();
        campaign = fixture_campaign("ended");
        OK(sql_begin(fixture_store, ERR));
        for (int i = 0; i < 1203; i++) {
                snprintf(name, sizeof name, "n%d", i);
                fixture_node(campaign, 0, name);
        }
        OK(sql_end(fixture_store, 0, ERR));
        OK(campaign_end(fixture_store, campaign, "stall", ERR));
        OK(record_expire(fixture_store, -1, &dropped, ERR));
        ck_assert_int_eq(dropped, 1203);
        ck_assert(!has_text("n0") && !has_text("n1202"));
        fixture_teardown();
}
END_TEST

/* --- what is derived ------------------------------------------------------
 */

static char *print_summaries(void)
{
        struct kernel_summary **list = NULL;
        size_t size = 1 << 16, used = 0;
        char *text = malloc(size);
        int count;

        OK(summary_list(fixture_store, NULL, NULL, NULL, &list, &count, ERR));
        text[0] = 0;
        for (int i = 0; i < count; i++)
                used += (size_t)snprintf(
                        text + used, size - used,
                        "%s %s %s %d %d %lld %s %g %lld %g %g %lld\n",
                        list[i]->repository, list[i]->kernel,
                        list[i]->hardware, list[i]->verdicts, list[i]->wins,
                        (long long)list[i]->latest, list[i]->latest_verdict,
                        list[i]->latest_ratio, (long long)list[i]->best,
                        list[i]->best_ratio, list[i]->best_low,
                        (long long)list[i]->updated);
        ck_assert_int_lt(used, size);
        summary_list_free(list, count);
        return text;
}

/* What a summary is, counted from the list of verdicts. */
static void check_summary(const struct kernel_summary *summary,
                          const bool *excluded)
{
        struct record_verdict **list = NULL;
        int count, verdicts = 0, wins = 0;
        int64_t latest = 0, best = 0;
        double low = -1;

        OK(record_verdict_list(fixture_store, summary->repository,
                               summary->kernel, summary->hardware, 0, &list,
                               &count, ERR));
        for (int i = 0; i < count; i++) {
                bool win = text_equal(list[i]->verdict, "accepted") ||
                           text_equal(list[i]->verdict, "first");

                if (excluded[list[i]->run])
                        continue;
                verdicts++;
                wins += win;
                if (!latest)
                        latest = list[i]->id;
                if (win && list[i]->low > low) {
                        low = list[i]->low;
                        best = list[i]->id;
                }
        }
        record_verdicts_free(list, count);
        ck_assert_int_eq(summary->verdicts, verdicts);
        ck_assert_int_eq(summary->wins, wins);
        ck_assert_int_eq(summary->latest, latest);
        ck_assert_int_eq(summary->best, best);
}

START_TEST(a_rebuild_changes_nothing)
{
        static const char *const verdicts[] = {"accepted", "first", "rejected",
                                               "suspect", "inconclusive"};
        static const char *const kernels[] = {"softmax", "matmul", "topk"};
        enum { RUNS = 150 };
        bool excluded[RUNS + 1] = {false};
        struct rng rng = {4, 0};
        struct kernel_summary **list = NULL;
        struct record_verdict row;
        int64_t verification, run, victim;
        char *before, *after;
        int count;

        setup();
        for (int i = 0; i < RUNS; i++) {
                run = add_run("a", "S4", true, &verification);
                row = fixture_verdict(verdicts[rng_below(&rng, 5)], "a",
                                      verification);
                row.kernel = (char *)kernels[rng_below(&rng, 3)];
                row.hardware = rng_below(&rng, 2) ? "gpu" : "cpu";
                row.repository = rng_below(&rng, 4) ? "/srv/a" : "/srv/b";
                row.low = 1 + (double)rng_below(&rng, 1000) / 1000;
                OK(record_verdict_add(fixture_store, &row, NULL, ERR));
                if (rng_below(&rng, 3))
                        continue;
                victim = 1 + (int64_t)rng_below(&rng, (uint64_t)run);
                excluded[victim] = true;
                OK(record_exclude(fixture_store, victim, "noisy", ERR));
        }
        OK(summary_list(fixture_store, NULL, NULL, NULL, &list, &count, ERR));
        ck_assert_int_gt(count, 6);
        for (int i = 0; i < count; i++)
                check_summary(list[i], excluded);
        summary_list_free(list, count);
        OK(summary_list(fixture_store, "/srv/a", "topk", "gpu", &list, &count,
                        ERR));
        ck_assert_int_eq(count, 1);
        summary_list_free(list, count);
        OK(store_check(fixture_store, ERR));
        before = print_summaries();
        OK(store_rebuild(fixture_store, ERR));
        after = print_summaries();
        ck_assert_str_eq(before, after);
        free(after);
        /* Whatever happened to it, check says so and a rebuild mends it. */
        ck_assert_int_eq(raw("UPDATE kernel_summary SET wins = wins + 1"
                             " WHERE kernel = 'topk'"),
                         SQLITE_OK);
        ck_assert_int_eq(store_check(fixture_store, ERR), ERR_INTERNAL);
        OK(store_rebuild(fixture_store, ERR));
        ck_assert_int_eq(raw("DELETE FROM kernel_summary"), SQLITE_OK);
        ck_assert_int_eq(store_check(fixture_store, ERR), ERR_INTERNAL);
        OK(store_rebuild(fixture_store, ERR));
        OK(store_check(fixture_store, ERR));
        after = print_summaries();
        ck_assert_str_eq(before, after);
        free(before);
        free(after);
        fixture_teardown();
}
END_TEST

/* --- size ------------------------------------------------------------------
 */

/* Everything that `kevo status`, log and the first page ask. */
static void look_at_everything(void)
{
        struct kernel_summary **summaries = NULL;
        struct record_verdict **verdicts = NULL;
        struct campaign **campaigns = NULL;
        struct proposal **proposals = NULL;
        struct decision **decisions = NULL;
        struct event **events = NULL;
        struct job **jobs = NULL;
        double ns;
        int count;

        OK(summary_list(fixture_store, NULL, NULL, NULL, &summaries, &count,
                        ERR));
        summary_list_free(summaries, count);
        OK(record_verdict_list(fixture_store, NULL, "softmax", "cpu", 20,
                               &verdicts, &count, ERR));
        record_verdicts_free(verdicts, count);
        OK(record_verdict_list(fixture_store, NULL, NULL, NULL, 20, &verdicts,
                               &count, ERR));
        record_verdicts_free(verdicts, count);
        OK(campaign_list(fixture_store, "softmax", NULL, 20, &campaigns,
                         &count, ERR));
        campaigns_free(campaigns, count);
        /* A kernel that is rare: nothing to find on the way back. */
        OK(campaign_list(fixture_store, "absent", NULL, 20, &campaigns, &count,
                         ERR));
        campaigns_free(campaigns, count);
        OK(record_verdict_list(fixture_store, NULL, "absent", NULL, 20,
                               &verdicts, &count, ERR));
        record_verdicts_free(verdicts, count);
        OK(proposal_list(fixture_store, "/srv/kernels.git", NULL, "open",
                         &proposals, &count, ERR));
        proposals_free(proposals, count);
        OK(decision_list(fixture_store, 0, 20, &decisions, &count, ERR));
        decisions_free(decisions, count);
        OK(event_list(fixture_store, 20, &events, &count, ERR));
        events_free(events, count);
        OK(event_unplanned(fixture_store, &events, &count, ERR));
        events_free(events, count);
        OK(job_list(fixture_store, "queued", 20, &jobs, &count, ERR));
        jobs_free(jobs, count);
        ck_assert(!record_is_wrong(fixture_store, SPEC_HASH, "a"));
        OK(record_last_time(fixture_store, SPEC_HASH, "a", "M=1",
                            ENVIRONMENT_HASH, &ns, ERR));
}

static void fill(int runs, int samples)
{
        double *sample = malloc((size_t)samples * sizeof *sample);
        struct record_measure measure = {
                .workload = "M=1",
                .candidate_ns = 5,
                .sample_count = samples,
                .candidate_sample = sample,
                .baseline_sample = sample,
        };
        struct record_run run = fixture_run(0, "a");
        struct record_verdict verdict;
        struct event event = {.kind = "push", .planned = true};
        int64_t verification, id;
        char name[32];

        for (int i = 0; i < samples; i++)
                sample[i] = 1000 + (double)(rng_at(2, (uint64_t)i) % 4096);
        run.measure = &measure;
        run.measure_count = 1;
        for (int i = 0; i < runs; i++) {
                struct job job = {.kind = "search", .priority = 4};

                OK(record_run_add(fixture_store, &run, NULL, &verification,
                                  ERR));
                verdict = fixture_verdict("accepted", "a", verification);
                snprintf(name, sizeof name, "kernel_%d", i % 40);
                if (i % 8)
                        verdict.kernel = name;
                OK(record_verdict_add(fixture_store, &verdict, NULL, ERR));
                OK(event_add(fixture_store, &event, NULL, NULL, ERR));
                OK(job_add(fixture_store, &job, &id, NULL, ERR));
                if (i % 16)
                        OK(job_finish(fixture_store, id, "done", "", ERR));
                snprintf(name, sizeof name, "key %d", i);
                fixture_campaign(name);
        }
        free(sample);
}

static int64_t steps_to_look(void)
{
        int64_t before = sql_steps(fixture_store);

        look_at_everything();
        return sql_steps(fixture_store) - before;
}

static int64_t steps_to_fill(int runs)
{
        int64_t before = sql_steps(fixture_store);

        OK(sql_begin(fixture_store, ERR));
        fill(runs, 20);
        OK(sql_end(fixture_store, 0, ERR));
        return sql_steps(fixture_store) - before;
}

/* What a list or a write costs depends on what is asked for, not on how much
 * was stored before: with ten times the rows it may not cost twice. The cost
 * of a verdict grows with the verdicts of its own kernel only. */
START_TEST(lists_and_writes_do_not_walk_what_grows)
{
        int64_t look, write;

        setup();
        steps_to_fill(200);
        look_at_everything();
        look = steps_to_look();
        write = steps_to_fill(1);
        steps_to_fill(1800);
        ck_assert_int_lt(steps_to_look(), 2 * look);
        ck_assert_int_gt(look, 1000);
        /* The run itself, its event, job and campaign. */
        ck_assert_int_lt(steps_to_fill(1), 12 * write);
        fixture_teardown();
}
END_TEST

/* For people: KEVO_MEASURE=1 prints what docs/store.md states. */
START_TEST(a_million_samples_are_in_nobodys_way)
{
        bool measure = getenv("KEVO_MEASURE") != NULL;
        int64_t start;
        struct store *reader;

        setup();
        OK(sql_begin(fixture_store, ERR));
        fill(measure ? 2500 : 25, 200);
        OK(sql_end(fixture_store, 0, ERR));
        if (measure) {
                start = clock_monotonic_ns();
                OK(store_open_readonly(&reader, fixture_path, ERR));
                store_close(fixture_store);
                fixture_store = reader;
                look_at_everything();
                printf("open and everything a status asks: %.2f ms\n",
                       (double)(clock_monotonic_ns() - start) / 1e6);
                fixture_reopen();
                start = clock_monotonic_ns();
                fill(20, 200);
                printf("a run, verdict, event, job and campaign: %.2f ms\n",
                       (double)(clock_monotonic_ns() - start) / 20e6);
        }
        look_at_everything();
        fixture_teardown();
}
END_TEST

int main(void)
{
        const TTest *tests[] = {
                texts_are_kept_once,
                the_latest_environment_is_the_one_seen_last,
                a_run_comes_back_as_it_was_measured,
                summaries_are_of_their_samples,
                what_is_no_number_is_refused_whole,
                seeds_are_shown_when_nobody_can_learn_from_them,
                a_verification_is_of_a_finished_run,
                accepted_but_unverified_cannot_be_written,
                results_cannot_be_changed,
                verdicts_come_back_newest_first,
                the_last_time_is_of_the_last_counted_run,
                wrong_is_what_the_newest_verification_says,
                only_texts_that_nobody_needs_expire,
                samples_expire_with_the_text_they_are_of,
                many_texts_expire_in_short_transactions,
                a_rebuild_changes_nothing,
                lists_and_writes_do_not_walk_what_grows,
                a_million_samples_are_in_nobodys_way,
        };

        return check_main("records", tests, sizeof tests / sizeof tests[0]);
}
