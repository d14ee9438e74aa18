/* See trial.h. */
#include "cli/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/progress.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"
#include "search/campaign.h"

enum { TRIAL_TIMEOUT_SECONDS = 900 };

void cli_trial_dispose(struct cli_trial *trial)
{
        free(trial->label);
        free(trial->text);
        free(trial->against);
        free(trial->against_label);
        *trial = (struct cli_trial){0};
}

int cli_read_source(const char *path, char **text, const char **language,
                    struct error *err)
{
        const char *slash = strrchr(path, '/');

        *language = source_language(slash ? slash + 1 : path);
        if (!*language)
                return error_set(err, ERR_INPUT,
                                 "%s: its ending is of no language that kevo "
                                 "knows; C sources end in .c",
                                 path);
        return file_read(path, LIMIT_SOURCE_BYTES, text, NULL, err);
}

/* Replace every incumbent by the trial's own opponent. */
static void oppose(struct evaluate_workload *list, int count,
                   const struct cli_trial *trial)
{
        for (int i = 0; trial->against && i < count; i++) {
                list[i].incumbent = trial->against;
                list[i].incumbent_language = trial->against_language;
                list[i].incumbent_label = trial->against_label;
        }
}

/* A race may need all threads of the machine: on fewer that somebody asked
 * for nothing is proved, and an older failure stands. */
static int keep(const struct cli_context *context,
                const struct subject *subject, const struct cli_trial *trial,
                int threads, const struct evaluate_result *result,
                struct error *err)
{
        struct evaluate_result kept = *result;

        if (threads > 0 && kept.reached > STAGE_S3)
                kept.reached = STAGE_S3;
        return campaign_record(context->store, subject, 0, trial->language,
                               trial->text, trial->against_label, &kept, NULL,
                               NULL, err);
}

int cli_trial_run(struct cli_context *context, const struct subject *subject,
                  const struct cli_trial *trial, enum stage_level stage,
                  int threads, bool measure_only,
                  struct evaluate_result **result, struct error *err)
{
        struct evaluate_workload *list = NULL;
        struct evaluate_request request;
        struct evaluator *evaluator = NULL;
        struct progress progress;
        char label[LIMIT_PATH_BYTES + LIMIT_NAME_BYTES + 3];
        int rc;

        *result = NULL;
        rc = subject_request(subject, subject->workload_count, trial->language,
                             trial->text, &list, &request, err);
        if (rc < 0)
                return rc;
        oppose(list, subject->workload_count, trial);
        request.candidate_label = trial->label;
        request.stage = stage;
        request.threads = threads;
        request.measure_only = measure_only;
        request.outside = trial->outside;
        request.watch = progress_watch;
        request.watch_data = &progress;
        request.timeout_ns = TRIAL_TIMEOUT_SECONDS * (int64_t)CLOCK_SECOND_NS;
        /* A file says whose it is, "generated@1" does not. */
        snprintf(label, sizeof label, "%s%s%s",
                 strchr(trial->label, '/') ? "" : subject->kernel->name,
                 strchr(trial->label, '/') ? "" : ": ", trial->label);
        progress_begin(&progress, label, trial->quiet);
        rc = evaluator_start(&evaluator, NULL, err);
        if (rc == 0)
                rc = evaluator_run(evaluator, &request, result, err);
        evaluator_stop(evaluator);
        progress_end(&progress);
        free(list);
        if (rc == 0 && context->store)
                rc = keep(context, subject, trial, threads, *result, err);
        if (rc < 0) {
                evaluate_result_free(*result);
                *result = NULL;
        }
        return rc;
}

/* Does the conclusion, which is the reason's first line, say all of it? */
static bool told(const struct evaluate_result *result,
                 const struct evaluate_check *check)
{
        return !check->passed && result->reason &&
               !strchr(check->detail, '\n') &&
               strstr(result->reason, check->detail);
}

void cli_print_checks(const struct evaluate_result *result)
{
        for (int i = 0; i < result->check_count; i++) {
                const struct evaluate_check *c = &result->check[i];

                bool silent = !c->detail || !*c->detail || told(result, c);

                printf("  %-3s %-12s %s%s%s\n", c->stage, c->name,
                       c->passed ? "passed" : "FAILED", silent ? "" : ": ",
                       silent ? "" : c->detail);
        }
}

/* What a measurement is called that is told beside the one that counts. */
static const char *beside_name(const struct evaluate_measure *m)
{
        if (text_equal(m->stage, "T1"))
                return ", one thread on both sides";
        if (text_equal(m->stage, "OC"))
                return m->cold ? ", cold cache" : ", warm cache";
        return NULL;
}

const char *cli_not_measured(const struct evaluate_measure *m)
{
        return m->applies ? "too slow or too large here, or for the other side"
                          : "the source does not apply";
}

void cli_print_measures(const struct subject *subject,
                        const struct evaluate_result *result)
{
        for (int i = 0; i < result->measure_count; i++) {
                const struct evaluate_measure *m = &result->measure[i];
                const struct subject_workload *w =
                        &subject->workload[m->workload];
                const char *beside = beside_name(m);
                char candidate[32], baseline[32];

                if (!beside && !evaluate_measure_counts(result, i))
                        continue;
                clock_format((int64_t)m->candidate_ns, candidate);
                clock_format((int64_t)m->baseline_ns, baseline);
                if (!(m->candidate_ns > 0))
                        printf("  %-14s %-32s not measured: %s\n", w->name,
                               w->text, cli_not_measured(m));
                else if (m->identical)
                        printf("  %-14s %-32s %9s  the same code on both "
                               "sides\n",
                               w->name, w->text, candidate);
                else
                        printf("  %-14s %-32s %9s against %9s: %.3fx (%.3f "
                               "to %.3f, %d rounds%s)\n",
                               w->name, w->text, candidate, baseline, m->ratio,
                               m->low, m->high, m->rounds,
                               beside ? beside : "");
        }
}

void cli_print_outside(const struct subject *subject,
                       const struct evaluate_result *result)
{
        for (int i = 0; i < result->outside_count; i++) {
                const struct evaluate_outside *o = &result->outside[i];
                char theirs[32], ours[32];

                if (*o->skipped) {
                        printf("  %-14s not measured: %s\n", o->name,
                               o->skipped);
                        continue;
                }
                clock_format((int64_t)o->outside_ns, theirs);
                clock_format((int64_t)o->candidate_ns, ours);
                printf("  %-14s %-32s %9s against %9s: %.3fx (%.3f to %.3f), "
                       "%s\n",
                       o->name, subject->workload[o->workload].text, ours,
                       theirs, o->ratio, o->low, o->high, o->version);
        }
        if (result->outside_count == 0)
                printf("  no outside baseline measured\n");
}

void cli_print_json(const struct subject *subject, const char *label,
                    const struct evaluate_result *result)
{
        cJSON *json = evaluate_result_to_json(result, true);
        cJSON *list;
        char *text;

        if (!json)
                return;
        cJSON_AddStringToObject(json, "kernel", subject->kernel->name);
        cJSON_AddStringToObject(json, "source", label);
        list = cJSON_AddArrayToObject(json, "workloads");
        for (int i = 0; i < subject->workload_count; i++)
                cJSON_AddItemToArray(
                        list, cJSON_CreateString(subject->workload[i].text));
        text = cJSON_PrintUnformatted(json);
        printf("%s\n", text ? text : "{}");
        free(text);
        cJSON_Delete(json);
}
