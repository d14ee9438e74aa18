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

        ck_assert_int_ge(graph_add(graph, &node), 0);
}

START_TEST(begins_with_starts)
{
        const struct selection *greedy = selection_find("greedy");
        struct graph graph = {0};
        struct rng rng = {1, 0};
        int starts = 0;

        while (greedy->select(&graph, &rng) == SELECT_START && starts < 100) {
                add(&graph, -1, 1 + 0.01 * starts);
                starts++;
        }
        ck_assert_int_gt(starts, 2);
        ck_assert_int_lt(starts, 30);
        ck_assert_int_eq(greedy->select(&graph, &rng), graph_best(&graph));
        graph_dispose(&graph);
}
END_TEST

START_TEST(wrong_nodes_are_never_expanded)
{
        const struct selection *greedy = selection_find(NULL);
        struct graph graph = {0};
        struct rng rng = {2, 0};

        for (int i = 0; i < 50; i++) {
                ck_assert_int_eq(greedy->select(&graph, &rng), SELECT_START);
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
                int at = greedy->select(&graph, &rng);

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
                ck_assert_int_ne(greedy->select(&graph, &rng), 9);
        for (int i = 0; i < 10; i++)
                graph.node[i].exhausted = true;
        ck_assert_int_eq(greedy->select(&graph, &rng), SELECT_START);
        graph_dispose(&graph);
}
END_TEST

START_TEST(the_table_is_found_by_name)
{
        ck_assert_ptr_nonnull(selection_find("random"));
        ck_assert_ptr_null(selection_find("nonsense"));
        ck_assert_str_eq(selection_find(NULL)->name, "greedy");
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                begins_with_starts, wrong_nodes_are_never_expanded,
                a_stalled_line_is_left, an_exhausted_node_is_not_chosen,
                the_table_is_found_by_name};

        return check_main("selection", tests, 5);
}
