/* See statistics.h. */
#include "evaluate/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"

enum {
        RESAMPLES = 1000,
        FIT_RESAMPLES = 400,
        LEAST_ROUNDS = 6,   /* all of one sign: 2^-6, the last look's error */
        WORKLOADS_MAX = 256 /* = LIMIT_WORKLOADS */
};

/* Error spent at each look: 0.05 in all, little of it early, where a run of
 * luck is most likely. */
static const double look_error[STATISTICS_LOOKS] = {0.005, 0.005, 0.01, 0.01,
                                                    0.02};

static const double least_gain = 1.02;     /* what is worth a change */
static const double slower_below = 0.99;   /* proved slower */
static const double null_tolerance = 0.01; /* null may miss 1 by */
static const double null_error = 0.05;

int statistics_look_rounds(int look)
{
        return 20 << (look < 0 ? 0 : look);
}

static void swap(double *a, double *b)
{
        double t = *a;

        *a = *b;
        *b = t;
}

/* The k-th smallest (Hoare's selection); reorders. */
static double kth(double *v, int count, int k)
{
        int low = 0, high = count - 1;

        while (low < high) {
                double pivot = v[low + (high - low) / 2];
                int i = low, j = high;

                while (i <= j) {
                        while (v[i] < pivot)
                                i++;
                        while (v[j] > pivot)
                                j--;
                        if (i <= j)
                                swap(&v[i++], &v[j--]);
                }
                if (k <= j)
                        high = j;
                else if (k >= i)
                        low = i;
                else
                        break;
        }
        return v[k];
}

/* How often a coin that shows heads with this chance shows `least` to `most`
 * of them. */
static double chance_of(int least, int most, int trials, double chance)
{
        double sum = 0;

        for (int k = least; k <= most; k++)
                sum += exp(lgamma(trials + 1) - lgamma(k + 1) -
                           lgamma(trials - k + 1) + k * log(chance) +
                           (trials - k) * log(1 - chance));
        return sum;
}

enum statistics_decision statistics_sign(int positive, int trials)
{
        const int least = 10;
        const double refused = 1e-5, missed = 1e-3;

        if (trials < least)
                return STATISTICS_CONTINUE;
        if (chance_of(positive, trials, trials, 0.5) < refused)
                return STATISTICS_REJECT;
        return chance_of(0, positive, trials, 0.75) < missed
                       ? STATISTICS_ACCEPT
                       : STATISTICS_CONTINUE;
}

double statistics_quartile(double *values, int count)
{
        return count < 1 ? 0 : kth(values, count, count / 4);
}

double statistics_median(double *values, int count)
{
        double upper;

        if (count < 1)
                return 0;
        upper = kth(values, count, count / 2);
        if (count % 2)
                return upper;
        return (upper + kth(values, count, count / 2 - 1)) / 2;
}

/* Blocks as long as noise remembers, roughly: the cube root. */
static int block_length(int rounds)
{
        int length = (int)lround(cbrt(rounds));

        return length < 1 ? 1 : length;
}

/* Draw rounds with replacement in circular blocks. */
static void draw_rounds(struct rng *rng, int rounds, int *chosen)
{
        int block = block_length(rounds), at = 0;

        for (int i = 0; i < rounds; i++) {
                if (i % block == 0)
                        at = (int)rng_below(rng, (uint64_t)rounds);
                chosen[i] = at++;
                at = at < rounds ? at : 0;
        }
}

/* Rounds in the order of their values: the median of a resample is then a
 * matter of counting, not of sorting. */
struct ranking {
        double value[STATISTICS_ROUNDS]; /* ascending */
        int rank[STATISTICS_ROUNDS];     /* of each round */
};

struct ranked {
        double value;
        int round;
};

static int compare_ranked(const void *a, const void *b)
{
        const struct ranked *x = a, *y = b;

        return (x->value > y->value) - (x->value < y->value);
}

