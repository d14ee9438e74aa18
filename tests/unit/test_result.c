/* Results and requests survive the way between worker and client, and what
 * is not one is refused. */
#include "evaluate/result.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/rng.h"
#include "evaluate/request.h"

static struct evaluate_result *make_result(void)
{
        struct evaluate_result *r = result_new();
        struct evaluate_measure *m;
        struct error err = {0};

        r->reached = STAGE_S4;
        r->correct = true;
        r->verdict = VERDICT_ACCEPTED;
        r->grade = 'A';
        r->threads = 2;
        r->fitness = r->ratio = 1.25;
        r->low = 1.2;
        r->high = 1.3;
        r->wall_ns = INT64_C(123456789012);
        memset(r->identity, 'a', HASH_TEXT_BYTES - 1);
        ck_assert_int_eq(result_set_reason(r, "faster: \"%d\"", 3), 0);
        free(r->environment);
        r->environment = strdup("{\"cpu\":\"x\"}");
        for (int i = 0; i < 20; i++)
                ck_assert_int_eq(result_add_check(r, STAGE_S1, "oracle", i % 2,
                                                  "a detail", "hidden", &err),
                                 0);
        for (int i = 0; i < 5; i++) {
                ck_assert_int_eq(result_add_measure(r, "S3", i, &m, &err), 0);
                m->ratio = 1 + 0.1 * i;
                m->cold = i % 2;
                m->rounds = 20;
                m->sample_count = 40;
                m->candidate_sample = calloc(40, sizeof(double));
                m->baseline_sample = calloc(40, sizeof(double));
                for (int k = 0; k < 40; k++)
                        m->candidate_sample[k] = 1e3 / (k + 1);
        }
        for (int i = 0; i < 3; i++) {
                struct evaluate_outside *o;

                ck_assert_int_eq(result_add_outside(r, i, "pytorch", &o, &err),
                                 0);
                snprintf(o->version, sizeof o->version, "PyTorch %d", i);
                o->ratio = 1.5;
                o->low = 1.25;
                o->outside_ns = 3e6;
                o->rounds = 20;
        }
        return r;
}

START_TEST(test_results_come_back)
{
        struct evaluate_result *r = make_result(), *back = NULL;
        struct error err = {0};
        cJSON *json, *parsed = NULL;
        char *text;

        r->check[18].late = true;
        json = evaluate_result_to_json(r, true);
        text = json_print(json);

        ck_assert_int_eq(
                json_parse_message(text, strlen(text), 1 << 20, &parsed, &err),
                0);
        ck_assert_int_eq(evaluate_result_from_json(parsed, &back, &err), 0);
        ck_assert_int_eq(back->reached, r->reached);
        ck_assert_int_eq(back->verdict, r->verdict);
        ck_assert(back->correct);
        ck_assert_int_eq(back->grade, 'A');
        ck_assert_str_eq(back->reason, r->reason);
        ck_assert_str_eq(back->identity, r->identity);
        ck_assert_str_eq(back->environment, r->environment);
        ck_assert_int_eq(back->wall_ns, r->wall_ns);
        ck_assert_int_eq(back->check_count, 20);
        ck_assert_str_eq(back->check[19].detail, "a detail");
        ck_assert(back->check[19].passed && !back->check[18].passed);
        ck_assert(back->check[18].late && !back->check[16].late);
        ck_assert_int_eq(back->measure_count, 5);
        ck_assert_int_eq(back->measure[4].workload, 4);
        ck_assert(back->measure[3].cold && !back->measure[4].cold);
        ck_assert_int_eq(back->outside_count, 3);
        ck_assert_int_eq(back->outside[2].workload, 2);
        ck_assert_str_eq(back->outside[1].version, "PyTorch 1");
        ck_assert_str_eq(back->outside[1].name, "pytorch");
        ck_assert(back->outside[0].low == 1.25);
        ck_assert(back->outside[0].outside_ns == 3e6);
        for (int k = 0; k < 40; k++)
                ck_assert_double_eq_tol(back->measure[2].candidate_sample[k],
                                        r->measure[2].candidate_sample[k],
                                        1e-9);
        cJSON_Delete(json);
        cJSON_Delete(parsed);
        free(text);
        evaluate_result_free(back);
        evaluate_result_free(r);
}
END_TEST

/* Any change to the JSON is read or refused; nothing is read wrong by
 * accident of memory: sanitizers watch. */
START_TEST(test_damaged_results)
{
        struct evaluate_result *r = make_result(), *back;
        struct rng rng = {5, 0};
        cJSON *json = evaluate_result_to_json(r, true), *parsed;
        char *text = json_print(json), *copy;
        struct error err = {0};
        size_t n = strlen(text);

        for (int i = 0; i < 1000; i++) {
                copy = strdup(text);
                for (int k = 0; k < 3; k++)
                        copy[rng_below(&rng, n)] =
                                "0\"{}[],:x-9"[rng_below(&rng, 11)];
                parsed = NULL;
                back = NULL;
                if (json_parse_message(copy, n, 1 << 20, &parsed, &err) == 0)
                        (void)!evaluate_result_from_json(parsed, &back, &err);
                evaluate_result_free(back);
                cJSON_Delete(parsed);
                free(copy);
        }
        ck_assert_int_eq(evaluate_result_from_json(NULL, &back, &err),
                         ERR_INPUT);
        cJSON_Delete(json);
        free(text);
        evaluate_result_free(r);
}
END_TEST

