/*
 * The decision rule on scripted noisy devices: how often it believes a gain
 * that is not there, and how often it misses one that is.
 */
#include "evaluate/statistics.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/rng.h"

/* A device: log-normal noise, a slow drift that both sides share, spikes of
 * foreign load, and a bias of a process that lasts for the session. */
struct device {
        double noise, drift, spike_share, spike, bias;
        double ratio; /* the truth: baseline time / candidate time */
        int workloads;
};

static double normal(struct rng *rng)
{
        double u = rng_unit(rng) + 1e-12;

        return sqrt(-2 * log(u)) * cos(2 * M_PI * rng_unit(rng));
}

static double one_batch(struct rng *rng, const struct device *d, double level)
{
        double t = level + d->noise * normal(rng);

        if (rng_unit(rng) < d->spike_share)
                t += d->spike * rng_unit(rng);
        return exp(t);
}

static void simulate(struct rng *rng, const struct device *d, int rounds,
                     double *ratio, double *null)
{
        double level = 0, bias_c = d->bias * normal(rng),
               bias_n = d->bias * normal(rng);

        for (int r = 0; r < rounds; r++) {
                double b = 0, c = 0, n = 0;

                for (int half = 0; half < 2; half++) {
                        level = 0.9 * level + d->drift * normal(rng);
                        b += one_batch(rng, d, level);
                        c += one_batch(rng, d, level + bias_c - log(d->ratio));
                        n += one_batch(rng, d, level + bias_n);
                }
                ratio[r] = log(b / c);
                null[r] = log(b / n);
        }
}

/* Run the looks until the rule decides. */
static struct statistics_verdict decide(uint64_t seed, const struct device *d)
{
        static double ratio[8][STATISTICS_ROUNDS], null[8][STATISTICS_ROUNDS];
        struct statistics_series series[8];
        struct statistics_verdict v;
        struct rng rng = {seed, 0};

        for (int w = 0; w < d->workloads; w++) {
                simulate(&rng, d, STATISTICS_ROUNDS, ratio[w], null[w]);
                series[w] = (struct statistics_series){
                        .weight = w + 1, .ratio = ratio[w], .null = null[w]};
        }
        for (int look = 0; look < STATISTICS_LOOKS; look++) {
                statistics_decide(series, d->workloads,
                                  statistics_look_rounds(look), look, false,
                                  seed, &v, NULL, NULL);
                if (v.decision != STATISTICS_CONTINUE)
                        break;
        }
        return v;
}

/* Sanitizers are slow; the full number of trials runs without them. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOWER = 8 };
#else
enum { SLOWER = 1 };
#endif

static double share(const struct device *d, int trials,
                    enum statistics_decision wanted)
{
        int hits = 0;

        trials /= SLOWER;
        for (int i = 0; i < trials; i++)
                hits += decide(rng_derive(0x5eed, "trial", (uint64_t)i), d)
                                .decision == wanted;
        return hits / (double)trials;
}

static const struct device quiet = {.noise = 0.01,
                                    .drift = 0.005,
                                    .spike_share = 0.02,
                                    .spike = 0.3,
                                    .bias = 0.002,
                                    .ratio = 1,
                                    .workloads = 1};
static const struct device noisy = {.noise = 0.05,
                                    .drift = 0.03,
                                    .spike_share = 0.1,
                                    .spike = 1,
                                    .bias = 0.005,
                                    .ratio = 1,
                                    .workloads = 1};

START_TEST(test_nothing_gained_is_not_accepted)
{
        struct device d = noisy;
        double s;

        s = share(&quiet, 2000, STATISTICS_ACCEPT);
        printf("false accepts, quiet device: %.4f of 2000\n", s);
        ck_assert(s <= 0.001);
        s = share(&d, 200, STATISTICS_ACCEPT);
        printf("false accepts, noisy device: %.4f of 200\n", s);
        ck_assert(s <= 0.005);
        d.workloads = 4;
        s = share(&d, 50, STATISTICS_ACCEPT);
        printf("false accepts, noisy, four workloads: %.4f of 50\n", s);
        ck_assert(s <= 0.02);
        d = quiet;
        d.ratio = 1.02; /* exactly what is not yet worth a change */
        d.bias = 0;     /* which would be a gain, for that session */
        s = share(&d, 200, STATISTICS_ACCEPT);
        printf("accepts at a gain of exactly 2 %%: %.4f of 200\n", s);
        fflush(stdout);
        ck_assert(s <= 0.08);
}
END_TEST

