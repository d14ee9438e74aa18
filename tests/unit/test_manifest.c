/* repo/manifest.h: calls that zip, and manifests refused as a whole. */
#include "load_fixture.h"

START_TEST(test_zip)
{
        const struct call *call;
        int m, n;

        put_basics();
        put("models/m.json",
            "{\"kevo\": 1, \"model\": \"m\", \"calls\": [{\"kernel\": "
            "\"softmax\", \"sizes\": {\"M\": [1, 64, 2048], \"N\": 512},"
            " \"count\": [1, 3, 6], \"data\": \"zipf\"}, {\"kernel\": "
            "\"softmax\", \"sizes\": {\"N\": [7, 8], \"M\": [5, 6]},"
            " \"count\": 9}]}");
        load();
        ck_assert_int_eq(r->problem_count, 0);
        ck_assert_int_eq(r->model[0].call_count, 5);
        m = spec_find_size(r->kernel[0].spec, "M")->number;
        n = spec_find_size(r->kernel[0].spec, "N")->number;
        call = r->model[0].call;
        ck_assert_int_eq(call[1].binding.size[m], 64);
        ck_assert_int_eq(call[2].binding.size[m], 2048);
        ck_assert_int_eq(call[2].binding.size[n], 512);
        ck_assert_int_eq(call[2].count, 6);
        ck_assert(call[0].binding.zipf && !call[3].binding.zipf);
        ck_assert_int_eq(call[4].binding.size[m], 6);
        ck_assert_int_eq(call[4].binding.size[n], 8);
        ck_assert_int_eq(call[3].count, 9);
        ck_assert_int_eq(call[4].count, 9);
}
END_TEST

START_TEST(test_manifest_errors)
{
        static const struct {
                const char *calls, *part;
        } cases[] = {
                {"[]", "\"calls\""},
                {"{}", "\"calls\""},
                {"[{}]", "calls[0]"},
                {"[{\"kernel\": \"sofmax\", \"sizes\": {}}]",
                 "did you mean \"softmax\""},
                {"[{\"kernel\": \"softmax\"}]", "size M"},
                {"[{\"kernel\": \"softmax\", \"sizes\": {\"H\": 1}}]",
                 "no size \"H\"; its sizes are M, N"},
                {"[{\"kernel\": \"softmax\", \"sizes\": {\"M\": 1}}]",
                 "size N of kernel softmax is missing"},
                {"[{\"kernel\": \"softmax\", \"sizes\": {\"M\": 1, \"N\": 1, "
                 "\"K\": 1}}]",
                 "\"K\""},
                {"[{\"kernel\": \"softmax\", \"sizes\": {\"M\": 1, \"N\": "
                 "0}}]",
                 "calls[0]"},
                {"[{\"kernel\": \"softmax\", \"sizes\": {\"M\": 1, \"N\": "
                 "\"8\"}}]",
                 "whole number"},
                {"[{\"kernel\": \"softmax\", \"sizes\": {\"M\": [1, 2], "
                 "\"N\": "
                 "[1, 2, 3]}}]",
                 " has length "},
                {"[{\"kernel\": \"softmax\", \"sizes\": {\"M\": [1, 2], "
                 "\"N\": "
                 "1}, \"count\": [1, 2, 3]}]",
                 "must agree"},
                {"[{\"kernel\": \"softmax\", \"sizes\": {\"M\": [], \"N\": "
                 "1}}]",
                 "empty"},
                {"[{\"kernel\": \"softmax\", \"sizes\": {\"M\": [1, \"2\"], "
                 "\"N\": 1}}]",
                 "whole number"},
                {"[{\"kernel\": \"softmax\", \"sizes\": {\"M\": 1, \"N\": 1}, "
                 "\"count\": 0}]",
                 "\"count\""},
                {"[{\"kernel\": \"softmax\", \"sizes\": {\"M\": 1, \"N\": 1}, "
                 "\"params\": {\"eps\": 1}}]",
                 "params"},
                {"[{\"kernel\": \"softmax\", \"sizes\": {\"M\": 1, \"N\": 1}, "
                 "\"data\": \"zip\"}]",
                 "zipf"},
                {"[{\"kernel\": \"softmax\", \"sizes\": {\"M\": 1, \"N\": 1}},"
                 " {\"kernel\": \"softmax\", \"size\": {}}]",
                 "calls[1]"},
        };

        put_basics();
        put("models/good.json", "{\"kevo\": 1, \"model\": \"good\", \"calls\":"
                                " [{\"kernel\": \"softmax\", \"sizes\": "
                                "{\"M\": 1, \"N\": 2}}]}");
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char text[512];

                snprintf(text, sizeof text,
                         "{\"kevo\": 1, \"model\": \"bad\", \"calls\": %s}",
                         cases[i].calls);
                put("models/bad.json", text);
                one_problem("models/bad.json", cases[i].part);
                ck_assert_int_eq(r->model_count, 1);
                ck_assert_int_eq(r->kernel[0].call_count, 1);
        }
        put("models/bad.json", "{\"kevo\": 1, \"model\": \"worse\"}");
        one_problem("models/bad.json", "must agree");
        put("models/bad.json", "{\"kevo\": 1, \"model\": \"bad\", \"call\": "
                               "[]}");
        one_problem("models/bad.json", "did you mean \"calls\"?");
}
END_TEST

START_TEST(test_call_of_a_broken_kernel)
{
        put_basics();
        put("kernels/bad/bad.kernel", "kernel bad {");
        put("models/m.json", "{\"kevo\": 1, \"model\": \"m\", \"calls\": "
                             "[{\"kernel\": \"bad\", \"sizes\": {}}]}");
        load();
        ck_assert_int_eq(r->problem_count, 2);
        ck_assert_ptr_nonnull(strstr(r->problem[1].text,
                                     "correct kernels/bad/bad.kernel first"));
}
END_TEST

START_TEST(test_too_many_calls)
{
        struct buf text;

        put_basics();
        buf_init(&text, 4 << 20);
        buf_puts(&text, "{\"kevo\": 1, \"model\": \"m\", \"calls\": [");
        for (int i = 0; i < 2; i++) {
                buf_printf(&text,
                           "%s{\"kernel\": \"softmax\", \"sizes\": "
                           "{\"N\": 1, \"M\": [1",
                           i ? "," : "");
                for (int j = 0; j < REPOSITORY_MODEL_CALLS / 2; j++)
                        buf_puts(&text, ",1");
                buf_puts(&text, "]}}");
        }
        buf_puts(&text, "]}");
        put("models/m.json", text.data);
        buf_dispose(&text);
        one_problem("models/m.json", "more than");
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("manifest");

        tcase_add_checked_fixture(tcase, NULL, unload);
        tcase_add_test(tcase, test_zip);
        tcase_add_test(tcase, test_manifest_errors);
        tcase_add_test(tcase, test_call_of_a_broken_kernel);
        tcase_add_test(tcase, test_too_many_calls);
        return run_case(tcase, "manifest");
}
