/*
 * Class irregular, item by item. A field is offered only when some item obeys
 * it, and guessed for the last such item: most kernels have one.
 */
#include "lower/irregular.h"

#include "lower/fetch.h"
#include "lower/first.h"
#include "lower/lookup.h"
#include "lower/map.h"
#include "lower/prefix.h"
#include "lower/ragged.h"
#include "lower/scatter.h"
#include "lower/best.h"

/* Most entries of a sorted table for which sweeping it is worth a try. */
enum { SWEPT_ENTRIES = 1024 };

/* What the items of a plan are. */
struct kinds {
        bool prefix_row, prefix_column, update, lookup, ragged, gather;
        bool selection;
        struct prefix prefix;
        struct scatter scatter;
        struct lookups lookups;
        bool merged; /* they can be, and how many keys there are: */
        const struct expr *keys;
        struct best selected;
};

/* Does a reduction in expr gather by its innermost index? */
static bool visit_gather(const struct expr *expr, void *data)
{
        bool *found = data;

        if (expr->op == EXPR_REDUCE &&
            fetch_applies(
                    expr->arg[0],
                    expr->value.reduce.index[expr->value.reduce.count - 1]))
                *found = true;
        return !*found;
}

/* Does an update gather what it adds? */
static bool gathers_value(const struct statement *s)
{
        for (int i = 0; i < s->index_count; i++)
                if (fetch_applies(s->value, s->index[i]))
                        return true;
        return false;
}

/* Is something gathered that could be fetched ahead? */
static bool is_gather(const struct plan_item *item)
{
        const struct statement *s = item->statement;
        bool found = false;

        if (s->update != UPDATE_DEFINE) {
                for (int i = 0; i < s->index_count; i++)
                        if (fetch_applies_at(s->target, s->subscript,
                                             s->index[i]))
                                return true;
                return gathers_value(s);
        }
        if (!item->value)
                return false;
        expr_walk(item->value, visit_gather, &found);
        for (int i = 0; i < s->index_count - 1; i++)
                found = found || fetch_applies(item->value, s->index[i]);
        return found;
}

/* A search whatever the lanes are. */
static bool visit_search(const struct expr *expr, void *data)
{
        bool *found = data;
        struct lookup lookup;

        *found |= expr->op == EXPR_REDUCE && lookup_take(&lookup, expr);
        return !*found;
}

static bool find_item(struct kinds *kinds, const struct plan *plan,
                      const struct plan_item *item)
{
        const struct statement *s = item->statement;
        struct ragged ragged;
        struct lookups lookups;
        struct prefix prefix;

        kinds->gather |= is_gather(item);
        if (s->update != UPDATE_DEFINE) {
                kinds->update = true;
                scatter_find(&kinds->scatter, s);
                return true;
        }
        if (s->index_count == 0 || !item->value)
                return false;
        if (prefix_find(&prefix, plan, item)) {
                kinds->prefix = prefix;
                if (prefix.axis == s->index_count - 1)
                        kinds->prefix_row = true;
                else
                        kinds->prefix_column = true;
                return true;
        }
        if (vector_can(item->value, s->index[s->index_count - 1]) &&
            lookup_find(&lookups, item->value, s->index[s->index_count - 1])) {
                kinds->lookup = true;
                kinds->lookups = lookups;
                kinds->merged = lookup_can_merge(&lookups,
                                                 s->index[s->index_count - 1]);
                kinds->keys = s->index[s->index_count - 1]->hi;
                return true;
        }
        if (!ragged_find(&ragged, item)) {
                bool found = is_gather(item);

                expr_walk(item->value, visit_search, &found);
                return found;
        }
        kinds->ragged = true;
        return true;
}

static bool find_kinds(struct kinds *kinds, struct plan *plan,
                       struct arena *arena, const struct spec *spec,
                       unsigned flags)
{
        bool any = false;

        *kinds = (struct kinds){0};
        if (!plan_make(plan, arena, spec, flags) ||
            plan->count * 2 > LIMIT_STAGES)
                return false;
        for (int i = 0; i < plan->count; i++) {
                struct best selection;

                if (!best_find(&selection, plan, i)) {
                        any |= find_item(kinds, plan, &plan->item[i]);
                        continue;
                }
                /* A sort has its field whatever comes behind it. */
                if (!kinds->selection || !kinds->selected.everything)
                        kinds->selected = selection;
                kinds->selection = any = true;
        }
        return any;
}

