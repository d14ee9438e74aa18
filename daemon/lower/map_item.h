/*
 * One row of an item of class map: its last index in the lanes, reductions
 * inside run serially.
 */
#ifndef KEVO_LOWER_MAP_ITEM_H
#define KEVO_LOWER_MAP_ITEM_H

#include "lower/fetch_rows.h"
#include "lower/lookup.h"
#include "lower/map_plane.h"
#include "lower/plan.h"

/* What the body of a stage needs. */
struct map_item {
        const struct plan_item *item;
        const struct expr *value; /* with reciprocals */
        const struct expr *pair;  /* so too, or NULL */
        const struct index *inner;
        int collapsed;           /* trailing indices that run as one */
        const struct index *row; /* the loop around it, or NULL */
        bool stream;
        int64_t hint;            /* bytes ahead of operands */
        struct lookups *lookups; /* searched, or NULL */
        bool merged;             /* the one with the keys, not searched */
        struct map_plane *plane; /* of the collapsed indices, or NULL */
        struct fetch_rows fetch; /* of the next row; count 0: none */
};

/* Fill map with what the item and the schedule say: no lookups, no fetch, no
 * row. False when out of memory. */
bool map_item_open(struct map_item *map, struct arena *arena,
                   const struct plan_item *item,
                   const struct schedule *schedule) KEVO_MUST_CHECK;
int map_item_lanes(const struct plan_item *item,
                   const struct schedule *schedule);

/* The sweep of the row whose leading indices are bound; high NULL: to the
 * end of the last index. */
void map_item_row(struct vector_scope *scope, struct map_item *map,
                  const struct thread_expr *low,
                  const struct thread_expr *high,
                  const struct schedule *schedule);

#endif
