/*
 * kevo search KERNEL: one campaign, with a live line. The daemon runs the
 * same code as `kevo search --job N`.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/passed_over.h"
#include "cli/progress.h"
#include "cli/trial.h"
#include "cli/uncommitted.h"
#include "core/json.h"
#include "core/text.h"
#include "plan/draft.h"
#include "plan/second.h"
#include "search/campaign.h"
#include "store/jobs.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
        interrupted = number;
}

/* What the live line needs to know between two calls. */
struct live {
        struct progress progress;
        double best;
};

/* "2 wrong", and which of the refused were not, if any. */
static const char *refused(int wrong, int late, char text[64])
{
        if (late)
                snprintf(text, 64, "%d wrong, %d out of time", wrong, late);
        else
                snprintf(text, 64, "%d wrong", wrong);
        return text;
}

static bool show_progress(const struct campaign_state *state, void *data)
{
        struct live *live = data;
        double left = state->seconds - state->elapsed;
        char line[512], counts[64];
        int n;

        if (!progress_is_due(&live->progress, state->doing,
                             state->best > live->best * 1.005))
                return !interrupted;
        live->best = state->best;
        n = snprintf(line, sizeof line,
                     "%s: %s: best %.2fx of the incumbent, %d candidate%s "
                     "(%s)",
                     state->kernel, state->doing, state->best,
                     state->candidates, state->candidates == 1 ? "" : "s",
                     refused(state->wrong, state->late, counts));
        if (left > 0 && n > 0 && (size_t)n < sizeof line)
                snprintf(line + n, sizeof line - (size_t)n,
                         ", %.0f s left  %.60s", left, state->best_move);
        progress_print(&live->progress, state->doing, line);
        return !interrupted;
}

static void print_json(const struct campaign_outcome *outcome)
{
        cJSON *json = cJSON_CreateObject();
        char *text;

        cJSON_AddNumberToObject(json, "campaign", (double)outcome->campaign);
        cJSON_AddNumberToObject(json, "node", (double)outcome->node);
        cJSON_AddNumberToObject(json, "verdict_id", (double)outcome->verdict);
        cJSON_AddStringToObject(json, "verdict",
                                verdict_name(outcome->decision));
        cJSON_AddStringToObject(json, "ending", outcome->ending);
        cJSON_AddStringToObject(json, "reason",
                                outcome->reason ? outcome->reason : "");
        cJSON_AddNumberToObject(json, "ratio", outcome->ratio);
        cJSON_AddNumberToObject(json, "low", outcome->low);
        cJSON_AddNumberToObject(json, "high", outcome->high);
        cJSON_AddNumberToObject(json, "candidates", outcome->candidates);
        cJSON_AddNumberToObject(json, "wrong", outcome->wrong);
        cJSON_AddNumberToObject(json, "late", outcome->late);
        text = cJSON_Print(json);
        printf("%s\n", text ? text : "{}");
        free(text);
        cJSON_Delete(json);
}

static const char *name_decision(const struct campaign_outcome *outcome)
{
        return outcome->decision == VERDICT_NONE
                       ? "no verdict"
                       : verdict_name(outcome->decision);
}

static void print_ending(const char *kernel,
                         const struct campaign_outcome *outcome)
{
        const char *plural = outcome->candidates == 1 ? "" : "s";
        char counts[64];

        refused(outcome->wrong, outcome->late, counts);
        if (outcome->earlier)
                printf("%s: %s by an earlier search, which ended by %s; "
                       "nothing that it depends on has changed since\n",
                       kernel, name_decision(outcome), outcome->ending);
        else if (text_equal(outcome->ending, "interrupted"))
                printf("%s: stopped after %d candidate%s (%s)\n", kernel,
                       outcome->candidates, plural, counts);
        else
                printf("%s: %s after %d candidate%s (%s); the search ended by "
                       "%s\n",
                       kernel, name_decision(outcome), outcome->candidates,
                       plural, counts, outcome->ending);
}

/* The search has shown another number all the time. */
static void print_ratio(const struct campaign_outcome *outcome)
{
        printf("  %.3fx, 95 %% interval %.3f to %.3f\n", outcome->ratio,
               outcome->low, outcome->high);
        if (outcome->searched > 0 &&
            fabs(log(outcome->searched / outcome->ratio)) > 0.05)
                printf("  the search's %.2fx is of a few short measurements, "
                       "this one of the long ones that decide\n",
                       outcome->searched);
}

