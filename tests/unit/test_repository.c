/* repo/repository.h: what loads, what becomes a problem, what ends it. */
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

static void put_basics(void)
{
        put("kevo.json", "{\"kevo\": 1}");
        put("hardware/amd-epyc-zen3.json", ZEN3);
        put("kernels/softmax/softmax.kernel", SOFTMAX_SPEC);
}

static void unload(void)
{
        repository_free(r);
        r = NULL;
}

static void load(void)
{
        struct error err = {0};
        struct tree *tree;

        unload();
        ck_assert_int_eq(tree_open_folder(&tree, folder, &err), 0);
        ck_assert_msg(repository_load(&r, tree, &err) == 0, "%s", err.text);
        tree_close(tree);
}

static int load_code(struct error *err)
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
static void one_problem(const char *file, const char *part)
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

START_TEST(test_whole)
{
        const struct kernel *kernel;

        put_basics();
        put("kernels/softmax/generic.c", SOFTMAX_C);
        put("kernels/softmax/amd-epyc-zen3.c", STAGED);
        put("kernels/softmax/amd-epyc-zen3.small.c",
            "// kevo: when N <= 64\n" STAGED);
        put("kernels/softmax/x86-avx2.c", STAGED);
        put("kernels/softmax/README.md", "words");
        put("kernels/softmax/.generic.c.swp", "x");
        put("kernels/softmax/generic.c~", "x");
        put("kernels/README.md", "words");
        put("models/README.md", "words");
        put("knowledge/index.md", "words");
        put("models/dlrm-rm2.json",
            "{\"kevo\": 1, \"model\": \"dlrm-rm2\", \"source\": \"here\","
            " \"weight\": 2, \"calls\": [{\"kernel\": \"softmax\", \"sizes\":"
            " {\"M\": 8, \"N\": [1, 64]}, \"count\": [3, 4]}]}");
        load();
        ck_assert_msg(r->problem_count == 0, "%s",
                      r->problem_count ? r->problem[0].text : "");
        ck_assert_int_eq(r->kernel_count, 1);
        ck_assert_int_eq(r->hardware_count, 1);
        ck_assert_int_eq(r->model_count, 1);
        ck_assert_int_eq(r->model[0].call_count, 2);
        ck_assert(r->model[0].weight == 2);
        ck_assert_str_eq(r->model[0].source, "here");
        ck_assert_int_eq(r->policy.branch_count, 2);
        ck_assert_str_eq(r->policy.branch[0], "main");
        ck_assert_int_eq(r->policy.proposals_open, 3);
        kernel = repository_find_kernel(r, "softmax");
        ck_assert_ptr_eq(kernel, &r->kernel[0]);
        ck_assert_ptr_null(repository_find_kernel(r, "nothing"));
        ck_assert_int_eq(kernel->variant_count, 4);
        ck_assert_int_eq(kernel->call_count, 2);
        ck_assert_uint_eq(strlen(kernel->blob), 40);
        ck_assert_str_eq(kernel->variant[0].path,
                         "kernels/softmax/amd-epyc-zen3.c");
        ck_assert_str_eq(kernel->variant[0].target, "amd-epyc-zen3");
        ck_assert_str_eq(kernel->variant[0].label, "");
        ck_assert_uint_eq(strlen(kernel->variant[0].blob), 40);
        ck_assert_str_eq(kernel->variant[1].label, "small");
        ck_assert_str_eq(kernel->variant[3].target, "x86-avx2");
}
END_TEST

START_TEST(test_no_policy)
{
        struct error err;

        put("kernels/softmax/softmax.kernel", SOFTMAX_SPEC);
        ck_assert_int_eq(load_code(&err), ERR_NOT_FOUND);
        ck_error_has(err, "kevo init");
        put("kevo.json", "{\"kevo\": 1");
        ck_assert_int_eq(load_code(&err), ERR_INPUT);
        ck_error_has(err, "kevo.json:1:");
}
END_TEST

START_TEST(test_empty)
{
        put("kevo.json", "{\"kevo\": 1}");
        load();
        ck_assert_int_eq(r->kernel_count + r->model_count + r->hardware_count,
                         0);
        ck_assert_ptr_null(repository_find_kernel(r, "softmax"));
}
END_TEST

