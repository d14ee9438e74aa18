/* kevo bench: measure a source against another, paired, with intervals. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "cli/bench_table.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/passed_over.h"
#include "cli/trial.h"
#include "core/text.h"

/* What the repository dispatches to for the heaviest workload. */
static int take_incumbent(const struct subject *subject,
                          struct cli_trial *trial, struct error *err)
{
        const struct subject_workload *w = &subject->workload[0];
        const char *text;
        int rc = 0;

        trial->language = w->incumbent ? w->incumbent->source->language
                                       : subject->backend->language;
        if (w->incumbent)
                text = w->incumbent->source->text;
        else
                rc = subject_first(subject, &text, err);
        if (rc < 0)
                return rc;
        trial->text = strdup(text);
        trial->label = strdup(w->incumbent ? w->incumbent->path : w->label);
        return trial->text && trial->label ? 0 : error_memory(err);
}

static int take_file(const char *path, struct cli_trial *trial,
                     struct error *err)
{
        int rc = cli_read_source(path, &trial->text, &trial->language, err);

        if (rc == 0)
                trial->label = strdup(path);
        return rc < 0 || trial->label ? rc : error_memory(err);
}

/* --against FILE, or --against generated. */
static int take_against(const struct subject *subject, const char *against,
                        struct cli_trial *trial, struct error *err)
{
        int rc = 0;

        if (!against)
                return 0;
        trial->against_label = strdup(against);
        if (text_equal(against, "generated")) {
                const char *text;

                rc = subject_first(subject, &text, err);
                trial->against = rc < 0 ? NULL : strdup(text);
                trial->against_language = subject->backend->language;
        } else {
                rc = cli_read_source(against, &trial->against,
                                     &trial->against_language, err);
        }
        if (rc == 0 && (!trial->against || !trial->against_label))
                rc = error_memory(err);
        return rc;
}

static int bench(struct cli_context *context, const char *name,
                 const char *file, const char *against, int threads,
                 bool outside, bool json, struct error *err)
{
        struct evaluate_result *result = NULL;
        struct cli_trial trial = {.outside = outside, .quiet = json};
        struct subject *subject = NULL;
        const struct kernel *kernel;
        int rc;

        rc = cli_find_kernel(context, name, &kernel, err);
        if (rc == 0)
                rc = cli_make_subject(context, kernel, &subject, err);
        if (rc == 0 && (!file || !against))
                passed_over_tell(context, subject);
        if (rc == 0)
                rc = file ? take_file(file, &trial, err)
                          : take_incumbent(subject, &trial, err);
        if (rc == 0)
                rc = take_against(subject, against, &trial, err);
        if (rc == 0)
                rc = cli_trial_run(context, subject, &trial, STAGE_S3, threads,
                                   true, &result, err);
        if (rc == 0 && json) {
                cli_print_json(subject, trial.label, result);
        } else if (rc == 0) {
                printf("%s%s%s, %d threads%s%s\n", trial.label,
                       against ? " against " : "", against ? against : "",
                       result->threads, result->correct ? "" : ": WRONG: ",
                       result->correct || !result->reason ? ""
                                                          : result->reason);
                cli_print_measures(subject, result);
                if (trial.outside)
                        cli_print_outside(subject, result);
        }
        rc = rc < 0 ? rc : !result->correct;
        evaluate_result_free(result);
        cli_trial_dispose(&trial);
        subject_free(subject);
        return rc;
}

int cmd_bench(int argc, char **argv)
{
        const char *against = NULL, *language = NULL;
        int64_t threads = 0;
        bool outside = false, table = false, json = false;
        const struct option_entry options[] = {
                {"against", OPTION_TEXT, &against,
                 "a source file, or `generated`; default: the incumbent"},
                {"language", OPTION_TEXT, &language,
                 "measure on this language's device; default FILE's, or c"},
                {"threads", OPTION_INT, &threads,
                 "threads on both sides; default all of the machine"},
                {"baselines", OPTION_FLAG, &outside,
                 "also against OpenBLAS, PyTorch and torch.compile"},
                {"table", OPTION_FLAG, &table,
                 "the named kernels, default all, at all workloads against "
                 "plain C and outside baselines"},
                {"json", OPTION_FLAG, &json, "JSON with every sample"},
                {0}};
        struct cli_context context;
        struct error err = {0};
        int n, rc;

        n = options_parse(options, argc, argv, 0, 4096,
                          "kevo bench KERNEL [FILE] [--against FILE]\n"
                          "       kevo bench --table [KERNEL ...]",
                          "Measure FILE (default: what the repository "
                          "dispatches to) against the incumbent\nor another "
                          "source at every workload: paired, interleaved, "
                          "with 95 % intervals.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        if (!table && (n < 1 || n > 2)) {
                fprintf(stderr, "kevo bench: name a kernel, and at most one "
                                "file, or give --table\n");
                return 2;
        }
        rc = cli_context_open(
                &context, CONTEXT_STORE | CONTEXT_REPOSITORY | CONTEXT_MACHINE,
                NULL, &err);
        if (rc < 0)
                return command_fail(&err);
        if (!language && n > 1 && !table)
                language = source_language(argv[2]);
        rc = cli_use_language(&context, language, &err);
        if (rc == 0 && table)
                rc = bench_table(&context, argv + 1, n, (int)threads, json,
                                 &err);
        else if (rc == 0)
                rc = bench(&context, argv[1], n > 1 ? argv[2] : NULL, against,
                           (int)threads, outside, json, &err);
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : rc;
}
