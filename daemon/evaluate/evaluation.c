/* See evaluation.h: set-up, the order of stages, and the verdict. */
#include "evaluate/evaluation.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/text.h"
#include "evaluate/result.h"
#include "evaluate/statistics.h"
#include "lower/lower.h"
#include "spec/costs.h"

enum { DEFAULT_SECONDS = 900 };

void evaluation_note_seed(struct evaluation *e, const char *use, uint64_t seed)
{
        cJSON *item = cJSON_CreateObject();
        char text[24];

        snprintf(text, sizeof text, "%016" PRIx64, seed);
        cJSON_AddStringToObject(item, "use", use);
        cJSON_AddStringToObject(item, "seed", text);
        cJSON_AddItemToArray(e->seeds, item);
}

void evaluation_say(const struct evaluation *e, const char *format, ...)
{
        char text[256];
        va_list args;

        if (!e->host->say || e->request->stage < STAGE_S3)
                return;
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        e->host->say(text, e->host->say_data);
}

int evaluation_finish_stage(struct evaluation *e, enum stage_level stage,
                            const struct findings *findings, bool *correct,
                            struct error *err)
{
        enum check failed = findings_failed(findings);
        int rc = findings_report(findings, stage, e->result, err);

        *correct = failed == CHECK_COUNT;
        if (rc < 0)
                return rc;
        if (*correct) {
                e->result->reached = stage;
                return 0;
        }
        e->result->correct = false;
        e->result->fitness = 0;
        e->result->verdict = VERDICT_REJECTED;
        return result_set_reason(e->result, "%s: %s", findings_name(failed),
                                 findings->row[failed].detail);
}

/* --- set-up ----------------------------------------------------------- */

int evaluation_first_text(const struct spec *spec, const char *language,
                          char **text, struct error *err)
{
        const struct backend *backend = backend_find(language);
        struct thread_program *program = NULL;
        struct buf out;
        int rc = backend ? lower_first(spec, &program, err)
                         : error_set(err, ERR_UNSUPPORTED,
                                     "no backend for the language %s",
                                     language);

        *text = NULL;
        buf_init(&out, LIMIT_SOURCE_BYTES);
        if (rc == 0)
                rc = backend->print(program, "the generated first kernel",
                                    &out, err);
        if (rc == 0)
                rc = buf_check(&out, "the generated kernel", err);
        if (rc == 0)
                *text = buf_take(&out);
        if (rc == 0 && !*text)
                rc = error_memory(err);
        buf_dispose(&out);
        thread_free(program);
        return rc;
}

static int parse_incumbent(struct evaluation *e, struct evaluation_workload *w,
                           struct error *err)
{
        const char *text = w->request->incumbent;
        const char *language = w->request->incumbent_language;
        char *generated = NULL;
        int rc = 0;

        language = language ? language : e->request->language;
        /* Nothing is generated from a reference: the candidate is compared
         * with itself. */
        if (!text && e->spec->reference) {
                text = e->request->candidate;
                language = e->request->language;
        } else if (!text) {
                rc = evaluation_first_text(e->spec, language, &generated, err);
                text = generated;
        }
        if (rc == 0)
                rc = source_parse(text, strlen(text), "incumbent", language,
                                  e->spec, &w->incumbent, err);
        free(generated);
        return rc;
}

static int build_baseline(struct evaluation *e, struct evaluation_workload *w,
                          struct error *err)
{
        int rc = parse_incumbent(e, w, err);

        if (rc == 0 &&
            !program_applies(w->incumbent, e->spec, &w->request->binding))
                rc = error_set(err, ERR_INPUT,
                               "its `when` is false here; resolve another");
        if (rc == 0)
                rc = program_make(&w->baseline, w->incumbent, e->spec,
                                  &w->request->binding, e->host->zygote,
                                  e->host->bank->cache, NULL, err);
        if (rc == 0)
                e->result->compile_ns += w->baseline->compile_ns;
        if (rc == 0 && w->candidate)
                w->identical = text_equal(w->candidate->build.identity,
                                          w->baseline->build.identity);
        if (rc < 0)
                error_wrap(err, "the incumbent of %s (%s)", w->label,
                           w->request->incumbent_label
                                   ? w->request->incumbent_label
                                   : "generated");
        return rc;
}