bool irregular_applies(const struct spec *spec, const struct target *target)
{
        struct arena *arena = arena_new(THREAD_ARENA_BYTES);
        struct kinds kinds;
        struct plan plan;
        bool applies = arena && find_kinds(&kinds, &plan, arena, spec, 0);

        (void)target;
        arena_free(arena);
        return applies;
}

/* --- the schedule space --- */

/* Rows along the axis, and how many terms each has. */
static void prefix_shape(const struct prefix *prefix,
                         const struct binding *workload, int64_t *rows,
                         int64_t *terms)
{
        const struct statement *s = prefix->item->statement;

        *rows = *terms = 1;
        for (int i = 0; i < s->index_count; i++) {
                int64_t *product = i == prefix->axis ? terms : rows;

                *product *= plan_value(s->index[i]->hi, workload);
        }
}

static void prefix_fields(const struct kinds *kinds,
                          const struct binding *workload,
                          const struct target *target,
                          struct schedule_space *space)
{
        static const int64_t parts[] = {1, 2, 4, 8, 16, 32, 64, -1};
        static const int64_t strips[] = {32,  64,   128,  256,
                                         512, 1024, 4096, -1};
        int64_t rows, terms,
                threads = target->threads > 0 ? target->threads : 1;

        prefix_shape(&kinds->prefix, workload, &rows, &terms);
        if (kinds->prefix_row)
                plan_field(space, "parts", "tasks of a row that is scanned",
                           parts,
                           rows < threads && terms > 16384 ? 4 * threads : 1);
        if (kinds->prefix_column)
                plan_field(space, "strip", "columns a task of a scan", strips,
                           256);
}

/* Entries that few keys lie between are faster searched for. */
static void lookup_field(const struct kinds *kinds,
                         const struct binding *workload,
                         struct schedule_space *space)
{
        static const int64_t ways[] = {2, 1, 0, -1};
        static const int64_t both[] = {2, 1, -1};
        static const int64_t flags[] = {1, 0, -1};
        static const int64_t search[] = {1, -1};
        int64_t entries =
                plan_value(kinds->lookups.lookup[0].index->hi, workload);
        bool sweeps = entries <= SWEPT_ENTRIES;

        if (kinds->merged)
                plan_field(space, "lookup",
                           "2: sorted tables are merged with the keys, 1: "
                           "searched, 0: swept",
                           sweeps ? ways : both,
                           entries / 4 <= plan_value(kinds->keys, workload)
                                   ? 2
                                   : 1);
        else
                plan_field(space, "lookup",
                           "1: sorted tables are searched, 0: swept",
                           sweeps ? flags : search, entries > 16);
}

static bool has_field(const struct schedule_space *space, const char *name)
{
        struct schedule schedule;

        schedule_guess(space, &schedule);
        return schedule_get(&schedule, name, -1) >= 0;
}

/* Bytes among which gathers jump: those of a task's part of the target where
 * an update only collects there, which its own stores keep in a cache. */
static double jumped_bytes(const struct kinds *kinds, const struct plan *plan,
                           const struct binding *workload,
                           const struct target *target)
{
        const struct statement *s = kinds->scatter.statement;

        if (!kinds->update || gathers_value(s))
                return plan_bytes(plan->spec, workload);
        return (double)spec_tensor_bytes(s->target, workload) /
               (target->threads > 0 ? target->threads : 1);
}

static void add_fields(const struct kinds *kinds, const struct plan *plan,
                       const struct binding *workload,
                       const struct target *target,
                       struct schedule_space *space)
{
        static const int64_t copies[] = {1, 2, 4, 8, -1};
        static const int64_t ahead[] = {0, 2, 4, 8, 16, 32, -1};
        static const int64_t tasks[] = {0, 2, 4, 8, 16, 32, 64, 128, -1};

