/*
 * Transposes by squares: where an operand runs through memory along another
 * index than the result does, a square of as many rows as lanes is loaded
 * along the one, turned in registers, and stored along the other.
 */
#ifndef KEVO_LOWER_MAP_TURN_H
#define KEVO_LOWER_MAP_TURN_H

#include "lower/plan.h"

enum { MAP_TURN_READS = 2 };

/* Whose rows a task goes along. A task takes `rows` of them (whole squares)
 * and `block` elements of each, 0: all. */
enum map_turn_order {
        MAP_TURN_NONE,
        MAP_TURN_RESULT_ROWS, /* few places are written at once */
        MAP_TURN_READ_ROWS    /* few places are read at once: stores around
                                 the caches wait for no memory */
};

/* The two indices of an item's squares, and the reads that are turned. */
struct map_turn {
        const struct index *lanes; /* the item's last one */
        const struct index *rows;  /* along which the reads lie */
        int count;
        const struct expr *read[MAP_TURN_READS];
};

/* False when the item turns nothing, or more than fits the registers, or its
 * ranges are not the same throughout. */
bool map_turn_find(struct map_turn *turn, const struct plan_item *item);

/* The stage of the item; the schedule's field `turn` is an order. */
void map_turn_stage(struct vector_scope *scope, const struct plan_item *item,
                    const struct map_turn *turn,
                    const struct schedule *schedule);

#endif