START_TEST(test_real_gains_are_accepted)
{
        struct device d = quiet;
        double s;

        d.ratio = 1.05;
        s = share(&d, 200, STATISTICS_ACCEPT);
        printf("accepts at 1.05, quiet: %.3f\n", s);
        ck_assert(s >= 0.98);
        d = noisy;
        d.ratio = 1.2;
        s = share(&d, 200, STATISTICS_ACCEPT);
        printf("accepts at 1.20, noisy: %.3f\n", s);
        ck_assert(s >= 0.97);
        d.ratio = 0.8;
        ck_assert(share(&d, 100, STATISTICS_REJECT) >= 0.97);
}
END_TEST

START_TEST(test_a_slower_workload_refuses)
{
        static double ratio[3][20], null[3][20];
        struct statistics_series series[3];
        struct statistics_verdict v;
        struct rng rng = {1, 0};

        for (int w = 0; w < 3; w++) {
                for (int r = 0; r < 20; r++) {
                        ratio[w][r] =
                                log(w == 1 ? 0.9 : 1.5) + 0.01 * normal(&rng);
                        null[w][r] = 0.005 * normal(&rng);
                }
                series[w] = (struct statistics_series){
                        .weight = 1, .ratio = ratio[w], .null = null[w]};
        }
        statistics_decide(series, 3, 20, 0, false, 1, &v, NULL, NULL);
        ck_assert_int_eq(v.decision, STATISTICS_REJECT);
        ck_assert_int_eq(v.slower, 1);
        /* The same numbers from the same program mean nothing. */
        series[1].identical = true;
        statistics_decide(series, 3, 20, 0, false, 1, &v, NULL, NULL);
        ck_assert_int_eq(v.decision, STATISTICS_ACCEPT);
}
END_TEST

START_TEST(test_a_baseline_that_differs_from_itself_decides_nothing)
{
        double ratio[320], null[320];
        struct statistics_series s = {
                .weight = 1, .ratio = ratio, .null = null};
        struct statistics_verdict v;
        struct rng rng = {2, 0};

        for (int r = 0; r < 320; r++) {
                ratio[r] = log(1.1) + 0.01 * normal(&rng);
                null[r] = log(1.05) + 0.01 * normal(&rng);
        }
        for (int look = 0; look < STATISTICS_LOOKS; look++) {
                statistics_decide(&s, 1, statistics_look_rounds(look), look,
                                  false, 2, &v, NULL, NULL);
                ck_assert_int_eq(v.decision,
                                 look < STATISTICS_LOOKS - 1
                                         ? STATISTICS_CONTINUE
                                         : STATISTICS_INCONCLUSIVE);
        }
}
END_TEST

START_TEST(test_intervals_hold_the_truth)
{
        struct device d = {
                .noise = 0.03, .drift = 0.01, .ratio = 1.3, .workloads = 1};
        int inside = 0, trials = 300;
        double ratio[20], null[20];
        struct statistics_series s = {
                .weight = 1, .ratio = ratio, .null = null};
        struct statistics_verdict v;

        for (int i = 0; i < trials; i++) {
                struct rng rng = {rng_derive(3, "t", (uint64_t)i), 0};

                simulate(&rng, &d, 20, ratio, null);
                statistics_decide(&s, 1, 20, 0, false, (uint64_t)i, &v, NULL,
                                  NULL);
                inside += v.total.low <= 1.3 && v.total.high >= 1.3;
                ck_assert(v.total.low <= v.total.ratio);
                ck_assert(v.total.ratio <= v.total.high);
        }
        printf("intervals of 20 rounds that hold the truth: %.3f\n",
               inside / (double)trials);
        ck_assert_int_ge(inside, trials * 95 / 100);
}
END_TEST

START_TEST(test_identical_programs_are_one)
{
        double noise[20];
        struct statistics_series s = {
                .weight = 1, .identical = true, .ratio = noise, .null = noise};
        struct statistics_verdict v;
        struct rng rng = {4, 0};

        for (int i = 0; i < 20; i++)
                noise[i] = 0.3 * normal(&rng);
        statistics_decide(&s, 1, 20, 0, false, 1, &v, NULL, NULL);
        ck_assert_double_eq(v.total.ratio, 1);
        ck_assert_double_eq(v.total.low, 1);
        ck_assert_double_eq(v.total.high, 1);
        ck_assert_int_eq(v.decision, STATISTICS_REJECT);
        ck_assert_double_eq(statistics_fitness(&s, 1, 20), 1);
}
END_TEST

