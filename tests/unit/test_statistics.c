/*
 * The decision rule on scripted noisy devices: how often it believes a gain
 * that is not there, and how often it misses one that is.
 */
#include "evaluate/statistics.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "scripted_device.h"

/* Sanitizers are slow; the full number of sessions runs without them. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOWER = 10 };
#else
enum { SLOWER = 1 };
#endif

/* How many of `sessions` end with a decision. */
static int count(const struct scripted_device *d, int sessions,
                 enum statistics_decision wanted)
{
        int hits = 0;

        for (int i = 0; i < sessions / SLOWER; i++) {
                uint64_t seed =
                        rng_derive(0x5eed, d->noise->name, (uint64_t)i);

                hits += scripted_session(seed, d).verdict.decision == wanted;
        }
        return hits;
}

static const struct scripted_noise *noise(const char *name)
{
        for (int i = 0; i < SCRIPTED_NOISES; i++) {
                if (strcmp(scripted_noises[i].name, name) == 0)
                        return scripted_noises + i;
        }
        ck_abort_msg("no noise %s", name);
        return NULL;
}

/* Every kind of noise; tests/bench/false_accepts.c counts 10,000 of each. */
START_TEST(test_nothing_gained_is_not_accepted)
{
        struct scripted_device d = {
                .noise = scripted_noises + _i, .ratio = 1, .workloads = 1};

        ck_assert_int_eq(count(&d, 200, STATISTICS_ACCEPT), 0);
        d.workloads = SCRIPTED_WORKLOADS;
        ck_assert_int_eq(count(&d, 50, STATISTICS_ACCEPT), 0);
}
END_TEST

/* The first look, where resampling few rounds is least to be believed: its
 * lower end is above the truth as often as the error that it spends, 0.25 %,
 * and not five times as often. */
START_TEST(test_an_early_look_spends_no_more_than_its_error)
{
        struct scripted_device d = {
                .noise = scripted_noises + _i, .ratio = 1.02, .workloads = 1};
        int sessions = 2000 / SLOWER, above = 0;
        double ratio[20], null[20], bias[SCRIPTED_SIDES] = {0};
        struct statistics_series s = {
                .weight = 1, .ratio = ratio, .null = null};
        struct statistics_verdict v;

        for (int i = 0; i < sessions; i++) {
                struct rng rng = {rng_derive(7, d.noise->name, (uint64_t)i),
                                  0};
                struct scripted_state state = {0};
                double sum[SCRIPTED_SIDES];

                for (int r = 0; r < 20; r++) {
                        scripted_round(&rng, &d, &state, bias, sum);
                        ratio[r] = log(sum[0] / sum[1]);
                        null[r] = log(sum[0] / sum[2]);
                }
                statistics_decide(&s, 1, 20, 0, false, (uint64_t)i, &v, NULL,
                                  NULL);
                above += v.total.low > 1.02;
        }
        printf("%s: %d of %d above the truth\n", d.noise->name, above,
               sessions);
        fflush(stdout);
        ck_assert_int_le(above, sessions * 7 / 1000 + 2);
}
END_TEST

