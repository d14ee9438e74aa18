/*
 * Fields, legal values and the guess of contraction schedules; see
 * contraction_choice.h. The guess is the cheapest of every combination of
 * the fields that interact, then of the others one at a time.
 */
#include "lower/contraction_choice.h"

#include <stddef.h>
#include <string.h>

enum { FIELDS = 15 };

struct field {
        const char *name, *meaning;
        size_t offset;
        int count;
        int64_t value[SCHEDULE_VALUES];
};

#define AT(member) offsetof(struct contraction_choice, member)

static const struct field field_table[FIELDS] = {
        {"vector", "bytes of a vector", AT(vector), 3, {16, 32, 64}},
        {"rows",
         "rows of a register tile",
         AT(rows),
         10,
         {1, 2, 3, 4, 5, 6, 8, 10, 12, 14}},
        {"vectors",
         "columns of a register tile, in vectors",
         AT(vectors),
         4,
         {1, 2, 3, 4}},
        {"depth",
         "reduced elements at a time, 0: all",
         AT(depth),
         12,
         {0, 16, 32, 64, 128, 192, 256, 384, 512, 768, 1024, 2048}},
        {"row_blocks",
         "register tiles of a task along the rows, 0: all",
         AT(row_blocks),
         11,
         {0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32}},
        {"column_blocks",
         "register tiles of a task along the columns, 0: all, or shares "
         "where that makes few tasks",
         AT(column_blocks),
         8,
         {0, 1, 2, 4, 8, 16, 32, 64}},
        {"left",
         "left operand: 0 where it lies, 1 packed by each task, "
         "2 packed once",
         AT(left),
         3,
         {0, 1, 2}},
        {"right",
         "right operand: 0 where it lies, 1 packed by each task, 2 packed "
         "once, 3 where it lies with the reduced elements in the lanes, 4 in "
         "a copy with margins",
         AT(right),
         5,
         {0, 1, 2, 3, 4}},
        {"rows_outer",
         "order of register tiles: 0 columns outermost, 1 rows",
         AT(rows_outer),
         2,
         {0, 1}},
        {"unroll",
         "steps of the innermost loop at a time",
         AT(unroll),
         3,
         {1, 2, 4}},
        {"prefetch",
         "steps that the right panel is prefetched ahead, 0: none",
         AT(prefetch),
         3,
         {0, 8, 16}},
        {"split",
         "parts of the sum, added at the end",
         AT(split),
         5,
         {1, 2, 4, 8, 16}},
        {"batch",
         "matrices of a task",
         AT(batch),
         7,
         {1, 2, 4, 8, 16, 32, 64}},
        {"fix", "1: the workload's sizes are compiled in", AT(fix), 2, {0, 1}},
        {"math",
         "1: exp, tanh and erf with fewer operations",
         AT(math),
         2,
         {0, 1}},
};

/* Field f of choice. */
static int64_t *member(struct contraction_choice *choice, int f)
{
        return (int64_t *)((char *)choice + field_table[f].offset);
}

/* Fields without a meaning beside others take their plain value. */
static void normalise(struct contraction_choice *choice)
{
        if (choice->right != CONTRACTION_DOT)
                return;
        choice->left = CONTRACTION_DIRECT;
        choice->depth = 0;
        choice->split = 1;
}

void contraction_choice_read(const struct schedule *schedule,
                             struct contraction_choice *choice)
{
        for (int f = 0; f < FIELDS; f++)
                *member(choice, f) =
                        schedule_get(schedule, field_table[f].name,
                                     field_table[f].value[0]);
        normalise(choice);
}

bool contraction_choice_fits(const struct contraction_choice *choice,
                             int element_bytes)
{
        int64_t registers = choice->vector >= 64 ? 32 : 16;

        return choice->vector >= 2 * element_bytes &&
               choice->rows * choice->vectors + choice->vectors + 1 <
                       registers;
}

void contraction_choice_adapt(struct contraction_choice *choice,
                              const struct contraction_shape *shape)
{
        if (choice->left == CONTRACTION_DIRECT && !shape->left_direct)
                choice->left = CONTRACTION_LOCAL;
        if ((choice->right == CONTRACTION_DIRECT && !shape->right_direct) ||
            (choice->right == CONTRACTION_DOT && !shape->dot) ||
            (choice->right == CONTRACTION_MARGIN && !shape->margin))
                choice->right = CONTRACTION_LOCAL;
}

/* --- legal values ---------------------------------------------------------
 */

/* Values that differ from a smaller one for this problem: no tile more than
 * twice as tall as the rows, no block beyond all tiles, no chunk that holds
 * the whole sum. What remains may still be refused in combination. */
