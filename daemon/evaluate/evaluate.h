/*
 * Evaluate: compile, verify and measure a candidate against the incumbent,
 * in a worker process (`kevo worker`) that owns inputs, oracle, clock and
 * statistics, and runs foreign code in cells (docs/trust.md).
 *
 * This header is the client's side. The worker is started by a command
 * prefix and spoken to in length-bounded JSON messages over its standard
 * input and output; it may be killed at any time (ERR_LOST).
 */
#ifndef KEVO_EVALUATE_EVALUATE_H
#define KEVO_EVALUATE_EVALUATE_H

#include <cjson/cJSON.h>
#include <sys/types.h>

#include "spec/spec.h"

/* Raised only when a number means something else than before. */
enum { EVALUATE_METHOD = 4, EVALUATE_PROTOCOL = 2 };

/* Stages of docs/trust.md: how far a candidate is to be taken. */
enum stage_level { STAGE_S0, STAGE_S1, STAGE_S2, STAGE_S3, STAGE_S4 };

enum verdict {
        VERDICT_NONE, /* not decided at this stage */
        VERDICT_ACCEPTED,
        VERDICT_FIRST,        /* verified; there was no source to beat */
        VERDICT_REJECTED,     /* wrong, or proved not faster */
        VERDICT_INCONCLUSIVE, /* the machine was too noisy to tell */
        VERDICT_SUSPECT       /* faster than the data can be touched */
};

const char *verdict_name(enum verdict verdict);
enum verdict verdict_from_name(const char *name);

struct evaluate_workload {
        const char *name; /* for people and records */
        struct binding binding;
        double weight;         /* >= 0; shares of the geometric mean */
        const char *incumbent; /* source text, NULL: generated first */
        const char *incumbent_language;
        const char *incumbent_label; /* for messages: its file, or
                                        "generated@1" */
};

struct evaluate_request {
        const struct spec *spec;
        const char *campaign; /* names the pool of secret instances */
        const char *language;
        const char *candidate;       /* source text */
        const char *candidate_label; /* file name or node, for messages */
        int workload_count;
        const struct evaluate_workload *workload;
        enum stage_level stage; /* the last stage to run */
        int threads;            /* 0: all of the machine's */
        bool cold;              /* which cache state judges */
        bool measure_only;      /* bench: measured also when identical, no
                                   acceptance, no S4 */
        bool model_written;     /* needs a cell of grade A */
        bool outside;           /* measure outside baselines too, see struct
                                   evaluate_outside */
        const char *outside_script; /* of PyTorch, the team's own; NULL: the
                                       one that ships with kevo, if any */
        int64_t timeout_ns;         /* of the whole request */
        /* Told what the worker is doing when that takes long, and several
         * times a second with NULL. false: give up, which ends the worker
         * (ERR_INTERRUPTED). May be NULL. */
        bool (*watch)(const char *doing, void *data);
        void *watch_data;
};

/* One check: a row each, docs/trust.md. */
struct evaluate_check {
        char name[24]; /* "oracle", "bounds", "pure", ... */
        char stage[4]; /* "S1" */
        bool passed;
        bool late;    /* failed because a time limit ran out: nothing wrong
                         was seen */
        char *detail; /* for people: what was seen, "" when passed */
        char *hidden; /* category only, what a proposer may learn */
};

/* Paired measurement of one workload in one session. */
struct evaluate_measure {
        int workload;   /* position in the request */
        char stage[4];  /* "S2" to "S4"; beside S4, deciding nothing: "OC" the
                           other cache state, "T1" one thread */
        bool identical; /* same identity on both sides: ratio exactly 1 */
        bool applies;   /* candidate's when holds there */
        bool cold;      /* cache state: each call on other data */
        double ratio, low, high;    /* baseline time / candidate time, 95 % */
        double null_low, null_high; /* baseline against itself */
        double candidate_ns, baseline_ns; /* medians per call */
        int rounds;
        int sample_count; /* of each side, paired, ns per call */
        double *candidate_sample, *baseline_sample;
        char baseline_identity[HASH_TEXT_BYTES];
};

