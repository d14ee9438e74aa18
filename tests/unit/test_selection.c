/*
 * Selection on synthetic landscapes: it starts several lines, follows the
 * fittest, leaves a line that stalls, and does not trip over a graph without
 * a correct node.
 */
#include "check_main.h"

#include <string.h>

#include "search/selection.h"

static void add(struct graph *graph, int parent, double fitness)
{
        struct graph_node node = {.id = graph->count + 1,
                                  .parent = parent,
                                  .fitness = fitness,
                                  .evaluated = true,
                                  .schedule = strdup("s"),
                                  .language = strdup("c"),
                                  .source_hash = strdup("h"),
                                  .move = strdup("m")};
        struct propose_memory where = {.parent = parent};

        ck_assert_int_ge(graph_add(graph, &node, &where), 0);
}

START_TEST(begins_with_starts)
{
        const struct selection *greedy = selection_find("greedy");
        struct graph graph = {0};
        struct rng rng = {1, 0};
        int starts = 0;

        while (greedy->select(&graph, &rng).parent == SELECT_START &&
               starts < 100) {
                add(&graph, -1, 1 + 0.01 * starts);
                starts++;
        }
        ck_assert_int_gt(starts, 2);
        ck_assert_int_lt(starts, 30);
        ck_assert_int_eq(greedy->select(&graph, &rng).parent,
                         graph_best(&graph));
        graph_dispose(&graph);
}
END_TEST

START_TEST(wrong_nodes_are_never_expanded)
{
        const struct selection *greedy = selection_find(NULL);
        struct graph graph = {0};
        struct rng rng = {2, 0};

        for (int i = 0; i < 50; i++) {
                ck_assert_int_eq(greedy->select(&graph, &rng).parent,
                                 SELECT_START);
                add(&graph, -1, 0);
        }
        ck_assert_int_eq(graph_best(&graph), -1);
        graph_dispose(&graph);
}
END_TEST

/* The only good line stalls: others must get a turn. */
START_TEST(a_stalled_line_is_left)
{
        const struct selection *greedy = selection_find("greedy");
        struct graph graph = {0};
        struct rng rng = {3, 0};
        int other = 0, best;

        for (int i = 0; i < 10; i++)
                add(&graph, -1, 1 + 0.1 * i);
        best = graph_best(&graph);
        for (int i = 0; i < 60; i++) {
                int at = greedy->select(&graph, &rng).parent;

                other += at != best;
                add(&graph, at, 0.5);
        }
        ck_assert_int_gt(other, 10);
        graph_dispose(&graph);
}
END_TEST

START_TEST(an_exhausted_node_is_not_chosen)
{
        const struct selection *greedy = selection_find("greedy");
        struct graph graph = {0};
        struct rng rng = {4, 0};

        for (int i = 0; i < 10; i++)
                add(&graph, -1, 1 + 0.1 * i);
        graph.node[9].exhausted = true;
        for (int i = 0; i < 20; i++)
                ck_assert_int_ne(greedy->select(&graph, &rng).parent, 9);
        for (int i = 0; i < 10; i++)
                graph.node[i].exhausted = true;
        ck_assert_int_eq(greedy->select(&graph, &rng).parent, SELECT_START);
        graph_dispose(&graph);
}
END_TEST

/* Whatever the graph: a start, or a correct node with something new near it,
 * and a mate that is another node of the same space; and the same choice for
 * the same graph and numbers. */
START_TEST(every_policy_chooses_what_may_be_expanded)
{
        for (const struct selection *p = selection_table; p->name; p++) {
                struct graph graph = {0};
                struct rng draw = {5, 0};

                for (int i = 0; i < 150; i++) {
                        struct rng rng = {7, 10 * (uint64_t)i}, twin = rng;
                        struct choice c = p->select(&graph, &rng);
                        struct choice again = p->select(&graph, &twin);

                        ck_assert_int_eq(c.parent, again.parent);
                        ck_assert_int_eq(c.mate, again.mate);
                        ck_assert_int_lt(c.parent, graph.count);
                        if (c.parent >= 0)
                                ck_assert(graph_can_expand(&graph, c.parent));
                        if (c.mate >= 0) {
                                ck_assert_int_ne(c.mate, c.parent);
                                ck_assert(graph_can_expand(&graph, c.mate));
                                ck_assert_int_eq(graph.memory[c.mate].space,
                                                 graph.memory[c.parent].space);
                        }
                        add(&graph, c.parent,
                            rng_below(&draw, 4) ? rng_unit(&draw) : 0);
                        graph.memory[i].space = i % 3 - (i % 7 == 0);
                        graph.node[i].exhausted = i % 5 == 4;
                }
                graph_dispose(&graph);
        }
}
END_TEST

/* Once it has started, mcts goes down where the rewards are, and leaves a
 * barren line for another. */
START_TEST(tree_search_prefers_rewarding_lines)
{
        const struct selection *mcts = selection_find("mcts");
        struct graph graph = {0};
        struct rng rng = {6, 0};
        int good = 0, other = 0;

        for (int i = 0; i < 8; i++)
                add(&graph, -1, i == 5 ? 2 : 1);
        for (int i = 0; i < 120; i++) {
                int at = mcts->select(&graph, &rng).parent, root = at;

                while (root >= 0 && graph.node[root].parent >= 0)
                        root = graph.node[root].parent;
                good += root == 5;
                other += root != 5;
                add(&graph, at, root == 5 ? 2 : 1);
        }
        ck_assert_int_gt(good, other);
        ck_assert_int_gt(other, 5);
        graph_dispose(&graph);
}
END_TEST

/* Islands cross parents; with one line gone they go on with the others. */
START_TEST(islands_cross_and_survive)
{
        const struct selection *islands = selection_find("islands");
        struct graph graph = {0};
        struct rng rng = {8, 0};
        int crossed = 0;

        for (int i = 0; i < 12; i++)
                add(&graph, -1, i % 3 ? 1 + 0.01 * i : 0);
        for (int i = 0; i < 60; i++) {
                struct choice c = islands->select(&graph, &rng);

                ck_assert_int_ge(c.parent, 0);
                crossed += c.mate >= 0;
                add(&graph, c.parent, 1 + 0.001 * i);
        }
        ck_assert_int_gt(crossed, 10);
        ck_assert_int_lt(crossed, 50);
        graph_dispose(&graph);
}
END_TEST

START_TEST(the_table_is_found_by_name)
{
        ck_assert_ptr_nonnull(selection_find("random"));
        ck_assert_ptr_null(selection_find("nonsense"));
        ck_assert_str_eq(selection_find(NULL)->name, "auto");
        for (const struct selection *p = selection_table; p->name; p++)
                ck_assert_ptr_nonnull(strstr(selection_names(), p->name));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                begins_with_starts,
                wrong_nodes_are_never_expanded,
                a_stalled_line_is_left,
                an_exhausted_node_is_not_chosen,
                every_policy_chooses_what_may_be_expanded,
                tree_search_prefers_rewarding_lines,
                islands_cross_and_survive,
                the_table_is_found_by_name};

        return check_main("selection", tests, 8);
}
