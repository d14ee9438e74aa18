/* What every unit test's main does: run one suite, print Check's counts. */
#ifndef KEVO_TESTS_CHECK_MAIN_H
#define KEVO_TESTS_CHECK_MAIN_H

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

/* Is this one of the builds that watch memory, undefined behaviour or threads?
 * They show what they are for in a third of the random cases; the plain build
 * tries all of them. */
static inline bool check_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        return true;
#else
        return false;
#endif
}

/* For the inside of hot loops: each assertion that holds costs Check about a
 * microsecond and a record in a file. */
#define check_each(holds, ...)                     \
        do {                                       \
                if (!(holds))                      \
                        ck_abort_msg(__VA_ARGS__); \
        } while (0)

/* How many random cases, of as many as the plain build tries. */
static inline int check_draws(int count)
{
        return check_sanitized() ? (count + 2) / 3 : count;
}

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
