/* repo/hardware.h: every key, and what is refused. */
#include "load_fixture.h"

START_TEST(test_hardware_fields)
{
        const struct hardware *h;

        put("kevo.json", "{\"kevo\": 1}");
        put("hardware/nvidia-h200.json",
            "{\"kevo\": 1, \"hardware\": \"nvidia-h200\", \"kind\": \"cuda\","
            " \"match\": {\"arch\": \"sm_90\", \"name\": \"NVIDIA H200*\"},"
            " \"family\": [\"nvidia-sm90\"], \"generation\": {\"vendor\":"
            " \"nvidia\", \"order\": 90}, \"peaks\": {\"dram_gbs\": 4800,"
            " \"f16_tflops\": 990, \"f32_tflops\": 67}}");
        load();
        ck_assert_int_eq(r->problem_count, 0);
        h = repository_find_hardware(r, "nvidia-h200");
        ck_assert_ptr_nonnull(h);
        ck_assert_str_eq(h->arch, "sm_90");
        ck_assert_str_eq(h->model_name, "NVIDIA H200*");
        ck_assert_ptr_null(h->vendor);
        ck_assert_int_eq(h->threads, -1);
        ck_assert_str_eq(h->family[0], "nvidia-sm90");
        ck_assert_str_eq(h->generation_vendor, "nvidia");
        ck_assert_int_eq(h->generation_order, 90);
        ck_assert(h->peak_gbs == 4800 && h->peak_gflops == 990000);
        ck_assert_ptr_null(repository_find_hardware(r, "none"));
}
END_TEST

START_TEST(test_hardware_errors)
{
        static const struct {
                const char *name, *body, *part;
        } cases[] = {
                {"a",
                 "\"hardware\": \"b\", \"kind\": \"cpu\", \"match\": "
                 "{\"family\": 1}",
                 "must agree"},
                {"a", "\"hardware\": \"a\", \"match\": {\"family\": 1}",
                 "\"kind\""},
                {"a",
                 "\"hardware\": \"a\", \"kind\": \"gpu\", \"match\": "
                 "{\"family\": 1}",
                 "\"cuda\""},
                {"a", "\"hardware\": \"a\", \"kind\": \"cpu\"", "\"match\""},
                {"a", "\"hardware\": \"a\", \"kind\": \"cpu\", \"match\": {}",
                 "must not be empty"},
                {"a",
                 "\"hardware\": \"a\", \"kind\": \"cpu\", \"match\": "
                 "{\"vender\": \"x\"}",
                 "did you mean \"vendor\"?"},
                {"a",
                 "\"hardware\": \"a\", \"kind\": \"cpu\", \"match\": "
                 "{\"isa\": \"avx2\"}",
                 "list"},
                {"a",
                 "\"hardware\": \"a\", \"kind\": \"cpu\", \"match\": "
                 "{\"family\": 1}, \"family\": [\"a\"]",
                 "itself"},
                {"a",
                 "\"hardware\": \"a\", \"kind\": \"cpu\", \"match\": "
                 "{\"family\": 1}, \"peaks\": {\"dram\": 1}",
                 "peaks"},
                {"all", "\"hardware\": \"all\"", "reserved"},
                {"A_B", "\"hardware\": \"A_B\"", "cannot name"},
        };

        put("kevo.json", "{\"kevo\": 1}");
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char file[64], text[512];

                snprintf(file, sizeof file, "hardware/%s.json", cases[i].name);
                snprintf(text, sizeof text, "{\"kevo\": 1, %s}",
                         cases[i].body);
                put(file, text);
                one_problem(file, cases[i].part);
                ck_assert_int_eq(r->hardware_count, 0);
                ck_assert_int_eq(remove(in_folder(file)), 0);
        }
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("hardware");

        tcase_add_checked_fixture(tcase, NULL, unload);
        tcase_add_test(tcase, test_hardware_fields);
        tcase_add_test(tcase, test_hardware_errors);
        return run_case(tcase, "hardware");
}
