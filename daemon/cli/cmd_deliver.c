/* kevo deliver: put accepted kernels on branches, see what became of open
 * ones. The daemon does the same after each search. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/decisions.h"
#include "cli/options.h"
#include "deliver/deliver.h"

/* The repository around a folder; NULL when it is none, and why. */
static char *find_repository(const char *folder, struct error *why)
{
        struct cli_context context;
        char *root;

        if (cli_context_open(&context, CONTEXT_REPOSITORY, folder, why) < 0)
                return NULL;
        root = strdup(context.root);
        cli_context_close(&context);
        return root;
}

static int deliver(struct cli_context *context, const char *folder,
                   struct error *err)
{
        struct deliver_outcome outcome;
        struct error why = {0};
        char *root = find_repository(folder, &why);
        int64_t since = decisions_newest(context->store);
        int rc, shown;

        if (!root && folder) {
                /* A bare repository has no kevo.json on disk. */
                root = realpath(folder, NULL);
                if (!root)
                        return error_set(err, ERR_NOT_FOUND,
                                         "%s: no such folder", folder);
        }
        /* Nobody named one, neither here nor in the host file. */
        if (!root && context->host->repository_count == 0)
                return error_set(err, why.code, "%s", why.text);
        rc = deliver_run(context->store, context->host, root, &outcome, err);
        shown = decisions_print_since(context->store, since);
        if (rc == 0 && outcome.problems)
                rc = error_set(err, ERR_IO, "%s", outcome.last_problem);
        else if (rc == 0 && shown == 0)
                printf("nothing new to deliver; `kevo proposal` lists what is "
                       "open\n");
        free(root);
        return rc;
}

int cmd_deliver(int argc, char **argv)
{
        const struct option_entry options[] = {{0}};
        struct cli_context context;
        struct error err = {0};
        int n, rc;

        n = options_parse(options, argc, argv, 0, 1,
                          "kevo deliver [REPOSITORY]",
                          "Make proposals of accepted kernels: one branch "
                          "kevo/KERNEL/HARDWARE each, one commit\nwith its "
                          "evidence. Looks at open proposals first: merged, "
                          "refused, taken by a person,\nout of date. Your "
                          "work tree is never touched. Default: the "
                          "repository around this\nfolder, or all of the "
                          "host file.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        rc = cli_context_open(&context, CONTEXT_STORE, NULL, &err);
        if (rc < 0)
                return command_fail(&err);
        rc = deliver(&context, n ? argv[1] : NULL, &err);
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : 0;
}
