/*
 * kevo ablate KERNEL...: what each part of the search is worth on these
 * kernels, measured by replaying searches over recordings made here.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "core/json.h"
#include "search/ablate.h"

enum { KERNELS_MAX = 64, POINTS_MAX = 4096 };

/* Kernels with their recordings. */
struct bench {
        int count;
        struct subject *subject[KERNELS_MAX];
        struct tape tape[KERNELS_MAX];
        struct kin kin[KERNELS_MAX];
        struct ablate_case cases[KERNELS_MAX];
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
        (void)number;
        interrupted = 1;
}

static bool show_progress(const struct campaign_state *state, void *data)
{
        (void)data;
        if (isatty(2))
                fprintf(stderr,
                        "\r\033[K%s: recording, %d evaluated (%d wrong), "
                        "%.0f of %.0f s",
                        state->kernel, state->candidates, state->wrong,
                        state->elapsed, state->seconds);
        return !interrupted;
}

static int record_one(struct cli_context *context, const char *name,
                      struct campaign_options *options, int points,
                      struct bench *bench, struct error *err)
{
        const struct kernel *kernel;
        int at = bench->count, rc;

        rc = cli_find_kernel(context, name, &kernel, err);
        if (rc == 0)
                rc = cli_make_subject(context, kernel, &bench->subject[at],
                                      err);
        if (rc < 0)
                return rc;
        bench->count++;
        rc = record_tape(&bench->tape[at], context->store, bench->subject[at],
                         options, points, err);
        if (isatty(2))
                fprintf(stderr, "\r\033[K");
        if (rc == 0 && recording_best(&bench->tape[at].recording) <= 0)
                rc = error_set(err, ERR_NOT_FOUND,
                               "%s: nothing right was recorded; give it more "
                               "--seconds",
                               kernel->name);
        return rc;
}

/* Kin come last: the recordings of the other kernels are among them. */
static int make_cases(struct cli_context *context, struct bench *bench,
                      struct error *err)
{
        int rc = 0;

        for (int i = 0; rc == 0 && i < bench->count; i++) {
                rc = kin_load(&bench->kin[i], context->store,
                              bench->subject[i], bench->tape[i].campaign, true,
                              err);
                bench->cases[i] =
                        (struct ablate_case){bench->subject[i]->kernel->name,
                                             &bench->tape[i], &bench->kin[i]};
        }
        return rc;
}

static void dispose(struct bench *bench)
{
        for (int i = 0; i < bench->count; i++) {
                kin_dispose(&bench->kin[i]);
                tape_dispose(&bench->tape[i]);
                subject_free(bench->subject[i]);
        }
        free(bench);
}

static void print_number(const struct ablate_number *n)
{
        if (n->mean > 0)
                printf("  %5.3f (%5.3f-%5.3f)", n->mean, n->low, n->high);
        else
                printf("  %-19s", "-");
}

static void print_table(const struct bench *bench, int seeds,
                        const struct ablate_row *rows)
{
        for (int i = 0; i < bench->count; i++) {
                const struct tape *t = &bench->tape[i];

                printf("%s: %d results recorded of a part of %d points%s, %d "
                       "wrong; best %.3fx of the incumbent; the prior orders "
                       "%.0f %% of pairs right",
                       bench->cases[i].name, t->recording.count, t->points,
                       t->complete ? "" : " (cut off by --seconds)", t->wrong,
                       recording_best(&t->recording),
                       100 * recording_agreement(&t->recording));
                if (bench->kin[i].history_count)
                        printf("; %d results of kin, likeness %.2f",
                               bench->kin[i].history_count,
                               bench->kin[i].likeness);
                printf("\n");
        }
        printf("\nmean over %d kernels x %d seeds of best found / best "
               "recorded, with 95 %% intervals\n\n%-21s",
               bench->count, seeds, "after evaluations:");
        for (int b = 0; b < ABLATE_BUDGETS; b++)
                printf("  %-19d", ablate_budget[b]);
        printf("  to 95 %% of the best\n");
        for (int v = 0; ablate_variants[v].name; v++) {
                const struct ablate_number *e = &rows[v].evaluations;

                printf("%-21s", ablate_variants[v].name);
                for (int b = 0; b < ABLATE_BUDGETS; b++)
                        print_number(&rows[v].share[b]);
                printf("  %.0f (%.0f-%.0f), %.0f %%\n", e->mean, e->low,
                       e->high, 100 * rows[v].reached);
        }
}

static cJSON *number_json(const struct ablate_number *n)
{
        double values[] = {n->mean, n->low, n->high};

        return cJSON_CreateDoubleArray(values, 3);
}