static void print_outcome(const struct subject *subject,
                          const struct campaign_outcome *outcome)
{
        print_ending(subject->kernel->name, outcome);
        if (outcome->ratio > 0)
                print_ratio(outcome);
        if (outcome->result)
                cli_print_measures(subject, outcome->result);
        if (outcome->decision == VERDICT_FIRST)
                printf("  accepted as the first source of this kernel, beside "
                       "generated code\n");
        if (outcome->decision == VERDICT_REJECTED)
                printf("  nothing to deliver: what the repository dispatches "
                       "to stays\n");
        /* The reason comes last: the daemon keeps the last line. */
        if (outcome->reason && *outcome->reason)
                printf("  %s\n", outcome->reason);
}

static bool ran_out(const struct campaign_outcome *outcome)
{
        return text_equal(outcome->ending, "time") ||
               text_equal(outcome->ending, "candidates") ||
               text_equal(outcome->ending, "disturbed");
}

/* A person's search stands in `kevo log` beside the daemon's. That it cannot
 * be written down is no reason to hide what it found. */
static void note_in_log(struct store *store, const struct subject *subject,
                        const char *repository,
                        const struct campaign_outcome *outcome)
{
        char subject_text[2 * LIMIT_NAME_BYTES + 8];
        struct event event = {.kind = "search",
                              .repository = (char *)repository,
                              .subject = subject_text,
                              .before = "",
                              .after = "",
                              .dedupe = ""};
        struct error why = {0};
        struct draft draft;
        int64_t id;
        int rc;

        snprintf(subject_text, sizeof subject_text, "%s on %s",
                 subject->kernel->name, subject->hardware->name);
        draft_init(&draft);
        draft_decide(&draft, subject->kernel->name, subject->hardware->name,
                     "search",
                     "by hand: %s after %d candidate%s, ended by %s%s%s",
                     name_decision(outcome), outcome->candidates,
                     outcome->candidates == 1 ? "" : "s", outcome->ending,
                     outcome->reason && *outcome->reason ? ": " : "",
                     outcome->reason ? outcome->reason : "");
        rc = event_add(store, &event, &id, NULL, &why);
        if (rc == 0)
                rc = draft_commit(&draft, store, id, &why);
        draft_dispose(&draft);
        if (rc < 0)
                fprintf(stderr, "kevo: not in the log: %s\n", why.text);
}

/* A file that cannot be used is missed where it was meant to be searched. */
static void tell_left_out(const struct cli_context *context, const char *name)
{
        const struct problem *problem =
                repository_find_problem(context->repository, name);

        if (problem)
                fprintf(stderr, "kevo: left out of the search: %s\n",
                        problem->text);
}

/* Said before the minutes are spent, not when they are in vain. */
static void tell_before(const struct cli_context *context,
                        const struct subject *subject)
{
        char text[ERROR_TEXT_BYTES];

        passed_over_tell(context, subject);
        uncommitted_explain(context, subject, text, sizeof text);
        if (*text)
                fprintf(stderr, "kevo: %s: %s\n", subject->kernel->name, text);
}

/* job: of the daemon, NULL for a person. */
static int search(struct cli_context *context, const char *name,
                  struct campaign_options *options, const struct job *job,
                  bool json, struct error *err)
{
        struct live live = {0};
        struct campaign_outcome *outcome = NULL;
        const struct kernel *kernel;
        struct subject *subject = NULL;
        int rc;

        progress_begin(&live.progress, NULL, json);
        options->progress = show_progress;
        options->again = job == NULL;
        options->data = &live;
        options->repository = context->root;
        options->free_bytes = context->host->free_bytes;
        rc = cli_find_kernel(context, name, &kernel, err);
        if (rc == 0 && !job)
                tell_left_out(context, name);
        if (rc == 0)
                rc = cli_make_subject(context, kernel, &subject, err);
        if (rc == 0 && !job)
                tell_before(context, subject);
        if (rc == 0)
                rc = campaign_run(context->store, subject, options, &outcome,
                                  err);
        if (rc == 0 && !job)
                note_in_log(context->store, subject, context->root, outcome);
        if (rc == 0 && job && ran_out(outcome))
                rc = second_pass_add(context->store, context->host, job,
                                     subject->key, NULL, err);
        progress_end(&live.progress);
        if (rc == 0 && json)
                print_json(outcome);
        else if (rc == 0)
                print_outcome(subject, outcome);
        campaign_outcome_free(outcome);
        subject_free(subject);
        return rc;
}

