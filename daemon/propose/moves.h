/*
 * Where the next candidate may lie: a generator of points that were neither
 * tried nor drawn before. Without a parent it draws starts, with one it
 * changes fields of the parent, with two it mixes their fields.
 */
#ifndef KEVO_PROPOSE_MOVES_H
#define KEVO_PROPOSE_MOVES_H

#include "propose/propose.h"

enum {
        MOVES_SPACES = 8, /* of one proposer */
        MOVES_MAX = SPACE_FIELDS * LIMIT_TUNE_VALUES
};

struct move {
        int field, at;
        double weight;
};

struct moves {
        const struct space *space; /* all of them */
        int space_count;
        const struct propose_context *context;
        int guesses, draws; /* starts drawn so far */
        int crossings;
        int count; /* moves left */
        struct move *move;
};

/* Freed with moves_dispose. */
int moves_begin(struct moves *moves, const struct space *spaces,
                int space_count, const struct propose_context *context,
                struct error *err) KEVO_MUST_CHECK;
void moves_dispose(struct moves *moves);

/* The next point that was not tried; false when none was found. *guess: it
 * is the cost model's guess of its space. */
bool moves_next(struct moves *moves, struct rng *rng, int *space,
                struct point *point, bool *guess);

/* Was this point tried, or is it a twin of one that was? */
bool moves_tried(const struct moves *moves, int space,
                 const struct point *point);

#endif
