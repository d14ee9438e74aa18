/*
 * A contest: one workload, the baseline against a candidate, and against a
 * second copy of itself (the null experiment), each in a cell of its own.
 *
 * The unit is the round: a palindrome of batches in random order, all of the
 * same number of calls, so that a linear drift of the machine cancels. Each
 * timed batch is preceded, without stopping, by untimed calls, and followed
 * by a stop of the whole cell and a look at secret places of what it wrote.
 * Calls take different inputs in turn, also in the warm state, so that every
 * call finds the right answer to another input in its output: a kernel that
 * does nothing is wrong.
 */
#ifndef KEVO_EVALUATE_CONTEST_H
#define KEVO_EVALUATE_CONTEST_H

#include "evaluate/findings.h"
#include "evaluate/rig.h"
#include "evaluate/statistics.h"

enum contest_side { CONTEST_BASELINE, CONTEST_CANDIDATE, CONTEST_NULL };
enum { CONTEST_SIDES = 3, CONTEST_BATCHES = 2 * STATISTICS_ROUNDS };

/* A workload whose baseline takes longer for a call is not measured. */
#define CONTEST_TOO_SLOW_NS INT64_C(2000000000)

struct contest {
        struct zygote *zygote; /* borrowed, all of these */
        const struct stock *stock;
        const struct program *program[CONTEST_SIDES];
        struct rig rig[CONTEST_SIDES];
        bool open[CONTEST_SIDES];
        bool with_null;
        bool fresh; /* a new process for every round */
        bool rough; /* for fitness: an early report is believed */
        bool cold;
        int threads;
        double most_ns;    /* longest that the shortest batch of the slower
                              side may be */
        int n0;            /* calls of the shortest batch */
        bool capped;       /* n0 would be too long for the slower side:
                              time then ends when the cell has stopped */
        double call_ns[2]; /* estimates, by side */
        uint32_t next_set;
        struct rng rng;
        int64_t gone_cpu_ns, calls_ns; /* of cells that ended */
        struct findings *findings;
        const char *label;   /* of the workload */
        const char *against; /* the baseline's file, or what it is called */
        /* Samples: batch times of both sides, paired, and their n. */
        int batches;
        int n[CONTEST_BATCHES];
        double time[2][CONTEST_BATCHES];
        int rounds;
        double ratio[STATISTICS_ROUNDS], null[STATISTICS_ROUNDS];
};

/* Most slots and sets that a ring of a binding needs; 0 when it does not fit
 * into half of the memory. */
int contest_sets(int64_t input_bytes, int64_t output_bytes, bool cold,
                 int64_t llc_bytes, int64_t memory_bytes);

/* Start cells and find n0. baseline_call_ns: known from before, 0: measure.
 * A candidate that fails is a finding: then *alive is false. When the
 * baseline is too slow (call_ns[0] says so, without a full measurement) the
 * candidate is not tried and there are no rounds. */
int contest_open(struct contest *contest, double baseline_call_ns, bool *alive,
                 struct error *err) KEVO_MUST_CHECK;
void contest_close(struct contest *contest);

/* One round. keep: enter it (false: foreign load was seen by the caller's
 * rule, which is asked through `contest_undo`). */
int contest_round(struct contest *contest, bool *alive,
                  struct error *err) KEVO_MUST_CHECK;
/* What moving the data again may cost a call of usual_ns once the caches have
 * lost it: a fast kernel feels all of it, a slow one hides it behind its
 * arithmetic, so the baseline's loss says nothing here. A kernel that reads
 * its data at all is not many times slower for it; one that only looks up an
 * old result is. */
double contest_refill_ns(const struct contest *contest, double usual_ns);
/* What each batch takes besides its calls, because it is timed until the cell
 * has stopped: 0 where it is timed until its report. */
double contest_stop_ns(const struct contest *contest);

/* Forget the last round. */
void contest_undo(struct contest *contest);

/* Is the candidate as fast when outputs, scratch, locals, stacks and
 * registers are wiped before every call? Row "stateless". A kernel that
 * looks whether its answer is there already, or where it put it, is not. */
int contest_check_state(struct contest *contest, bool *alive,
                        struct error *err) KEVO_MUST_CHECK;

/* CPU time of the contest's cells, dead ones included. */
int64_t contest_cpu_ns(const struct contest *contest);
/* Time inside kernels. */
int64_t contest_calls_ns(const struct contest *contest);

/* Median time of a call on a side. */
double contest_call_ns(const struct contest *contest, enum contest_side side);

#endif
