/* repo/repository.h: what loads, what becomes a problem, what ends it. */
#include "load_fixture.h"

#include <unistd.h>

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

START_TEST(test_frozen_kernel_must_exist)
{
        put_basics();
        put("kevo.json",
            "{\"kevo\": 1, \"kernels\": {\"softmx\": {\"freeze\": true}}}");
        one_problem("kevo.json", "no kernel \"softmx\"");
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
        put("kernels/lost/found.kernel", SOFTMAX_SPEC);
        one_problem("kernels/lost/lost.kernel", "kernels/lost/found.kernel");
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

/* A name is quoted without what a terminal or a log would act on. */
START_TEST(test_names_with_control_bytes)
{
        put_basics();
        put("kernels/softmax/line\nfeed\033[2J.c", STAGED);
        load();
        ck_assert_int_eq(r->problem_count, 1);
        ck_assert_ptr_nonnull(
                strstr(r->problem[0].text, "kernels/softmax/line?feed?[2J.c"));
        ck_assert(!text_has_control(r->problem[0].text));
}
END_TEST

/* A link is a problem where a folder should be, never a missing kernel. */
START_TEST(test_linked_folders)
{
        put_basics();
        ck_assert_int_eq(symlink("softmax", in_folder("kernels/other")), 0);
        one_problem("kernels/other", "symbolic link");
        ck_assert_ptr_nonnull(repository_find_problem(r, "other"));
        ck_assert_int_eq(unlink(in_folder("kernels/other")), 0);
        file_remove_tree(in_folder("models"));
        ck_assert_int_eq(symlink("/etc", in_folder("models")), 0);
        one_problem("models", "symbolic link");
        ck_assert_int_eq(r->kernel_count, 1);
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

int main(void)
{
        TCase *tcase = make_case("repository");

        tcase_add_checked_fixture(tcase, NULL, unload);
        tcase_add_test(tcase, test_whole);
        tcase_add_test(tcase, test_no_policy);
        tcase_add_test(tcase, test_empty);
        tcase_add_test(tcase, test_frozen_kernel_must_exist);
        tcase_add_test(tcase, test_broken_spec);
        tcase_add_test(tcase, test_misplaced_files);
        tcase_add_test(tcase, test_names_with_control_bytes);
        tcase_add_test(tcase, test_linked_folders);
        tcase_add_test(tcase, test_commit);
        tcase_add_test(tcase, test_lost_object);
        tcase_add_test(tcase, test_many_kernels);
        return run_case(tcase, "repository");
}
