/*
 * A schedule is data: a structural class and named integer fields, such as
 * "row vector=16 rows=1 online=1 stream=1".
 */
#ifndef KEVO_LOWER_SCHEDULE_H
#define KEVO_LOWER_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/rng.h"

enum schedule_class {
        SCHEDULE_FIRST, /* the generated first kernel; no fields */
        SCHEDULE_MAP,
        SCHEDULE_ROW,
        SCHEDULE_CONTRACTION,
        SCHEDULE_IRREGULAR,
        SCHEDULE_CHAIN
};

enum { SCHEDULE_FIELDS = 24, SCHEDULE_VALUES = 16 };

/* Legal values of one field. */
struct schedule_field {
        const char *name;    /* static text */
        const char *meaning; /* static text, one line, for people */
        int count;
        int64_t value[SCHEDULE_VALUES];
        int guess; /* position of the cost model's choice */
};

struct schedule_space {
        enum schedule_class class;
        int count;
        struct schedule_field field[SCHEDULE_FIELDS];
};

struct schedule {
        enum schedule_class class;
        int count;
        struct {
                const char *name; /* static text of the space */
                int64_t value;
        } field[SCHEDULE_FIELDS];
};

/* Take a field out of a space, where it has one of that name: its schedules
 * are those that have 0. */
void schedule_drop(struct schedule_space *space, const char *name);

const char *schedule_class_name(enum schedule_class class);
/* Value of a field, or fallback when the schedule has none of that name. */
int64_t schedule_get(const struct schedule *schedule, const char *name,
                     int64_t fallback);
/* The guess of every field; a uniform draw; a copy with one field changed. */
void schedule_guess(const struct schedule_space *space,
                    struct schedule *schedule);
void schedule_draw(const struct schedule_space *space, struct rng *rng,
                   struct schedule *schedule);
/* "row vector=16 rows=1": text holds SCHEDULE_TEXT_BYTES; and back (names
 * and values must be of the space). */
enum { SCHEDULE_TEXT_BYTES = 1024 };
void schedule_print(const struct schedule *schedule, char *text);
int schedule_parse(const char *text, const struct schedule_space *space,
                   struct schedule *schedule,
                   struct error *err) KEVO_MUST_CHECK;

#endif