static void print_json(const struct bench *bench, int seeds,
                       const struct ablate_row *rows)
{
        cJSON *json = cJSON_CreateObject();
        cJSON *kernels = cJSON_AddArrayToObject(json, "kernels");
        cJSON *variants = cJSON_AddArrayToObject(json, "variants");
        char *text;

        cJSON_AddNumberToObject(json, "seeds", seeds);
        for (int i = 0; i < bench->count; i++) {
                const struct tape *t = &bench->tape[i];
                cJSON *one = cJSON_CreateObject();

                cJSON_AddStringToObject(one, "kernel", bench->cases[i].name);
                cJSON_AddNumberToObject(one, "recorded", t->recording.count);
                cJSON_AddNumberToObject(one, "points", t->points);
                cJSON_AddNumberToObject(one, "wrong", t->wrong);
                cJSON_AddBoolToObject(one, "complete", t->complete);
                cJSON_AddNumberToObject(one, "best",
                                        recording_best(&t->recording));
                cJSON_AddNumberToObject(one, "prior",
                                        recording_agreement(&t->recording));
                cJSON_AddNumberToObject(one, "kin",
                                        bench->kin[i].history_count);
                cJSON_AddItemToArray(kernels, one);
        }
        for (int v = 0; ablate_variants[v].name; v++) {
                cJSON *one = cJSON_CreateObject();
                cJSON *share = cJSON_AddObjectToObject(one, "share");
                char budget[16];

                cJSON_AddStringToObject(one, "name", ablate_variants[v].name);
                for (int b = 0; b < ABLATE_BUDGETS; b++) {
                        if (rows[v].share[b].mean <= 0)
                                continue;
                        snprintf(budget, sizeof budget, "%d",
                                 ablate_budget[b]);
                        cJSON_AddItemToObject(share, budget,
                                              number_json(&rows[v].share[b]));
                }
                cJSON_AddItemToObject(one, "evaluations",
                                      number_json(&rows[v].evaluations));
                cJSON_AddNumberToObject(one, "reached", rows[v].reached);
                cJSON_AddItemToArray(variants, one);
        }
        text = cJSON_Print(json);
        printf("%s\n", text ? text : "{}");
        free(text);
        cJSON_Delete(json);
}

static int ablate(struct cli_context *context, char **names, int count,
                  struct campaign_options *options, int points, int seeds,
                  bool json, struct error *err)
{
        struct bench *bench = calloc(1, sizeof *bench);
        struct ablate_row *rows = NULL;
        int rc = 0;

        if (!bench)
                return error_memory(err);
        options->progress = show_progress;
        options->repository = context->root;
        options->free_bytes = context->host->free_bytes;
        for (int i = 0; rc == 0 && i < count && !interrupted; i++)
                rc = record_one(context, names[i], options, points, bench,
                                err);
        if (rc == 0)
                rc = make_cases(context, bench, err);
        if (rc == 0 && interrupted)
                rc = error_set(err, ERR_BUSY,
                               "interrupted; what was recorded is kept, and "
                               "recording goes on at the next call");
        if (rc == 0)
                rc = ablate_run(bench->cases, bench->count, seeds, &rows, err);
        if (rc == 0 && json)
                print_json(bench, seeds, rows);
        else if (rc == 0)
                print_table(bench, seeds, rows);
        free(rows);
        dispose(bench);
        return rc;
}

int cmd_ablate(int argc, char **argv)
{
        struct campaign_options record = {.seconds = 300};
        struct sigaction action = {.sa_handler = on_signal};
        int64_t points = 256, seeds = 30, threads = 0;
        bool json = false;
        const struct option_entry options[] = {
                {"seconds", OPTION_SECONDS, &record.seconds,
                 "time to record each kernel; default 5m"},
                {"points", OPTION_INT, &points,
                 "size of the part that is recorded; default 256"},
                {"seeds", OPTION_INT, &seeds,
                 "searches of each kind a kernel; default 30"},
                {"threads", OPTION_INT, &threads,
                 "threads on both sides; default all of the machine"},
                {"worker", OPTION_COMMAND, &record.worker,
                 "command that starts a worker, such as `ssh h kevo worker`"},
                {"json", OPTION_FLAG, &json, "the table as JSON"},
                {0}};
        struct cli_context context;
        struct error err = {0};
        int n, rc;

        n = options_parse(options, argc, argv, 1, KERNELS_MAX,
                          "kevo ablate KERNEL... [--seconds TIME] [...]",
                          "Measure what each part of the search is worth: all "
                          "points of a part of each\nkernel's spaces are "
                          "evaluated and recorded once, then searches with a "
                          "part\nexchanged or left out are replayed over the "
                          "recording with many seeds. A\nrecording that was "
                          "cut off goes on at the next call.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        if (points < 2 || points > POINTS_MAX || seeds < 2 ||
            seeds > ABLATE_SEEDS_MAX) {
                error_set(&err, ERR_INPUT,
                          "--points is 2 to %d, --seeds 2 to %d", POINTS_MAX,
                          ABLATE_SEEDS_MAX);
                return command_fail(&err);
        }
        record.threads = (int)threads;
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        rc = cli_context_open(
                &context, CONTEXT_STORE | CONTEXT_REPOSITORY | CONTEXT_MACHINE,
                NULL, &err);
        if (rc < 0)
                return command_fail(&err);
        rc = ablate(&context, argv + 1, n, &record, (int)points, (int)seeds,
                    json, &err);
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : 0;
}
