/*
 * Monte Carlo tree search with UCT (Kocsis and Szepesvari, "Bandit based
 * Monte-Carlo Planning", 2006). From the root, whose children are the
 * independent starts, the walk goes on to the child c of node p with the
 * largest
 *
 *     Q(c) + C sqrt(ln N(p) / N(c))
 *
 * where N counts the evaluated nodes of a subtree and Q is the best of their
 * rewards: the search wants one fast kernel, not a line that is good on
 * average (as in Schadd et al., "Single-Player Monte-Carlo Tree Search",
 * 2008, whose bound rewards a line's best results). A node is expanded rather
 * than passed while it has fewer children than K N(p)^A (progressive widening:
 * Couetoux et al., "Continuous Upper Confidence Trees", 2011), since it has
 * more possible moves than a search has steps.
 *
 * The reward is the logistic function of log fitness against the fittest
 * node, R(f) = 2 / (1 + (best / f)^S): 1 for the fittest, 0.5 at a third
 * less, 0 for what is wrong. Nothing is stored: N and Q are gathered from
 * the graph's leaves up, parents being older than their children.
 */
#include <math.h>
#include <stdlib.h>

#include "search/policies.h"

#define EXPLORATION 0.35 /* C */
#define WIDENING 1.5     /* K */
#define WIDENING_POWER 0.5
#define REWARD_SLOPE 3.0 /* S */

/* Of a node's subtree; the last one is the root's. */
struct visits {
        int count, children;
        double reward;
        bool open; /* some node of it can be expanded */
};

static void raise_to(double *largest, double value)
{
        if (value > *largest)
                *largest = value;
}

static struct visits *count_visits(const struct graph *graph)
{
        struct visits *v = calloc((size_t)graph->count + 1, sizeof *v);
        int best = graph_best(graph);

        for (int i = graph->count - 1; v && best >= 0 && i >= 0; i--) {
                const struct graph_node *n = &graph->node[i];
                struct visits *up =
                        &v[n->parent >= 0 ? n->parent : graph->count];

                v[i].count++;
                if (n->fitness > 0)
                        v[i].reward += 2 / (1 + pow(graph->node[best].fitness /
                                                            n->fitness,
                                                    REWARD_SLOPE));
                v[i].open = v[i].open || graph_can_expand(graph, i);
                up->count += v[i].count;
                raise_to(&up->reward, v[i].reward);
                up->open = up->open || v[i].open;
                up->children++;
        }
        return v;
}

static bool may_widen(const struct visits *v)
{
        return v->children <
               WIDENING * pow(v->count > 0 ? v->count : 1, WIDENING_POWER);
}

/* The child of `at` (-1: the root) with the largest bound, -1 when none is
 * worth a visit. */
static int best_child(const struct graph *graph, const struct visits *v,
                      int at)
{
        double total = v[at < 0 ? graph->count : at].count, bound, largest = 0;
        int best = -1;

        for (int i = at + 1; i < graph->count; i++) {
                if (graph->node[i].parent != at || !v[i].open)
                        continue;
                bound = v[i].reward +
                        EXPLORATION * sqrt(log(total) / v[i].count);
                if (best < 0 || bound > largest) {
                        best = i;
                        largest = bound;
                }
        }
        return best;
}

struct choice policy_mcts(const struct graph *graph, struct rng *rng)
{
        struct choice choice = {SELECT_START, -1};
        struct visits *v;
        int at, next;

        (void)rng;
        if (policy_drafting(graph))
                return choice;
        v = count_visits(graph);
        if (!v || may_widen(&v[graph->count]))
                goto out;
        at = best_child(graph, v, -1);
        while (at >= 0) {
                choice.parent = at;
                if (graph_can_expand(graph, at) && may_widen(&v[at]))
                        break;
                next = best_child(graph, v, at);
                if (next < 0)
                        break;
                at = next;
        }
        if (choice.parent >= 0 && !graph_can_expand(graph, choice.parent))
                choice.parent = policy_ranked(graph, 0);
out:
        free(v);
        return choice;
}
