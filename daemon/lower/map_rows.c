/*
 * Items are taken together as long as the row class accepts them as one
 * kernel whose rows are the first item's. Inside, what one item reads of
 * another is inlined: the row class finds equal reductions once. All of them
 * are stored nevertheless, for the stages behind.
 */
#include "lower/map_rows.h"

#include <stdio.h>
#include <string.h>

#include "lower/rewrite.h"

/* Does an item reduce over what lies together in memory, while its last index
 * does not? Then the lanes belong to the reduction. */
static bool is_row_item(const struct plan_item *item)
{
        const struct statement *s = item->statement;

        return item->value && s->index_count > 0 &&
               rewrite_has_reduction(item->value) &&
               !vector_is_contiguous(item->value, s->index[s->index_count - 1],
                                     VECTOR_STEPS);
}

/* Items by themselves; tensors numbered behind the spec's stay as they are. */
static bool find_together(const struct plan *plan,
                          const struct plan_item *given, int count,
                          struct passes *passes)
{
        struct plan *own = arena_alloc(plan->arena, sizeof *own);
        struct plan_item item[PLAN_ITEMS];

        if (!own)
                return false;
        *own = *plan;
        for (int i = 0; i < count; i++) {
                int number = given[i].statement->target->number;

                own->stored[number] = number >= plan->spec->tensor_count;
        }
        for (int i = 0; i < count; i++) {
                item[i] = given[i];
                if (i > 0)
                        item[i].value =
                                plan_inlined(own, item[i].statement->value);
                if (!item[i].value)
                        return false;
        }
        return passes_find_items(passes, own, item, count) &&
               passes->row_count == item[0].statement->index_count;
}

static bool visit_else(const struct expr *expr, void *data)
{
        bool *found = data;

        *found |= expr->op == EXPR_READ &&
                  expr->value.read.safety == READ_ELSE &&
                  expr->value.read.tensor->defined_by;
        return !*found;
}

/* May an item go with those in front of it? What is read with `else` must lie
 * in memory before. */
static bool may_follow(const struct plan_item *item)
{
        bool found = false;

        if (!item->value || item->pair)
                return false;
        expr_walk(item->value, visit_else, &found);
        return !found;
}

/* The items that are together so far. */
struct group {
        const struct plan *plan;
        int count;
        struct plan_item item[PLAN_ITEMS];
        struct map_rows *rows;
};

/* Their passes, with what was appended; false, and as before, when they have
 * none. */
static bool keep(struct group *group, int before)
{
        struct passes *more = arena_alloc(group->plan->arena, sizeof *more);

        if (!more ||
            !find_together(group->plan, group->item, group->count, more)) {
                group->count = before;
                return false;
        }
        group->rows->passes = more;
        group->rows->count++;
        return true;
}

static bool take_rows(struct group *group, const struct plan_item *item)
{
        int before = group->count;

        if ((before > 0 &&
             (!may_follow(item) || item->statement->index_count == 0)) ||
            before == PLAN_ITEMS ||
            map_sums_reads(&group->rows->sums, item->value))
                return false;
        group->item[group->count++] = *item;
        return keep(group, before);
}

/* The item as a sum over the rows of the first one. */
static bool take_sums(struct group *group, const struct plan_item *item)
{
        struct map_sums *sums = &group->rows->sums, was = *sums;
        int before = group->count;

        if (before == 0 || !sums->parts || !may_follow(item) ||
            map_sums_reads(sums, item->value) ||
            !map_sums_add(sums, item, group->item[0].statement))
                return false;
        for (int i = was.partial_count; i < sums->partial_count; i++) {
                const struct statement *s = &sums->partial[i]->statement;

                if (group->count < PLAN_ITEMS)
                        group->item[group->count++] =
                                (struct plan_item){s, s->value};
        }
        if (group->count - before == sums->partial_count - was.partial_count &&
            keep(group, before))
                return true;
        group->count = before;
        *sums = was;
        return false;
}

bool map_rows_find(const struct plan *plan, int first, int most, int64_t parts,
                   struct map_rows *rows)
{
        struct group group = {.plan = plan, .rows = rows};

        *rows = (struct map_rows){0};
        if (is_row_item(&plan->item[first]) &&
            map_sums_open(&rows->sums, plan, parts))
                for (int i = first; i < plan->count && i - first < most; i++)
                        if (!take_rows(&group, &plan->item[i]) &&
                            !take_sums(&group, &plan->item[i]))
                                break;
        if (rows->passes)
                return true;
        rows->count = 1;
        return false;
}

const struct passes *map_rows_with_next(const struct plan *plan)
{
        struct map_rows rows;

        for (int i = 0; i < plan->count; i += rows.count)
                if (map_rows_find(plan, i, plan->count, 0, &rows) &&
                    row_pass_has_next(rows.passes))
                        return rows.passes;
        return NULL;
}

const struct plan_item *map_rows_has_sums(const struct plan *plan)
{
        struct map_rows rows;

        for (int i = 0; i < plan->count; i += rows.count)
                if (map_rows_find(plan, i, plan->count, 1, &rows) &&
                    rows.sums.join_count)
                        return &plan->item[i];
        return NULL;
}

void map_rows_stage(struct vector_scope *scope, const struct map_rows *rows,
                    const struct schedule *schedule)
{
        const struct passes *passes = rows->passes;
        struct schedule own = *schedule;
        char name[2 * LIMIT_NAME_BYTES + 2];

        if (schedule_get(schedule, "copies", 0) == 0 &&
            schedule_get(schedule, "group", 0) == 0) {
                own.field[own.count].name = "copies";
                own.field[own.count++].value = 4;
        }
        snprintf(name, sizeof name, "%s_%s", passes->spec->name,
                 passes->output[0].item->statement->target->name);
        if (rows->sums.join_count)
                map_sums_stage(scope, &rows->sums, passes, &own, name);
        else
                row_stage(scope, passes, &own, name);
}