static void rank_rounds(struct ranking *ranking, const double *values,
                        int rounds)
{
        struct ranked ranked[STATISTICS_ROUNDS];

        for (int i = 0; i < rounds; i++)
                ranked[i] = (struct ranked){values[i], i};
        qsort(ranked, (size_t)rounds, sizeof *ranked, compare_ranked);
        for (int i = 0; i < rounds; i++) {
                ranking->value[i] = ranked[i].value;
                ranking->rank[ranked[i].round] = i;
        }
}

static double median_of(const struct ranking *ranking, const int *chosen,
                        int rounds)
{
        uint16_t seen[STATISTICS_ROUNDS];
        int before = 0, at = 0, last = 0;

        memset(seen, 0, (size_t)rounds * sizeof *seen);
        for (int i = 0; i < rounds; i++)
                seen[ranking->rank[chosen[i]]]++;
        for (; before + seen[at] <= rounds / 2; at++) {
                before += seen[at];
                last = seen[at] ? at : last;
        }
        if (rounds % 2 || before < rounds / 2)
                last = at;
        return (ranking->value[last] + ranking->value[at]) / 2;
}

/* Weighted mean of the medians of all series. */
static double mean_of(const struct statistics_series *series, int count,
                      const double *each)
{
        double sum = 0, weight = 0;

        for (int w = 0; w < count; w++) {
                sum += series[w].weight * each[w];
                weight += series[w].weight;
        }
        return weight > 0 ? sum / weight : 0;
}

static double middle_of(const struct statistics_series *series, int count,
                        bool null, int rounds, double *each)
{
        double room[STATISTICS_ROUNDS];

        for (int w = 0; w < count; w++) {
                memcpy(room, null ? series[w].null : series[w].ratio,
                       (size_t)rounds * sizeof *room);
                each[w] = series[w].identical && !null
                                  ? 0
                                  : statistics_median(room, rounds);
        }
        return mean_of(series, count, each);
}

/* Everything a decision looks at: medians of the samples and of their
 * resamples. resample[r * (count + 1) + w], the total at w = count. */
struct bootstrap {
        int count;
        double *middle, *resample;
};

static void bootstrap_dispose(struct bootstrap *b)
{
        free(b->middle);
        free(b->resample);
}

/* The z that a normal number exceeds with a probability. */
static double normal_quantile(double probability)
{
        double low = 0, high = 10;

        for (int i = 0; i < 60; i++) {
                double z = (low + high) / 2;

                if (erfc(z / M_SQRT2) / 2 > probability)
                        low = z;
                else
                        high = z;
        }
        return low;
}

/* How much wider than the resamples an interval must be that is to miss the
 * truth with an error: they are drawn from few blocks, which vary less among
 * themselves than the truth around them, and by an amount that is itself
 * uncertain. Student's t (by its Cornish-Fisher expansion) with the degrees
 * of freedom of overlapping blocks, 3 n / 2 b. */
static double widening(int rounds, double error)
{
        int block = block_length(rounds);
        double n = rounds, z = normal_quantile(error / 2), z2 = z * z;
        double freedom = 1.5 * n / block;
        double t = z + z * (z2 + 1) / (4 * freedom) +
                   z * ((5 * z2 + 16) * z2 + 3) / (96 * freedom * freedom);

        return t / z * sqrt(n / fmax(1, n - block));
}

