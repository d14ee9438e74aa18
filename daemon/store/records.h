/*
 * What results are about: specs, sources, environments; and the results
 * themselves: runs with checks and measures, verifications, verdicts.
 * Append-only.
 */
#ifndef KEVO_STORE_RECORDS_H
#define KEVO_STORE_RECORDS_H

#include "store/store.h"

/* Content-addressed texts: adding twice is one row. */
int record_spec(struct store *store, const char *hash, const char *name,
                const char *text, struct error *err) KEVO_MUST_CHECK;
/* Compressed with zstd. hash is the SHA-256 of text. */
int record_source(struct store *store, const char *hash, const char *language,
                  const char *text, struct error *err) KEVO_MUST_CHECK;
/* Caller frees; ERR_NOT_FOUND (also when an old text expired). */
int record_source_text(struct store *store, const char *hash, char **text,
                       struct error *err) KEVO_MUST_CHECK;
int record_environment(struct store *store, const char *hash,
                       const char *hardware, const char *fields,
                       struct error *err) KEVO_MUST_CHECK;
/* Newest environment of a hardware: hash (65 bytes) and its fields (caller
 * frees); ERR_NOT_FOUND. */
int record_latest_environment(struct store *store, const char *hardware,
                              char *hash, char **fields,
                              struct error *err) KEVO_MUST_CHECK;

struct record_check {
        const char *name, *stage, *detail;
        bool passed;
};

struct record_measure {
        const char *workload; /* binding text */
        const char *stage;
        const char *baseline; /* label: blob id or generated@version */
        bool identical;
        double ratio, low, high, null_low, null_high;
        double candidate_ns, baseline_ns;
        int rounds, sample_count; /* of each side; doubles, ns per call */
        const double *candidate_sample, *baseline_sample;
};

/* One evaluation. node 0: outside a campaign (`kevo verify`). */
struct record_run {
        int64_t node;
        const char *spec_hash, *source_hash, *environment_hash;
        const char *stage; /* last stage completed, "S2" */
        bool correct;
        double fitness, ratio, low, high;
        int method, threads;
        char grade;
        bool cold;
        int64_t wall_ns, compile_ns, calls_ns;
        const char *identity, *seeds, *reason;
        int check_count, measure_count;
        const struct record_check *check;
        const struct record_measure *measure;
};

/* Insert a run with all its rows; also a verification row when stage is S3
 * or S4. *run_id, *verification_id (0 when none) may be NULL. */
int record_run_add(struct store *store, const struct record_run *run,
                   int64_t *run_id, int64_t *verification_id,
                   struct error *err) KEVO_MUST_CHECK;

/* A verdict references (verification, passed): an accepted or first verdict
 * needs a passed one, or the database refuses. */
struct record_verdict {
        int64_t id;
        int64_t campaign, node; /* 0 outside a campaign */
        int64_t run, verification;
        char *verdict; /* "accepted", "first", ... */
        char *kernel, *hardware, *repository;
        char *spec_hash, *source_hash, *environment_hash;
        char *inputs; /* JSON: workloads, weights, incumbents'
                         blob ids, threads: what it holds for */
        char *reason;
        double ratio, low, high;
        int method, threads;
        char grade;
        int64_t time;
};

int record_verdict_add(struct store *store,
                       const struct record_verdict *verdict, int64_t *id,
                       struct error *err) KEVO_MUST_CHECK;
int record_verdict_get(struct store *store, int64_t id,
                       struct record_verdict **verdict,
                       struct error *err) KEVO_MUST_CHECK;
/* Newest first; NULL matches any. */
int record_verdict_list(struct store *store, const char *repository,
                        const char *kernel, const char *hardware, int limit,
                        struct record_verdict ***verdicts, int *count,
                        struct error *err) KEVO_MUST_CHECK;
void record_verdict_free(struct record_verdict *verdict);
void record_verdicts_free(struct record_verdict **verdicts, int count);

/* A run's rows as JSON, with samples when asked: what `--json`, evidence
 * and pages show. Caller frees. */
int record_run_json(struct store *store, int64_t run, bool samples,
                    char **json, struct error *err) KEVO_MUST_CHECK;

/* Last stored time per call of a source at a workload on an environment,
 * for planning and charts only; ERR_NOT_FOUND. */
int record_last_time(struct store *store, const char *spec_hash,
                     const char *source_hash, const char *workload,
                     const char *environment_hash, double *ns,
                     struct error *err) KEVO_MUST_CHECK;
/* Is the newest verification of (spec, source, environment) a failure? */
bool record_is_wrong(struct store *store, const char *spec_hash,
                     const char *source_hash);

/* Take a run out of consideration: a row with a reason. */
int record_exclude(struct store *store, int64_t run, const char *reason,
                   struct error *err) KEVO_MUST_CHECK;
/* Drop texts of nodes never accepted that are older than days; summaries
 * stay. Returns the count in *dropped. */
int record_expire(struct store *store, int days, int *dropped,
                  struct error *err) KEVO_MUST_CHECK;

#endif
