/*
 * Random graphs in several campaigns against arrays that say what they are,
 * and what a campaign does when it is begun again.
 */
#include "store_fixture.h"

#include "core/rng.h"
#include "core/text.h"

enum { CAMPAIGNS = 3, NODES = 120, SOURCES = 60 };

struct model_node {
        int64_t id, parent;
        int campaign, source;
        double fitness;
        bool wrong;
};

static struct model_node model[NODES];
static int64_t campaigns[CAMPAIGNS];
static int model_count;

static struct model_node *model_find(int campaign, int source)
{
        for (int i = 0; i < model_count; i++)
                if (model[i].campaign == campaign && model[i].source == source)
                        return &model[i];
        return NULL;
}

static struct model_node *model_by_id(int64_t id)
{
        for (int i = 0; i < model_count; i++)
                if (model[i].id == id)
                        return &model[i];
        return NULL;
}

/* A random older node of the campaign, or 0. */
static int64_t random_parent(struct rng *rng, int campaign)
{
        struct model_node *node;

        for (int tries = 0; tries < 4 && model_count; tries++) {
                node = &model[rng_below(rng, (uint64_t)model_count)];
                if (node->campaign == campaign)
                        return node->id;
        }
        return 0;
}

static void add_random(struct rng *rng)
{
        int campaign = (int)rng_below(rng, CAMPAIGNS);
        int source = (int)rng_below(rng, SOURCES);
        struct model_node *known = model_find(campaign, source);
        char text[16], schedule[16];
        struct node node = {.campaign = campaigns[campaign],
                            .parent = random_parent(rng, campaign),
                            .phase = "expand",
                            .origin = "schedule",
                            .language = "c",
                            .move = "split",
                            .source_hash = text,
                            .schedule = schedule};
        int64_t id = 0;
        bool added;

        snprintf(text, sizeof text, "source %d", source);
        /* Some schedules print the same source as others. */
        snprintf(schedule, sizeof schedule, "W=%d", source % 20);
        fixture_source(text);
        OK(node_add(fixture_store, &node, &id, &added, ERR));
        ck_assert_int_eq(added, known == NULL);
        if (known) {
                ck_assert_int_eq(id, known->id);
                return;
        }
        model[model_count++] = (struct model_node){
                .id = id,
                .parent = node.parent,
                .campaign = campaign,
                .source = source,
        };
}

static void update_random(struct rng *rng)
{
        struct model_node *at;

        if (!model_count)
                return;
        at = &model[rng_below(rng, (uint64_t)model_count)];
        at->wrong = rng_below(rng, 4) == 0;
        at->fitness = at->wrong ? 0 : 0.5 + rng_unit(rng);
        OK(node_update(fixture_store, at->id,
                       at->wrong ? "wrong" : "evaluated", "S2", at->fitness,
                       at->wrong ? "failed a hidden check: prime" : "", ERR));
}

static void check_ancestors(const struct model_node *from)
{
        struct node **nodes = NULL;
        int64_t expected = from->parent;
        int count;

        OK(node_ancestors(fixture_store, from->id, &nodes, &count, ERR));
        for (int i = 0; i < count; i++) {
                ck_assert_int_eq(nodes[i]->id, expected);
                expected = model_by_id(expected)->parent;
        }
        ck_assert_int_eq(expected, 0);
        nodes_free(nodes, count);
}

static void check_list(int campaign)
{
        struct node **nodes = NULL;
        int count, at = 0;

        OK(node_list(fixture_store, campaigns[campaign], &nodes, &count, ERR));
        for (int i = 0; i < model_count; i++) {
                if (model[i].campaign != campaign)
                        continue;
                ck_assert_int_lt(at, count);
                ck_assert_int_eq(nodes[at]->id, model[i].id);
                ck_assert_int_eq(nodes[at]->parent, model[i].parent);
                ck_assert(nodes[at]->fitness == model[i].fitness);
                at++;
        }
        ck_assert_int_eq(at, count);
        nodes_free(nodes, count);
}