/* A number that no integer can hold is none; a workload that no request can
 * have is refused. */
START_TEST(test_numbers_beyond_their_types)
{
        static const char *const refused[] = {
                "{\"measures\": [{\"workload\": 256}]}",
                "{\"measures\": [{\"workload\": -1}]}",
                "{\"outside\": [{\"workload\": 256}]}"};
        static const char text[] =
                "{\"threads\": 1e300, \"wall_ns\": -1e19, \"calls_ns\": 1.5,"
                " \"measures\": [{\"workload\": 3, \"rounds\": 1e10}]}";
        struct evaluate_result *r = NULL;
        struct error err = {0};
        cJSON *json = cJSON_Parse(text);

        ck_assert_int_eq(evaluate_result_from_json(json, &r, &err), 0);
        ck_assert_int_eq(r->threads, 0);
        ck_assert_int_eq(r->wall_ns, 0);
        ck_assert_int_eq(r->calls_ns, 0);
        ck_assert_int_eq(r->measure[0].rounds, 0);
        ck_assert_int_eq(r->measure[0].workload, 3);
        evaluate_result_free(r);
        cJSON_Delete(json);
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
                json = cJSON_Parse(refused[i]);
                ck_assert_int_eq(evaluate_result_from_json(json, &r, &err),
                                 ERR_INPUT);
                ck_assert_ptr_null(r);
                cJSON_Delete(json);
        }
}
END_TEST

START_TEST(test_names)
{
        for (int i = VERDICT_NONE; i <= VERDICT_SUSPECT; i++)
                ck_assert_int_eq(
                        verdict_from_name(verdict_name((enum verdict)i)), i);
        ck_assert_int_eq(verdict_from_name("splendid"), VERDICT_NONE);
}
END_TEST

static const char spec_text[] = "kernel scale {\n"
                                "    size N, M in 1..=4096\n"
                                "    in   x: f32[N, M]\n"
                                "    out  y: f32[N, M]\n"
                                "    param a: f32 in 0.0..=2.0 = 0.5\n"
                                "    y[i, j] = a * x[i, j]\n"
                                "    workload w  N=8 M=16 a=0.25\n"
                                "}\n";

START_TEST(test_requests_come_back)
{
        struct spec *spec = NULL;
        struct error err = {0};
        struct evaluate_workload w = {.name = "w",
                                      .weight = 2,
                                      .incumbent = "int x;",
                                      .incumbent_language = "c",
                                      .incumbent_label = "blob"};
        struct evaluate_request r = {.campaign = "c",
                                     .language = "c",
                                     .candidate = "text \"with\" quotes\n",
                                     .candidate_label = "label",
                                     .workload_count = 1,
                                     .workload = &w,
                                     .stage = STAGE_S3,
                                     .threads = 2,
                                     .cold = true,
                                     .model_written = true,
                                     .timeout_ns = INT64_C(5000000000)};
        struct evaluate_workload *list = NULL;
        struct evaluate_request back;
        const char *text, *file, *reference;
        cJSON *json;

        ck_assert_msg(spec_parse(spec_text, strlen(spec_text), "s.kernel",
                                 &spec, &err) == 0,
                      "%s", err.text);
        r.spec = spec;
        binding_from_workload(&w.binding, spec, spec->workload[0]);
        json = request_to_json(&r);
        ck_assert_ptr_nonnull(json);
        ck_assert_int_eq(request_spec(json, &text, &file, &reference, &err),
                         0);
        ck_assert_ptr_null(reference);
        ck_assert_str_eq(text, spec_text);
        ck_assert_str_eq(file, "s.kernel");
        ck_assert_msg(request_from_json(json, spec, &back, &list, &err) == 0,
                      "%s", err.text);
        ck_assert_str_eq(back.candidate, r.candidate);
        ck_assert_int_eq(back.stage, r.stage);
        ck_assert_int_eq(back.threads, 2);
        ck_assert(back.cold && back.model_written && !back.measure_only);
        ck_assert_int_eq(back.timeout_ns, r.timeout_ns);
        ck_assert_int_eq(back.workload_count, 1);
        ck_assert_int_eq(list->binding.size[0], 8);
        ck_assert_int_eq(list->binding.size[1], 16);
        ck_assert_double_eq(list->binding.param[0], 0.25);
        ck_assert_double_eq(list->weight, 2);
        ck_assert_str_eq(list->incumbent, "int x;");
        free(list);
        /* What is missing or of the wrong type is named. */
        cJSON_DeleteItemFromObject(json, "candidate");
        ck_assert_int_eq(request_from_json(json, spec, &back, &list, &err),
                         ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "candidate"));
        cJSON_Delete(json);
        spec_free(spec);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("result");
        TCase *tests = tcase_create("result");
        SRunner *runner;
        int failed;

        tcase_add_test(tests, test_results_come_back);
        tcase_add_test(tests, test_damaged_results);
        tcase_add_test(tests, test_numbers_beyond_their_types);
        tcase_add_test(tests, test_names);
        tcase_add_test(tests, test_requests_come_back);
        suite_add_tcase(suite, tests);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
