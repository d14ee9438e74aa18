/*
 * The cost model: says what the prior says before there is data, learns
 * which values are good from few results, puts what was wrong at the end,
 * and gives the same ranks for the same results.
 */
#include "landscape_fixture.h"

#include <stdio.h>

enum { TRAIN = 60, PAIRS = 2000 };

static void draw(const struct bed *bed, struct rng *rng, struct point *point)
{
        *point = (struct point){0};
        for (int f = 0; f < FIELDS; f++)
                point->at[f] = (int)rng_below(rng, VALUES);
        (void)bed;
}

static void add_result(struct graph *graph, const struct bed *bed,
                       const struct point *point, double fitness)
{
        struct graph_node node = {
                .parent = -1, .fitness = fitness, .evaluated = true};
        struct propose_memory where = {.space = bed->space, .point = *point};

        ck_assert_int_ge(graph_add(graph, &node, &where), 0);
}

/* The share of drawn pairs that the ranker puts in the right order. */
static double agreement(const struct bed *bed, struct ranker *ranker,
                        landscape *fitness)
{
        struct rng rng = {99, 0};
        int right = 0, pairs = 0;

        for (int i = 0; i < PAIRS; i++) {
                struct point a, b;
                double x, y;

                draw(bed, &rng, &a);
                draw(bed, &rng, &b);
                x = fitness(a.at);
                y = fitness(b.at);
                if (x == y)
                        continue;
                pairs++;
                right += (ranker_rank(bed->space, &a, ranker) >
                          ranker_rank(bed->space, &b, ranker)) == (x > y);
        }
        return (double)right / pairs;
}

static void train(struct graph *graph, const struct bed *bed, int count,
                  landscape *fitness)
{
        struct rng rng = {5, 0};

        for (int i = 0; i < count; i++) {
                struct point point;

                draw(bed, &rng, &point);
                add_result(graph, bed, &point, fitness(point.at));
        }
}

START_TEST(it_learns_from_results)
{
        struct ranker *ranker;
        struct graph graph = {0};
        struct error err = {0};
        struct bed bed;

        make_bed(&bed, flat);
        ck_assert_int_eq(ranker_new(&ranker, bed.proposer, NULL, NULL, &err),
                         0);
        ck_assert(!ranker_fit(ranker, &graph));
        train(&graph, &bed, TRAIN, separable);
        ck_assert(ranker_fit(ranker, &graph));
        ck_assert(agreement(&bed, ranker, separable) > 0.8);
        ranker_free(ranker);
        graph_dispose(&graph);
        drop_bed(&bed);
}
END_TEST

/* Nanoseconds that say the opposite of the truth about the last field. */
static double wrong_prior(int space, const struct point *point, void *data)
{
        (void)space;
        (void)data;
        return 1000 / (1 + point->at[FIELDS - 1]);
}

static double last_field_small(const int *at)
{
        return exp(-0.8 * at[FIELDS - 1]);
}

static double last_field_large(const int *at)
{
        return 1 + at[FIELDS - 1];
}

START_TEST(the_prior_holds_until_results_disagree)
{
        struct ranker *ranker;
        struct graph graph = {0};
        struct error err = {0};
        struct bed bed;

        make_bed(&bed, flat);
        ck_assert_int_eq(
                ranker_new(&ranker, bed.proposer, wrong_prior, NULL, &err), 0);
        ck_assert(ranker_fit(ranker, &graph));
        ck_assert(agreement(&bed, ranker, last_field_large) > 0.99);
        train(&graph, &bed, TRAIN, last_field_small);
        ck_assert(ranker_fit(ranker, &graph));
        ck_assert(agreement(&bed, ranker, last_field_small) > 0.9);
        ranker_keep_prior(ranker);
        ranker_free(ranker);
        graph_dispose(&graph);
        drop_bed(&bed);
}
END_TEST

static double half_wrong(const int *at)
{
        return at[2] < 3 ? 0 : 1 + 0.01 * at[0];
}

START_TEST(what_was_wrong_ranks_last)
{
        struct ranker *ranker;
        struct graph graph = {0};
        struct error err = {0};
        struct point good = {{0, 0, 5}}, bad = {{5, 0, 0}};
        struct bed bed;

        make_bed(&bed, flat);
        ck_assert_int_eq(ranker_new(&ranker, bed.proposer, NULL, NULL, &err),
                         0);
        train(&graph, &bed, TRAIN, half_wrong);
        ck_assert(ranker_fit(ranker, &graph));
        ck_assert(ranker_rank(bed.space, &good, ranker) >
                  ranker_rank(bed.space, &bad, ranker) + 0.2);
        ranker_free(ranker);
        graph_dispose(&graph);
        drop_bed(&bed);
}
END_TEST

/* Results of an earlier campaign, whose incumbent was a hundred times
 * slower: the order in it counts, not its size. */
START_TEST(history_of_others_helps)
{
        struct ranker_history history[TRAIN];
        char text[TRAIN][128];
        struct ranker *ranker;
        struct graph graph = {0};
        struct error err = {0};
        struct rng rng = {8, 0};
        struct bed bed;

        make_bed(&bed, flat);
        for (int i = 0; i < TRAIN; i++) {
                struct point p;

                draw(&bed, &rng, &p);
                snprintf(text[i], sizeof text[i],
                         "tune generic.c A=%d B=%d C=%d D=%d E=%d",
                         1 << p.at[0], 1 << p.at[1], 1 << p.at[2],
                         1 << p.at[3], 1 << p.at[4]);
                history[i] = (struct ranker_history){0, text[i],
                                                     100 * separable(p.at), 1};
        }
        history[3].schedule = "nothing of this space";
        ck_assert_int_eq(ranker_new(&ranker, bed.proposer, NULL, NULL, &err),
                         0);
        ck_assert_int_eq(ranker_add_history(ranker, history, TRAIN, &err), 0);
        ck_assert(ranker_fit(ranker, &graph));
        ck_assert(agreement(&bed, ranker, separable) > 0.8);
        /* With results of its own that are all alike, the order stays. */
        train(&graph, &bed, 5, flat);
        ck_assert(ranker_fit(ranker, &graph));
        ck_assert(agreement(&bed, ranker, separable) > 0.75);
        ranker_free(ranker);
        graph_dispose(&graph);
        drop_bed(&bed);
}
END_TEST

START_TEST(the_same_results_give_the_same_ranks)
{
        struct ranker *one, *two;
        struct graph graph = {0};
        struct error err = {0};
        struct rng rng = {4, 0};
        struct bed bed;

        make_bed(&bed, flat);
        ck_assert_int_eq(ranker_new(&one, bed.proposer, NULL, NULL, &err), 0);
        ck_assert_int_eq(ranker_new(&two, bed.proposer, NULL, NULL, &err), 0);
        train(&graph, &bed, 20, two_hills);
        ck_assert(ranker_fit(one, &graph));
        train(&graph, &bed, 20, separable);
        ck_assert(ranker_fit(one, &graph)); /* again, and more */
        ck_assert(ranker_fit(two, &graph)); /* at once */
        for (int i = 0; i < 100; i++) {
                struct point p;

                draw(&bed, &rng, &p);
                ck_assert(ranker_rank(bed.space, &p, one) ==
                          ranker_rank(bed.space, &p, two));
        }
        ranker_free(one);
        ranker_free(two);
        graph_dispose(&graph);
        drop_bed(&bed);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                it_learns_from_results, the_prior_holds_until_results_disagree,
                what_was_wrong_ranks_last, history_of_others_helps,
                the_same_results_give_the_same_ranks};

        return check_main("ranker", tests, 5);
}
