/*
 * Findings: the checks of one stage while they are collected. Each check has
 * one row; its first failure is kept, and what a proposer may learn of it is
 * kept apart from what people may.
 */
#ifndef KEVO_EVALUATE_FINDINGS_H
#define KEVO_EVALUATE_FINDINGS_H

#include "evaluate/evaluate.h"

enum check {
        CHECK_BUILD,
        CHECK_INSPECT,
        CHECK_RUNS,   /* ends in time, without a fault */
        CHECK_ORACLE, /* right on workloads */
        CHECK_HIDDEN, /* right on hidden shapes */
        CHECK_WRITTEN,
        CHECK_BOUNDS,
        CHECK_PURE,
        CHECK_REPEATABLE,
        CHECK_RESIDUE, /* right though what the last call left was changed */
        CHECK_THREADS,
        CHECK_SANITISED,
        CHECK_TIMED,     /* right in what was timed */
        CHECK_INTERCEPT, /* no work hidden in one call of a batch */
        CHECK_STATELESS, /* as fast when nothing survives between calls */
        CHECK_COUNT
};

const char *findings_name(enum check check);

struct findings {
        struct {
                bool ran, failed, late;
                char detail[512], hidden[128];
        } row[CHECK_COUNT];
};

/* The check ran and found nothing wrong this time. */
void findings_pass(struct findings *findings, enum check check);
/* It failed: detail for people; hidden, a category, for proposers. */
void findings_fail(struct findings *findings, enum check check,
                   const char *hidden, const char *detail, ...)
        KEVO_PRINTF(4, 5);
/* The same for a failure with the code of an error: ERR_TIMEOUT is one of
 * time, and nothing wrong was seen. */
void findings_fail_by(struct findings *findings, enum check check, int code,
                      const char *hidden, const char *detail, ...)
        KEVO_PRINTF(5, 6);
/* It ran and says something without failing. */
void findings_note(struct findings *findings, enum check check,
                   const char *detail, ...) KEVO_PRINTF(3, 4);
/* The first failed check, or CHECK_COUNT. */
enum check findings_failed(const struct findings *findings);

/* Append what ran as rows of result. */
int findings_report(const struct findings *findings, enum stage_level stage,
                    struct evaluate_result *result,
                    struct error *err) KEVO_MUST_CHECK;

#endif
