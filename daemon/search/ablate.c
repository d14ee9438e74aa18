/* See ablate.h. */
#include "search/ablate.h"

#include <stdlib.h>
#include <string.h>

enum { RESAMPLES = 2000 };

#define ABLATE_GOAL 0.95

const int ablate_budget[ABLATE_BUDGETS] = {8, 16, 32, 64, 128};

const struct ablate_variant ablate_variants[] = {
        {"random", "random", false, false, false, 0, false},
        {"greedy", "greedy", true, true, true, 0.5, true},
        {"beam", "beam", true, true, true, 0.5, true},
        {"mcts", "mcts", true, true, true, 0.5, true},
        {"islands", "islands", true, true, true, 0.5, true},
        {"auto", "auto", true, true, true, 0.5, true},
        {"auto, no memory", "auto", true, true, false, 0.5, true},
        {"auto, no cost model", "auto", false, false, true, 0.5, false},
        {"auto, prior alone", "auto", true, false, true, 0.5, false},
        {"auto, no seeds", "auto", true, true, true, 0, true},
        {"auto, all seeds", "auto", true, true, true, 1, true},
        {"auto, nothing of kin", "auto", true, true, true, 0, false},
        {"auto, nothing", "auto", false, false, false, 0, false},
        {NULL, NULL, false, false, false, 0, false},
};

/* What one search gave. */
struct outcome {
        double share[ABLATE_BUDGETS];
        double evaluations;
        bool reached;
};

int ablate_variant_count(void)
{
        int count = 0;

        while (ablate_variants[count].name)
                count++;
        return count;
}

static void judge(const struct replay_trace *trace, double goal,
                  struct outcome *outcome)
{
        int n = 0;

        for (int b = 0; b < ABLATE_BUDGETS; b++) {
                int at = ablate_budget[b] < trace->count ? ablate_budget[b]
                                                         : trace->count;

                outcome->share[b] = at ? trace->best[at - 1] / goal : 0;
        }
        while (n < trace->count && trace->best[n] < ABLATE_GOAL * goal)
                n++;
        outcome->reached = n < trace->count;
        outcome->evaluations = outcome->reached ? n + 1 : trace->count;
}

static int replay_one(const struct ablate_case *c,
                      const struct ablate_variant *v, uint64_t seed,
                      struct outcome *outcome, struct error *err)
{
        const struct recording *recording = &c->tape->recording;
        struct campaign_options options = {.seconds = 1e18, .stall_share = 2};
        double best[ABLATE_STEPS];
        struct replay_trace trace = {.maximum = ABLATE_STEPS, .best = best};
        struct explorer x = {.selection = selection_find(v->policy),
                             .proposer = c->tape->proposer,
                             .seed = seed,
                             .forget = !v->memory,
                             .seed_chance = v->seeds};
        int rc = 0;

        propose_recorded(c->tape->proposer, recording_has, (void *)recording);
        if (v->ranked)
                rc = ranker_new(&x.ranker, c->tape->proposer, recording_prior,
                                (void *)recording, err);
        if (rc == 0 && v->ranked && v->history)
                rc = ranker_add_history(x.ranker, c->kin->history,
                                        c->kin->history_count, err);
        if (rc == 0 && v->ranked && !v->learning)
                ranker_keep_prior(x.ranker);
        if (v->seeds > 0)
                kin_seed(c->kin, &x);
        if (rc == 0)
                rc = replay_run(&x, recording, &options, &trace, err);
        if (rc == 0)
                judge(&trace, recording_best(recording), outcome);
        ranker_free(x.ranker);
        explorer_dispose(&x);
        return rc;
}

static int by_size(const void *a, const void *b)
{
        const double *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

/* Of values[case][seed]: the mean, and the middle 95 % of means over seeds
 * that were drawn again within each case. */
static int bootstrap(const double *values, int cases, int seeds,
                     struct ablate_number *number, struct error *err)
{
        double *means = malloc(RESAMPLES * sizeof *means), sum = 0;
        struct rng rng = {1, 0};

        if (!means)
                return error_memory(err);
        for (int i = 0; i < cases * seeds; i++)
                sum += values[i];
        number->mean = sum / (cases * seeds);
        for (int r = 0; r < RESAMPLES; r++) {
                sum = 0;
                for (int i = 0; i < cases * seeds; i++)
                        sum += values[i / seeds * seeds +
                                      (int)rng_below(&rng, (uint64_t)seeds)];
                means[r] = sum / (cases * seeds);
        }
        qsort(means, RESAMPLES, sizeof *means, by_size);
        number->low = means[RESAMPLES / 40];
        number->high = means[RESAMPLES - 1 - RESAMPLES / 40];
        free(means);
        return 0;
}

/* A budget that takes in more than half of a recording says little. */
static bool fits(const struct ablate_case *cases, int count, int budget)
{
        for (int i = 0; i < count; i++) {
                if (2 * budget > cases[i].tape->recording.count)
                        return false;
        }
        return true;
}

static int summarise(const struct ablate_case *cases, int count, int seeds,
                     const struct outcome *outcome, struct ablate_row *row,
                     struct error *err)
{
        int n = count * seeds, rc = 0;
        double *values = malloc((size_t)n * sizeof *values);

        if (!values)
                return error_memory(err);
        for (int b = 0; rc == 0 && b < ABLATE_BUDGETS; b++) {
                if (!fits(cases, count, ablate_budget[b]))
                        continue;
                for (int i = 0; i < n; i++)
                        values[i] = outcome[i].share[b];
                rc = bootstrap(values, count, seeds, &row->share[b], err);
        }
        for (int i = 0; i < n; i++) {
                values[i] = outcome[i].evaluations;
                row->reached += outcome[i].reached;
        }
        row->reached /= n;
        if (rc == 0)
                rc = bootstrap(values, count, seeds, &row->evaluations, err);
        free(values);
        return rc;
}

int ablate_run(const struct ablate_case *cases, int count, int seeds,
               struct ablate_row **rows, struct error *err)
{
        struct outcome *outcome =
                calloc((size_t)(count * seeds) + 1, sizeof *outcome);
        int rc = 0;

        *rows = calloc((size_t)ablate_variant_count() + 1, sizeof **rows);
        if (!*rows || !outcome)
                rc = error_memory(err);
        for (int v = 0; rc == 0 && ablate_variants[v].name; v++) {
                for (int i = 0; rc == 0 && i < count * seeds; i++)
                        rc = replay_one(&cases[i / seeds], &ablate_variants[v],
                                        1 + (uint64_t)(i % seeds), &outcome[i],
                                        err);
                if (rc == 0)
                        rc = summarise(cases, count, seeds, outcome,
                                       &(*rows)[v], err);
        }
        free(outcome);
        if (rc < 0) {
                free(*rows);
                *rows = NULL;
        }
        return rc;
}
