/* See explorer.h. */
#include "search/explorer.h"

#include <stdlib.h>
#include <string.h>

#include "search/policies.h"

void explorer_dispose(struct explorer *explorer)
{
        graph_dispose(&explorer->graph);
        free(explorer->twin);
        *explorer = (struct explorer){0};
}

int explorer_add(struct explorer *explorer, struct graph_node *node,
                 struct error *err)
{
        struct propose_memory where;
        int at;

        propose_locate(explorer->proposer, node->schedule, &where);
        at = graph_add(&explorer->graph, node, &where);
        return at < 0 ? error_memory(err) : at;
}

static int add_twin(struct explorer *x, const struct propose_memory *where,
                    struct error *err)
{
        int capacity = x->twin_capacity ? 2 * x->twin_capacity : 64;
        struct propose_memory *grown;

        if (x->twin_count == x->twin_capacity) {
                grown = realloc(x->twin, (size_t)capacity * sizeof *grown);
                if (!grown)
                        return error_memory(err);
                x->twin = grown;
                x->twin_capacity = capacity;
        }
        x->twin[x->twin_count++] = *where;
        return 0;
}

int explorer_note_twin(struct explorer *explorer, const char *schedule,
                       struct error *err)
{
        struct propose_memory where;

        if (!propose_locate(explorer->proposer, schedule, &where))
                return 0;
        return add_twin(explorer, &where, err);
}

static bool is_known(const struct explorer *x,
                     const struct propose_memory *where)
{
        const struct space *space = propose_space(x->proposer, where->space);

        for (int i = 0; i < x->graph.count; i++) {
                if (x->graph.memory[i].space == where->space &&
                    space_equal(space, &x->graph.memory[i].point,
                                &where->point))
                        return true;
        }
        for (int i = 0; i < x->twin_count; i++) {
                if (x->twin[i].space == where->space &&
                    space_equal(space, &x->twin[i].point, &where->point))
                        return true;
        }
        return false;
}

/* Good schedules of other campaigns start some of the lines: they speed
 * convergence, and may anchor it, hence only some. The guesses of the spaces
 * come before them. ERR_NOT_FOUND: none is left. */
static int next_seed(struct explorer *x, struct candidate *candidate,
                     struct error *err)
{
        struct propose_memory where;
        int rc;

        for (int i = 0; i < x->seed_count; i++) {
                struct rng rng = {rng_derive(x->seed, "seeding", (uint64_t)i),
                                  0};

                if (rng_unit(&rng) >= x->seed_chance ||
                    !propose_adapt(x->proposer, x->seed_schedule[i], &where) ||
                    is_known(x, &where))
                        continue;
                rc = propose_point(x->proposer, where.space, &where.point,
                                   candidate, NULL);
                if (rc == 0) {
                        candidate->move =
                                strdup("the best of an earlier campaign");
                        return candidate->move ? 0 : error_memory(err);
                }
                rc = add_twin(x, &where, err);
                if (rc < 0)
                        return rc;
        }
        return ERR_NOT_FOUND;
}

/* Where the policy points; when no start is left, at any node that still has
 * something new near it. */
static struct choice choose(struct explorer *x, bool starts_left,
                            struct rng *rng)
{
        struct choice choice = x->selection->select(&x->graph, rng);

        if (choice.parent < 0 && !starts_left)
                choice = (struct choice){policy_ranked(&x->graph, 0), -1};
        return choice;
}

/* Every try begins with the same random numbers: a node that is found to be
 * exhausted leads to the step that would have been taken had it been known,
 * as it is in a search that was not interrupted. */
static int next_step(struct explorer *x, struct candidate *candidate,
                     struct choice *from, bool *nothing, struct error *err)
{
        struct propose_context context = {.memory_count = x->graph.count,
                                          .memory = x->graph.memory,
                                          .twin_count = x->twin_count,
                                          .twin = x->twin,
                                          .forget = x->forget};
        bool starts_left = true;

        if (x->ranker && ranker_fit(x->ranker, &x->graph)) {
                context.rank = ranker_rank;
                context.data = x->ranker;
        }
        for (;;) {
                struct rng rng = {
                        rng_derive(x->seed, "step", (uint64_t)x->graph.count),
                        0};
                int rc;

                *from = choose(x, starts_left, &rng);
                if (from->parent < 0 && !starts_left) {
                        *nothing = true;
                        return 0;
                }
                context.parent = from->parent;
                context.mate = from->mate;
                rc = propose(x->proposer, &context, &rng, candidate, err);
                if (rc != ERR_NOT_FOUND)
                        return rc;
                if (from->parent >= 0)
                        x->graph.node[from->parent].exhausted = true;
                else
                        starts_left = false;
        }
}

int explorer_next(struct explorer *explorer, struct candidate *candidate,
                  struct choice *from, bool *nothing, struct error *err)
{
        int rc = ERR_NOT_FOUND;

        *nothing = false;
        *from = (struct choice){SELECT_START, -1};
        *candidate = (struct candidate){0};
        if (explorer->graph.count >= propose_space_count(explorer->proposer))
                rc = next_seed(explorer, candidate, err);
        if (rc == ERR_NOT_FOUND)
                rc = next_step(explorer, candidate, from, nothing, err);
        if (rc < 0)
                candidate_dispose(candidate);
        return rc;
}
