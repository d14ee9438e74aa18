/*
 * Searches over synthetic landscapes, recorded point by point: every policy
 * finds the optimum in fewer evaluations than independent starts do, never
 * tries a point twice, gives the same result for the same seed, and goes on
 * after a kill as if nothing had been. Time is the recorded one.
 */
#include "landscape_fixture.h"

#include "core/text.h"

enum { STEPS = 400, SEEDS = 7, MORE_SEEDS = 28 };

static void open_explorer(const struct bed *bed, const char *policy,
                          uint64_t seed, bool ranked, struct explorer *x)
{
        struct error err = {0};

        *x = (struct explorer){.selection = selection_find(policy),
                               .proposer = bed->proposer,
                               .seed = seed};
        if (ranked)
                ck_assert_int_eq(ranker_new(&x->ranker, bed->proposer, NULL,
                                            NULL, &err),
                                 0);
}

static void close_explorer(struct explorer *x)
{
        ranker_free(x->ranker);
        explorer_dispose(x);
}

static void run(const struct bed *bed, const char *policy, uint64_t seed,
                bool ranked, struct replay_trace *trace)
{
        struct campaign_options options = {.seconds = 1e9, .stall_share = 1};
        struct explorer x;
        struct error err = {0};

        open_explorer(bed, policy, seed, ranked, &x);
        ck_assert_msg(replay_run(&x, &bed->recording, &options, trace, &err) ==
                              0,
                      "%s", err.text);
        close_explorer(&x);
}

/* Evaluations until 95 % of the best there is; the budget when never. */
static int evaluations(const struct bed *bed, const char *policy,
                       uint64_t seed, bool ranked)
{
        double best[STEPS], goal = 0.95 * recording_best(&bed->recording);
        struct replay_trace trace = {.maximum = STEPS, .best = best};
        int n = 0;

        run(bed, policy, seed, ranked, &trace);
        while (n < trace.count && best[n] < goal)
                n++;
        return n + 1;
}

/* Of the searches of all seeds, after so many evaluations. */
static double mean_best(const struct bed *bed, const char *policy, int steps)
{
        double best[STEPS], sum = 0;
        struct replay_trace trace = {.maximum = steps, .best = best};

        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
                run(bed, policy, seed, false, &trace);
                sum += best[trace.count - 1];
        }
        return sum / SEEDS;
}

static int total_evaluations(const struct bed *bed, const char *policy,
                             uint64_t seeds, bool ranked)
{
        int total = 0;

        for (uint64_t seed = 1; seed <= seeds; seed++)
                total += evaluations(bed, policy, seed, ranked);
        return total;
}

START_TEST(every_policy_beats_independent_starts)
{
        struct bed bed;
        int random, mine;

        make_bed(&bed, separable);
        random = total_evaluations(&bed, "random", SEEDS, false);
        for (const struct selection *p = selection_table; p->name; p++) {
                if (text_equal(p->name, "random"))
                        continue;
                mine = total_evaluations(&bed, p->name, SEEDS, false);
                ck_assert_msg(mine * 3 < random * 2, "%s %d, random %d",
                              p->name, mine, random);
        }
        drop_bed(&bed);
}
END_TEST

/* A hill that is easy to find and is not the highest: still more is found
 * than by independent starts. */
START_TEST(a_deceptive_hill_is_worth_more_than_luck)
{
        struct bed bed;
        double random, mine;

        make_bed(&bed, two_hills);
        random = mean_best(&bed, "random", 150);
        for (const struct selection *p = selection_table; p->name; p++) {
                if (text_equal(p->name, "random"))
                        continue;
                mine = mean_best(&bed, p->name, 150);
                ck_assert_msg(mine > random, "%s %.3f, random %.3f", p->name,
                              mine, random);
        }
        drop_bed(&bed);
}
END_TEST

/* A fifth over hundreds of seeds; so few of them differ by half of that. */
START_TEST(the_ranker_saves_evaluations)
{
        struct bed bed;
        int plain, ranked;

        make_bed(&bed, separable);
        plain = total_evaluations(&bed, "auto", MORE_SEEDS, false);
        ranked = total_evaluations(&bed, "auto", MORE_SEEDS, true);
        ck_assert_msg(ranked * 20 < plain * 19, "%d with, %d without", ranked,
                      plain);
        drop_bed(&bed);
}
END_TEST

/* To the end of a small part of the space: each point once, then nothing. */
START_TEST(no_point_is_tried_twice)
{
        for (const struct selection *p = selection_table; p->name; p++) {
                struct explorer x;
                struct bed bed;
                struct error err = {0};
                const struct recorded *result;

                make_bed(&bed, two_hills);
                open_explorer(&bed, p->name, 3, true, &x);
                for (int i = 0; i < 250; i++) {
                        ck_assert_int_eq(
                                replay_step(&x, &bed.recording, &result, &err),
                                0);
                        ck_assert_ptr_nonnull(result);
                }
                for (int i = 0; i < x.graph.count; i++) {
                        for (int k = 0; k < i; k++)
                                ck_assert_str_ne(x.graph.node[i].schedule,
                                                 x.graph.node[k].schedule);
                }
                close_explorer(&x);
                drop_bed(&bed);
        }
}
END_TEST