START_TEST(a_random_graph_is_what_was_put_in)
{
        struct rng rng = {11, 0};
        char key[16];

        for (int round = 0; round < 4; round++) {
                fixture_setup();
                fixture_texts();
                model_count = 0;
                for (int i = 0; i < CAMPAIGNS; i++) {
                        snprintf(key, sizeof key, "key %d", i);
                        campaigns[i] = fixture_campaign(key);
                }
                while (model_count < NODES) {
                        add_random(&rng);
                        update_random(&rng);
                }
                fixture_reopen();
                for (int i = 0; i < CAMPAIGNS; i++)
                        check_list(i);
                for (int i = 0; i < model_count; i++)
                        check_ancestors(&model[i]);
                OK(store_check(fixture_store, ERR));
                fixture_teardown();
        }
}
END_TEST

START_TEST(edges_stay_inside_a_campaign)
{
        struct node node = {.origin = "schedule", .source_hash = "x"};
        int64_t a, b, root, id;

        fixture_setup();
        fixture_texts();
        a = fixture_campaign("a");
        b = fixture_campaign("b");
        root = fixture_node(a, 0, "root");
        fixture_source("x");
        node.campaign = b;
        node.parent = root;
        ck_assert_int_eq(node_add(fixture_store, &node, &id, NULL, ERR),
                         ERR_INPUT);
        /* Nor to a node that is not there, or not yet. */
        node.campaign = a;
        node.parent = root + 1;
        ck_assert_int_eq(node_add(fixture_store, &node, &id, NULL, ERR),
                         ERR_INPUT);
        node.parent = root + 10;
        ck_assert_int_eq(node_add(fixture_store, &node, &id, NULL, ERR),
                         ERR_INPUT);
        node.campaign = b + 10;
        node.parent = 0;
        ck_assert_int_eq(node_add(fixture_store, &node, &id, NULL, ERR),
                         ERR_INPUT);
        /* A source is recorded first. */
        node.campaign = a;
        node.source_hash = "never recorded";
        ck_assert_int_eq(node_add(fixture_store, &node, &id, NULL, ERR),
                         ERR_INPUT);
        node.source_hash = NULL;
        ck_assert_int_eq(node_add(fixture_store, &node, &id, NULL, ERR),
                         ERR_INPUT);
        node.source_hash = "x";
        node.parent = root;
        OK(node_add(fixture_store, &node, &id, NULL, ERR));
        fixture_teardown();
}
END_TEST

/* The first run of each node, workload by workload; none of what was never
 * evaluated, and none of other campaigns. */
START_TEST(times_are_those_of_first_evaluations)
{
        struct record_measure measure[] = {{.workload = "M=1",
                                            .stage = "S2",
                                            .baseline = "b",
                                            .candidate_ns = 10,
                                            .baseline_ns = 20},
                                           {.workload = "M=2",
                                            .stage = "S2",
                                            .baseline = "b",
                                            .candidate_ns = 30,
                                            .baseline_ns = 40}};
        struct node_time **times = NULL;
        struct record_run run;
        int64_t campaign, one, two;
        int count = 0;

        fixture_setup();
        fixture_texts();
        campaign = fixture_campaign("a");
        one = fixture_node(campaign, 0, "x");
        fixture_node(campaign, 0, "never");
        two = fixture_node(campaign, 0, "y");
        run = fixture_run(one, "x");
        run.wall_ns = 1500000000;
        run.measure_count = 2;
        run.measure = measure;
        OK(record_run_add(fixture_store, &run, NULL, NULL, ERR));
        run.wall_ns = 1;
        OK(record_run_add(fixture_store, &run, NULL, NULL, ERR));
        run = fixture_run(two, "y");
        OK(record_run_add(fixture_store, &run, NULL, NULL, ERR));
        OK(node_times(fixture_store, campaign, &times, &count, ERR));
        ck_assert_int_eq(count, 3);
        ck_assert_int_eq(times[0]->node, one);
        ck_assert(times[0]->seconds == 1.5);
        ck_assert_str_eq(times[1]->workload, "M=2");
        ck_assert(times[1]->candidate_ns == 30 && times[1]->baseline_ns == 40);
        ck_assert_int_eq(times[2]->node, two);
        ck_assert_str_eq(times[2]->workload, "");
        node_times_free(times, count);
        OK(node_times(fixture_store, fixture_campaign("b"), &times, &count,
                      ERR));
        ck_assert_int_eq(count, 0);
        node_times_free(times, count);
        fixture_teardown();
}
END_TEST

