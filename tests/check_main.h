/* What every unit test's main does: run one suite, print Check's counts. */
#ifndef KEVO_TESTS_CHECK_MAIN_H
#define KEVO_TESTS_CHECK_MAIN_H

#include <check.h>
#include <stdlib.h>

/* Runs all of the cases; the exit status for main. */
static inline int check_main(const char *name, const TTest *const *tests,
                             int count)
{
        Suite *suite = suite_create(name);
        TCase *tcase = tcase_create(name);
        SRunner *runner;
        int failed;

        tcase_set_timeout(tcase, 120);
        for (int i = 0; i < count; i++)
                tcase_add_test(tcase, tests[i]);
        suite_add_tcase(suite, tcase);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
