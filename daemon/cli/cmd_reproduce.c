/* kevo reproduce: measure a delivered commit again, from a clone alone. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/around.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "core/clock.h"
#include "core/json.h"
#include "deliver/reproduce.h"
#include "repo/git.h"

static void print_measures(const struct reproduction *r)
{
        const struct evaluate_result *result = r->result;

        for (int i = 0; i < result->measure_count; i++) {
                const struct evaluate_measure *m = &result->measure[i];
                char candidate[32], baseline[32];

                if (!evaluate_measure_counts(result, i) ||
                    m->workload >= r->trailers.workload_count)
                        continue;
                clock_format((int64_t)m->baseline_ns, baseline);
                clock_format((int64_t)m->candidate_ns, candidate);
                printf("  %-14s %-26s %9s -> %9s  %.3fx (%.3f to %.3f)\n",
                       r->trailers.workload[m->workload].name,
                       r->trailers.workload[m->workload].text, baseline,
                       candidate, m->ratio, m->low, m->high);
        }
}

static void print_checks(const struct evaluate_result *result)
{
        int passed = 0;

        for (int i = 0; i < result->check_count; i++) {
                const struct evaluate_check *c = &result->check[i];

                passed += c->passed;
                if (!c->passed)
                        printf("  %s %s FAILED: %s\n", c->stage, c->name,
                               c->detail ? c->detail : "");
        }
        printf("  %d of %d checks passed, isolation grade %c\n", passed,
               result->check_count, result->grade ? result->grade : '?');
}

static void print_json(const struct reproduction *r)
{
        cJSON *json = cJSON_CreateObject();
        char *text;

        cJSON_AddNumberToObject(json, "answer", r->answer);
        cJSON_AddStringToObject(json, "sentence", r->sentence);
        cJSON_AddStringToObject(json, "commit", r->commit);
        cJSON_AddStringToObject(json, "path", r->path);
        cJSON_AddNumberToObject(json, "claimed", r->trailers.ratio);
        if (r->result)
                cJSON_AddItemToObject(
                        json, "result",
                        evaluate_result_to_json(r->result, true));
        text = cJSON_PrintUnformatted(json);
        printf("%s\n", text ? text : "{}");
        free(text);
        cJSON_Delete(json);
}

static void print(const struct reproduction *r, const char *revision)
{
        printf("%s (%.12s): %s of %s, on %s\n", revision, r->commit, r->path,
               r->trailers.kernel, r->trailers.hardware);
        if (r->result) {
                print_checks(r->result);
                print_measures(r);
        }
        printf("%s\n", r->sentence);
}

int cmd_reproduce(int argc, char **argv)
{
        struct progress progress;
        struct reproduce_options how = {.watch = progress_watch,
                                        .watch_data = &progress};
        const char *folder = ".";
        bool json = false;
        const struct option_entry options[] = {
                {"repository", OPTION_FOLDER, &folder,
                 "a clone; default: the one around this folder"},
                {"anyway", OPTION_FLAG, &how.anyway,
                 "measure in another environment too"},
                {"worker", OPTION_COMMAND, &how.worker,
                 "command that starts a worker, such as `ssh h kevo worker`"},
                {"json", OPTION_FLAG, &json,
                 "print as JSON, with every sample"},
                {0}};
        struct reproduction *r = NULL;
        git_repository *git = NULL;
        struct error err = {0};
        int n, rc, status = 2;

        n = options_parse(options, argc, argv, 1, 1, "kevo reproduce REV",
                          "Prove and measure a commit of kevo's again, with "
                          "fresh seeds: a clone, kevo and a\ncompiler are "
                          "enough. Exit 0: confirmed, 1: not confirmed, 2: "
                          "wrong (or an error),\n3: another environment than "
                          "it was measured in.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        progress_begin(&progress, argv[1], json);
        rc = around_open(folder, &git, &err);
        if (rc == 0)
                rc = reproduce_run(git, argv[1], &how, &r, &err);
        progress_end(&progress);
        if (rc == 0) {
                if (json)
                        print_json(r);
                else
                        print(r, argv[1]);
                status = r->answer;
        }
        reproduction_free(r);
        git_repository_free(git);
        return rc < 0 ? command_fail(&err) : status;
}