START_TEST(a_node_keeps_the_furthest_stage)
{
        struct node *node = NULL;
        int64_t id;

        fixture_setup();
        fixture_texts();
        id = fixture_node(fixture_campaign("a"), 0, "x");
        OK(node_get(fixture_store, id, &node, ERR));
        ck_assert_str_eq(node->state, "new");
        ck_assert_str_eq(node->stage, "");
        ck_assert_str_eq(node->phase, "draft");
        ck_assert_str_eq(node->origin, "schedule");
        ck_assert_str_eq(node->move, "row vector=16->32");
        ck_assert_str_eq(node->language, "c");
        ck_assert_str_eq(node->source_hash, "x");
        ck_assert_str_eq(node->schedule, "x");
        ck_assert_str_eq(node->failure, "");
        ck_assert_int_gt(node->created, 1600000000);
        node_free(node);
        OK(node_update(fixture_store, id, "evaluated", "S3", 1.5, "", ERR));
        OK(node_update(fixture_store, id, "wrong", "S1", 0, "prime", ERR));
        OK(node_get(fixture_store, id, &node, ERR));
        ck_assert_str_eq(node->stage, "S3");
        ck_assert_str_eq(node->state, "wrong");
        ck_assert(node->fitness == 0);
        ck_assert_str_eq(node->failure, "prime");
        node_free(node);
        /* What is wrong has no fitness. */
        ck_assert_int_eq(
                node_update(fixture_store, id, "wrong", "S1", 2, "", ERR),
                ERR_INPUT);
        ck_assert_int_eq(
                node_update(fixture_store, id, "lost", "S1", 0, "", ERR),
                ERR_INPUT);
        ck_assert_int_eq(
                node_update(fixture_store, id + 1, "new", "", 0, "", ERR),
                ERR_NOT_FOUND);
        ck_assert_int_eq(node_get(fixture_store, id + 1, &node, ERR),
                         ERR_NOT_FOUND);
        ck_assert_ptr_null(node);
        fixture_teardown();
}
END_TEST

static struct campaign wanted(const char *key)
{
        return (struct campaign){
                .key = (char *)key,
                .repository = "/srv/kernels.git",
                .commit = "c0ffee",
                .kernel = "softmax",
                .hardware = "cpu",
                .spec_hash = SPEC_HASH,
                .environment_hash = ENVIRONMENT_HASH,
                .workloads = "[{\"M\": 1}]",
                .policy = "beam",
                .seed = -5,
        };
}

START_TEST(a_campaign_comes_back_by_its_key)
{
        struct campaign first = wanted("k"), other = wanted("k"), *campaign;
        int64_t id, node;
        bool resumed;

        fixture_setup();
        fixture_texts();
        OK(campaign_begin(fixture_store, &first, &campaign, &resumed, ERR));
        ck_assert(!resumed);
        id = campaign->id;
        campaign_free(campaign);
        node = fixture_node(id, 0, "x");
        OK(campaign_progress(fixture_store, id, 1.5, node, ERR));
        OK(campaign_progress(fixture_store, id, 2.25, 0, ERR));
        /* As after kill -9: still running, and begun again. What was frozen
         * at the first time holds. */
        fixture_reopen();
        other.workloads = "[]";
        other.seed = 99;
        OK(campaign_begin(fixture_store, &other, &campaign, &resumed, ERR));
        ck_assert(resumed);
        ck_assert_int_eq(campaign->id, id);
        ck_assert_str_eq(campaign->repository, first.repository);
        ck_assert_str_eq(campaign->commit, first.commit);
        ck_assert_str_eq(campaign->kernel, first.kernel);
        ck_assert_str_eq(campaign->hardware, first.hardware);
        ck_assert_str_eq(campaign->spec_hash, first.spec_hash);
        ck_assert_str_eq(campaign->environment_hash, first.environment_hash);
        ck_assert_str_eq(campaign->workloads, first.workloads);
        ck_assert_str_eq(campaign->policy, first.policy);
        ck_assert_int_eq(campaign->seed, -5);
        ck_assert_str_eq(campaign->state, "running");
        ck_assert_str_eq(campaign->ending, "");
        ck_assert(campaign->seconds == 3.75);
        ck_assert_int_eq(campaign->best, node);
        campaign_free(campaign);
        fixture_teardown();
}
END_TEST

