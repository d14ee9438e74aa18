/*
 * A space of candidates: named integer fields with their legal values, and
 * a way to turn a point of it into a source. Schedules of the built-in
 * lowering and the tune lines of people's sources are both such spaces, so
 * one search serves both.
 */
#ifndef KEVO_PROPOSE_SPACE_H
#define KEVO_PROPOSE_SPACE_H

#include "core/buf.h"
#include "core/rng.h"
#include "lower/schedule.h"
#include "repo/source.h"

enum { SPACE_FIELDS = 32, SPACE_TEXT_BYTES = 2048 };

struct space_field {
        const char *name;
        int count;
        const int64_t *value;
        int guess;     /* position of the default */
        int64_t *kept; /* owned: what space_narrow left of value, or NULL */
};

struct space {
        char label[80]; /* "row", "tune generic.c" */
        int count;
        struct space_field field[SPACE_FIELDS];
        /* Exactly one of these says how points become sources. */
        struct schedule_space *schedules; /* owned */
        const struct source *source;      /* borrowed */
};

/* Positions of values, field by field. */
struct point {
        int at[SPACE_FIELDS];
};

void space_from_schedules(struct space *space,
                          struct schedule_space *schedules);
void space_from_source(struct space *space, const struct source *source,
                       const char *file_name);
void space_dispose(struct space *space);

void space_guess(const struct space *space, struct point *point);
/* The guess with some fields drawn anew: each with the given chance. */
void space_draw(const struct space *space, double chance, struct rng *rng,
                struct point *point);
/* The number of distinct points, at most maximum. */
int64_t space_size(const struct space *space, int64_t maximum);

/* "row vector=16 rows=1"; text has SPACE_TEXT_BYTES. */
void space_print(const struct space *space, const struct point *point,
                 char *text);
/* Back from text whose label is the space's; false when it is not, or names
 * a value that the space no longer has. */
bool space_parse(const struct space *space, const char *text,
                 struct point *point);

/* The nearest point to a text of the same label: see propose_adapt. */
bool space_adapt(const struct space *space, const char *text,
                 struct point *point);
bool space_equal(const struct space *space, const struct point *a,
                 const struct point *b);
/* Leave out drawn values, never a guess, until it has at most maximum
 * points (or one). */
void space_narrow(struct space *space, int64_t maximum, struct rng *rng);

void space_schedule(const struct space *space, const struct point *point,
                    struct schedule *schedule);
void space_tunes(const struct space *space, const struct point *point,
                 int64_t values[LIMIT_TUNES]);

#endif