bool evaluation_is_own_fault(int rc)
{
        return rc == ERR_INPUT || rc == ERR_TIMEOUT || rc == ERR_LIMIT ||
               rc == ERR_UNSUPPORTED;
}

static int build_candidate(struct evaluation *e, struct evaluation_workload *w,
                           struct findings *findings, struct error *err)
{
        const char *stage = "build";
        struct error failure = {0};
        enum check check;
        int rc;

        if (!program_applies(e->source, e->spec, &w->request->binding))
                return 0;
        rc = program_make(&w->candidate, e->source, e->spec,
                          &w->request->binding, e->host->zygote,
                          e->host->bank->cache, &stage, &failure);
        check = text_equal(stage, "inspect") ? CHECK_INSPECT : CHECK_BUILD;
        findings_pass(findings, CHECK_BUILD);
        if (rc == 0) {
                findings_pass(findings, CHECK_INSPECT);
                e->result->compile_ns += w->candidate->compile_ns;
                return 0;
        }
        if (!evaluation_is_own_fault(rc)) {
                *err = failure;
                return rc;
        }
        findings_fail_by(findings, check, rc, failure.text, "%s",
                         failure.text);
        return 0;
}

static int parse_candidate(struct evaluation *e, struct findings *findings,
                           struct error *err)
{
        const struct evaluate_request *r = e->request;
        struct error failure = {0};
        int rc = source_parse(r->candidate, strlen(r->candidate),
                              r->candidate_label ? r->candidate_label
                                                 : "candidate",
                              r->language, e->spec, &e->source, &failure);

        if (rc < 0 && !evaluation_is_own_fault(rc)) {
                *err = failure;
                return rc;
        }
        if (rc < 0)
                findings_fail(findings, CHECK_BUILD, failure.text, "%s",
                              failure.text);
        return 0;
}

/* S0: everything is built that will be run, the candidate first: what does
 * not build needs no opponent. */
static int stage_s0(struct evaluation *e, bool *correct, struct error *err)
{
        struct findings findings = {0};
        int applies = 0, rc;

        rc = parse_candidate(e, &findings, err);
        for (int i = 0; i < e->count && rc == 0 && e->source; i++) {
                rc = build_candidate(e, e->workload + i, &findings, err);
                if (findings_failed(&findings) != CHECK_COUNT)
                        break;
                if (!e->workload[i].candidate)
                        continue;
                if (!applies++)
                        memcpy(e->result->identity,
                               e->workload[i].candidate->build.identity,
                               HASH_TEXT_BYTES);
        }
        if (rc == 0 && findings_failed(&findings) == CHECK_COUNT && !applies)
                findings_fail(&findings, CHECK_BUILD, "applies to no workload",
                              "its `when` and `check` lines hold for none of "
                              "the workloads");
        for (int i = 0; i < e->count && rc == 0 &&
                        findings_failed(&findings) == CHECK_COUNT;
             i++)
                rc = build_baseline(e, e->workload + i, err);
        if (rc < 0)
                return rc;
        return evaluation_finish_stage(e, STAGE_S0, &findings, correct, err);
}

static void name_workload(struct evaluation *e, struct evaluation_workload *w)
{
        char *sizes = binding_text(&w->request->binding, e->spec);

        snprintf(w->label, sizeof w->label, "workload %.30s%s%.50s",
                 w->request->name ? w->request->name : "",
                 w->request->name ? ": " : "", sizes ? sizes : "");
        free(sizes);
}

static bool is_on_device(const char *language)
{
        const struct backend *backend = backend_find(language);

        return backend && backend->driver;
}

