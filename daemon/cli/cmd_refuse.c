/* kevo refuse: close a proposal and remember why. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "deliver/deliver.h"
#include "watch/hint.h"

int cmd_refuse(int argc, char **argv)
{
        const char *repository = NULL, *why;
        const struct option_entry options[] = {
                {"repository", OPTION_FOLDER, &repository,
                 "its path, where several have the branch"},
                {0}};
        struct cli_context context;
        struct error err = {0}, ignored = {0};
        int n, rc;

        n = options_parse(options, argc, argv, 1, 2,
                          "kevo refuse BRANCH [\"WHY\"]",
                          "Close the proposal of a branch. It is remembered "
                          "with its reason: the same or a\nhardly better "
                          "kernel is not proposed again. Deleting the branch "
                          "does the same\nwithout a reason. `kevo proposal "
                          "reopen BRANCH` takes it back.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        why = n > 1 ? argv[2] : "refused by a person";
        rc = cli_context_open(&context, CONTEXT_STORE, NULL, &err);
        if (rc < 0)
                return command_fail(&err);
        rc = deliver_refuse(context.store, context.host, repository, argv[1],
                            why, &err);
        if (rc == 0) {
                printf("%s: refused, %s\n", argv[1], why);
                if (hint_send(context.host->socket, "wake\n", &ignored) < 0)
                        ignored.code = 0; /* no daemon: nothing to wake */
        }
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : 0;
}
