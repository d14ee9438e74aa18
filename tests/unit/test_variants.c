/* repo/variants.h: file names, header-only files, cases that overlap. */
#include "load_fixture.h"

START_TEST(test_variant_errors)
{
        static const struct {
                const char *name, *text, *part;
        } cases[] = {
                {"amd-epyc-zen4.c", SOFTMAX_C,
                 "did you mean \"amd-epyc-zen3\"?"},
                {"intel-xeon.c", SOFTMAX_C, "add hardware/intel-xeon.json"},
                {"Generic.c", SOFTMAX_C, "called generic.c"},
                {"soft_max.c", SOFTMAX_C, "called generic.c"},
                {"softmax.cl", SOFTMAX_C, "called generic.cl"},
                {"generic.small.c", SOFTMAX_C, "no case"},
                {"amd-epyc-zen3.Big.c", SOFTMAX_C, "cannot name a case"},
                {"amd-epyc-zen3.a.b.c", SOFTMAX_C, "cannot name a case"},
                {"generic.cpp", SOFTMAX_C, "no language"},
                {"baselin.py", "pass\n", "did you mean \"baseline.py\"?"},
                {"Baseline.py", "pass\n", "did you mean \"baseline.py\"?"},
                {"generic.bind.json", "{}", "not supported by this version"},
                {"generic.c", "int nothing;\n", "generic.c"},
                {"generic.c", "// kevo: fixx N\n" STAGED, "generic.c:1"},
                {"amd-epyc-zen3.c", "// kevo: use generic.c\n",
                 "no such file"},
        };

        put_basics();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char file[64];

                snprintf(file, sizeof file, "kernels/softmax/%s",
                         cases[i].name);
                put(file, cases[i].text);
                one_problem(file, cases[i].part);
                ck_assert_int_eq(r->kernel_count, 1);
                ck_assert_int_eq(r->kernel[0].variant_count, 0);
                ck_assert_int_eq(remove(in_folder(file)), 0);
        }
}
END_TEST

START_TEST(test_header_only)
{
        const struct kernel *kernel;
        const struct variant *variant;

        put_basics();
        put("kernels/softmax/generic.c", STAGED);
        put("kernels/softmax/amd-epyc-zen3.c",
            "// kevo: use generic.c\n// kevo: tune W = 16\n");
        load();
        ck_assert_int_eq(r->problem_count, 0);
        kernel = &r->kernel[0];
        ck_assert_int_eq(kernel->variant_count, 2);
        variant = &kernel->variant[0];
        ck_assert(variant->header_only);
        ck_assert_str_eq(variant->target, "amd-epyc-zen3");
        ck_assert_int_eq(variant->source->tune[0].value, 16);
        ck_assert_int_eq(variant->source->stage_count, 1);
        ck_assert_ptr_nonnull(strstr(variant->source->text, "void rows"));
        ck_assert_str_ne(variant->blob, kernel->variant[1].blob);
        ck_assert_int_eq(kernel->variant[1].source->tune[0].value, 8);
}
END_TEST

START_TEST(test_header_only_errors)
{
        put_basics();
        put("kernels/softmax/generic.c", STAGED);
        put("kernels/softmax/amd-epyc-zen3.c",
            "// kevo: use generic.c\n// kevo: tune W = 5\n");
        one_problem("kernels/softmax/amd-epyc-zen3.c", "not in the list");
        ck_assert_int_eq(r->kernel[0].variant_count, 1);
        put("kernels/softmax/amd-epyc-zen3.c", "// kevo: use x86-avx2.c\n");
        put("kernels/softmax/x86-avx2.c", "// kevo: use generic.c\n");
        one_problem("kernels/softmax/amd-epyc-zen3.c", "header-only itself");
        ck_assert_int_eq(r->kernel[0].variant_count, 2);
        put("kernels/softmax/generic.c", "int broken;\n");
        remove(in_folder("kernels/softmax/x86-avx2.c"));
        put("kernels/softmax/amd-epyc-zen3.c", "// kevo: use generic.c\n");
        load();
        ck_assert_int_eq(r->problem_count, 2);
        ck_assert_ptr_nonnull(
                strstr(r->problem[1].text, "has a problem itself"));
}
END_TEST

/* Two cases that hold for a declared workload, of the spec or of a model. */
START_TEST(test_overlapping_cases)
{
        put_basics();
        put("kernels/softmax/amd-epyc-zen3.a.c",
            "// kevo: when N >= 1000\n" STAGED);
        put("kernels/softmax/amd-epyc-zen3.b.c",
            "// kevo: when N < 1000\n" STAGED);
        put("kernels/softmax/amd-epyc-zen3.b.cl",
            "// kevo: stage rows grid M block 1 args x y\nvoid rows() {}\n");
        load();
        ck_assert_int_eq(r->problem_count, 0);
        put("kernels/softmax/amd-epyc-zen3.b.c",
            "// kevo: when N <= 4096\n" STAGED);
        one_problem("kernels/softmax/amd-epyc-zen3.a.c",
                    "kernels/softmax/amd-epyc-zen3.b.c");
        ck_assert_ptr_nonnull(strstr(r->problem[0].text, "serving"));
        ck_assert_str_eq(r->problem[0].kernel, "softmax");
        put("kernels/softmax/amd-epyc-zen3.b.c",
            "// kevo: when N <= 1000\n" STAGED);
        load();
        ck_assert_int_eq(r->problem_count, 0);
        put("models/m.json", "{\"kevo\": 1, \"model\": \"m\", \"calls\": "
                             "[{\"kernel\": \"softmax\", \"sizes\": "
                             "{\"M\": 1, \"N\": 1000}}]}");
        one_problem("kernels/softmax/amd-epyc-zen3.a.c", "workload m");
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("variants");

        tcase_add_checked_fixture(tcase, NULL, unload);
        tcase_add_test(tcase, test_variant_errors);
        tcase_add_test(tcase, test_header_only);
        tcase_add_test(tcase, test_header_only_errors);
        tcase_add_test(tcase, test_overlapping_cases);
        return run_case(tcase, "variants");
}