        map_add_fields(plan, workload, target, space);
        if (!has_field(space, "copies") &&
            (kinds->prefix_row || kinds->prefix_column || kinds->lookup ||
             kinds->selection))
                plan_field(space, "copies",
                           "vectors that take a step together", copies, 4);
        if (kinds->selection)
                best_fields(&kinds->selected, workload, target, space);
        if (kinds->prefix_row || kinds->prefix_column)
                prefix_fields(kinds, workload, target, space);
        if (kinds->update)
                scatter_fields(&kinds->scatter, workload, target, space);
        if (kinds->lookup)
                lookup_field(kinds, workload, space);
        if (kinds->gather)
                plan_field(space, "ahead",
                           "how far ahead gathered rows are fetched, 0: not",
                           ahead,
                           jumped_bytes(kinds, plan, workload, target) >
                                           (double)target->l2_bytes
                                   ? 16
                                   : 0);
        if (kinds->ragged)
                plan_field(space, "balance",
                           "tasks of equal shares of the segments, 0: equal "
                           "numbers of rows",
                           tasks, 8 * target->threads);
}

int irregular_fields(const struct spec *spec, const struct binding *workload,
                     const struct target *target, struct schedule_space *space,
                     struct error *err)
{
        struct arena *arena = arena_new(THREAD_ARENA_BYTES);
        struct kinds kinds;
        struct plan plan;
        int rc = 0;

        if (!arena)
                return error_memory(err);
        if (find_kinds(&kinds, &plan, arena, spec, 0))
                add_fields(&kinds, &plan, workload, target, space);
        else
                rc = error_set(err, ERR_UNSUPPORTED,
                               "kernel %s has nothing irregular", spec->name);
        arena_free(arena);
        return rc;
}

/* --- the program --- */

/* done: items that a stage of an earlier one has computed already. */
static void lower_item(struct vector_scope *scope, const struct plan *plan,
                       int i, bool *done, const struct binding *workload,
                       const struct schedule *schedule)
{
        const struct plan_item *item = &plan->item[i];
        const struct statement *s = item->statement;
        struct best selection;
        struct scatter scatter;
        struct prefix prefix;

        if (best_find(&selection, plan, i)) {
                for (int k = 0; k < selection.count; k++)
                        done[selection.item[k]] = true;
                best_stages(scope, &selection, schedule);
        } else if (s->update != UPDATE_DEFINE) {
                scatter_find(&scatter, s);
                scatter_stages(scope, &scatter, workload, schedule);
        } else if (s->index_count == 0 || !item->value) {
                first_lower_stage(scope, s, item->value);
        } else if (prefix_find(&prefix, plan, item)) {
                prefix_stages(scope, &prefix, schedule);
        } else {
                map_item_stage(scope, plan, i, 1, schedule);
        }
}

int irregular_lower(const struct spec *spec, const struct binding *workload,
                    const struct target *target,
                    const struct schedule *schedule,
                    struct thread_program *program, struct error *err)
{
        struct vector_scope scope;
        struct kinds kinds;
        struct plan plan;
        bool done[PLAN_ITEMS] = {false};
        char text[SCHEDULE_TEXT_BYTES];

        (void)target;
        if (!find_kinds(&kinds, &plan, program->arena, spec,
                        schedule_get(schedule, "keep", 0) ? PLAN_KEEP : 0))
                return error_set(err, ERR_UNSUPPORTED,
                                 "kernel %s has nothing irregular",
                                 spec->name);
        vector_open(&scope, program);
        if (!scope.index)
                return error_memory(err);
        scope.hold = true;
        scope.ahead = schedule_get(schedule, "ahead", 0);
        scope.variant = (int)schedule_get(schedule, "math", 0);
        schedule_print(schedule, text);
        thread_describe(program, "Schedule: %s.", text);
        plan_fix(program, workload, schedule);
        plan_place(&plan, &scope);
        for (int i = 0; i < plan.count; i++)
                if (!done[i])
                        lower_item(&scope, &plan, i, done, workload, schedule);
        return 0;
}
