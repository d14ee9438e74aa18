/* See space.h. */
#include "propose/space.h"

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

                space->field[i] = (struct space_field){
                        field->name, field->count, field->value, field->guess};
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
                space->field[i] = (struct space_field){tune->name, tune->count,
                                                       tune->values, guess};
        }
}

void space_dispose(struct space *space)
{
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
                size *= space->field[i].count;
                if (size >= maximum)
                        return maximum;
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

bool space_parse(const struct space *space, const char *text,
                 struct point *point)
{
        size_t length = strlen(space->label);
        int64_t value;
        int at;

        *point = (struct point){0};
        if (strncmp(text, space->label, length) != 0 ||
            (text[length] != ' ' && text[length] != 0))
                return false;
        for (int i = 0; i < space->count; i++) {
                const struct space_field *field = &space->field[i];

                if (!find_value(text + length, field->name, &value))
                        return false;
                for (at = 0; at < field->count; at++) {
                        if (field->value[at] == value)
                                break;
                }
                if (at == field->count)
                        return false;
                point->at[i] = at;
        }
        return true;
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