static bool bootstrap_run(struct bootstrap *b,
                          const struct statistics_series *series, int count,
                          bool null, int rounds, double error, uint64_t seed)
{
        double wider = widening(rounds, error);
        struct rng rng = {seed, 0};
        int chosen[STATISTICS_ROUNDS];
        struct ranking *ranking;

        b->count = count;
        b->middle = calloc((size_t)count + 1, sizeof *b->middle);
        b->resample =
                calloc(((size_t)count + 1) * RESAMPLES, sizeof *b->resample);
        ranking = calloc((size_t)count, sizeof *ranking);
        if (!b->middle || !b->resample || !ranking) {
                free(ranking);
                return false;
        }
        b->middle[count] = middle_of(series, count, null, rounds, b->middle);
        for (int w = 0; w < count; w++)
                rank_rounds(ranking + w,
                            null ? series[w].null : series[w].ratio, rounds);
        for (int r = 0; r < RESAMPLES; r++) {
                double *each = b->resample + r * (count + 1);

                draw_rounds(&rng, rounds, chosen);
                for (int w = 0; w < count; w++)
                        each[w] = series[w].identical && !null
                                          ? 0
                                          : median_of(ranking + w, chosen,
                                                      rounds);
                each[count] = mean_of(series, count, each);
                for (int w = 0; w <= count; w++)
                        each[w] = b->middle[w] +
                                  wider * (each[w] - b->middle[w]);
        }
        free(ranking);
        return true;
}

/* Interval of series w (the total: w = count) at a two-sided error. */
static struct statistics_estimate interval(const struct bootstrap *b, int w,
                                           double error)
{
        double values[RESAMPLES];
        int tail = (int)fmax(0, floor(error / 2 * (RESAMPLES + 1)) - 1);
        struct statistics_estimate e = {.ratio = exp(b->middle[w])};

        for (int r = 0; r < RESAMPLES; r++)
                values[r] = b->resample[r * (b->count + 1) + w];
        e.low = exp(kth(values, RESAMPLES, tail));
        e.high = exp(kth(values, RESAMPLES, RESAMPLES - 1 - tail));
        return e;
}

/* Share of resamples in which series w is not slower. */
static double not_slower(const struct bootstrap *b, int w)
{
        int above = 0;

        for (int r = 0; r < RESAMPLES; r++)
                above += b->resample[r * (b->count + 1) + w] >=
                         log(slower_below);
        return (above + 1.0) / (RESAMPLES + 1.0);
}

/* Holm's first step is all that is asked: is any workload proved slower
 * when the smallest of count values is held against error / count? */
static int find_slower(const struct bootstrap *b,
                       const struct statistics_series *series, double error)
{
        double least = 1;
        int which = -1, tested = 0;

        for (int w = 0; w < b->count; w++) {
                double p;

                if (series[w].identical)
                        continue;
                tested++;
                p = not_slower(b, w);
                if (p < least) {
                        least = p;
                        which = w;
                }
        }
        /* Few resamples cannot show a very small value: none of them above
         * is the least that can be seen. */
        if (which >= 0 && least <= fmax(error / tested, 1.5 / RESAMPLES))
                return which;
        return -1;
}

static double half_width(const struct statistics_estimate *e)
{
        return fmax(e->high - 1, 1 - e->low);
}

static void say(struct statistics_verdict *v,
                enum statistics_decision decision, const char *text)
{
        v->decision = decision;
        snprintf(v->reason, sizeof v->reason,
                 "%s: ratio %.4g, 95 %% interval "
                 "%.4g to %.4g, needs %.4g; "
                 "null %.4g to %.4g",
                 text, v->total.ratio, v->total.low, v->total.high,
                 v->threshold, v->null.low, v->null.high);
}

static void judge(struct statistics_verdict *v, int rounds, bool last)
{
        bool null_off = v->null.low > 1 + null_tolerance ||
                        v->null.high < 1 - null_tolerance;
        bool null_wide = half_width(&v->null) > fabs(v->total.ratio - 1);

        if (rounds < LEAST_ROUNDS) {
                v->slower = -1;
                say(v, STATISTICS_INCONCLUSIVE,
                    "too few rounds in the time of the request");
        } else if (v->slower >= 0)
                say(v, STATISTICS_REJECT, "a workload is slower");
        else if (!null_off && v->total.low > v->threshold)
                say(v, STATISTICS_ACCEPT, "faster");
        else if (!null_off && v->total.high < least_gain)
                say(v, STATISTICS_REJECT, "not faster");
        else if (!last)
                say(v, STATISTICS_CONTINUE, "undecided so far");
        else if (null_off)
                say(v, STATISTICS_INCONCLUSIVE,
                    "the baseline differs from "
                    "itself");
        else if (v->total.ratio < least_gain && !null_wide)
                say(v, STATISTICS_REJECT, "not shown to be faster");
        else
                say(v, STATISTICS_INCONCLUSIVE, "too noisy to tell");
}