static bool legal(const struct contraction_shape *shape,
                  const struct target *target, const struct field *field,
                  int64_t value)
{
        double lanes =
                4.0 * (target->vector_bytes / 16) * 4 / shape->element_bytes;

        switch (field->offset) {
        case AT(vector):
                return value <= target->vector_bytes &&
                       value >= 2 * shape->element_bytes;
        case AT(rows):
                return value == 1 || value / 2 < shape->rows;
        case AT(vectors):
                return value == 1 || (double)(value - 1) * 4 < shape->columns;
        case AT(depth):
                /* Few only for few rows, which read the right operand once
                 * and want it in the order that it lies in. */
                return (double)value < shape->inner &&
                       (value == 0 || value >= 64 || shape->rows <= 4);
        case AT(row_blocks):
                return (double)value < shape->rows || value == 0;
        case AT(column_blocks):
                return (double)value * lanes / 2 < shape->columns ||
                       value == 0;
        case AT(left):
                return value != CONTRACTION_DIRECT || shape->left_direct;
        case AT(right):
                if (value == CONTRACTION_DOT)
                        return shape->dot;
                if (value == CONTRACTION_MARGIN)
                        return shape->margin;
                return value != CONTRACTION_DIRECT || shape->right_direct;
        case AT(split):
                return value == 1 || shape->inner / (double)value >= 128;
        case AT(math):
                return value == 0 || shape->variants;
        case AT(batch):
                return value == 1 || (double)value <= shape->matrices;
        default:
                return true;
        }
}

static void fill_space(const struct contraction_shape *shape,
                       const struct target *target,
                       struct schedule_space *space)
{
        space->class = SCHEDULE_CONTRACTION;
        space->count = FIELDS;
        for (int f = 0; f < FIELDS; f++) {
                const struct field *row = &field_table[f];
                struct schedule_field *field = &space->field[f];

                *field = (struct schedule_field){.name = row->name,
                                                 .meaning = row->meaning};
                for (int v = 0; v < row->count; v++)
                        if (legal(shape, target, row, row->value[v]))
                                field->value[field->count++] = row->value[v];
                if (field->count == 0)
                        field->value[field->count++] = row->value[0];
        }
}

/* --- the guess ------------------------------------------------------------
 */

struct search {
        const struct contraction_shape *shape;
        const struct target *target;
        struct schedule_space *space;
        struct contraction_choice best;
        double cost;
};

/* Counted once, in its plainest spelling. */
static bool is_normal(const struct contraction_choice *choice)
{
        struct contraction_choice plain = *choice;

        normalise(&plain);
        return memcmp(&plain, choice, sizeof(plain)) == 0;
}

/* Narrow vectors only where the columns fill few wide ones. */
static bool is_worth(const struct search *search,
                     const struct contraction_choice *choice)
{
        double lanes = (double)search->target->vector_bytes /
                       search->shape->element_bytes;

        return choice->vector == search->target->vector_bytes ||
               search->shape->columns < 8 * lanes;
}

static void consider(struct search *search,
                     const struct contraction_choice *choice)
{
        double cost;

        if (!contraction_choice_fits(choice, search->shape->element_bytes) ||
            !is_normal(choice))
                return;
        cost = contraction_choice_cost(choice, search->shape, search->target);
        /* A tie goes to the earlier one: values are listed plainest first. */
        if (search->cost < 0 || cost < search->cost * 0.999) {
                search->cost = cost;
                search->best = *choice;
        }
}

/* Every combination of fields first .. last with choice's other fields. */
static void combine(struct search *search, struct contraction_choice *choice,
                    int first, int last)
{
        const struct schedule_field *field = &search->space->field[first];

        if (first > last) {
                consider(search, choice);
                return;
        }
        for (int v = 0; v < field->count; v++) {
                *member(choice, first) = field->value[v];
                if (first == 0 && !is_worth(search, choice))
                        continue;
                /* Tiles that cannot fit need no inner loops. */
                if (first == 2 &&
                    !contraction_choice_fits(choice,
                                             search->shape->element_bytes))
                        continue;
                combine(search, choice, first + 1, last);
        }
}

/* Of value in field; it is there because the search took it from there. */
static int position(const struct schedule_field *field, int64_t value)
{
        for (int v = 0; v < field->count; v++)
                if (field->value[v] == value)
                        return v;
        return 0;
}

void contraction_choice_space(const struct contraction_shape *shape,
                              const struct target *target,
                              struct schedule_space *space)
{
        struct search search = {shape, target, space, {0}, -1};
        struct contraction_choice choice;
        enum { LAST_JOINT = 7, FIRST_ALONE = 8 };

        fill_space(shape, target, space);
        for (int f = 0; f < FIELDS; f++)
                *member(&choice, f) = space->field[f].value[0];
        /* The widest vectors unless the columns do not fill one. */
        combine(&search, &choice, 0, LAST_JOINT);
        for (int f = FIRST_ALONE; f < FIELDS; f++) {
                choice = search.best;
                combine(&search, &choice, f, f);
        }
        for (int f = 0; f < FIELDS; f++)
                space->field[f].guess =
                        position(&space->field[f], *member(&search.best, f));
}