START_TEST(what_was_decided_is_not_searched_again)
{
        static const struct {
                const char *ending;
                bool final;
        } cases[] = {
                {"stall", true},       {"target", true},
                {"floor", true},       {"time", false},
                {"candidates", false}, {"interrupted", false},
                {"tokens", false},
        };
        struct campaign *campaign, want;
        int64_t id;
        bool resumed;

        fixture_setup();
        fixture_texts();
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                id = fixture_campaign(cases[i].ending);
                OK(campaign_end(fixture_store, id, cases[i].ending, ERR));
                OK(campaign_find(fixture_store, cases[i].ending, &campaign,
                                 ERR));
                ck_assert_str_eq(campaign->state, "ended");
                ck_assert_str_eq(campaign->ending, cases[i].ending);
                ck_assert_int_gt(campaign->ended, 1600000000);
                campaign_free(campaign);
                want = wanted(cases[i].ending);
                OK(campaign_begin(fixture_store, &want, &campaign, &resumed,
                                  ERR));
                ck_assert(resumed);
                ck_assert_int_eq(campaign->id, id);
                ck_assert_str_eq(campaign->state,
                                 cases[i].final ? "ended" : "running");
                ck_assert_str_eq(campaign->ending,
                                 cases[i].final ? cases[i].ending : "");
                campaign_free(campaign);
        }
        ck_assert_int_eq(campaign_end(fixture_store, id, "", ERR), ERR_INPUT);
        ck_assert_int_eq(campaign_end(fixture_store, 999, "stall", ERR),
                         ERR_NOT_FOUND);
        fixture_teardown();
}
END_TEST

START_TEST(campaigns_are_listed_and_missed)
{
        struct campaign **list = NULL, *campaign = NULL, want = wanted("gpu");
        int64_t first, second;
        int count;

        fixture_setup();
        fixture_texts();
        first = fixture_campaign("one");
        second = fixture_campaign("two");
        want.kernel = "matmul";
        want.hardware = "gpu";
        OK(campaign_begin(fixture_store, &want, &campaign, NULL, ERR));
        campaign_free(campaign);
        OK(campaign_list(fixture_store, "softmax", NULL, 0, &list, &count,
                         ERR));
        ck_assert_int_eq(count, 2);
        ck_assert_int_eq(list[0]->id, second);
        ck_assert_int_eq(list[1]->id, first);
        campaigns_free(list, count);
        OK(campaign_list(fixture_store, NULL, "gpu", 0, &list, &count, ERR));
        ck_assert_int_eq(count, 1);
        ck_assert_str_eq(list[0]->kernel, "matmul");
        campaigns_free(list, count);
        OK(campaign_list(fixture_store, "softmax", "gpu", 0, &list, &count,
                         ERR));
        ck_assert_int_eq(count, 0);
        campaigns_free(list, count);
        OK(campaign_list(fixture_store, NULL, NULL, 1, &list, &count, ERR));
        ck_assert_int_eq(count, 1);
        campaigns_free(list, count);
        ck_assert_int_eq(campaign_find(fixture_store, "no", &campaign, ERR),
                         ERR_NOT_FOUND);
        ck_assert_int_eq(campaign_get(fixture_store, 99, &campaign, ERR),
                         ERR_NOT_FOUND);
        ck_assert_ptr_null(campaign);
        /* The best is a node of its own. */
        ck_assert_int_eq(campaign_progress(fixture_store, first, 0,
                                           fixture_node(second, 0, "x"), ERR),
                         ERR_INPUT);
        ck_assert_int_eq(campaign_progress(fixture_store, 99, 1, 0, ERR),
                         ERR_NOT_FOUND);
        want.key = "no spec";
        want.spec_hash = "never recorded";
        ck_assert_int_eq(
                campaign_begin(fixture_store, &want, &campaign, NULL, ERR),
                ERR_INPUT);
        ck_assert_ptr_null(campaign);
        fixture_teardown();
}
END_TEST

int main(void)
{
        const TTest *tests[] = {
                a_random_graph_is_what_was_put_in,
                edges_stay_inside_a_campaign,
                times_are_those_of_first_evaluations,
                a_node_keeps_the_furthest_stage,
                a_campaign_comes_back_by_its_key,
                what_was_decided_is_not_searched_again,
                campaigns_are_listed_and_missed,
        };

        return check_main("graph", tests, sizeof tests / sizeof tests[0]);
}
