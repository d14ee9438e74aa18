/* The steps of the daemon that run in children; see daemon.h. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/daemon.h"
#include "cli/decisions.h"
#include "core/text.h"
#include "deliver/deliver.h"
#include "plan/planner.h"
#include "repo/machine.h"
#include "watch/environment_probe.h"

static int step_probe(struct store *store, const struct host *host,
                      struct error *err)
{
        struct environment_probe result;
        struct machine machine;
        int rc;

        (void)host;
        machine_probe(&machine);
        rc = environment_probe(store, &machine, &result, err);
        if (rc < 0)
                return rc;
        return result.pending ? EXIT_TRANSIENT : 0;
}

static int step_plan(struct store *store, const struct host *host,
                     struct error *err)
{
        struct planner_outcome outcome;
        int rc = planner_run(store, host, &outcome, err);

        if (rc == 0 && outcome.waiting)
                rc = error_set(err, ERR_BUSY, "%d event%s: %s",
                               outcome.waiting,
                               outcome.waiting == 1 ? " waits" : "s wait",
                               outcome.last_problem);
        return rc;
}

static int step_deliver(struct store *store, const struct host *host,
                        struct error *err)
{
        struct deliver_outcome outcome;
        int rc = deliver_run(store, host, NULL, &outcome, err);

        if (rc == 0 && outcome.problems)
                rc = error_set(err, ERR_BUSY, "%s", outcome.last_problem);
        return rc;
}

static const struct {
        const char *name;
        int (*run)(struct store *store, const struct host *host,
                   struct error *err);
} steps[] = {
        {"probe", step_probe},
        {"plan", step_plan},
        {"deliver", step_deliver},
};

int daemon_step(const struct host *host, const char *name)
{
        struct store *store = NULL;
        struct error err = {0};
        int64_t since;
        int rc = ERR_INPUT;

        if (store_open(&store, host->store, &err) < 0)
                return command_fail(&err);
        store_set_patience_ms(store, CLI_PATIENCE_MS);
        since = decisions_newest(store);
        error_set(&err, ERR_INPUT, "no step \"%s\"", name);
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
                if (text_equal(steps[i].name, name))
                        rc = steps[i].run(store, host, &err);
        }
        decisions_print_since(store, since);
        fflush(stdout); /* the daemon keeps the last line: the error's */
        store_close(store);
        /* EXIT_TRANSIENT has a meaning of its own here: see step_probe. */
        return rc < 0 ? command_fail(&err) : rc;
}