static int set_up(struct evaluation *e, struct error *err)
{
        const struct evaluate_request *r = e->request;
        int64_t timeout = r->timeout_ns
                                  ? r->timeout_ns
                                  : DEFAULT_SECONDS * (int64_t)CLOCK_SECOND_NS;
        int rc = 0;

        e->deadline_ns = clock_monotonic_ns() + timeout;
        e->threads = r->threads > 0 && r->threads <= CELL_THREADS
                             ? r->threads
                             : e->host->machine->threads;
        e->secret = bank_secret(e->host->bank, r->campaign ? r->campaign : "");
        e->fresh = rng_secret();
        e->seeds = cJSON_CreateArray();
        e->count = r->workload_count;
        e->workload = calloc((size_t)e->count + 1, sizeof *e->workload);
        e->result = result_new();
        if (!e->seeds || !e->workload || !e->result)
                return error_memory(err);
        if (e->count < 1 || e->count > LIMIT_WORKLOADS)
                return error_set(err, ERR_INPUT,
                                 "a request with %d workloads; 1 to %d are "
                                 "possible",
                                 e->count, LIMIT_WORKLOADS);
        if (r->model_written && e->host->zygote->grade != 'A')
                return error_set(err, ERR_DENIED,
                                 "model-written code runs only in cells of "
                                 "grade A; here they are %c: %s",
                                 e->host->zygote->grade,
                                 e->host->zygote->reason);
        if (r->model_written && is_on_device(r->language))
                return error_set(err, ERR_DENIED,
                                 "model-written code runs only in cells of "
                                 "grade A; a device process is of grade B");
        for (int i = 0; i < e->count && rc == 0; i++) {
                e->workload[i].request = r->workload + i;
                name_workload(e, e->workload + i);
                rc = binding_check(&r->workload[i].binding, e->spec, err);
                if (rc < 0)
                        error_wrap(err, "%s", e->workload[i].label);
        }
        evaluation_note_seed(e, "campaign", e->secret);
        evaluation_note_seed(e, "fresh", e->fresh);
        e->result->threads = e->threads;
        e->result->correct = true;
        return rc;
}

static void tear_down(struct evaluation *e)
{
        for (int i = 0; e->workload && i < e->count; i++) {
                program_free(e->workload[i].candidate);
                program_free(e->workload[i].baseline);
                source_free(e->workload[i].incumbent);
        }
        free(e->workload);
        source_free(e->source);
        cJSON_Delete(e->seeds);
}

/* --- the verdict ------------------------------------------------------ */

static bool all_generated(const struct evaluation *e)
{
        for (int i = 0; i < e->count; i++) {
                if (e->workload[i].request->incumbent)
                        return false;
        }
        return true;
}

/* No kernel moves its data faster than the level of memory that holds it
 * could in theory: bytes a cycle and a thread, at a clock that no processor
 * here reaches. */
static double least_ns(const struct evaluation *e,
                       const struct evaluation_workload *w)
{
        const struct machine *m = e->host->machine;
        struct costs costs;
        int64_t in, out;
        double bytes, per_cycle;
        const double cycles_per_ns = 6;

        stock_measure(e->spec, &w->request->binding, &in, &out);
        costs_of(e->spec, &w->request->binding, &costs);
        /* Inputs may be gathered, lengths may depend on data: what must be
         * written is certain. */
        bytes = costs.write_bytes;
        if (in + out <= m->l1_bytes * e->threads)
                per_cycle = 3.0 * m->vector_bytes;
        else if (in + out <= m->l2_bytes * e->threads)
                per_cycle = 64;
        else
                per_cycle = 32;
        return bytes / (per_cycle * cycles_per_ns * e->threads);
}

static bool is_suspect(const struct evaluation *e, char *text, size_t size)
{
        for (int i = 0; i < e->result->measure_count; i++) {
                const struct evaluate_measure *m = e->result->measure + i;
                double least = least_ns(e, e->workload + m->workload);

                if (m->candidate_ns <= 0 || m->candidate_ns >= least)
                        continue;
                snprintf(text, size,
                         "%s: %.3g ns a call, but its outputs "
                         "alone need %.3g ns at any peak",
                         e->workload[m->workload].label, m->candidate_ns,
                         least);
                return true;
        }
        return false;
}