START_TEST(test_policy)
{
        const struct policy_languages *l;

        put_basics();
        put("kevo.json",
            "{\"kevo\": 1, \"branches\": [\"trunk\"], \"cache\": \"cold\","
            " \"languages\": {\"// x\": 1, \"amd-epyc-zen3\": [\"opencl\","
            " \"c\"]}, \"proposals\": {\"open\": 5, \"per_day\": 2,"
            " \"group\": \"kernel\"}, \"kernels\": {\"softmax\":"
            " {\"freeze\": true}}, \"llm\": true}");
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
                {"\"languages\": []", "object"},
                {"\"proposals\": {\"opne\": 1}", "did you mean \"open\"?"},
                {"\"proposals\": {\"open\": -1}", "\"open\""},
                {"\"proposals\": {\"group\": \"all\"}", "\"kernel\""},
                {"\"kernels\": {\"a\": {\"frezze\": true}}",
                 "did you mean \"freeze\"?"},
                {"\"kernels\": {\"a\": {\"freeze\": 1}}", "true or false"},
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

START_TEST(test_frozen_kernel_must_exist)
{
        put_basics();
        put("kevo.json",
            "{\"kevo\": 1, \"kernels\": {\"softmx\": {\"freeze\": true}}}");
        one_problem("kevo.json", "no kernel \"softmx\"");
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

/* A broken spec is a problem; the other kernel still loads. */
START_TEST(test_broken_spec)
{
        put_basics();
        put("kernels/bad/bad.kernel", "kernel bad {\n  size N\n  what\n}\n");
        one_problem("kernels/bad/bad.kernel", "bad.kernel:");
        ck_assert_str_eq(r->problem[0].kernel, "bad");
        ck_assert_ptr_eq(repository_find_problem(r, "bad"), &r->problem[0]);
        ck_assert_ptr_null(repository_find_problem(r, "softmax"));
        ck_assert_int_eq(r->kernel_count, 1);
        put("kernels/bad/bad.kernel", SOFTMAX_SPEC);
        one_problem("kernels/bad/bad.kernel", "must agree");
}
END_TEST

START_TEST(test_misplaced_files)
{
        put_basics();
        put("kernels/lost/notes.txt", "no spec here");
        one_problem("kernels/lost/lost.kernel", "no such file");
        file_remove_tree(in_folder("kernels/lost"));
        put("kernels/Bad-Name/x", "");
        one_problem("kernels/Bad-Name", "C identifier");
        file_remove_tree(in_folder("kernels/Bad-Name"));
        put("kernels/knowledge/x", "");
        one_problem("kernels/knowledge", "reserved");
        file_remove_tree(in_folder("kernels/knowledge"));
        put("kernels/gelu.kernel", "x");
        one_problem("kernels/gelu.kernel", "kernels/gelu/gelu.kernel");
}
END_TEST

START_TEST(test_variant_errors)
{
        static const struct {
                const char *name, *text, *part;
        } cases[] = {
                {"amd-epyc-zen4.c", SOFTMAX_C,
                 "did you mean \"amd-epyc-zen3\"?"},
                {"generic.small.c", SOFTMAX_C, "no case"},
                {"amd-epyc-zen3.Big.c", SOFTMAX_C, "cannot name a case"},
                {"amd-epyc-zen3.a.b.c", SOFTMAX_C, "cannot name a case"},
                {"generic.cpp", SOFTMAX_C, "no language"},
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
                 "must agree"},
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

/* A commit and the folder it was made from load alike. */
START_TEST(test_commit)
{
        git_repository *repository = git_make(".", 0);
        struct error err = {0};
        struct repository *committed;
        struct tree *tree;

        put_basics();
        put("kernels/softmax/generic.c", SOFTMAX_C);
        git_commit_all(repository);
        ck_assert_int_eq(tree_open_commit(&tree, repository, "HEAD", &err), 0);
        ck_assert_int_eq(repository_load(&committed, tree, &err), 0);
        load();
        ck_assert_str_eq(r->commit, "");
        ck_assert_uint_eq(strlen(committed->commit), 40);
        ck_assert_int_eq(committed->kernel_count, r->kernel_count);
        ck_assert_str_eq(committed->kernel[0].blob, r->kernel[0].blob);
        ck_assert_str_eq(committed->kernel[0].variant[0].blob,
                         r->kernel[0].variant[0].blob);
        ck_assert_str_eq(committed->kernel[0].spec->hash,
                         r->kernel[0].spec->hash);
        repository_free(committed);
        tree_close(tree);
        git_repository_free(repository);
}
END_TEST

/* A repository that is damaged or goes away is an error, not an empty one
 * whose kernels someone removed. */
START_TEST(test_lost_object)
{
        git_repository *repository = git_make(".", 0);
        struct error err = {0};
        struct tree *tree;
        char id[41], path[64];

        put_basics();
        git_commit_all(repository);
        ck_assert_int_eq(tree_open_commit(&tree, repository, "HEAD", &err), 0);
        tree_entry_id(tree, "kernels/softmax/softmax.kernel", id);
        snprintf(path, sizeof path, ".git/objects/%.2s/%s", id, id + 2);
        ck_assert_int_eq(remove(in_folder(path)), 0);
        ck_assert_int_eq(repository_load(&r, tree, &err), ERR_IO);
        ck_assert_ptr_null(r);
        ck_error_has(err, "git fsck");
        ck_error_has(err, "softmax.kernel");
        tree_close(tree);
        git_repository_free(repository);
}
END_TEST

/* Many kernels, found by name whatever the order of the folder. */
START_TEST(test_many_kernels)
{
        struct buf calls;

        put("kevo.json", "{\"kevo\": 1}");
        buf_init(&calls, 1 << 20);
        for (int i = 0; i < 300; i++) {
                char file[64], text[256];

                snprintf(file, sizeof file, "kernels/k%d/k%d.kernel", i, i);
                snprintf(text, sizeof text,
                         "kernel k%d {\n size N\n in x: f32[N]\n out y: "
                         "f32[N]\n y[i] = x[i] + %d\n}\n",
                         i, i);
                put(file, text);
                buf_printf(&calls,
                           "%s{\"kernel\": \"k%d\", \"sizes\": {\"N\": %d}}",
                           i ? ","
                             : "{\"kevo\": 1, \"model\": \"m\", "
                               "\"calls\": [",
                           i, i + 1);
        }
        buf_puts(&calls, "]}");
        put("models/m.json", calls.data);
        buf_dispose(&calls);
        load();
        ck_assert_msg(r->problem_count == 0, "%s",
                      r->problem_count ? r->problem[0].text : "");
        ck_assert_int_eq(r->kernel_count, 300);
        for (int i = 0; i < 300; i++) {
                const struct kernel *kernel;
                char name[16];

                snprintf(name, sizeof name, "k%d", i);
                kernel = repository_find_kernel(r, name);
                ck_assert_ptr_nonnull(kernel);
                ck_assert_str_eq(kernel->spec->name, name);
                ck_assert_int_eq(kernel->call_count, 1);
                ck_assert_int_eq(kernel->call[0].call->binding.size[0], i + 1);
        }
}
END_TEST

/* Never overwrites, and says when there is nothing to do. */
START_TEST(test_init)
{
        static const char *const files[] = {
                "new/kevo.json", "new/kernels/README.md",
                "new/models/README.md", "new/hardware/amd-epyc-zen3.json"};
        struct error err = {0};
        char *text;

        ck_assert_int_eq(repository_init(in_folder("new"), NULL, NULL, &err),
                         ERR_NOT_FOUND);
        put("new/kernels/README.md", "mine");
        ck_assert_int_eq(
                repository_init(in_folder("new"), "amd-epyc-zen3", ZEN3, &err),
                3);
        for (size_t i = 0; i < 4; i++)
                ck_assert(file_exists(in_folder(files[i])));
        ck_assert_int_eq(file_read(in_folder(files[1]), 99, &text, NULL, &err),
                         0);
        ck_assert_str_eq(text, "mine");
        free(text);
        ck_assert_int_eq(
                repository_init(in_folder("new"), "amd-epyc-zen3", ZEN3, &err),
                0);
        ck_assert_int_eq(
                repository_init(in_folder("new"), "Bad Name", ZEN3, &err),
                ERR_INPUT);
}
END_TEST

/* What init writes is a repository without problems. */
START_TEST(test_init_then_load)
{
        struct error err = {0};

        ck_assert_int_eq(repository_init(folder, "amd-epyc-zen3", ZEN3, &err),
                         4);
        load();
        ck_assert_msg(r->problem_count == 0, "%s",
                      r->problem_count ? r->problem[0].text : "");
        ck_assert_int_eq(r->hardware_count, 1);
        ck_assert_str_eq(r->policy.branch[0], "main");
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("repository");

        tcase_add_checked_fixture(tcase, NULL, unload);
        tcase_add_test(tcase, test_whole);
        tcase_add_test(tcase, test_no_policy);
        tcase_add_test(tcase, test_empty);
        tcase_add_test(tcase, test_policy);
        tcase_add_test(tcase, test_policy_errors);
        tcase_add_test(tcase, test_frozen_kernel_must_exist);
        tcase_add_test(tcase, test_hardware_errors);
        tcase_add_test(tcase, test_hardware_fields);
        tcase_add_test(tcase, test_broken_spec);
        tcase_add_test(tcase, test_misplaced_files);
        tcase_add_test(tcase, test_variant_errors);
        tcase_add_test(tcase, test_header_only);
        tcase_add_test(tcase, test_header_only_errors);
        tcase_add_test(tcase, test_overlapping_cases);
        tcase_add_test(tcase, test_manifest_errors);
        tcase_add_test(tcase, test_call_of_a_broken_kernel);
        tcase_add_test(tcase, test_zip);
        tcase_add_test(tcase, test_too_many_calls);
        tcase_add_test(tcase, test_commit);
        tcase_add_test(tcase, test_lost_object);
        tcase_add_test(tcase, test_many_kernels);
        tcase_add_test(tcase, test_init);
        tcase_add_test(tcase, test_init_then_load);
        return run_case(tcase, "repository");
}
