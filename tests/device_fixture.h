/*
 * What tests on a device share: a worker whose cache is a folder of the
 * test, and a loud word where nothing can be run.
 */
#ifndef KEVO_TESTS_DEVICE_FIXTURE_H
#define KEVO_TESTS_DEVICE_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "backends/backend.h"
#include "backends/device.h"
#include "core/file.h"
#include "core/proc.h"
#include "core/text.h"
#include "evaluate/evaluate.h"

static char folder[LIMIT_PATH_BYTES];
static struct evaluator *evaluator;
static bool processor; /* the device is this machine's own */

/* Run the cases in this process, with a worker; the exit status for main.
 * The program itself is the worker when it is told so. */
static inline int device_main(int argc, char **argv, const char *name,
                              TCase *tcase)
{
        const struct device_info *info;
        struct error err = {0};
        SRunner *runner;
        Suite *suite;
        int number, failed;

        if (argc > 1 && text_equal(argv[1], "worker"))
                return worker_main(0, 1);
        unsetenv("KEVO_WORKER");
        if (device_choose(backend_opencl.driver, &info, &number, &err) < 0 ||
            (!proc_sandbox_works(NULL) && !getenv("KEVO_UNSANDBOXED"))) {
                printf("SKIPPED, NOTHING WAS RUN ON A DEVICE: %s\n",
                       *err.text ? err.text : "no sandbox for compilers");
                return 0;
        }
        processor = info->processor;
        if (file_make_temporary(folder, &err) < 0 ||
            setenv("XDG_CACHE_HOME", folder, 1) < 0 ||
            evaluator_start(&evaluator, NULL, &err) < 0) {
                fprintf(stderr, "%s\n", err.text);
                return 1;
        }
        suite = suite_create(name);
        suite_add_tcase(suite, tcase);
        runner = srunner_create(suite);
        srunner_set_fork_status(runner, CK_NOFORK);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        evaluator_stop(evaluator);
        file_remove_tree(folder);
        return failed > 0;
}

#endif