static int conclude(struct evaluation *e, int decision, struct error *err)
{
        struct evaluate_result *r = e->result;
        char text[256];
        int rc = 0;

        switch (decision) {
        case STATISTICS_ACCEPT:
                r->verdict =
                        all_generated(e) ? VERDICT_FIRST : VERDICT_ACCEPTED;
                if (is_suspect(e, text, sizeof text)) {
                        r->verdict = VERDICT_SUSPECT;
                        rc = result_set_reason(r, "%s", text);
                }
                break;
        case STATISTICS_REJECT:
                r->verdict = VERDICT_REJECTED;
                break;
        case STATISTICS_INCONCLUSIVE:
                r->verdict = VERDICT_INCONCLUSIVE;
                break;
        default:
                r->verdict = VERDICT_NONE;
        }
        return rc < 0 ? error_memory(err) : 0;
}

/* --- stages ----------------------------------------------------------- */

/* What lost to the incumbent needs no other opponent; a program that is
 * compared with itself (`kevo verify`) may have them. */
static bool deserves_outside(const struct evaluation *e, int decision)
{
        for (int i = 0; i < e->count && decision != STATISTICS_ACCEPT; i++) {
                if (!e->workload[i].identical)
                        return false;
        }
        return true;
}

/* Stages after S0 in their order; each only if the one before passed. */
static int run_stages(struct evaluation *e, struct error *err)
{
        const struct evaluate_request *r = e->request;
        int decision = STATISTICS_CONTINUE, rc;
        bool correct = true;

        evaluation_say(e, "building");
        rc = stage_s0(e, &correct, err);
        if (rc == 0 && correct && r->stage >= STAGE_S1)
                rc = evaluation_check_s1(e, &correct, err);
        if (rc == 0 && correct && r->stage >= STAGE_S2 && !r->measure_only)
                rc = evaluation_measure(e, STAGE_S2, &correct, &decision, err);
        if (rc < 0 || !correct || r->stage < STAGE_S3)
                return rc;
        if (!r->measure_only)
                rc = evaluation_check_s3(e, &correct, err);
        if (rc == 0 && correct)
                rc = evaluation_measure(e, STAGE_S3, &correct, &decision, err);
        if (rc == 0 && correct && r->measure_only)
                rc = evaluation_measure_outside(e, err);
        if (rc < 0 || !correct || r->measure_only)
                return rc;
        if (r->stage >= STAGE_S4) {
                rc = evaluation_check_s4(e, &correct, err);
                if (rc == 0 && correct && decision == STATISTICS_ACCEPT)
                        rc = evaluation_measure(e, STAGE_S4, &correct,
                                                &decision, err);
                else if (rc == 0 && correct)
                        e->result->reached = STAGE_S4;
        } else if (decision == STATISTICS_ACCEPT) {
                decision = STATISTICS_CONTINUE; /* S4 confirms */
        }
        if (rc == 0 && correct && r->stage >= STAGE_S4 &&
            decision == STATISTICS_ACCEPT)
                rc = evaluation_measure_beside(e, &correct, err);
        if (rc < 0 || !correct)
                return rc;
        if (r->stage >= STAGE_S4 && deserves_outside(e, decision))
                rc = evaluation_measure_outside(e, err);
        if (rc == 0)
                rc = conclude(e, decision, err);
        if (rc == 0 && r->outside && r->stage >= STAGE_S4)
                rc = evaluation_name_outside(e, err);
        return rc;
}

int evaluation_run(const struct evaluation_host *host,
                   const struct evaluate_request *request,
                   const struct bank_spec *spec,
                   struct evaluate_result **result, struct error *err)
{
        struct evaluation e = {.host = host,
                               .request = request,
                               .spec = spec->spec,
                               .oracle = spec->oracle};
        int64_t start = clock_monotonic_ns();
        char *seeds;
        int rc;

        *result = NULL;
        rc = set_up(&e, err);
        if (rc == 0)
                rc = run_stages(&e, err);
        if (rc == 0) {
                seeds = json_print(e.seeds);
                if (seeds) {
                        free(e.result->seeds);
                        e.result->seeds = seeds;
                }
                e.result->wall_ns = clock_monotonic_ns() - start;
                *result = e.result;
        } else {
                evaluate_result_free(e.result);
        }
        tear_down(&e);
        return rc;
}