/* A copy of what the store would hold after so many steps, and nothing of
 * what the process knew besides. */
static void copy_stored(const struct explorer *from, int count,
                        struct explorer *to)
{
        struct error err = {0};

        for (int i = 0; i < count; i++) {
                struct graph_node node = from->graph.node[i];

                node.exhausted = false;
                node.schedule = strdup(node.schedule);
                node.move = strdup(node.move);
                ck_assert_int_eq(explorer_add(to, &node, &err), i);
        }
}

START_TEST(a_killed_search_goes_on_alike)
{
        struct bed bed;

        make_bed(&bed, two_hills);
        for (const struct selection *p = selection_table; p->name; p++) {
                const struct recorded *result;
                struct explorer whole, rest;
                struct error err = {0};

                open_explorer(&bed, p->name, 11, true, &whole);
                for (int i = 0; i < 120; i++)
                        ck_assert_int_eq(replay_step(&whole, &bed.recording,
                                                     &result, &err),
                                         0);
                for (int killed = 1; killed < 120; killed += 29) {
                        open_explorer(&bed, p->name, 11, true, &rest);
                        copy_stored(&whole, killed, &rest);
                        while (rest.graph.count < 120)
                                ck_assert_int_eq(replay_step(&rest,
                                                             &bed.recording,
                                                             &result, &err),
                                                 0);
                        for (int i = 0; i < 120; i++)
                                ck_assert_str_eq(rest.graph.node[i].schedule,
                                                 whole.graph.node[i].schedule);
                        close_explorer(&rest);
                }
                close_explorer(&whole);
        }
        drop_bed(&bed);
}
END_TEST

START_TEST(other_seeds_search_otherwise)
{
        struct explorer one, two;
        const struct recorded *result;
        struct error err = {0};
        struct bed bed;
        int differ = 0;

        make_bed(&bed, separable);
        open_explorer(&bed, "auto", 1, false, &one);
        open_explorer(&bed, "auto", 2, false, &two);
        for (int i = 0; i < 30; i++) {
                ck_assert_int_eq(
                        replay_step(&one, &bed.recording, &result, &err), 0);
                ck_assert_int_eq(
                        replay_step(&two, &bed.recording, &result, &err), 0);
                differ += !text_equal(one.graph.node[i].schedule,
                                      two.graph.node[i].schedule);
        }
        ck_assert_int_gt(differ, 10);
        close_explorer(&one);
        close_explorer(&two);
        drop_bed(&bed);
}
END_TEST

/* Half a second each, by the recording and not by any clock. */
START_TEST(time_is_the_recorded_one)
{
        struct campaign_options options = {.seconds = 20, .stall_share = 1};
        double best[STEPS];
        struct replay_trace trace = {.maximum = STEPS, .best = best};
        struct explorer x;
        struct error err = {0};
        struct bed bed;

        make_bed(&bed, separable);
        open_explorer(&bed, "greedy", 1, false, &x);
        ck_assert_int_eq(
                replay_run(&x, &bed.recording, &options, &trace, &err), 0);
        ck_assert_str_eq(trace.ending, "time");
        ck_assert_int_eq(trace.count, 40);
        close_explorer(&x);
        drop_bed(&bed);

        make_bed(&bed, flat);
        options.stall_share = 0.5;
        open_explorer(&bed, "greedy", 1, false, &x);
        ck_assert_int_eq(
                replay_run(&x, &bed.recording, &options, &trace, &err), 0);
        ck_assert_str_eq(trace.ending, "stall");
        ck_assert_int_le(trace.count, 23);
        close_explorer(&x);
        drop_bed(&bed);
}
END_TEST

/* Seeds are tried after the guess, adapted to today's values; with a chance
 * of nothing they are not. */
START_TEST(seeds_start_a_search)
{
        const struct recorded *result;
        struct explorer x;
        struct error err = {0};
        struct bed bed;

        make_bed(&bed, separable);
        for (int chance = 0; chance < 2; chance++) {
                bool seen = false;

                open_explorer(&bed, "auto", 1, false, &x);
                x.seed_count = 1;
                x.seed_schedule[0] = "tune generic.c A=16 B=2 C=8 D=64 E=4";
                x.seed_chance = chance;
                for (int i = 0; i < 4; i++) {
                        ck_assert_int_eq(
                                replay_step(&x, &bed.recording, &result, &err),
                                0);
                        seen = seen || result->fitness == 2;
                }
                ck_assert(seen == (chance == 1));
                close_explorer(&x);
        }
        drop_bed(&bed);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {every_policy_beats_independent_starts,
                                      a_deceptive_hill_is_worth_more_than_luck,
                                      the_ranker_saves_evaluations,
                                      no_point_is_tried_twice,
                                      a_killed_search_goes_on_alike,
                                      other_seeds_search_otherwise,
                                      time_is_the_recorded_one,
                                      seeds_start_a_search};

        return check_main("replay", tests, 8);
}
