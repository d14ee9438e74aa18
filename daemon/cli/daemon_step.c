/* The steps of the daemon that run in children; see daemon.h. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/daemon.h"
#include "cli/decisions.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"
#include "deliver/deliver.h"
#include "plan/planner.h"
#include "repo/cache.h"
#include "repo/machine.h"
#include "store/records.h"
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

/* What grows and can be made again, or is not asked for any more. With too
 * little space all of the cache goes: jobs wait for it. */
static int step_tidy(struct store *store, const struct host *host,
                     struct error *err)
{
        int64_t most = (int64_t)LIMIT_CACHE_MIB << 20;
        int64_t space = file_free_bytes(host->cache);
        struct cache_dropped dropped;
        int texts = 0, rc;

        if (space >= 0 && space < host->free_bytes)
                most = 0;
        rc = cache_prune(host->cache, most, clock_wall_seconds(), &dropped,
                         err);
        if (rc == 0)
                rc = record_expire(store, EXPIRE_DAYS, &texts, err);
        if (dropped.files)
                printf("%s: %d files dropped, %lld MiB\n", host->cache,
                       dropped.files, (long long)(dropped.bytes >> 20));
        if (texts)
                printf("%s: %d texts of candidates never accepted dropped\n",
                       host->store, texts);
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
        {"tidy", step_tidy},
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
