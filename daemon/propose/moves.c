/*
 * See moves.h. Near a parent every single-field change is a possible move;
 * one is drawn with weights learned from the history: values that helped
 * before are likelier, values that broke a build or a check are rare. One
 * move in four changes a second field too, so that pairs that only pay
 * together are found.
 */
#include "propose/moves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
        DRAWS_MAX = 64,    /* tries for a fresh start */
        CROSSINGS_MAX = 32 /* tries for a mix of two parents */
};

/* One child in three of two parents also changes a field by itself. */
#define CROSSING_MUTATION 0.33
#define SECOND_FIELD 0.25

/* What the history says of setting a field to a value. */
struct learned {
        double sum[SPACE_FIELDS][LIMIT_TUNE_VALUES];
        int count[SPACE_FIELDS][LIMIT_TUNE_VALUES];
};

bool moves_tried(const struct moves *moves, int space,
                 const struct point *point)
{
        const struct propose_context *c = moves->context;

        for (int i = 0; i < c->memory_count; i++) {
                if (c->memory[i].space == space &&
                    space_equal(&moves->space[space], &c->memory[i].point,
                                point))
                        return true;
        }
        for (int i = 0; i < c->twin_count; i++) {
                if (c->twin[i].space == space &&
                    space_equal(&moves->space[space], &c->twin[i].point,
                                point))
                        return true;
        }
        return false;
}

/* Every step of the memory teaches about the fields that it changed. */
static void learn(const struct moves *moves, int space,
                  struct learned *learned)
{
        const struct propose_context *c = moves->context;

        for (int i = 0; i < c->memory_count; i++) {
                const struct propose_memory *m = &c->memory[i], *from;
                double gain = 0;

                if (m->space != space || m->parent < 0)
                        continue;
                from = &c->memory[m->parent];
                if (from->space != space)
                        continue;
                if (m->fitness <= 0)
                        gain = -1.5;
                else if (from->fitness > 0)
                        gain = 4 * log(m->fitness / from->fitness);
                for (int f = 0; f < moves->space[space].count; f++) {
                        int at = m->point.at[f];

                        if (at == from->point.at[f])
                                continue;
                        learned->sum[f][at] += gain;
                        learned->count[f][at]++;
                }
        }
}

static double weight_of(const struct learned *learned, int field, int at)
{
        double mean;

        if (!learned || !learned->count[field][at])
                return 1;
        mean = learned->sum[field][at] / learned->count[field][at];
        return exp(mean > 1.5 ? 1.5 : mean < -2.5 ? -2.5 : mean);
}

static int list_moves(struct moves *moves, struct error *err)
{
        const struct propose_memory *parent =
                &moves->context->memory[moves->context->parent];
        const struct space *space = &moves->space[parent->space];
        struct learned *learned = NULL;

        moves->move = malloc(MOVES_MAX * sizeof *moves->move);
        if (!moves->context->forget)
                learned = calloc(1, sizeof *learned);
        if (!moves->move || (!learned && !moves->context->forget)) {
                free(learned);
                return error_memory(err);
        }
        if (learned)
                learn(moves, parent->space, learned);
        for (int f = 0; f < space->count; f++) {
                for (int at = 0; at < space->field[f].count; at++) {
                        if (at == parent->point.at[f])
                                continue;
                        moves->move[moves->count++] = (struct move){
                                f, at, weight_of(learned, f, at)};
                }
        }
        free(learned);
        return 0;
}

int moves_begin(struct moves *moves, const struct space *spaces,
                int space_count, const struct propose_context *context,
                struct error *err)
{
        *moves = (struct moves){.space = spaces,
                                .space_count = space_count,
                                .context = context};
        return context->parent < 0 ? 0 : list_moves(moves, err);
}

void moves_dispose(struct moves *moves)
{
        free(moves->move);
        *moves = (struct moves){0};
}

/* Draw one by weight and take it out of the list. */
static struct move take_move(struct moves *moves, struct rng *rng)
{
        double total = 0, at;
        struct move taken;
        int i;

        for (i = 0; i < moves->count; i++)
                total += moves->move[i].weight;
        at = rng_unit(rng) * total;
        for (i = 0; i < moves->count - 1; i++) {
                at -= moves->move[i].weight;
                if (at < 0)
                        break;
        }
        taken = moves->move[i];
        moves->move[i] = moves->move[--moves->count];
        return taken;
}

/* Guesses of all spaces come first, then draws around them, spaces in
 * turn. */
static bool next_start(struct moves *moves, struct rng *rng, int *space,
                       struct point *point, bool *guess)
{
        while (moves->guesses < moves->space_count) {
                *space = moves->guesses++;
                space_guess(&moves->space[*space], point);
                *guess = true;
                if (!moves_tried(moves, *space, point))
                        return true;
        }
        *guess = false;
        while (moves->draws < DRAWS_MAX) {
                *space = (moves->context->memory_count + moves->draws) %
                         moves->space_count;
                space_draw(&moves->space[*space],
                           moves->draws < DRAWS_MAX / 2 ? 0.35 : 0.8, rng,
                           point);
                moves->draws++;
                if (!moves_tried(moves, *space, point))
                        return true;
        }
        return false;
}

/* Each field from one of both (uniform crossover, Syswerda 1989). */
static bool next_crossing(struct moves *moves, struct rng *rng, int *space,
                          struct point *point)
{
        const struct propose_context *c = moves->context;
        const struct propose_memory *a, *b;
        const struct space *s;

        if (c->mate < 0 || c->memory[c->mate].space != *space)
                return false;
        a = &c->memory[c->parent];
        b = &c->memory[c->mate];
        s = &moves->space[*space];
        while (moves->crossings < CROSSINGS_MAX) {
                moves->crossings++;
                *point = a->point;
                for (int f = 0; f < s->count; f++) {
                        if (rng_unit(rng) < 0.5)
                                point->at[f] = b->point.at[f];
                }
                if (s->count && rng_unit(rng) < CROSSING_MUTATION) {
                        int f = (int)rng_below(rng, (uint64_t)s->count);

                        point->at[f] = (int)rng_below(
                                rng, (uint64_t)s->field[f].count);
                }
                if (!moves_tried(moves, *space, point))
                        return true;
        }
        return false;
}

bool moves_next(struct moves *moves, struct rng *rng, int *space,
                struct point *point, bool *guess)
{
        const struct propose_context *c = moves->context;

        if (c->parent < 0)
                return next_start(moves, rng, space, point, guess);
        *guess = false;
        *space = c->memory[c->parent].space;
        if (next_crossing(moves, rng, space, point))
                return true;
        while (moves->count > 0) {
                struct move first = take_move(moves, rng);

                *point = c->memory[c->parent].point;
                point->at[first.field] = first.at;
                if (moves->count > 0 && rng_unit(rng) < SECOND_FIELD) {
                        const struct move *second = &moves->move[rng_below(
                                rng, (uint64_t)moves->count)];

                        point->at[second->field] = second->at;
                }
                if (!moves_tried(moves, *space, point))
                        return true;
        }
        return false;
}
