/*
 * The results themselves: runs with checks and measures, and their
 * verifications. Append-only. texts.h has what they are about, verdicts.h
 * what was decided from them; this header includes both.
 */
#ifndef KEVO_STORE_RECORDS_H
#define KEVO_STORE_RECORDS_H

#include "store/store.h"
#include "store/texts.h"
#include "store/verdicts.h"

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

/* An outside baseline at a workload; skipped says why it was not measured. */
struct record_outside {
        const char *workload, *name, *version, *skipped;
        double ratio, low, high, outside_ns, candidate_ns;
        int rounds;
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
        int check_count, measure_count, outside_count;
        const struct record_check *check;
        const struct record_measure *measure;
        const struct record_outside *outside;
};

/* Insert a run with all its rows. Also a verification row when stage is S4,
 * or when the run is not correct at whatever stage: one failed check
 * refuses. A correct run at S4 has checks, and all of them passed, or
 * the database refuses. *run_id, *verification_id (0 when none) may be
 * NULL. */
int record_run_add(struct store *store, const struct record_run *run,
                   int64_t *run_id, int64_t *verification_id,
                   struct error *err) KEVO_MUST_CHECK;

/* A run's rows as JSON: what `--json`, evidence and pages show. Each measure
 * has "samples": {"candidate": {"count", "median_ns", ..., "ns": [...]},
 * "baseline": ...}, with "ns" only when samples are asked for. Seeds are left
 * out while the run's campaign is running. Caller frees. */
int record_run_json(struct store *store, int64_t run, bool samples,
                    char **json, struct error *err) KEVO_MUST_CHECK;

/* Last stored time per call of a source at a workload on an environment,
 * for planning and charts only; ERR_NOT_FOUND. Excluded runs do not
 * count. */
int record_last_time(struct store *store, const char *spec_hash,
                     const char *source_hash, const char *workload,
                     const char *environment_hash, double *ns,
                     struct error *err) KEVO_MUST_CHECK;
/* Is the newest verification of (spec, source) a failure, or a success at
 * S4? Excluded runs do not count; both are false when nothing is known. */
bool record_is_wrong(struct store *store, const char *spec_hash,
                     const char *source_hash);
bool record_is_right(struct store *store, const char *spec_hash,
                     const char *source_hash);

/* Take a run out of consideration: a row with a reason. A second time keeps
 * the first reason. */
int record_exclude(struct store *store, int64_t run, const char *reason,
                   struct error *err) KEVO_MUST_CHECK;

#endif
