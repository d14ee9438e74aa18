/* repository_resolve: nearest first, nothing out of its domain or wrong. */
#include "repo_fixture.h"

#include "core/text.h"
#include "repo/repository.h"

#define STAGED \
        "// kevo: stage rows tasks M args x y\nvoid rows(long task) {}\n"
#define OPENCL "// kevo: stage rows grid M block 1 args x y\nvoid rows() {}\n"

static struct repository *r;
static const char *wrong[8]; /* paths that skip refuses, ends with NULL */

static void put_all(void)
{
        put("kevo.json", "{\"kevo\": 1}");
        put("hardware/zen3.json",
            "{\"kevo\": 1, \"hardware\": \"zen3\", \"kind\": \"cpu\","
            " \"match\": {\"family\": 25}, \"family\": [\"avx2\", \"sse\"]}");
        put("hardware/h200.json",
            "{\"kevo\": 1, \"hardware\": \"h200\", \"kind\": \"cuda\","
            " \"match\": {\"arch\": \"sm_90\"}}");
        put("kernels/softmax/softmax.kernel", SOFTMAX_SPEC);
        put("kernels/softmax/generic.c", SOFTMAX_C);
        put("kernels/softmax/sse.c", STAGED);
        put("kernels/softmax/avx2.c", "// kevo: when N % 8 == 0\n" STAGED);
        put("kernels/softmax/avx2.wide.c",
            "// kevo: when N % 16 == 0\n" STAGED);
        put("kernels/softmax/zen3.c", "// kevo: when N <= 512\n" STAGED);
        put("kernels/softmax/zen3.tiny.c", "// kevo: when N <= 32\n" STAGED);
        memset(wrong, 0, sizeof wrong);
}

static void load(void)
{
        struct error err = {0};
        struct tree *tree;

        repository_free(r);
        ck_assert_int_eq(tree_open_folder(&tree, folder, &err), 0);
        ck_assert_int_eq(repository_load(&r, tree, &err), 0);
        ck_assert_msg(r->problem_count == 0, "%s",
                      r->problem_count ? r->problem[0].text : "");
        tree_close(tree);
}

static void unload(void)
{
        repository_free(r);
        r = NULL;
}

static bool is_wrong(const struct variant *variant, void *data)
{
        for (const char **w = data; *w; w++)
                if (text_ends(variant->path, *w))
                        return true;
        return false;
}

/* File name that (hardware, N) resolves to, "" for the first kernel. */
static const char *resolve(const char *hardware, int64_t n)
{
        const struct device_constants device = {.cores = 2, .l2_bytes = 1000};
        const struct kernel *kernel = repository_find_kernel(r, "softmax");
        const struct variant *found;
        struct binding binding;

        binding_init(&binding, kernel->spec);
        binding.size[0] = binding.size[1] = n;
        found = repository_resolve(r, kernel,
                                   repository_find_hardware(r, hardware),
                                   &binding, &device, is_wrong, wrong);
        return found ? strrchr(found->path, '/') + 1 : "";
}

START_TEST(test_order_of_steps)
{
        put_all();
        load();
        ck_assert_str_eq(resolve("zen3", 32), "zen3.tiny.c");
        ck_assert_str_eq(resolve("zen3", 33), "zen3.c");
        ck_assert_str_eq(resolve("zen3", 528), "avx2.wide.c");
        ck_assert_str_eq(resolve("zen3", 520), "avx2.c");
        ck_assert_str_eq(resolve("zen3", 521), "sse.c");
        ck_assert_str_eq(resolve("unknown", 32), "generic.c");
}
END_TEST

START_TEST(test_wrong_ones_are_skipped)
{
        put_all();
        load();
        wrong[0] = "/zen3.tiny.c";
        ck_assert_str_eq(resolve("zen3", 32), "zen3.c");
        wrong[1] = "/zen3.c";
        ck_assert_str_eq(resolve("zen3", 32), "avx2.wide.c");
        wrong[2] = "/avx2.wide.c";
        wrong[3] = "/avx2.c";
        wrong[4] = "/sse.c";
        ck_assert_str_eq(resolve("zen3", 32), "generic.c");
        wrong[5] = "/generic.c";
        ck_assert_str_eq(resolve("zen3", 32), "");
}
END_TEST

/* A processor never gets CUDA, a GPU never the portable C. */
START_TEST(test_kind_of_hardware)
{
        put_all();
        put("kernels/softmax/generic.cu", OPENCL);
        load();
        ck_assert_str_eq(resolve("h200", 600), "generic.cu");
        ck_assert_str_eq(resolve("unknown", 600), "generic.c");
        wrong[0] = "/generic.cu";
        ck_assert_str_eq(resolve("h200", 600), "");
}
END_TEST

START_TEST(test_language_order)
{
        put_all();
        put("kernels/softmax/zen3.cl", OPENCL);
        load();
        ck_assert_str_eq(resolve("zen3", 100), "zen3.c");
        ck_assert_str_eq(resolve("zen3", 600), "zen3.cl");
        put("kevo.json",
            "{\"kevo\": 1, \"languages\": {\"zen3\": [\"opencl\"]}}");
        load();
        ck_assert_str_eq(resolve("zen3", 100), "zen3.cl");
        wrong[0] = "/zen3.cl";
        ck_assert_str_eq(resolve("zen3", 100), "zen3.c");
}
END_TEST

/* A false `check` is as good as a false `when`. */
START_TEST(test_check_lines)
{
        put_all();
        put("kernels/softmax/zen3.c", "// kevo: check N*4 <= L2\n" STAGED);
        load();
        ck_assert_str_eq(resolve("zen3", 250), "zen3.c");
        ck_assert_str_eq(resolve("zen3", 251), "sse.c");
}
END_TEST

/* Whatever is added, the answer is a variant that applies and that no
 * nearer applying variant precedes. */
START_TEST(test_answer_always_applies)
{
        put_all();
        load();
        for (int64_t n = 1; n < 700; n++) {
                const struct kernel *kernel = &r->kernel[0];
                const struct variant *found;
                struct binding binding;

                binding_init(&binding, kernel->spec);
                binding.size[0] = binding.size[1] = n;
                found = repository_resolve(r, kernel,
                                           repository_find_hardware(r, "zen3"),
                                           &binding, NULL, NULL, NULL);
                ck_assert_ptr_nonnull(found);
                ck_assert(source_applies(found->source, kernel->spec, &binding,
                                         NULL));
                ck_assert(n > 512 || text_equal(found->target, "zen3"));
                ck_assert(n > 32 || text_equal(found->label, "tiny"));
        }
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("resolve");

        tcase_add_checked_fixture(tcase, NULL, unload);
        tcase_add_test(tcase, test_order_of_steps);
        tcase_add_test(tcase, test_wrong_ones_are_skipped);
        tcase_add_test(tcase, test_kind_of_hardware);
        tcase_add_test(tcase, test_language_order);
        tcase_add_test(tcase, test_check_lines);
        tcase_add_test(tcase, test_answer_always_applies);
        return run_case(tcase, "resolve");
}
