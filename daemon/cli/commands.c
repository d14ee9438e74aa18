/* The table of commands, and `kevo help` and `kevo version` from it. */
#include "cli/commands.h"

#include <stdio.h>

#include "cli/options.h"
#include "core/text.h"
#include "evaluate/evaluate.h"
#include "evaluate/openblas.h"
#include "lower/lower.h"

const struct command command_table[] = {
        {"init", "make a folder a kernel repository", cmd_init},
        {"hardware", "write this machine's hardware file", cmd_hardware},
        {"check", "check a spec, a source or a whole repository", cmd_check},
        {"show", "shapes, costs and floors of a kernel", cmd_show},
        {"eval", "compute a kernel's outputs from given inputs", cmd_eval},
        {"verify", "prove a source correct against its oracle", cmd_verify},
        {"bench", "measure a source against the incumbent", cmd_bench},
        {"search", "search a faster kernel, verify and measure it",
         cmd_search},
        {"ablate", "measure what each part of the search is worth",
         cmd_ablate},
        {"deliver", "put accepted kernels on branches", cmd_deliver},
        {"export", "write the kernels as a C library", cmd_export},
        {"reproduce", "measure a delivered commit again", cmd_reproduce},
        {"refuse", "close a proposal and remember why", cmd_refuse},
        {"proposal", "list proposals, reopen a refused one", cmd_proposal},
        {"daemon", "watch repositories and do all of this", cmd_daemon},
        {"status", "what is running, queued, proposed", cmd_status},
        {"log", "what happened and what was decided, and why", cmd_log},
        {"hook", "install git hooks that wake the daemon", cmd_hook},
        {"doctor", "check compilers, isolation, noise, owners", cmd_doctor},
        {"store", "check, rebuild or trim the database", cmd_store},
        {"worker", NULL, cmd_worker},
        {"baseline", NULL, cmd_baseline},
        {"version", "versions of kevo and its methods", cmd_version},
        {"help", "this overview, or `kevo help COMMAND`", cmd_help},
        {NULL, NULL, NULL},
};

static const struct option_entry no_options[] = {{0}};

/* `kevo help search` is `kevo search --help`. */
static int help_of(const char *name)
{
        char option[] = "--help", *arguments[] = {(char *)name, option, NULL};

        for (const struct command *c = command_table; c->name; c++) {
                if (text_equal(name, c->name) && c->run != cmd_help)
                        return c->run(2, arguments);
        }
        return -1;
}

int cmd_help(int argc, char **argv)
{
        const struct command *c;
        int rc = 0;

        if (argc > 1 && text_equal(argv[0], "help")) {
                rc = help_of(argv[1]);
                if (rc >= 0)
                        return rc;
                fprintf(stderr, "kevo: no command \"%s\"; these are there\n\n",
                        argv[1]);
                rc = 2;
        }
        printf("kevo: search, prove, measure and deliver compute kernels\n\n"
               "usage: kevo COMMAND [ARGUMENTS]; kevo COMMAND --help\n\n");
        for (c = command_table; c->name; c++) {
                if (c->summary)
                        printf("  %-10s %s\n", c->name, c->summary);
        }
        return rc;
}

int cmd_version(int argc, char **argv)
{
        int n = options_parse(no_options, argc, argv, 0, 0, "kevo version",
                              "Print the versions that results depend on.");

        if (n < 0)
                return n == -2 ? 0 : 2;
        printf("kevo %s\nmethod %d\nlowering %d\nstore schema %d\n",
               KEVO_VERSION, EVALUATE_METHOD, LOWER_VERSION,
               store_schema_version());
        return 0;
}

int cmd_worker(int argc, char **argv)
{
        int n = options_parse(no_options, argc, argv, 0, 0, "kevo worker",
                              "Speak the worker protocol on standard input "
                              "and output.");

        if (n < 0)
                return n == -2 ? 0 : 2;
        return worker_main(0, 1);
}

int command_fail(const struct error *err)
{
        fprintf(stderr, "kevo: %s\n", err->text);
        return 2;
}

int command_fail_job(const struct error *err)
{
        command_fail(err);
        switch (err->code) {
        case ERR_IO:
        case ERR_MEMORY:
        case ERR_TIMEOUT:
        case ERR_BUSY:
        case ERR_LOST:
                return EXIT_TRANSIENT;
        default:
                return 2;
        }
}

int cmd_baseline(int argc, char **argv)
{
        int n = options_parse(no_options, argc, argv, 0, 0, "kevo baseline",
                              "Run OpenBLAS for a worker.");

        if (n < 0)
                return n == -2 ? 0 : 2;
        return openblas_serve();
}
