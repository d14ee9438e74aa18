/* One evaluation from the command line: shared by verify and bench. */
#ifndef KEVO_CLI_TRIAL_H
#define KEVO_CLI_TRIAL_H

#include "cli/commands.h"
#include "search/subject.h"

/* A source to try, and what to compare it with. */
struct cli_trial {
        char *label; /* path, or "generated@1" */
        const char *language;
        char *text;
        char *against; /* text; NULL: the resolved incumbents */
        const char *against_language;
        char *against_label;
        bool outside; /* measure outside baselines too */
        bool quiet;   /* say nothing of what is being done: for --json */
};

void cli_trial_dispose(struct cli_trial *trial);

/* Read a source file: text and language (from the file's name). */
int cli_read_source(const char *path, char **text, const char **language,
                    struct error *err) KEVO_MUST_CHECK;

/* Evaluate, store the run when the context has a store, and hand out the
 * result. stage as in evaluate.h. */
int cli_trial_run(struct cli_context *context, const struct subject *subject,
                  const struct cli_trial *trial, enum stage_level stage,
                  int threads, bool measure_only,
                  struct evaluate_result **result,
                  struct error *err) KEVO_MUST_CHECK;

/* Tables for people. */
void cli_print_checks(const struct evaluate_result *result);
void cli_print_measures(const struct subject *subject,
                        const struct evaluate_result *result);
/* Why a measure has no time. */
const char *cli_not_measured(const struct evaluate_measure *measure);
/* Outside baselines; one line says so when none was measured. */
void cli_print_outside(const struct subject *subject,
                       const struct evaluate_result *result);
/* One JSON object with label, checks, measures and every sample. */
void cli_print_json(const struct subject *subject, const char *label,
                    const struct evaluate_result *result);

#endif
