/*
 * Verdicts: what was decided about a candidate, on which verification it
 * rests, and what it holds for. Append-only.
 */
#ifndef KEVO_STORE_VERDICTS_H
#define KEVO_STORE_VERDICTS_H

#include "store/store.h"

/* A verdict references (verification, passed): an accepted or first verdict
 * needs a passed one of the same run, spec, source and environment, or the
 * database refuses. */
struct record_verdict {
        int64_t id;
        int64_t campaign, node; /* 0 outside a campaign */
        int64_t run;            /* 0: the verification's */
        int64_t verification;
        char *verdict; /* "accepted", "first", ... */
        char *kernel, *hardware, *repository;
        char *spec_hash, *source_hash, *environment_hash;
        char *inputs; /* JSON: workloads, weights, incumbents'
                         blob ids, threads: what it holds for */
        char *reason;
        double ratio, low, high;
        int method, threads;
        char grade;
        int64_t time; /* 0: now */
};

/* Also brings the kernel's summary up to date (summary.h). */
int record_verdict_add(struct store *store,
                       const struct record_verdict *verdict, int64_t *id,
                       struct error *err) KEVO_MUST_CHECK;
int record_verdict_get(struct store *store, int64_t id,
                       struct record_verdict **verdict,
                       struct error *err) KEVO_MUST_CHECK;
/* Newest first; NULL matches any; limit 0: all. */
int record_verdict_list(struct store *store, const char *repository,
                        const char *kernel, const char *hardware, int limit,
                        struct record_verdict ***verdicts, int *count,
                        struct error *err) KEVO_MUST_CHECK;
/* The newest verdict of a campaign on a kernel and hardware, of a repository
 * (NULL: of whichever); ERR_NOT_FOUND. */
int record_verdict_of(struct store *store, int64_t campaign,
                      const char *repository, const char *kernel,
                      const char *hardware, struct record_verdict **verdict,
                      struct error *err) KEVO_MUST_CHECK;
void record_verdict_free(struct record_verdict *verdict);
void record_verdicts_free(struct record_verdict **verdicts, int count);

#endif
