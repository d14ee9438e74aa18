/*
 * An evaluation: one candidate through the stages of docs/trust.md, as far
 * as the request asks and the candidate holds.
 */
#ifndef KEVO_EVALUATE_EVALUATION_H
#define KEVO_EVALUATE_EVALUATION_H

#include "evaluate/bank.h"
#include "evaluate/evaluate.h"
#include "evaluate/findings.h"
#include "evaluate/program.h"
#include "evaluate/zygote.h"

/* What a worker lends to its evaluations. */
struct evaluation_host {
        struct zygote *zygote;
        struct bank *bank;
        const struct machine *machine;
        int64_t stop_ns;    /* measured latency of stopping a cell */
        const char *python; /* of outside baselines; NULL: python3 */
        int64_t outside_ns; /* for all of one request's; 0: none */
        /* Told what begins when that takes long; may be NULL. */
        void (*say)(const char *doing, void *data);
        void *say_data;
};

/* One workload of the request under evaluation. */
struct evaluation_workload {
        const struct evaluate_workload *request;
        struct source *incumbent;
        struct program *baseline, *candidate; /* candidate: NULL where its
                                                 `when` is false */
        bool identical;
        bool skipped; /* too slow or too large to measure here */
        char label[96];
};

struct evaluation {
        const struct evaluation_host *host;
        const struct evaluate_request *request;
        const struct spec *spec;
        const struct oracle *oracle;
        struct source *source; /* the candidate's */
        int count;
        struct evaluation_workload *workload;
        struct evaluate_result *result;
        cJSON *seeds;
        uint64_t secret; /* of the campaign */
        uint64_t fresh;  /* of this request */
        int threads;
        int64_t deadline_ns;
};

/* Run the request, whose spec is spec. A wrong candidate is a result. The
 * result's environment and grade are the caller's to fill. */
int evaluation_run(const struct evaluation_host *host,
                   const struct evaluate_request *request,
                   const struct bank_spec *spec,
                   struct evaluate_result **result,
                   struct error *err) KEVO_MUST_CHECK;

/* Tell whoever waits what begins now. Not in a search's evaluations, which
 * take a moment each. */
void evaluation_say(const struct evaluation *e, const char *format, ...)
        KEVO_PRINTF(2, 3);

/* --- parts (evaluation_check.c, evaluation_measure.c) ------------------ */

/* The generated first kernel as a source of a language; the caller frees. */
int evaluation_first_text(const struct spec *spec, const char *language,
                          char **text, struct error *err) KEVO_MUST_CHECK;
/* Is the error of making a candidate's program its own fault, a finding? */
bool evaluation_is_own_fault(int rc);
/* Enter a seed into the record. */
void evaluation_note_seed(struct evaluation *e, const char *use,
                          uint64_t seed);
/* After a stage: rows of findings; *correct is false when one failed, and
 * then verdict and reason are set. */
int evaluation_finish_stage(struct evaluation *e, enum stage_level stage,
                            const struct findings *findings, bool *correct,
                            struct error *err) KEVO_MUST_CHECK;

int evaluation_check_s1(struct evaluation *e, bool *correct,
                        struct error *err) KEVO_MUST_CHECK;
int evaluation_check_s3(struct evaluation *e, bool *correct,
                        struct error *err) KEVO_MUST_CHECK;
int evaluation_check_s4(struct evaluation *e, bool *correct,
                        struct error *err) KEVO_MUST_CHECK;

/* Timed sessions: S2 for fitness, S3 selects, S4 confirms. *decision is the
 * session's, STATISTICS_CONTINUE for S2. */
int evaluation_measure(struct evaluation *e, enum stage_level stage,
                       bool *correct, int *decision,
                       struct error *err) KEVO_MUST_CHECK;
/* What is told beside S4 and decides nothing: the other cache state, and
 * one thread where the incumbent cannot use more. Results are looked at all
 * the same. */
int evaluation_measure_beside(struct evaluation *e, bool *correct,
                              struct error *err) KEVO_MUST_CHECK;

/* Outside baselines of a verified candidate at the heaviest workloads, as
 * far as the request asks for them: rows of the result (outside.c). What
 * cannot be measured has its reason in its row. */
int evaluation_measure_outside(struct evaluation *e,
                               struct error *err) KEVO_MUST_CHECK;
/* Name the best of them, or none, at the end of the result's reason. */
int evaluation_name_outside(struct evaluation *e,
                            struct error *err) KEVO_MUST_CHECK;

#endif
