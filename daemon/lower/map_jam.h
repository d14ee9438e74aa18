/*
 * Several vectors of an output at once through the loops of its reductions
 * (unroll and jam): what the loops themselves cost, such as reading a bag's
 * indices, is paid once for all of them.
 */
#ifndef KEVO_LOWER_MAP_JAM_H
#define KEVO_LOWER_MAP_JAM_H

#include "lower/sweep.h"

enum { MAP_JAM_REDUCTIONS = 8 };

/* The reductions of a value that depend on its lane index. */
struct map_jam {
        int count;
        const struct expr *reduction[MAP_JAM_REDUCTIONS];
};

/* False when there are none, or some that cannot run together. */
bool map_jam_find(struct map_jam *jam, const struct expr *value,
                  const struct index *index);

/* Rounds of sweep->copies vectors: body is lowered once, for vector copy of a
 * round, with every reduction held. Moves sweep->low to where they end. */
void map_jam_run(struct vector_scope *scope, const struct map_jam *jam,
                 struct sweep *sweep, sweep_body *body, void *data);

#endif