static bool all_identical(const struct statistics_series *series, int count)
{
        for (int w = 0; w < count; w++) {
                if (!series[w].identical)
                        return false;
        }
        return true;
}

void statistics_decide(const struct statistics_series *series, int count,
                       int rounds, int look, bool last, uint64_t seed,
                       struct statistics_verdict *verdict,
                       struct statistics_estimate *each,
                       struct statistics_estimate *each_null)
{
        struct bootstrap main_run = {0}, null_run = {0};
        double error;

        memset(verdict, 0, sizeof *verdict);
        verdict->slower = -1;
        verdict->decision = STATISTICS_INCONCLUSIVE;
        look = look < 0                   ? 0
               : look >= STATISTICS_LOOKS ? STATISTICS_LOOKS - 1
                                          : look;
        error = look_error[look];
        if (rounds > STATISTICS_ROUNDS)
                rounds = STATISTICS_ROUNDS;
        if (count < 1 || count > WORKLOADS_MAX || rounds < 1) {
                snprintf(verdict->reason, sizeof verdict->reason,
                         "nothing was measured");
                return;
        }
        if (!bootstrap_run(&main_run, series, count, false, rounds, error,
                           rng_derive(seed, "ratio", (uint64_t)look)) ||
            !bootstrap_run(&null_run, series, count, true, rounds, null_error,
                           rng_derive(seed, "null", (uint64_t)look))) {
                snprintf(verdict->reason, sizeof verdict->reason,
                         "out of memory");
                goto out;
        }
        verdict->total = interval(&main_run, count, error);
        verdict->null = interval(&null_run, count, null_error);
        verdict->threshold = fmax(least_gain, 1 + half_width(&verdict->null));
        verdict->slower = find_slower(&main_run, series, error);
        for (int w = 0; w < count; w++) {
                if (each)
                        each[w] = interval(&main_run, w, error);
                if (each_null)
                        each_null[w] = interval(&null_run, w, null_error);
        }
        if (all_identical(series, count))
                say(verdict, STATISTICS_REJECT, "the same program");
        else
                judge(verdict, rounds, last || look == STATISTICS_LOOKS - 1);
out:
        bootstrap_dispose(&main_run);
        bootstrap_dispose(&null_run);
}

double statistics_fitness(const struct statistics_series *series, int count,
                          int rounds)
{
        double each[WORKLOADS_MAX];

        if (count < 1 || count > WORKLOADS_MAX || rounds < 1)
                return 0;
        if (rounds > STATISTICS_ROUNDS)
                rounds = STATISTICS_ROUNDS;
        return exp(middle_of(series, count, false, rounds, each));
}

/* --- intercepts ------------------------------------------------------- */

/* A share of the batch that no wake-up or cold cache explains. */
#define MOSTLY_HIDDEN 0.5

/* Batches with few and with many calls, of a series: in each a call takes
 * a/n + b. */
struct thirds {
        const int *n;
        int few_low, few_high; /* n up to few_low, from few_high on */
        double inverse[2];     /* mean of 1/n, of few and of many */
};

/* Medians of a value over both groups of the chosen batches; false when they
 * do not differ enough to tell. */
static bool medians_of(struct thirds *t, const double *value,
                       const int *chosen, int count, double *room,
                       double median[2])
{
        for (int side = 0; side < 2; side++) {
                int used = 0;

                t->inverse[side] = 0;
                for (int i = 0; i < count; i++) {
                        int k = chosen[i], n = t->n[k];

                        if (side ? n < t->few_high : n > t->few_low)
                                continue;
                        room[used++] = value[k];
                        t->inverse[side] += 1.0 / n;
                }
                if (!used)
                        return false;
                t->inverse[side] /= used;
                median[side] = statistics_median(room, used);
        }
        return t->inverse[0] > 1.2 * t->inverse[1];
}