/* An outside baseline at one workload: what a team would call otherwise
 * (docs/baselines.md). It never decides. */
struct evaluate_outside {
        int workload;            /* position in the request */
        char name[24];           /* "openblas", "pytorch", "torch.compile" */
        char version[128];       /* "PyTorch 2.4.0, Python 3.11.2" */
        char skipped[384];       /* why it was not measured, "" when it was */
        double ratio, low, high; /* its time / the candidate's, 95 % */
        double outside_ns, candidate_ns; /* medians per call */
        int rounds;
};

struct evaluate_result {
        enum stage_level reached; /* last stage completed */
        bool correct;             /* every check that ran passed */
        enum verdict verdict;
        char *reason; /* one sentence for the verdict */
        char identity[HASH_TEXT_BYTES];
        char *environment; /* JSON of the measuring worker */
        char environment_hash[HASH_TEXT_BYTES];
        char grade; /* of the cell: 'A', 'B' */
        int threads;
        double fitness;          /* weighted geometric mean; 0: wrong */
        double ratio, low, high; /* the same with its 95 % interval, from
                                    the last session; 0 when unmeasured */
        int check_count, measure_count, outside_count;
        struct evaluate_check *check;
        struct evaluate_measure *measure;
        struct evaluate_outside *outside;
        int64_t wall_ns, compile_ns, calls_ns; /* cost accounting: wall,
                                      compiling, inside both sides' calls */
        char *seeds; /* JSON array: stored, never shown to a
                        proposer */
};

struct evaluator; /* a connected worker; one request at a time */

/* Start a worker. command is a prefix that a shell splits ("ssh gpu1 kevo
 * worker"), or NULL: $KEVO_WORKER, else this program's own `worker`. Waits
 * for hello. */
int evaluator_start(struct evaluator **evaluator, const char *command,
                    struct error *err) KEVO_MUST_CHECK;
/* Closes the pipes and reaps; kills after a second. */
void evaluator_stop(struct evaluator *evaluator);
/* What hello said; borrowed. */
const char *evaluator_environment(const struct evaluator *evaluator);
const char *evaluator_environment_hash(const struct evaluator *evaluator);
char evaluator_grade(const struct evaluator *evaluator);
/* Why the grade is not 'A'; "" when it is. */
const char *evaluator_grade_reason(const struct evaluator *evaluator);

/* The worker's process, 0 when it is gone. */
pid_t evaluator_pid(const struct evaluator *evaluator);

/* Run a request. A wrong candidate is a result, not an error. ERR_LOST when
 * the worker died (start another), ERR_TIMEOUT, ERR_INTERRUPTED, ERR_INPUT
 * when the request itself is impossible (the spec's inputs overflow, an
 * incumbent does not build: the error names it). */
int evaluator_run(struct evaluator *evaluator,
                  const struct evaluate_request *request,
                  struct evaluate_result **result,
                  struct error *err) KEVO_MUST_CHECK;
void evaluate_result_free(struct evaluate_result *result);

/* Is this measurement the one that counts for its workload: of the last
 * session that judged, not of one beside it? */
bool evaluate_measure_counts(const struct evaluate_result *result, int number);

/* Was the candidate refused because time ran out, not for what it did? */
bool evaluate_was_late(const struct evaluate_result *result);

/* Result as JSON (samples only when asked) and back. */
cJSON *evaluate_result_to_json(const struct evaluate_result *result,
                               bool samples);
int evaluate_result_from_json(const cJSON *json,
                              struct evaluate_result **result,
                              struct error *err) KEVO_MUST_CHECK;

/* The worker's main loop on two descriptors; returns the exit status. */
int worker_main(int in, int out);

#endif
