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

/* The items first .. first + count - 1 by themselves. */
static bool find_together(const struct plan *plan, int first, int count,
                          struct passes *passes)
{
        struct plan *own = arena_alloc(plan->arena, sizeof *own);
        struct plan_item item[PLAN_ITEMS];

        if (!own)
                return false;
        *own = *plan;
        for (int i = 0; i < count; i++)
                own->stored[plan->item[first + i].statement->target->number] =
                        false;
        for (int i = 0; i < count; i++) {
                item[i] = plan->item[first + i];
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

        if (!item->value || item->statement->index_count == 0)
                return false;
        expr_walk(item->value, visit_else, &found);
        return !found;
}

const struct passes *map_rows_find(const struct plan *plan, int first,
                                   int most, int *count)
{
        struct passes *passes = NULL;

        *count = 1;
        if (!is_row_item(&plan->item[first]))
                return NULL;
        for (int n = 1; n <= most && first + n <= plan->count; n++) {
                struct passes *more = arena_alloc(plan->arena, sizeof *more);

                if (!more ||
                    (n > 1 && !may_follow(&plan->item[first + n - 1])) ||
                    !find_together(plan, first, n, more))
                        break;
                passes = more;
                *count = n;
        }
        return passes;
}

bool map_rows_has_next(const struct plan *plan)
{
        for (int i = 0, count; i < plan->count; i += count) {
                const struct passes *passes =
                        map_rows_find(plan, i, plan->count, &count);

                if (passes && row_pass_has_next(passes))
                        return true;
        }
        return false;
}

void map_rows_stage(struct vector_scope *scope, const struct passes *passes,
                    const struct schedule *schedule)
{
        struct schedule own = *schedule;
        char name[2 * LIMIT_NAME_BYTES + 2];

        if (schedule_get(schedule, "copies", 0) == 0 &&
            schedule_get(schedule, "group", 0) == 0) {
                own.field[own.count].name = "copies";
                own.field[own.count++].value = 4;
        }
        snprintf(name, sizeof name, "%s_%s", passes->spec->name,
                 passes->output[0].item->statement->target->name);
        row_stage(scope, passes, &own, name);
}