START_TEST(test_fitness_is_the_weighted_geometric_mean)
{
        double a[3] = {log(2), log(2), log(8)}, b[3] = {0, 0, 0};
        struct statistics_series s[2] = {{.weight = 3, .ratio = a, .null = b},
                                         {.weight = 1, .ratio = b, .null = b}};

        ck_assert_double_eq_tol(statistics_fitness(s, 2, 3), pow(2, 0.75),
                                1e-12);
        ck_assert_double_eq(statistics_fitness(s, 0, 3), 0);
}
END_TEST

START_TEST(test_medians)
{
        for (int n = 1; n < 40; n++) {
                double v[40];
                int below = 0, above = 0;
                struct rng rng = {(uint64_t)n, 0};
                double m, copy[40];

                for (int i = 0; i < n; i++)
                        copy[i] = v[i] = (double)rng_below(&rng, 12);
                m = statistics_median(v, n);
                for (int i = 0; i < n; i++) {
                        below += copy[i] < m;
                        above += copy[i] > m;
                }
                ck_assert_int_le(below * 2, n);
                ck_assert_int_le(above * 2, n);
        }
        ck_assert_double_eq(statistics_median(NULL, 0), 0);
}
END_TEST

/* A kernel that does its work once a batch, one that does a tenth of it, and
 * honest ones. */
START_TEST(test_hidden_work_shows_as_an_intercept)
{
        int n[40];
        double b[40], honest[40], cache[40], half[40];
        struct rng rng = {5, 0};
        int wrong = 0;

        for (int trial = 0; trial < 200; trial++) {
                for (int i = 0; i < 40; i++) {
                        n[i] = 10 + (int)rng_below(&rng, 21);
                        b[i] = n[i] * exp(0.03 * normal(&rng)) + 0.2;
                        honest[i] =
                                0.5 * n[i] * exp(0.03 * normal(&rng)) + 0.2;
                        cache[i] =
                                (1 + 0.01 * n[i]) * exp(0.03 * normal(&rng));
                        half[i] = (0.4 * n[i] + 5) * exp(0.03 * normal(&rng));
                }
                wrong += statistics_intercept(n, honest, b, 40,
                                              (uint64_t)trial) > 0.1;
                ck_assert(statistics_intercept(n, cache, b, 40,
                                               (uint64_t)trial) > 0.1);
                ck_assert(statistics_intercept(n, half, b, 40,
                                               (uint64_t)trial) > 0.1);
        }
        ck_assert_int_eq(wrong, 0);
        for (int i = 0; i < 40; i++)
                n[i] = 7;
        ck_assert_double_eq(statistics_intercept(n, cache, b, 40, 1), 0);
}
END_TEST

/* How many of `series` end with a refusal when the sign is seen with a
 * chance. */
static int refused(double chance, int series)
{
        struct rng rng = {11, 0};
        int count = 0;

        for (int i = 0; i < series; i++) {
                int positive = 0, decision = STATISTICS_CONTINUE, trials = 0;

                while (decision == STATISTICS_CONTINUE) {
                        positive += rng_below(&rng, 1000) < 1000 * chance;
                        decision = statistics_sign(positive, ++trials);
                }
                ck_assert_int_le(trials, STATISTICS_TRIALS);
                count += decision == STATISTICS_REJECT;
        }
        return count;
}

START_TEST(test_signs_refuse_what_is_nearly_always_slower)
{
        ck_assert_int_le(refused(0.5, 20000), 4);
        ck_assert_int_eq(refused(0.4, 20000), 0);
        ck_assert_int_ge(refused(0.9, 1000), 985);
        ck_assert_int_eq(refused(1, 10), 10);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("statistics");
        TCase *tests = tcase_create("statistics");
        SRunner *runner;
        int failed;

        tcase_set_timeout(tests, 120);
        tcase_add_test(tests, test_nothing_gained_is_not_accepted);
        tcase_add_test(tests, test_real_gains_are_accepted);
        tcase_add_test(tests, test_a_slower_workload_refuses);
        tcase_add_test(
                tests,
                test_a_baseline_that_differs_from_itself_decides_nothing);
        tcase_add_test(tests, test_intervals_hold_the_truth);
        tcase_add_test(tests, test_identical_programs_are_one);
        tcase_add_test(tests, test_fitness_is_the_weighted_geometric_mean);
        tcase_add_test(tests, test_medians);
        tcase_add_test(tests, test_hidden_work_shows_as_an_intercept);
        tcase_add_test(tests, test_signs_refuse_what_is_nearly_always_slower);
        suite_add_tcase(suite, tests);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
