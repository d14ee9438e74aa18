/*
 * Verification: is a program right, on inputs it has not seen, at addresses
 * it cannot guess, and does it do nothing else? docs/trust.md has the list.
 */
#ifndef KEVO_EVALUATE_VERIFY_H
#define KEVO_EVALUATE_VERIFY_H

#include "evaluate/findings.h"
#include "evaluate/rig.h"

struct verify {
        struct zygote *zygote;
        int threads;
        int64_t deadline_ns; /* monotonic: of the whole request */
        struct findings *findings;
        int64_t calls_ns; /* spent inside kernels so far */
};

/* What an instance is for people and for proposers. */
struct verify_instance {
        const char *label;  /* "workload serving", "hidden shape M=1 N=7" */
        const char *hidden; /* NULL on workloads; else a category */
        int64_t call_ns;    /* deadline of one call */
        bool thorough;      /* repeat, both layouts in every combination */
};

/* Run the program on a stock of twins and judge what it did. Wrong results
 * and faults are findings, not errors. */
int verify_program(struct verify *v, const struct program *program,
                   const struct stock *stock,
                   const struct verify_instance *instance,
                   struct error *err) KEVO_MUST_CHECK;

/* Where the oracle did not look at all of an output: run another program of
 * the same spec too, and let the oracle judge the elements on which the two
 * disagree most (suspects.h). A fault of the other's is noted, no more. */
int verify_against(struct verify *v, const struct program *program,
                   const struct program *other, const struct stock *stock,
                   const struct verify_instance *instance,
                   struct error *err) KEVO_MUST_CHECK;

/* The same results with 1, 2, ... threads: row "threads". */
int verify_threads(struct verify *v, const struct program *program,
                   const struct stock *stock,
                   const struct verify_instance *instance,
                   struct error *err) KEVO_MUST_CHECK;

/* Record how a run ended: a fault that touched foreign memory is a matter of
 * bounds, anything else of running at all. Returns 0, or the error when it
 * is not the program's. */
int verify_end(struct findings *findings,
               const struct verify_instance *instance, int rc,
               const struct error *failure, struct error *err) KEVO_MUST_CHECK;

#endif
