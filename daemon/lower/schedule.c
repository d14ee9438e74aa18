/*
 * Schedules as data: guess, draw, print, parse. A schedule's text is what
 * the store keeps and what a commit message shows, so it must read back to
 * the same schedule for as long as the space has those fields and values.
 */
#include "lower/schedule.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"

static const char *const class_names[] = {"first",       "map",       "row",
                                          "contraction", "irregular", "chain"};

const char *schedule_class_name(enum schedule_class class)
{
        return class_names[class];
}

void schedule_drop(struct schedule_space *space, const char *name)
{
        for (int i = 0; i < space->count; i++) {
                if (!text_equal(space->field[i].name, name))
                        continue;
                space->count--;
                memmove(&space->field[i], &space->field[i + 1],
                        (size_t)(space->count - i) * sizeof *space->field);
                return;
        }
}

int64_t schedule_get(const struct schedule *schedule, const char *name,
                     int64_t fallback)
{
        for (int i = 0; i < schedule->count; i++)
                if (text_equal(schedule->field[i].name, name))
                        return schedule->field[i].value;
        return fallback;
}

void schedule_guess(const struct schedule_space *space,
                    struct schedule *schedule)
{
        memset(schedule, 0, sizeof *schedule);
        schedule->class = space->class;
        schedule->count = space->count;
        for (int i = 0; i < space->count; i++) {
                const struct schedule_field *field = &space->field[i];

                schedule->field[i].name = field->name;
                schedule->field[i].value = field->value[field->guess];
        }
}

void schedule_draw(const struct schedule_space *space, struct rng *rng,
                   struct schedule *schedule)
{
        schedule_guess(space, schedule);
        for (int i = 0; i < space->count; i++) {
                const struct schedule_field *field = &space->field[i];
                uint64_t k = rng_below(rng, (uint64_t)field->count);

                schedule->field[i].value = field->value[k];
        }
}

void schedule_print(const struct schedule *schedule, char *text)
{
        size_t used = 0;
        int n;

        n = snprintf(text, SCHEDULE_TEXT_BYTES, "%s",
                     schedule_class_name(schedule->class));
        used = (size_t)n;
        for (int i = 0; i < schedule->count; i++) {
                n = snprintf(text + used, SCHEDULE_TEXT_BYTES - used,
                             " %s=%lld", schedule->field[i].name,
                             (long long)schedule->field[i].value);
                if (n < 0 || (size_t)n >= SCHEDULE_TEXT_BYTES - used)
                        return;
                used += (size_t)n;
        }
}

static int set_field(const struct schedule_space *space, const char *name,
                     const char *value, struct schedule *schedule,
                     struct error *err)
{
        const char *names[SCHEDULE_FIELDS + 1] = {NULL};
        const char *near;
        int64_t number;

        if (!text_to_int64(value, &number))
                return error_set(err, ERR_INPUT,
                                 "schedule field %s: %s is not an integer",
                                 name, value);
        for (int i = 0; i < space->count; i++) {
                const struct schedule_field *field = &space->field[i];

                names[i] = field->name;
                if (!text_equal(field->name, name))
                        continue;
                for (int k = 0; k < field->count; k++)
                        if (field->value[k] == number) {
                                schedule->field[i].value = number;
                                return 0;
                        }
                return error_set(err, ERR_INPUT,
                                 "schedule field %s cannot be %s here", name,
                                 value);
        }
        near = text_suggest(name, names);
        return error_set(err, ERR_INPUT,
                         "class %s has no schedule field %s%s%s",
                         schedule_class_name(space->class), name,
                         near ? "; did you mean " : "", near ? near : "");
}

int schedule_parse(const char *text, const struct schedule_space *space,
                   struct schedule *schedule, struct error *err)
{
        char copy[SCHEDULE_TEXT_BYTES];
        char *word, *rest = NULL;
        int rc;

        if (strlen(text) >= sizeof copy)
                return error_set(err, ERR_LIMIT,
                                 "a schedule of more than %d bytes",
                                 SCHEDULE_TEXT_BYTES);
        strcpy(copy, text);
        schedule_guess(space, schedule);
        word = strtok_r(copy, " ", &rest);
        if (!word || strcmp(word, schedule_class_name(space->class)) != 0)
                return error_set(err, ERR_INPUT,
                                 "schedule '%s' does not begin with %s", text,
                                 schedule_class_name(space->class));
        while ((word = strtok_r(NULL, " ", &rest))) {
                char *equals = strchr(word, '=');

                if (!equals)
                        return error_set(err, ERR_INPUT,
                                         "schedule field '%s' has no value; "
                                         "write %s=NUMBER",
                                         word, word);
                *equals = 0;
                rc = set_field(space, word, equals + 1, schedule, err);
                if (rc)
                        return rc;
        }
        return 0;
}