/* Work memory of a fit: of each batch its times of a call, and the logarithm
 * of their ratio, in which what slows both sides of a round cancels. */
struct fit {
        double *call[2], *ratio, *room;
        int *chosen;
};

static void fit_dispose(struct fit *f)
{
        free(f->call[0]);
        free(f->call[1]);
        free(f->ratio);
        free(f->room);
        free(f->chosen);
}

static bool fit_init(struct fit *f, const int *n, const double *candidate,
                     const double *baseline, int count)
{
        size_t size = (size_t)count * sizeof(double);

        *f = (struct fit){{malloc(size), malloc(size)},
                          malloc(size),
                          malloc(size),
                          malloc(size)};
        if (!f->call[0] || !f->call[1] || !f->ratio || !f->room || !f->chosen)
                return false;
        for (int i = 0; i < count; i++) {
                if (!(candidate[i] > 0) || !(baseline[i] > 0))
                        return false;
                f->call[0][i] = candidate[i] / n[i];
                f->call[1][i] = baseline[i] / n[i];
                f->ratio[i] = log(candidate[i] / baseline[i]);
        }
        return true;
}

/* Draw rounds, whose two batches have the same n and the same troubles. */
static void draw_pairs(struct rng *rng, int count, int *chosen)
{
        for (int i = 0; i + 1 < count; i += 2) {
                int pair = 2 * (int)rng_below(rng, (uint64_t)count / 2);

                chosen[i] = pair;
                chosen[i + 1] = pair + 1;
        }
}

/* One resample: by how much the candidate's share of a batch that does not
 * grow exceeds the baseline's, and its time. */
static void fit_once(struct fit *f, struct thirds *t, int count, double *share,
                     double *excess)
{
        double ratio[2], call[2][2], span;

        *share = *excess = 0;
        if (!medians_of(t, f->ratio, f->chosen, count, f->room, ratio) ||
            !medians_of(t, f->call[0], f->chosen, count, f->room, call[0]) ||
            !medians_of(t, f->call[1], f->chosen, count, f->room, call[1]))
                return;
        span = t->inverse[0] - t->inverse[1];
        /* 1 when nothing of the candidate's batch grows. */
        *share = (ratio[0] - ratio[1]) / log(t->inverse[0] / t->inverse[1]);
        *excess = (call[0][0] - call[0][1] - call[1][0] + call[1][1]) / span;
}

double statistics_intercept(const int *n, const double *candidate,
                            const double *baseline, int count, uint64_t seed)
{
        struct rng rng = {seed, 0};
        double share[FIT_RESAMPLES], excess[FIT_RESAMPLES];
        double mean = 0, sure, likely;
        struct thirds t = {.n = n};
        struct fit fit;
        int low, high;
        bool able;

        count -= count % 2;
        if (count < 8)
                return 0;
        low = high = n[0];
        for (int i = 0; i < count; i++) {
                low = n[i] < low ? n[i] : low;
                high = n[i] > high ? n[i] : high;
                mean += candidate[i] / count;
        }
        t.few_low = low + (high - low) / 3;
        t.few_high = high - (high - low) / 3;
        if (high == low)
                return 0;
        able = fit_init(&fit, n, candidate, baseline, count);
        for (int r = 0; able && r < FIT_RESAMPLES; r++) {
                draw_pairs(&rng, count, fit.chosen);
                fit_once(&fit, &t, count, share + r, excess + r);
        }
        fit_dispose(&fit);
        if (!able)
                return 0;
        sure = kth(share, FIT_RESAMPLES, FIT_RESAMPLES / 200);
        likely = kth(excess, FIT_RESAMPLES, FIT_RESAMPLES / 20) / mean;
        return sure > MOSTLY_HIDDEN || sure < likely ? sure : likely;
}
