/* See space.h. */
#include "propose/space.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

void space_from_schedules(struct space *space,
                          struct schedule_space *schedules)
{
        *space = (struct space){.schedules = schedules};
        snprintf(space->label, sizeof space->label, "%s",
                 schedule_class_name(schedules->class));
        space->count = schedules->count;
        for (int i = 0; i < schedules->count; i++) {
                const struct schedule_field *field = &schedules->field[i];

                space->field[i] =
                        (struct space_field){field->name, field->count,
                                             field->value, field->guess, NULL};
        }
}

void space_from_source(struct space *space, const struct source *source,
                       const char *file_name)
{
        *space = (struct space){.source = source};
        snprintf(space->label, sizeof space->label, "tune %s", file_name);
        space->count = source->tune_count;
        for (int i = 0; i < source->tune_count; i++) {
                const struct tune *tune = &source->tune[i];
                int guess = 0;

                while (guess < tune->count - 1 &&
                       tune->values[guess] != tune->value)
                        guess++;
                space->field[i] = (struct space_field){
                        tune->name, tune->count, tune->values, guess, NULL};
        }
}

void space_dispose(struct space *space)
{
        for (int i = 0; i < space->count; i++)
                free(space->field[i].kept);
        free(space->schedules);
        *space = (struct space){0};
}

void space_guess(const struct space *space, struct point *point)
{
        *point = (struct point){0};
        for (int i = 0; i < space->count; i++)
                point->at[i] = space->field[i].guess;
}

void space_draw(const struct space *space, double chance, struct rng *rng,
                struct point *point)
{
        space_guess(space, point);
        for (int i = 0; i < space->count; i++) {
                if (rng_unit(rng) < chance)
                        point->at[i] = (int)rng_below(
                                rng, (uint64_t)space->field[i].count);
        }
}

int64_t space_size(const struct space *space, int64_t maximum)
{
        int64_t size = 1;

        for (int i = 0; i < space->count; i++) {
                if (size > maximum / space->field[i].count)
                        return maximum;
                size *= space->field[i].count;
        }
        return size;
}

void space_print(const struct space *space, const struct point *point,
                 char *text)
{
        size_t used =
                (size_t)snprintf(text, SPACE_TEXT_BYTES, "%s", space->label);

        for (int i = 0; i < space->count && used < SPACE_TEXT_BYTES; i++) {
                const struct space_field *field = &space->field[i];

                used += (size_t)snprintf(
                        text + used, SPACE_TEXT_BYTES - used, " %s=%lld",
                        field->name, (long long)field->value[point->at[i]]);
        }
}

/* The value of "name=value" in text, whole words only. */
static bool find_value(const char *text, const char *name, int64_t *value)
{
        size_t length = strlen(name);
        const char *at = text;
        char number[32];
        size_t digits;

        while ((at = strchr(at, ' ')) != NULL) {
                at++;
                if (strncmp(at, name, length) != 0 || at[length] != '=')
                        continue;
                at += length + 1;
                digits = strcspn(at, " ");
                if (digits >= sizeof number)
                        return false;
                memcpy(number, at, digits);
                number[digits] = 0;
                return text_to_int64(number, value);
        }
        return false;
}

/* Does text carry this space's label? What follows it, or NULL. */
static const char *after_label(const struct space *space, const char *text)
{
        size_t length = strlen(space->label);

        if (strncmp(text, space->label, length) != 0 ||
            (text[length] != ' ' && text[length] != 0))
                return NULL;
        return text + length;
}

bool space_parse(const struct space *space, const char *text,
                 struct point *point)
{
        const char *fields = after_label(space, text);
        int64_t value;
        int at;

        *point = (struct point){0};
        for (int i = 0; fields && i < space->count; i++) {
                const struct space_field *field = &space->field[i];

                if (!find_value(fields, field->name, &value))
                        return false;
                for (at = 0; at < field->count; at++) {
                        if (field->value[at] == value)
                                break;
                }
                if (at == field->count)
                        return false;
                point->at[i] = at;
        }
        return fields != NULL;
}

/* Values differ by factors rather than by differences; 0 is a word of its
 * own ("all", "off") and far from everything. */
static double value_distance(int64_t a, int64_t b)
{
        if (a == b)
                return 0;
        if (a <= 0 || b <= 0)
                return 100;
        return fabs(log((double)a / (double)b));
}

bool space_adapt(const struct space *space, const char *text,
                 struct point *point)
{
        const char *fields = after_label(space, text);
        int64_t value;

        space_guess(space, point);
        for (int i = 0; fields && i < space->count; i++) {
                const struct space_field *field = &space->field[i];
                int best = field->guess;

                if (!find_value(fields, field->name, &value))
                        continue;
                for (int at = 0; at < field->count; at++) {
                        if (value_distance(field->value[at], value) <
                            value_distance(field->value[best], value))
                                best = at;
                }
                point->at[i] = best;
        }
        return fields != NULL;
}

bool space_equal(const struct space *space, const struct point *a,
                 const struct point *b)
{
        return memcmp(a->at, b->at, (size_t)space->count * sizeof *a->at) == 0;
}

/* Take one value that is not the guess out of a field; its values are copied
 * first, for they are not the space's to change. */
static bool drop_value(struct space_field *field, struct rng *rng)
{
        int at;

        if (!field->kept) {
                field->kept =
                        malloc((size_t)field->count * sizeof *field->kept);
                if (!field->kept)
                        return false;
                memcpy(field->kept, field->value,
                       (size_t)field->count * sizeof *field->kept);
                field->value = field->kept;
        }
        at = (int)rng_below(rng, (uint64_t)field->count - 1);
        at += at >= field->guess;
        memmove(field->kept + at, field->kept + at + 1,
                (size_t)(field->count - at - 1) * sizeof *field->kept);
        field->count--;
        field->guess -= at < field->guess;
        return true;
}

/* One of the fields with the most values, so that as many fields as possible
 * keep a choice. */
static struct space_field *widest_field(struct space *space, struct rng *rng)
{
        int most = 0, equals = 0, chosen;

        for (int i = 0; i < space->count; i++) {
                if (space->field[i].count > most)
                        most = space->field[i].count;
        }
        for (int i = 0; i < space->count; i++)
                equals += space->field[i].count == most;
        chosen = (int)rng_below(rng, (uint64_t)equals);
        for (int i = 0; i < space->count; i++) {
                if (space->field[i].count == most && chosen-- == 0)
                        return &space->field[i];
        }
        return NULL;
}

void space_narrow(struct space *space, int64_t maximum, struct rng *rng)
{
        struct space_field *field;

        while (space_size(space, INT64_MAX) > maximum) {
                field = widest_field(space, rng);
                if (!field || field->count <= 1 || !drop_value(field, rng))
                        return;
        }
}

void space_schedule(const struct space *space, const struct point *point,
                    struct schedule *schedule)
{
        *schedule = (struct schedule){.class = space->schedules->class,
                                      .count = space->count};
        for (int i = 0; i < space->count; i++) {
                schedule->field[i].name = space->field[i].name;
                schedule->field[i].value = space->field[i].value[point->at[i]];
        }
}

void space_tunes(const struct space *space, const struct point *point,
                 int64_t values[LIMIT_TUNES])
{
        for (int i = 0; i < space->count; i++)
                values[i] = space->field[i].value[point->at[i]];
}
