/* kevo status: one screen of what is running, queued, proposed, decided. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/daemon.h"
#include "cli/options.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"
#include "repo/git.h"
#include "store/graph.h"
#include "store/jobs.h"
#include "store/proposals.h"
#include "store/records.h"
#include "watch/branches.h"

enum { QUEUE_SHOWN = 8, CLOSED_SHOWN = 3, VERDICTS_SHOWN = 5 };

static const char *ago(int64_t then, char text[32])
{
        int64_t seconds = clock_wall_seconds() - then;

        if (seconds < 90)
                snprintf(text, 32, "%lld s ago", (long long)seconds);
        else if (seconds < 5400)
                snprintf(text, 32, "%lld min ago", (long long)(seconds / 60));
        else if (seconds < 172800)
                snprintf(text, 32, "%lld h ago", (long long)(seconds / 3600));
        else
                snprintf(text, 32, "%lld days ago",
                         (long long)(seconds / 86400));
        return text;
}

static int show_daemon(const struct cli_context *c, struct error *err)
{
        long pid = daemon_find(c->host->store);
        int64_t space = file_free_bytes(c->host->store);

        (void)err;
        if (pid)
                printf("daemon      running, pid %ld\n", pid);
        else
                printf("daemon      not running; `kevo daemon` starts it\n");
        printf("store       %s, %.1f GiB free%s\n", c->host->store,
               (double)space / (1 << 30),
               space >= 0 && space < c->host->free_bytes
                       ? ": too little, jobs wait"
                       : "");
        return 0;
}

static int show_machine(const struct cli_context *c, struct error *err)
{
        char name[LIMIT_NAME_BYTES + 1];
        struct machine machine;

        (void)c;
        (void)err;
        machine_probe(&machine);
        machine_hardware_name(&machine, name);
        printf("device      %s: %s, %d thread%s\n", name, machine.model_name,
               machine.threads, machine.threads == 1 ? "" : "s");
        return 0;
}

/* Read from git, not from what the daemon last saw. */
static void show_repository(const struct cli_context *c, const char *path)
{
        struct git_repository *git = NULL;
        struct branches branches = {0};
        struct error why = {0};

        if (git_open(path, &git, &why) < 0 ||
            branches_watched(git, &branches, &why) < 0)
                printf("repository  %s\n            %s\n", path, why.text);
        else if (branches.count == 0) {
                branches_explain_none(git, path, &why);
                printf("repository  %s\n", why.text);
        }
        for (int i = 0; i < branches.count; i++)
                printf("%s%s %s %.10s%s\n",
                       i == 0 ? "repository  " : "            ",
                       i == 0 ? path : "",
                       branches_short_name(branches.branch[i].ref),
                       branches.branch[i].tip,
                       i == 0 ? "" : " (verdicts only)");
        git_repository_free(git);
        (void)c;
}

static int show_repositories(const struct cli_context *c, struct error *err)
{
        (void)err;
        if (c->host->repository_count == 0)
                printf("repository  none is watched; add one to "
                       "\"repositories\" of the host file %s\n",
                       c->host->file);
        for (int i = 0; i < c->host->repository_count; i++)
                show_repository(c, c->host->repository[i].path);
        return 0;
}

/* How far the campaign of a running search is. */
static void show_progress(const struct cli_context *c, const struct job *job)
{
        struct campaign **list = NULL;
        struct node **nodes = NULL;
        int count = 0, tried = 0, wrong = 0, failed = 0;
        double best = 0;

        if (!text_equal(job->kind, "search") ||
            campaign_list(c->store, job->kernel, job->hardware, 1, &list,
                          &count, NULL) < 0)
                return;
        if (count && text_equal(list[0]->state, "running")) {
                if (node_list(c->store, list[0]->id, &nodes, &tried, NULL) < 0)
                        tried = 0;
                for (int i = 0; i < tried; i++) {
                        wrong += text_equal(nodes[i]->state, "wrong");
                        failed += text_equal(nodes[i]->state, "failed");
                        if (nodes[i]->fitness > best)
                                best = nodes[i]->fitness;
                }
                printf("            best %.2fx of the incumbent, %d "
                       "candidates "
                       "(%d wrong, %d cut off), %.0f s of search\n",
                       best, tried, wrong, failed, list[0]->seconds);
                nodes_free(nodes, tried);
        }
        campaigns_free(list, count);
}

static int show_running(const struct cli_context *c, struct error *err)
{
        struct job **list = NULL;
        char text[32];
        int count = 0, rc;

        rc = job_list(c->store, "running", 4, &list, &count, err);
        for (int i = 0; i < count && rc == 0; i++) {
                printf("running     job %lld: %s %s %s, started %s\n",
                       (long long)list[i]->id, list[i]->kind, list[i]->kernel,
                       list[i]->hardware, ago(list[i]->started, text));
                show_progress(c, list[i]);
        }
        jobs_free(list, count);
        return rc;
}

