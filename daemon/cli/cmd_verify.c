/*
 * kevo verify: prove sources correct. A variant is compared with itself, so
 * nothing is decided about speed; the daemon's verify jobs compare a changed
 * file with what it was before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "cli/commands.h"
#include "cli/opponent.h"
#include "cli/options.h"
#include "cli/trial.h"
#include "core/json.h"
#include "core/text.h"
#include "search/campaign.h"
#include "store/jobs.h"

struct verify {
        struct cli_context *context;
        bool json;
        int threads;
        int wrong;     /* sources that failed a check */
        bool outside;  /* measure outside baselines too */
        bool re_check; /* of a merged win in a new environment: one that is
                          lost counts as wrong too */
};

/* A merged win is lost when even the upper end of its interval lies below
 * this, against what would be dispatched to without it. */
#define LOST_RATIO 0.97

/* The conclusion comes last: the daemon keeps the last line. */
static void print_result(const struct verify *v, const struct subject *subject,
                         const struct cli_trial *trial,
                         const struct evaluate_result *result)
{
        if (v->json) {
                cli_print_json(subject, trial->label, result);
                return;
        }
        cli_print_checks(result);
        if (result->correct && !text_equal(trial->against_label, trial->label))
                printf("  against %s:\n", trial->against_label);
        cli_print_measures(subject, result);
        if (v->outside && result->correct)
                cli_print_outside(subject, result);
        if (result->grade != 'A')
                printf("  isolation grade %c: `kevo doctor` says what is "
                       "missing for A\n",
                       result->grade);
        /* A file says whose it is, "generated@1" does not. */
        if (!strchr(trial->label, '/'))
                printf("%s: ", subject->kernel->name);
        if (result->correct || !result->reason)
                printf("%s: %s\n", trial->label,
                       result->correct ? "correct" : "WRONG");
        else /* the rest of a compiler's words stand with the check */
                printf("%s: %s: %.*s\n", trial->label,
                       evaluate_was_late(result) ? "OUT OF TIME" : "WRONG",
                       (int)strcspn(result->reason, "\n"), result->reason);
}

static int verify_trial(struct verify *v, const struct subject *subject,
                        struct cli_trial *trial, struct error *err)
{
        struct evaluate_result *result = NULL;
        int rc;

        if (!trial->against) {
                trial->against = strdup(trial->text);
                trial->against_label = strdup(trial->label);
                trial->against_language = trial->language;
                if (!trial->against || !trial->against_label)
                        return error_memory(err);
        }
        trial->outside = v->outside;
        trial->quiet = v->json;
        rc = cli_trial_run(v->context, subject, trial, STAGE_S4, v->threads,
                           false, &result, err);
        if (rc < 0)
                return error_wrap(err, "%s", trial->label);
        print_result(v, subject, trial, result);
        v->wrong += !result->correct;
        if (v->re_check && result->correct && result->high > 0 &&
            result->high < LOST_RATIO) {
                v->wrong++;
                printf("%s: slower in this environment than what it "
                       "replaced: %.3fx, at most %.3fx\n",
                       trial->label, result->ratio, result->high);
        }
        evaluate_result_free(result);
        return 0;
}

static int verify_text(struct verify *v, const struct subject *subject,
                       const char *label, const char *language,
                       const char *text, struct error *err)
{
        struct cli_trial trial = {.label = strdup(label),
                                  .language = language,
                                  .text = strdup(text)};
        int rc;

        if (!trial.label || !trial.text)
                rc = error_memory(err);
        else
                rc = verify_trial(v, subject, &trial, err);
        cli_trial_dispose(&trial);
        return rc;
}

/* All sources of a kernel that this machine can run, or the generated one:
 * which is not what was meant where a file was left out for its problem. */
static int verify_kernel(struct verify *v, const struct kernel *kernel,
                         struct error *err)
{
        const struct problem *problem =
                repository_find_problem(v->context->repository, kernel->name);
        struct subject *subject = NULL;
        const char *language = "", *first;
        int rc, tried = 0;

        rc = cli_make_sample(v->context, kernel, &subject, err);
        if (rc == 0)
                language = subject->backend->language;
        for (int i = 0; rc == 0 && i < kernel->variant_count; i++) {
                const struct variant *variant = &kernel->variant[i];

                if (!variant->source ||
                    !text_equal(variant->source->language, language) ||
                    (!text_equal(variant->target, "generic") &&
                     !text_equal(variant->target, subject->hardware->name)))
                        continue;
                tried++;
                rc = verify_text(v, subject, variant->path, language,
                                 variant->source->text, err);
        }
        if (rc == 0 && problem && tried > 0)
                fprintf(stderr, "not verified: %s\n", problem->text);
        if (rc == 0 && problem && tried == 0)
                rc = error_set(err, ERR_INPUT, "%s", problem->text);
        if (rc == 0 && tried == 0)
                rc = subject_first(subject, &first, err);
        if (rc == 0 && tried == 0)
                rc = verify_text(v, subject, subject->workload[0].label,
                                 language, first, err);
        subject_free(subject);
        return rc;
}

static int verify_file(struct verify *v, const struct kernel *kernel,
                       const char *path, struct error *err)
{
        struct subject *subject = NULL;
        const char *language;
        char *text = NULL;
        int rc;

        rc = cli_read_source(path, &text, &language, err);
        if (rc == 0)
                rc = cli_use_language(v->context, language, err);
        if (rc == 0)
                rc = cli_make_sample(v->context, kernel, &subject, err);
        if (rc == 0)
                rc = verify_text(v, subject, path, language, text, err);
        free(text);
        subject_free(subject);
        return rc;
}

