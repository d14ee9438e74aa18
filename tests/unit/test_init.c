/* repository_init: writes what is missing, overwrites nothing. */
#include "load_fixture.h"

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
        TCase *tcase = make_case("init");

        tcase_add_checked_fixture(tcase, NULL, unload);
        tcase_add_test(tcase, test_init);
        tcase_add_test(tcase, test_init_then_load);
        return run_case(tcase, "init");
}
