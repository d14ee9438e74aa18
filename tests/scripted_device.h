/*
 * Scripted devices: a machine on which two programs are timed, whose noise
 * and whose truth are known, so that what the decision rule makes of it can
 * be counted (tests/bench/false_accepts.c, tests/unit/test_statistics.c).
 *
 * A session is what contest.c does: palindromic rounds of baseline, candidate
 * and baseline again in another process, in a random order, at 20 to 320
 * rounds a look at all samples so far.
 */
#ifndef KEVO_TESTS_SCRIPTED_DEVICE_H
#define KEVO_TESTS_SCRIPTED_DEVICE_H

#include <math.h>
#include <stdbool.h>

#include "core/rng.h"
#include "evaluate/statistics.h"

enum { SCRIPTED_WORKLOADS = 4, SCRIPTED_SIDES = 3 };

/* Shares of a batch's time, as standard deviations of logarithms. */
struct scripted_noise {
        const char *name;
        double white;             /* of each batch on its own */
        double tail;              /* the same with 2 degrees of freedom */
        double walk, memory;      /* level = memory * level + walk * normal */
        double slope;             /* of the level, a batch */
        double step, step_odds;   /* the clock changes by this, so often */
        double mode;              /* every second batch is slower by this */
        double spike, spike_odds; /* up to this much, so often */
        double first;             /* what the first batch of a round pays */
        double bias;              /* of a process, as long as it lives */
};

static const struct scripted_noise scripted_noises[] = {
        {.name = "independent", .white = 0.02},
        {.name = "heavy tails", .tail = 0.02},
        {.name = "drift",
         .white = 0.01,
         .walk = 0.003,
         .memory = 1,
         .slope = 0.0005},
        {.name = "frequency steps",
         .white = 0.01,
         .step = 0.15,
         .step_odds = 0.02},
        {.name = "autocorrelated",
         .white = 0.005,
         .walk = 0.02,
         .memory = 0.95},
        {.name = "two modes", .white = 0.01, .mode = 0.08},
        {.name = "bursts", .white = 0.01, .spike = 1, .spike_odds = 0.1},
        {.name = "first batch pays", .white = 0.01, .first = 0.1},
        {.name = "process bias 0.5 %", .white = 0.01, .bias = 0.005},
        {.name = "all at once",
         .white = 0.03,
         .walk = 0.02,
         .memory = 0.9,
         .step = 0.1,
         .step_odds = 0.01,
         .spike = 1,
         .spike_odds = 0.1,
         .first = 0.03,
         .bias = 0.005},
};
enum { SCRIPTED_NOISES = sizeof scripted_noises / sizeof *scripted_noises };

/* What is timed. ratio: baseline time / candidate time, in truth; workload
 * w > 0 has it too. fresh: a new process every round (stage S4). */
struct scripted_device {
        const struct scripted_noise *noise;
        double ratio;
        int workloads;
        bool fresh;
};

struct scripted_result {
        struct statistics_verdict verdict;
        int rounds;
};

static inline double scripted_normal(struct rng *rng)
{
        double u = rng_unit(rng) + 1e-12;

        return sqrt(-2 * log(u)) * cos(2 * M_PI * rng_unit(rng));
}

/* Student's t with two degrees of freedom has this closed inverse. */
static inline double scripted_tail(struct rng *rng)
{
        double u = rng_unit(rng) * (1 - 2e-9) + 1e-9;

        return (2 * u - 1) / sqrt(2 * u * (1 - u));
}

/* What a machine remembers from batch to batch. */
struct scripted_state {
        double level, step;
};

static inline double scripted_batch(struct rng *rng,
                                    const struct scripted_noise *n,
                                    struct scripted_state *state, bool first)
{
        double t;

        state->level = n->memory * state->level +
                       n->walk * scripted_normal(rng) + n->slope;
        if (n->step_odds > 0 && rng_unit(rng) < n->step_odds)
                state->step = n->step - state->step;
        t = state->level + state->step + n->white * scripted_normal(rng);
        if (n->tail > 0)
                t += n->tail * scripted_tail(rng);
        if (n->mode > 0 && rng_unit(rng) < 0.5)
                t += n->mode;
        if (n->spike_odds > 0 && rng_unit(rng) < n->spike_odds)
                t += n->spike * rng_unit(rng);
        return exp(t + (first ? n->first : 0));
}

/* The time of a round on each side: 0 1 2 2 1 0 in a random order. */
static inline void scripted_round(struct rng *rng,
                                  const struct scripted_device *d,
                                  struct scripted_state *state,
                                  const double *bias, double *sum)
{
        int order[SCRIPTED_SIDES] = {0, 1, 2};

        for (int i = SCRIPTED_SIDES - 1; i > 0; i--) {
                int j = (int)rng_below(rng, (uint64_t)i + 1), t = order[i];

                order[i] = order[j];
                order[j] = t;
        }
        for (int i = 0; i < SCRIPTED_SIDES; i++)
                sum[i] = 0;
        for (int i = 0; i < 2 * SCRIPTED_SIDES; i++) {
                int side =
                        order[i < SCRIPTED_SIDES ? i
                                                 : 2 * SCRIPTED_SIDES - 1 - i];

                sum[side] += scripted_batch(rng, d->noise, state, i == 0) *
                             exp(bias[side]) / (side == 1 ? d->ratio : 1);
        }
}

static inline void scripted_biases(struct rng *rng,
                                   const struct scripted_device *d,
                                   double *bias)
{
        for (int i = 0; i < SCRIPTED_SIDES; i++)
                bias[i] = d->noise->bias * scripted_normal(rng);
}

/* One session, until the rule decides. */
static inline struct scripted_result scripted_session(
        uint64_t seed, const struct scripted_device *d)
{
        static double ratio[SCRIPTED_WORKLOADS][STATISTICS_ROUNDS];
        static double null[SCRIPTED_WORKLOADS][STATISTICS_ROUNDS];
        struct statistics_series series[SCRIPTED_WORKLOADS];
        double bias[SCRIPTED_WORKLOADS][SCRIPTED_SIDES];
        double sum[SCRIPTED_SIDES];
        struct scripted_state state = {0};
        struct scripted_result r = {.rounds = 0};
        struct rng rng = {seed, 0};

        for (int w = 0; w < d->workloads; w++) {
                series[w] = (struct statistics_series){
                        .weight = 1, .ratio = ratio[w], .null = null[w]};
                scripted_biases(&rng, d, bias[w]);
        }
        for (int look = 0; look < STATISTICS_LOOKS; look++) {
                for (; r.rounds < statistics_look_rounds(look); r.rounds++) {
                        for (int w = 0; w < d->workloads; w++) {
                                if (d->fresh)
                                        scripted_biases(&rng, d, bias[w]);
                                scripted_round(&rng, d, &state, bias[w], sum);
                                ratio[w][r.rounds] = log(sum[0] / sum[1]);
                                null[w][r.rounds] = log(sum[0] / sum[2]);
                        }
                }
                statistics_decide(series, d->workloads, r.rounds, look, false,
                                  seed, &r.verdict, NULL, NULL);
                if (r.verdict.decision != STATISTICS_CONTINUE)
                        break;
        }
        return r;
}

#endif
