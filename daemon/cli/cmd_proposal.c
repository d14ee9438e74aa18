/* kevo proposal: list proposals with their history, reopen a refused one. */
#include <stdio.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "core/text.h"
#include "deliver/deliver.h"
#include "store/proposals.h"

enum { BRANCHES_NAMED = 1000 };

static void print_time(int64_t seconds)
{
        time_t when = (time_t)seconds;
        struct tm parts;
        char text[32] = "";

        if (localtime_r(&when, &parts))
                strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
        printf("%s", text);
}

static int print_one(struct store *store, const struct proposal *p,
                     bool history, struct error *err)
{
        struct proposal_step *steps = NULL;
        int count = 0, rc = 0;

        printf("%-10s %-40s %s%s%s\n", p->state, p->branch, p->repository,
               *p->note ? ": " : "", p->note);
        if (!history)
                return 0;
        rc = proposal_history(store, p->id, &steps, &count, err);
        for (int i = 0; rc == 0 && i < count; i++) {
                printf("    ");
                print_time(steps[i].time);
                printf("  %s -> %s, %s%s%s\n", steps[i].from, steps[i].to,
                       steps[i].event, *steps[i].note ? ": " : "",
                       steps[i].note);
        }
        proposal_history_free(steps, count);
        return rc;
}

/* No proposal has the branch: those that there are, the nearest one first. */
static int unknown_branch(struct store *store, const char *branch,
                          struct error *err)
{
        const char *names[BRANCHES_NAMED + 1] = {NULL}, *near;
        struct proposal **all = NULL;
        int count = 0, n = 0, rc;
        char text[512] = "";

        rc = proposal_list(store, NULL, NULL, NULL, &all, &count, err);
        for (int i = 0; rc == 0 && i < count && n < BRANCHES_NAMED; i++) {
                bool seen = false;

                for (int k = 0; k < n; k++)
                        seen = seen || text_equal(names[k], all[i]->branch);
                if (!seen)
                        names[n++] = all[i]->branch;
        }
        near = text_suggest(branch, names);
        if (near)
                snprintf(text, sizeof text, "did you mean %.200s?", near);
        else if (n)
                snprintf(text, sizeof text,
                         "there is %.200s; `kevo proposal --all` lists all",
                         names[0]);
        else
                snprintf(text, sizeof text,
                         "there are none yet; `kevo deliver` makes them of "
                         "accepted kernels");
        if (rc == 0)
                rc = error_set(err, ERR_NOT_FOUND,
                               "no proposal has the branch %s; %s", branch,
                               text);
        proposals_free(all, count);
        return rc;
}

static int list(struct store *store, const char *branch, bool all,
                struct error *err)
{
        struct proposal **proposals = NULL;
        char full[BRANCH_BYTES];
        int count = 0, rc;

        if (branch)
                branch = deliver_branch(branch, full);
        rc = proposal_list(store, NULL, branch,
                           all || branch ? NULL : "ready,open,taken,frozen",
                           &proposals, &count, err);
        for (int i = 0; rc == 0 && i < count; i++)
                rc = print_one(store, proposals[i], branch != NULL, err);
        if (rc == 0 && count == 0 && branch)
                rc = unknown_branch(store, branch, err);
        else if (rc == 0 && count == 0)
                printf("%s\n", all ? "no proposals"
                                   : "no proposals are waiting; --all shows "
                                     "closed ones");
        proposals_free(proposals, count);
        return rc;
}

static int reopen(const struct cli_context *context, const char *repository,
                  const char *branch, struct error *err)
{
        int rc = deliver_reopen(context->store, context->host, repository,
                                branch, "a person wants it again", err);

        if (rc == 0)
                printf("%s is ready again; `kevo deliver` opens it\n", branch);
        return rc;
}

int cmd_proposal(int argc, char **argv)
{
        const char *repository = NULL;
        bool all = false;
        const struct option_entry options[] = {
                {"all", OPTION_FLAG, &all, "closed proposals too"},
                {"repository", OPTION_FOLDER, &repository,
                 "reopen: its path, where several have the branch"},
                {0}};
        struct cli_context context;
        struct error err = {0};
        int n, rc;

        n = options_parse(options, argc, argv, 0, 2,
                          "kevo proposal [BRANCH] [--all] | kevo proposal "
                          "reopen BRANCH",
                          "List proposals, show the history of one, or give "
                          "a refused one another chance.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        rc = cli_context_open(&context, CONTEXT_STORE, NULL, &err);
        if (rc < 0)
                return command_fail(&err);
        if (n == 2 && text_equal(argv[1], "reopen"))
                rc = reopen(&context, repository, argv[2], &err);
        else if (n == 2)
                rc = error_set(&err, ERR_INPUT,
                               "proposal %s: there is only reopen", argv[1]);
        else
                rc = list(context.store, n ? argv[1] : NULL, all, &err);
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : 0;
}