/* A child of the daemon: what to search stands in the queue. once: the daemon
 * ends when the queue is empty, so nothing is added to it. */
static int search_job(int64_t id, bool once, struct campaign_options *options)
{
        struct cli_context context;
        struct error err = {0};
        struct job *job = NULL;
        cJSON *payload = NULL;
        int64_t seconds = 0;
        int rc;

        rc = cli_open_job(&context, id, &job, &payload, &err);
        if (rc < 0)
                return command_fail_job(&err);
        if (once)
                context.host->second_seconds = 0;
        seconds = context.host->search_seconds;
        rc = json_get_int_or(payload, "seconds", "job", 1, HOST_PASS_SECONDS,
                             &seconds, &err);
        options->seconds = (double)seconds;
        if (rc == 0)
                rc = search(&context, job->kernel, options, job, false, &err);
        job_free(job);
        cJSON_Delete(payload);
        cli_context_close(&context);
        if (interrupted)
                return EXIT_TRANSIENT;
        return rc < 0 ? command_fail_job(&err) : 0;
}

static void catch_signals(void)
{
        struct sigaction action = {.sa_handler = on_signal};

        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
}

int cmd_search(int argc, char **argv)
{
        struct campaign_options search_options = {.seconds = -1};
        int64_t job = 0, candidates = 0, seed = 0, seeding = -1;
        const char *language = NULL;
        bool json = false, once = false;
        const struct option_entry options[] = {
                {"language", OPTION_TEXT, &language,
                 "search for this language's device: c (default), opencl"},
                {"seconds", OPTION_SECONDS, &search_options.seconds,
                 "time to search; default from the host file, 120"},
                {"candidates", OPTION_INT, &candidates,
                 "stop after so many; default no limit"},
                {"policy", OPTION_TEXT, &search_options.policy,
                 "auto (default), greedy, beam, mcts, islands or random"},
                {"seed", OPTION_INT, &seed, "of the search's random numbers"},
                {"seeding", OPTION_INT, &seeding,
                 "chance in percent that a good schedule of another campaign "
                 "is tried; default 50"},
                {"worker", OPTION_COMMAND, &search_options.worker,
                 "command that starts a worker, such as `ssh h kevo worker`"},
                {"json", OPTION_FLAG, &json, "print the outcome as JSON"},
                {"job", OPTION_INT, &job, "(the daemon's) work on job N"},
                {"once", OPTION_FLAG, &once, "(the daemon's) no second pass"},
                {0}};
        struct cli_context context;
        struct error err = {0};
        int n, rc;

        n = options_parse(options, argc, argv, 0, 1,
                          "kevo search [KERNEL] [--seconds TIME] [...]",
                          "Search a faster kernel than the one that the "
                          "repository dispatches to, prove\nit correct, "
                          "measure it against that one, and store the "
                          "verdict. `kevo deliver`\nputs an accepted one on a "
                          "branch. A search that was interrupted, or found "
                          "none, goes on when it is\nstarted again. One may "
                          "end before --seconds: a "
                          "\"stall\" is half of the time\nwithout a gain, the "
                          "others are in docs/search.md.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        catch_signals();
        search_options.candidates = (int)candidates;
        search_options.seed = (uint64_t)seed;
        if (seeding >= 0)
                search_options.seed_chance =
                        seeding > 0 ? (double)seeding / 100 : -1;
        if (job)
                return search_job(job, once, &search_options);
        rc = cli_context_open(
                &context, CONTEXT_STORE | CONTEXT_REPOSITORY | CONTEXT_MACHINE,
                NULL, &err);
        if (rc < 0)
                return command_fail(&err);
        if (search_options.seconds < 0)
                search_options.seconds = (double)context.host->search_seconds;
        rc = cli_use_language(&context, language, &err);
        if (rc == 0)
                rc = search(&context, n ? argv[1] : NULL, &search_options,
                            NULL, json, &err);
        cli_context_close(&context);
        if (rc == 0 && interrupted)
                return 128 + interrupted; /* as a shell calls it */
        return rc < 0 ? command_fail(&err) : 0;
}