START_TEST(test_real_gains_are_accepted)
{
        struct scripted_device d = {
                .noise = scripted_noises + _i, .ratio = 1.1, .workloads = 1};
        bool biased = d.noise->bias > 0;
        int sessions = 50 / SLOWER, accepted;

        accepted = count(&d, 50, STATISTICS_ACCEPT);
        ck_assert_msg(accepted >= sessions * (biased ? 80 : 98) / 100,
                      "%s: %d of %d", d.noise->name, accepted, sessions);
        d.ratio = 0.9;
        ck_assert_int_eq(count(&d, 50, STATISTICS_REJECT), sessions);
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
                        ratio[w][r] = log(w == 1 ? 0.9 : 1.5) +
                                      0.01 * scripted_normal(&rng);
                        null[w][r] = 0.005 * scripted_normal(&rng);
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
                ratio[r] = log(1.1) + 0.01 * scripted_normal(&rng);
                null[r] = log(1.05) + 0.01 * scripted_normal(&rng);
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

/* A request whose time ends early: no gain is large enough to be believed
 * after a few rounds. */
START_TEST(test_few_rounds_decide_nothing)
{
        enum { ENOUGH = 6 };
        double ratio[ENOUGH], null[ENOUGH] = {0};
        struct statistics_series s = {
                .weight = 1, .ratio = ratio, .null = null};
        struct statistics_verdict v;

        for (int sign = -1; sign <= 1; sign += 2) {
                for (int r = 0; r < ENOUGH; r++)
                        ratio[r] = sign * log(10 + 0.1 * r);
                for (int rounds = 1; rounds < ENOUGH; rounds++) {
                        statistics_decide(&s, 1, rounds, 0, true, 3, &v, NULL,
                                          NULL);
                        ck_assert_int_eq(v.decision, STATISTICS_INCONCLUSIVE);
                        ck_assert_int_eq(v.slower, -1);
                }
                statistics_decide(&s, 1, ENOUGH, 0, true, 3, &v, NULL, NULL);
                ck_assert_int_eq(v.decision, sign > 0 ? STATISTICS_ACCEPT
                                                      : STATISTICS_REJECT);
        }
}
END_TEST

START_TEST(test_intervals_hold_the_truth)
{
        struct scripted_device d = {.noise = noise("autocorrelated"),
                                    .ratio = 1.3,
                                    .workloads = 1};
        int inside = 0, trials = 300;
        double ratio[20], null[20];
        struct statistics_series s = {
                .weight = 1, .ratio = ratio, .null = null};
        struct statistics_verdict v;

        for (int i = 0; i < trials; i++) {
                struct rng rng = {rng_derive(3, "t", (uint64_t)i), 0};
                double sum[SCRIPTED_SIDES], bias[SCRIPTED_SIDES] = {0};
                struct scripted_state state = {0};

                for (int r = 0; r < 20; r++) {
                        scripted_round(&rng, &d, &state, bias, sum);
                        ratio[r] = log(sum[0] / sum[1]);
                        null[r] = log(sum[0] / sum[2]);
                }
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
                noise[i] = 0.3 * scripted_normal(&rng);
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
                        b[i] = n[i] * exp(0.03 * scripted_normal(&rng)) + 0.2;
                        honest[i] = 0.5 * n[i] *
                                            exp(0.03 * scripted_normal(&rng)) +
                                    0.2;
                        cache[i] = (1 + 0.01 * n[i]) *
                                   exp(0.03 * scripted_normal(&rng));
                        half[i] = (0.4 * n[i] + 5) *
                                  exp(0.03 * scripted_normal(&rng));
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

/* On a machine that others use: waking takes a part of a batch, times of a
 * round swing by half and each batch by a tenth of its own; the candidate is
 * as fast as the baseline, or much faster. Refused is who is suspicious in a
 * second session too. */
START_TEST(test_a_busy_machine_hides_no_work)
{
        static const double speeds[] = {1, 0.3, 0.05};
        int n[40], wrong = 0, twice = 0;
        bool before[3] = {false}, now;
        double time[2][40];
        struct rng rng = {7, 0};

        for (int trial = 0; trial < 1500; trial++) {
                double speed = speeds[trial % 3], swing = 1;

                for (int i = 0; i < 40; i++) {
                        n[i] = i % 2 ? n[i - 1]
                                     : 10 + (int)rng_below(&rng, 21);
                        if (i % 2 == 0)
                                swing = exp(0.5 * scripted_normal(&rng));
                        for (int side = 0; side < 2; side++)
                                time[side][i] =
                                        (side ? 1 : speed) * n[i] * swing *
                                                exp(0.1 *
                                                    scripted_normal(&rng)) -
                                        4 * speed * log(1 - rng_unit(&rng));
                }
                now = statistics_intercept(n, time[0], time[1], 40,
                                           (uint64_t)trial) > 0.1;
                wrong += now;
                twice += now && before[trial % 3];
                before[trial % 3] = now;
        }
        printf("work seen hidden on a busy machine: %d of 1500, %d twice\n",
               wrong, twice);
        ck_assert_int_le(wrong, 15);
        ck_assert_int_le(twice, 1);
}
END_TEST

/* How many of `series` end so when the sign is seen with a chance. */
static int decided(enum statistics_decision wanted, double chance, int series)
{
        struct rng rng = {11, 0};
        int count = 0;

        for (int i = 0; i < series; i++) {
                int positive = 0, trials = 0;
                enum statistics_decision decision = STATISTICS_CONTINUE;

                while (decision == STATISTICS_CONTINUE &&
                       trials < STATISTICS_TRIALS) {
                        positive += rng_below(&rng, 1000) < 1000 * chance;
                        decision = statistics_sign(positive, ++trials);
                }
                count += decision == wanted;
        }
        return count;
}

START_TEST(test_signs_refuse_what_is_nearly_always_slower)
{
        ck_assert_int_le(decided(STATISTICS_REJECT, 0.5, 20000), 4);
        ck_assert_int_eq(decided(STATISTICS_REJECT, 0.4, 20000), 0);
        ck_assert_int_ge(decided(STATISTICS_REJECT, 0.9, 1000), 985);
        ck_assert_int_eq(decided(STATISTICS_REJECT, 1, 10), 10);
        ck_assert_int_ge(decided(STATISTICS_ACCEPT, 0.5, 1000), 900);
        ck_assert_int_le(decided(STATISTICS_ACCEPT, 0.75, 10000), 100);
        ck_assert_int_le(decided(STATISTICS_ACCEPT, 0.9, 10000), 1);
        ck_assert_int_eq(decided(STATISTICS_ACCEPT, 0, 10), 10);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("statistics");
        TCase *tests = tcase_create("statistics");
        SRunner *runner;
        int failed;

        tcase_set_timeout(tests, 120);
        tcase_add_loop_test(tests, test_nothing_gained_is_not_accepted, 0,
                            SCRIPTED_NOISES);
        tcase_add_loop_test(tests,
                            test_an_early_look_spends_no_more_than_its_error,
                            0, SCRIPTED_NOISES);
        tcase_add_loop_test(tests, test_real_gains_are_accepted, 0,
                            SCRIPTED_NOISES);
        tcase_add_test(tests, test_a_slower_workload_refuses);
        tcase_add_test(
                tests,
                test_a_baseline_that_differs_from_itself_decides_nothing);
        tcase_add_test(tests, test_few_rounds_decide_nothing);
        tcase_add_test(tests, test_intervals_hold_the_truth);
        tcase_add_test(tests, test_identical_programs_are_one);
        tcase_add_test(tests, test_fitness_is_the_weighted_geometric_mean);
        tcase_add_test(tests, test_medians);
        tcase_add_test(tests, test_hidden_work_shows_as_an_intercept);
        tcase_add_test(tests, test_a_busy_machine_hides_no_work);
        tcase_add_test(tests, test_signs_refuse_what_is_nearly_always_slower);
        suite_add_tcase(suite, tests);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
