/*
 * Sums over rows among the items of a map kernel, such as the gradient of a
 * gain, y[j] = sum[i] f(x[i, j]), or a loss, y = sum[i] f(x[i, 0..N]). Where
 * another item goes over the same rows, each of `parts` tasks adds what its
 * rows contribute to a row of its own, while they are in a cache, and a stage
 * of its own adds up the parts:
 *
 *   part[p, j] = part[p, j] + f(x[i, j])     in the rows' stage
 *   y[j]       = sum[p in 0..parts] part[p, j]
 *
 * Nothing depends on the order of tasks: a part has the same rows always.
 */
#ifndef KEVO_LOWER_MAP_SUMS_H
#define KEVO_LOWER_MAP_SUMS_H

#include "lower/passes.h"

enum { MAP_SUMS = 8 };

/* A tensor numbered behind the spec's, and the statement of its rows. */
struct map_partial {
        struct tensor tensor;
        struct statement statement;
};

struct map_sums {
        struct arena *arena; /* of all below */
        const struct spec *spec;
        int64_t parts;
        const struct index *part; /* which one; numbered behind the passes' */
        int partial_count, join_count;
        struct map_partial *partial[MAP_SUMS];
        struct plan_item join[MAP_SUMS]; /* what the partials become */
};

/* Nothing in it. False when out of memory. */
bool map_sums_open(struct map_sums *sums, const struct plan *plan,
                   int64_t parts);
/* Take item apart if all its reductions are sums over just the rows of
 * `rows`; false, with sums as it was, when they are not or there is no room.
 */
bool map_sums_add(struct map_sums *sums, const struct plan_item *item,
                  const struct statement *rows);
/* Does expr read what the sums become? */
bool map_sums_reads(const struct map_sums *sums, const struct expr *expr);

/* The rows' stage; partials are placed until map_sums_close. */
void map_sums_stage(struct vector_scope *scope, const struct map_sums *sums,
                    const struct passes *passes,
                    const struct schedule *schedule, const char *name);
void map_sums_close(struct vector_scope *scope, const struct map_sums *sums);

#endif