/* Against what it was, when that was right; in a new environment a merged win
 * against what it replaced. */
static int choose_opponent(struct verify *v, const struct subject *subject,
                           const cJSON *payload, const char *path,
                           struct cli_trial *trial, struct error *err)
{
        const char *before = "";
        int rc = json_get_text_or(payload, "before", "job", &before, err);

        if (rc < 0)
                return rc;
        if (!v->re_check) {
                rc = opponent_last_good(v->context, subject, before, path,
                                        trial, err);
                if (rc != ERR_NOT_FOUND)
                        return rc;
        }
        rc = opponent_replaced(v->context, subject, path, trial, err);
        return rc == ERR_UNSUPPORTED && !v->re_check ? 0 : rc;
}

static int verify_variant_job(struct verify *v, const struct kernel *kernel,
                              const cJSON *payload, const char *path,
                              struct error *err)
{
        const struct variant *variant = NULL;
        struct cli_trial trial = {0};
        struct subject *subject = NULL;
        int rc;

        for (int i = 0; i < kernel->variant_count; i++) {
                if (text_equal(kernel->variant[i].path, path))
                        variant = &kernel->variant[i];
        }
        if (!variant || !variant->source)
                return error_set(err, ERR_NOT_FOUND,
                                 "%s: not a readable source of %s", path,
                                 kernel->name);
        rc = cli_use_language(v->context, variant->source->language, err);
        if (rc == 0)
                rc = cli_make_sample(v->context, kernel, &subject, err);
        if (rc < 0)
                return rc;
        trial.label = strdup(path);
        trial.language = variant->source->language;
        trial.text = strdup(variant->source->text);
        if (!trial.label || !trial.text)
                rc = error_memory(err);
        else if (v->re_check || !variant->header_only)
                rc = choose_opponent(v, subject, payload, path, &trial, err);
        if (rc == 0)
                rc = verify_trial(v, subject, &trial, err);
        cli_trial_dispose(&trial);
        subject_free(subject);
        return rc;
}

static int verify_job(int64_t id)
{
        struct cli_context context;
        struct verify v = {.context = &context};
        const struct kernel *kernel;
        struct error err = {0};
        struct job *job = NULL;
        cJSON *payload = NULL;
        const char *path = NULL, *reason = "";
        int rc;

        rc = cli_open_job(&context, id, &job, &payload, &err);
        if (rc < 0)
                return command_fail_job(&err);
        rc = json_get_text_or(payload, "path", "job", &path, &err);
        if (rc == 0)
                rc = json_get_text_or(payload, "reason", "job", &reason, &err);
        v.re_check = text_equal(reason, "environment");
        if (rc == 0)
                rc = cli_find_kernel(&context, job->kernel, &kernel, &err);
        if (rc == 0 && path && *path)
                rc = verify_variant_job(&v, kernel, payload, path, &err);
        else if (rc == 0)
                rc = verify_kernel(&v, kernel, &err);
        job_free(job);
        cJSON_Delete(payload);
        cli_context_close(&context);
        return rc < 0 ? command_fail_job(&err) : v.wrong > 0;
}

static int verify(struct verify *v, const char *name, const char *path,
                  struct error *err)
{
        const struct repository *r = v->context->repository;
        const struct kernel *kernel;
        int rc = 0;

        if (name) {
                rc = cli_find_kernel(v->context, name, &kernel, err);
                if (rc == 0)
                        rc = path ? verify_file(v, kernel, path, err)
                                  : verify_kernel(v, kernel, err);
                return rc;
        }
        for (int i = 0; rc == 0 && i < r->kernel_count; i++)
                rc = verify_kernel(v, &r->kernel[i], err);
        return rc;
}

int cmd_verify(int argc, char **argv)
{
        struct verify v = {0};
        const char *language = NULL;
        int64_t threads = 0, job = 0;
        const struct option_entry options[] = {
                {"json", OPTION_FLAG, &v.json,
                 "print results as JSON lines, with every sample"},
                {"threads", OPTION_INT, &threads,
                 "threads; default all of the machine"},
                {"baselines", OPTION_FLAG, &v.outside,
                 "also measure against OpenBLAS, PyTorch, torch.compile"},
                {"language", OPTION_TEXT, &language,
                 "sources of this language on its device; default c"},
                {"job", OPTION_INT, &job, "(the daemon's) work on job N"},
                {0}};
        struct cli_context context;
        struct error err = {0};
        int n, rc;

        n = options_parse(options, argc, argv, 0, 2,
                          "kevo verify [KERNEL [FILE]] [--json]",
                          "Prove the sources of a kernel (default: of all "
                          "kernels), or FILE as a source of\nKERNEL, correct "
                          "against the spec's float64 oracle: hidden shapes, "
                          "bounds,\npurity, threads, sanitizers. Exit 1 when "
                          "one is wrong.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        if (job)
                return verify_job(job);
        v.threads = (int)threads;
        v.context = &context;
        rc = cli_context_open(
                &context, CONTEXT_STORE | CONTEXT_REPOSITORY | CONTEXT_MACHINE,
                NULL, &err);
        if (rc < 0)
                return command_fail(&err);
        rc = cli_use_language(&context, language, &err);
        if (rc == 0)
                rc = verify(&v, n > 0 ? argv[1] : NULL, n > 1 ? argv[2] : NULL,
                            &err);
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : v.wrong > 0;
}
