/* repo/policy.h: every key of kevo.json, and what is refused. */
#include "load_fixture.h"

START_TEST(test_policy)
{
        const struct policy_languages *l;

        put_basics();
        put("kevo.json",
            "{\"kevo\": 1, \"branches\": [\"trunk\"], \"cache\": \"cold\","
            " \"languages\": {\"// x\": 1, \"amd-epyc-zen3\": [\"opencl\","
            " \"c\"]}, \"proposals\": {\"open\": 5, \"per_day\": 2,"
            " \"group\": \"kernel\"}, \"kernels\": {\"softmax\":"
            " {\"freeze\": true, \"fix\": false}}, \"llm\": true}");
        load();
        ck_assert_int_eq(r->problem_count, 0);
        ck_assert_int_eq(r->policy.branch_count, 1);
        ck_assert_str_eq(r->policy.branch[0], "trunk");
        ck_assert(r->policy.cold && r->policy.llm);
        ck_assert(r->policy.group_by_kernel);
        ck_assert_int_eq(r->policy.proposals_open, 5);
        ck_assert_int_eq(r->policy.proposals_per_day, 2);
        ck_assert(repository_is_frozen(r, "softmax"));
        ck_assert(!repository_is_frozen(r, "other"));
        ck_assert(!repository_may_fix(r, "softmax"));
        ck_assert(repository_may_fix(r, "other"));
        l = repository_find_languages(r, "amd-epyc-zen3");
        ck_assert_int_eq(l->count, 2);
        ck_assert_str_eq(l->language[0], "opencl");
        ck_assert_ptr_null(repository_find_languages(r, "other"));
}
END_TEST

START_TEST(test_policy_errors)
{
        static const struct {
                const char *body, *part;
        } cases[] = {
                {"\"branch\": []", "did you mean \"branches\"?"},
                {"\"branches\": \"main\"", "list"},
                {"\"branches\": [\"kevo/x\"]", "where kevo writes"},
                {"\"branches\": [\"a b\"]", "not the name"},
                {"\"cache\": \"hot\"", "\"warm\" or \"cold\""},
                {"\"languages\": {\"x\": [\"cud\"]}", "did you mean \"cuda\""},
                {"\"languages\": {\"X\": [\"c\"]}", "languages"},
                {"\"languages\": {\"x\": \"c\"}", "list"},
                {"\"languages\": {\"x\": []}", "leave the key out"},
                {"\"languages\": []", "object"},
                {"\"proposals\": {\"opne\": 1}", "did you mean \"open\"?"},
                {"\"proposals\": {\"open\": -1}", "\"open\""},
                {"\"proposals\": {\"group\": \"all\"}", "\"kernel\""},
                {"\"kernels\": {\"a\": {\"frezze\": true}}",
                 "did you mean \"freeze\"?"},
                {"\"kernels\": {\"a\": {\"freeze\": 1}}", "true or false"},
                {"\"kernels\": {\"a\": {\"fix\": 1}}", "true or false"},
                {"\"llm\": 1", "true or false"},
                {"\"command\": \"x\"", "unknown key"},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct error err;
                char text[512];

                snprintf(text, sizeof text, "{\"kevo\": 1, %s}",
                         cases[i].body);
                put("kevo.json", text);
                ck_assert_msg(load_code(&err) < 0, "accepted: %s", text);
                ck_assert_msg(text_starts(err.text, "kevo.json"), "%s",
                              err.text);
                ck_error_has(err, cases[i].part);
        }
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("policy");

        tcase_add_checked_fixture(tcase, NULL, unload);
        tcase_add_test(tcase, test_policy);
        tcase_add_test(tcase, test_policy_errors);
        return run_case(tcase, "policy");
}