/* The order in which they will run, waiting time aside. */
static int by_urgency(const void *a, const void *b)
{
        const struct job *const *x = a, *const *y = b;

        if ((*x)->priority != (*y)->priority)
                return (*x)->priority - (*y)->priority;
        if ((*x)->score != (*y)->score)
                return (*x)->score < (*y)->score ? 1 : -1;
        return (*x)->id < (*y)->id ? -1 : 1;
}

static int show_queue(const struct cli_context *c, struct error *err)
{
        struct job **list = NULL;
        int count = 0, rc;

        rc = job_list(c->store, "queued", 0, &list, &count, err);
        if (rc == 0 && count == 0)
                printf("queue       empty\n");
        if (rc == 0 && count)
                qsort(list, (size_t)count, sizeof *list, by_urgency);
        for (int i = 0; i < count && i < QUEUE_SHOWN && rc == 0; i++)
                printf("%s job %lld: %s %s %s, priority %d%s%s\n",
                       i == 0 ? "queue      " : "           ",
                       (long long)list[i]->id, list[i]->kind, list[i]->kernel,
                       list[i]->hardware, list[i]->priority,
                       *list[i]->note ? ", last: " : "", list[i]->note);
        if (count > QUEUE_SHOWN)
                printf("            and %d more\n", count - QUEUE_SHOWN);
        jobs_free(list, count);
        return rc;
}

/* What needs a person: parked and lately failed jobs. */
static int show_trouble(const struct cli_context *c, struct error *err)
{
        static const char *const states[] = {"parked", "failed"};
        struct job **list = NULL;
        char text[32];
        int count = 0, rc = 0;

        for (int k = 0; k < 2 && rc == 0; k++) {
                rc = job_list(c->store, states[k], 3, &list, &count, err);
                for (int i = 0; i < count && rc == 0; i++)
                        printf("%-11s job %lld: %s %s, %s: %s\n", states[k],
                               (long long)list[i]->id, list[i]->kind,
                               list[i]->kernel, ago(list[i]->finished, text),
                               list[i]->note);
                jobs_free(list, count);
                list = NULL;
                count = 0;
        }
        return rc;
}

/* The last few closed ones, with the reason that is remembered. */
static int show_closed(const struct cli_context *c, struct error *err)
{
        struct proposal **list = NULL;
        char text[32];
        int count = 0, rc;

        rc = proposal_list(c->store, NULL, NULL, "merged,refused,withdrawn",
                           &list, &count, err);
        for (int i = 0; i < count && i < CLOSED_SHOWN && rc == 0; i++)
                printf("%s %s %s, %s%s%s\n",
                       i == 0 ? "closed     " : "           ", list[i]->branch,
                       list[i]->state, ago(list[i]->updated, text),
                       *list[i]->note ? ": " : "", list[i]->note);
        proposals_free(list, count);
        return rc;
}

static int show_proposals(const struct cli_context *c, struct error *err)
{
        struct proposal **list = NULL;
        int count = 0, rc;

        rc = proposal_list(c->store, NULL, NULL, "ready,open,taken,frozen",
                           &list, &count, err);
        if (rc == 0 && count == 0)
                printf("proposals   none open\n");
        for (int i = 0; i < count && rc == 0; i++)
                printf("%s %-6s %s: %.2fx at least%s%s\n",
                       i == 0 ? "proposals  " : "           ", list[i]->state,
                       list[i]->branch, list[i]->low,
                       *list[i]->note ? ", " : "", list[i]->note);
        proposals_free(list, count);
        return rc;
}

static int show_verdicts(const struct cli_context *c, struct error *err)
{
        struct record_verdict **list = NULL;
        char text[32];
        int count = 0, rc;

        rc = record_verdict_list(c->store, NULL, NULL, NULL, VERDICTS_SHOWN,
                                 &list, &count, err);
        for (int i = 0; i < count && rc == 0; i++)
                printf("%s %s %s: %s %.2fx, %s: %s\n",
                       i == 0 ? "verdicts   " : "           ", list[i]->kernel,
                       list[i]->hardware, list[i]->verdict, list[i]->ratio,
                       ago(list[i]->time, text), list[i]->reason);
        record_verdicts_free(list, count);
        return rc;
}

static int (*const parts[])(const struct cli_context *context,
                            struct error *err) = {
        show_daemon,    show_machine, show_repositories,
        show_running,   show_queue,   show_trouble,
        show_proposals, show_closed,  show_verdicts,
};

int cmd_status(int argc, char **argv)
{
        const struct option_entry options[] = {{0}};
        struct cli_context context;
        struct error err = {0};
        int n, rc;

        n = options_parse(options, argc, argv, 0, 0, "kevo status",
                          "One screen: the daemon, its repositories, what "
                          "runs, what waits, what is proposed,\nwhat was "
                          "decided last.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        rc = cli_context_open(&context, CONTEXT_STORE_READ, NULL, &err);
        for (size_t i = 0; rc == 0 && i < sizeof parts / sizeof *parts; i++)
                rc = parts[i](&context, &err);
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : 0;
}
