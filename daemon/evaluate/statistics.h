/*
 * The statistics of a paired measurement, as pure functions of samples: no
 * clock, no process, no state. What is accepted here is what a team merges,
 * so the false-accept rate of the rule as a whole is measured on scripted
 * noisy devices (tests/bench/false_accepts.c, docs/trust.md).
 *
 * One round of one workload gives two logarithms of ratios: baseline time /
 * candidate time, and baseline / second baseline (the null experiment), each
 * from one palindromic block of batches, so that a linear drift cancels.
 * Rounds of all workloads are interleaved and resampled together: noise that
 * hits several workloads at once must not look independent.
 *
 * Method: moving-block bootstrap of the median (Kuensch 1989; Efron and
 * Tibshirani 1993, ch. 13), widened for the few blocks of early looks by
 * Student's t with 3 n / 2 b degrees of freedom (b: the length of a block;
 * without, 20 rounds missed the truth five times as often as stated), fixed
 * looks with the error spent across them, Holm (1979) for the workloads one by
 * one.
 */
#ifndef KEVO_EVALUATE_STATISTICS_H
#define KEVO_EVALUATE_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

enum { STATISTICS_LOOKS = 5, STATISTICS_ROUNDS = 320 };

/* Rounds at look 0..STATISTICS_LOOKS-1: 20, 40, 80, 160, 320. */
int statistics_look_rounds(int look);

struct statistics_series {
        double weight;  /* >= 0 */
        bool identical; /* same build on both sides: ratio exactly 1 */
        const double *ratio, *null; /* logarithms, one a round */
};

struct statistics_estimate {
        double ratio, low, high; /* not logarithms */
};

enum statistics_decision {
        STATISTICS_CONTINUE,
        STATISTICS_ACCEPT,
        STATISTICS_REJECT,
        STATISTICS_INCONCLUSIVE
};

struct statistics_verdict {
        enum statistics_decision decision;
        struct statistics_estimate total, null;
        double threshold; /* that total.low had to pass */
        int slower;       /* workload proved slower, or -1 */
        char reason[256];
};

/* Decide at a look with `rounds` rounds of every series. each and each_null
 * (count of them, may be NULL) receive the workloads' own intervals. last:
 * no more rounds will come, whatever the look. */
void statistics_decide(const struct statistics_series *series, int count,
                       int rounds, int look, bool last, uint64_t seed,
                       struct statistics_verdict *verdict,
                       struct statistics_estimate *each,
                       struct statistics_estimate *each_null);

/* Weighted geometric mean of the medians alone, for fitness. */
double statistics_fitness(const struct statistics_series *series, int count,
                          int rounds);

/* Sign test, asked after every trial, ten at least: in `positive` of `trials`
 * the sign was seen that an honest side shows in at most half of them, and one
 * that is not in three quarters. REJECT when an honest side would show it as
 * often in fewer than 1e-5 of all series, ACCEPT when the other would as
 * seldom in fewer than 1e-3, CONTINUE between; worth STATISTICS_TRIALS at
 * most. Noise of any size makes both signs alike, so it does not refuse. */
enum { STATISTICS_TRIALS = 64 };
enum statistics_decision statistics_sign(int positive, int trials);

/* The lower quartile. Reorders values. 0 when there are none. */
double statistics_quartile(double *values, int count);

/* Reorders values. 0 when there are none. */
double statistics_median(double *values, int count);

/* Work hidden in one call of a batch: batch times are a + b n, and a cache
 * that is filled once a batch shows as an a. Returns by how much a exceeds
 * the baseline's, as a share of the candidate's mean batch; 0 when the n do
 * not differ enough to tell. Batches come in pairs, the rounds, of the same n,
 * and a baseline's is compared with the candidate's beside it: what slows a
 * round slows both. It is the smaller of two: the excess of the shares, at
 * least, with 99.5 % confidence (the noise of a slow baseline would hide a
 * fast candidate's whole batch), and the excess in time, with 95 % (what
 * waking threads and cold caches cost is the same for both sides and a larger
 * share of a faster one's batch). Over a half of the batch the shares alone
 * decide.
 */
double statistics_intercept(const int *n, const double *candidate,
                            const double *baseline, int count, uint64_t seed);

#endif
