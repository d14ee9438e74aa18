/* kevo daemon: the loop that runs everything. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/daemon.h"
#include "cli/options.h"

static int run(const struct host *host, const struct daemon_options *options)
{
        struct error err = {0};
        int status = 0;

        if (host->repository_count == 0)
                fprintf(stderr,
                        "kevo: no repository is watched; add one to "
                        "\"repositories\" of the host file%s%s\n",
                        *host->file ? " " : "", host->file);
        if (daemon_run(host, options, &status, &err) < 0)
                return command_fail(&err);
        return status;
}

int cmd_daemon(int argc, char **argv)
{
        struct daemon_options daemon = {0};
        const char *step = NULL;
        const struct option_entry options[] = {
                {"once", OPTION_FLAG, &daemon.once,
                 "do all that is due, deliver, and exit"},
                {"quiet", OPTION_FLAG, &daemon.quiet,
                 "log only what goes wrong"},
                {"step", OPTION_TEXT, &step,
                 "(the daemon's own) probe, plan, deliver or tidy"},
                {0}};
        struct cli_context context;
        struct error err = {0};
        int n, status;

        n = options_parse(options, argc, argv, 0, 0, "kevo daemon [--once]",
                          "Watch the repositories of the host file, plan, "
                          "search, and put proved and measured\nwins on "
                          "branches. Stops on SIGTERM; loses nothing when "
                          "killed. With --once: exit 0\nwhen all went well, "
                          "1 when a job failed or a source was found wrong.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        if (cli_context_open(&context, CONTEXT_HOST, NULL, &err) < 0)
                return command_fail(&err);
        status = step ? daemon_step(context.host, step)
                      : run(context.host, &daemon);
        cli_context_close(&context);
        return status;
}
