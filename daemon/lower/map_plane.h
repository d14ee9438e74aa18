/*
 * Guarded reads of an image as wide as the result: the last two indices run
 * as one, so that vectors go on from row to row and whole lines are stored.
 * Where a tap leaves its row, the element in front of or behind the row is
 * loaded, and the lane takes the `else` value instead: every lane knows its
 * column. Only the first and last rows have places outside of the image.
 */
#ifndef KEVO_LOWER_MAP_PLANE_H
#define KEVO_LOWER_MAP_PLANE_H

#include "lower/map_split.h"
#include "lower/plan.h"

struct map_plane {
        struct map_split split; /* its reads and reduced indices */
        struct vector_plane in; /* what its reads are told, while it runs */
        /* At least 1; columns of the first vector; how far behind them those
         * of the next one are, less than a row. */
        const struct thread_expr *width, *start, *step;
};

/* Do all reads of the item walk through memory as its last two indices do,
 * some of them guarded? False too when out of memory. */
bool map_plane_find(struct map_plane *plane, struct arena *arena,
                    const struct plan_item *item);

/* Outside of the loop over planes: every one begins at element `low`. */
void map_plane_open(struct vector_scope *scope, struct map_plane *plane,
                    const struct thread_expr *low, int lanes);

/* For the plane that is bound: the vectors between *from and *to are those
 * of which every tap is inside of the plane. The first vector comes next. */
void map_plane_begin(struct vector_scope *scope, struct map_plane *plane,
                     int lanes, const struct thread_expr *low,
                     const struct thread_expr *high,
                     const struct thread_expr **from,
                     const struct thread_expr **to);
/* The vector behind the one that was computed comes next. */
void map_plane_next(struct vector_scope *scope, const struct map_plane *plane);
void map_plane_end(struct vector_scope *scope);

/* Hints for what the taps read `bytes` further in the plane. */
void map_plane_fetch(struct vector_scope *scope, const struct map_plane *plane,
                     int64_t bytes);

#endif
