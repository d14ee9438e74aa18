/*
 * Class map: a stage for each stored tensor, the last index in the lanes.
 *
 * The trailing indices that move through memory together with every operand
 * are run as one (plan_collapse), which turns most elementwise kernels into
 * one long loop. What is left in front of them is a row number. A task takes
 * `rows` rows of `block` elements; reductions inside run serially with one
 * accumulator a lane.
 */
#include "lower/map.h"

#include <stdio.h>

#include "lower/fetch_rows.h"
#include "lower/first.h"
#include "lower/lookup.h"
#include "lower/map_item.h"
#include "lower/map_rows.h"
#include "lower/map_space.h"
#include "lower/map_turn.h"
#include "lower/margin.h"
#include "lower/ragged.h"
#include "lower/rewrite.h"

/* Elements a task where there is one row, by what each takes. */
enum { PLAIN_BLOCK = 8192, REDUCED_BLOCK = 512, SCALAR_BLOCK = 64 };

bool map_applies(const struct spec *spec, const struct target *target)
{
        struct arena *arena = arena_new(THREAD_ARENA_BYTES);
        struct plan plan;
        bool applies = false;

        if (arena && map_plan(&plan, arena, spec, target, false) &&
            plan.count <= LIMIT_STAGES)
                for (int i = 0; i < plan.count; i++)
                        if (map_is_vectorised(&plan.item[i]))
                                applies = true;
        arena_free(arena);
        return applies;
}

/* What a task covers. */
struct map_shape {
        int outer; /* indices in front of the inner ones */
        const struct thread_expr *rows;   /* of the whole stage */
        const struct thread_expr *length; /* of a row; NULL: each row's own */
        int64_t task_rows, block;         /* block 0: all */
        const struct ragged *ragged;      /* rows by length, or NULL */
        int64_t tasks;                    /* of these */
};

/* Does the length of a row differ from row to row? */
static bool is_uneven(const struct statement *s)
{
        for (int i = 0; i < s->index_count - 1; i++)
                if (vector_depends(s->index[s->index_count - 1]->hi,
                                   s->index[i]))
                        return true;
        return false;
}

static void map_shape_of(struct vector_scope *scope,
                         const struct map_item *map,
                         const struct schedule *schedule,
                         struct map_shape *shape)
{
        const struct statement *s = map->item->statement;
        struct thread_program *program = scope->program;

        shape->outer = s->index_count - map->collapsed;
        shape->rows = thread_int(program, 1);
        for (int i = 0; i < shape->outer; i++)
                shape->rows = thread_mul(program, shape->rows,
                                         vector_lower(scope, s->index[i]->hi));
        shape->task_rows = schedule_get(schedule, "rows", 1);
        shape->block = schedule_get(schedule, "block", 0);
        shape->length = NULL;
        if (is_uneven(s)) {
                shape->block = 0;
                return;
        }
        shape->length = thread_int(program, 1);
        for (int i = shape->outer; i < s->index_count; i++)
                shape->length =
                        thread_mul(program, shape->length,
                                   vector_lower(scope, s->index[i]->hi));
        if (shape->outer == 0) {
                /* One row: only blocks make tasks. */
                if (shape->block == 0)
                        shape->block = !rewrite_has_reduction(map->value)
                                               ? PLAIN_BLOCK
                                       : map_is_vectorised(map->item)
                                               ? REDUCED_BLOCK
                                               : SCALAR_BLOCK;
                shape->task_rows = 1;
        }
}

static const struct thread_expr *map_tasks(struct thread_program *program,
                                           const struct map_shape *shape)
{
        const struct thread_expr *tasks =
                shape->ragged
                        ? thread_int(program, shape->tasks)
                        : thread_blocks(program, shape->rows,
                                        thread_int(program, shape->task_rows));

        if (shape->block)
                tasks = thread_mul(
                        program, tasks,
                        thread_blocks(program, shape->length,
                                      thread_int(program, shape->block)));
        return tasks;
}

/* The rows of a task that has several. */
static void task_rows(struct vector_scope *scope,
                      const struct map_shape *shape,
                      const struct thread_expr *task,
                      const struct thread_expr **first,
                      const struct thread_expr **last)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *rows = thread_int(program, shape->task_rows);

        if (shape->ragged) {
                ragged_rows(scope, shape->ragged, task, shape->tasks, first,
                            last);
                return;
        }
        *first = thread_let(program, "first", thread_mul(program, task, rows));
        *last = thread_let(program, "last",
                           thread_min(program,
                                      thread_add(program, *first, rows),
                                      shape->rows));
}

static void map_stage_body(struct vector_scope *scope, struct map_item *map,
                           const struct map_shape *shape,
                           const struct thread_expr *task,
                           const struct schedule *schedule)
{
        struct thread_program *program = scope->program;
        const struct statement *s = map->item->statement;
        const struct thread_expr *low = thread_int(program, 0);
        const struct thread_expr *high = shape->length, *first, *last;
        struct plan_rows rows;

        if (shape->block) {
                const struct thread_expr *block =
                        thread_int(program, shape->block);
                const struct thread_expr *blocks =
                        thread_blocks(program, shape->length, block);

                if (shape->outer) {
                        blocks = thread_let(program, "blocks", blocks);
                        low = thread_mul(
                                program,
                                thread_remainder(program, task, blocks),
                                block);
                        task = thread_let(
                                program, "part",
                                thread_quotient(program, task, blocks));
                } else {
                        low = thread_mul(program, task, block);
                }
                low = thread_let(program, "start", low);
                high = thread_let(program, "end",
                                  thread_min(program,
                                             thread_add(program, low, block),
                                             shape->length));
        }
        if (map->plane)
                map_plane_open(scope, map->plane, low,
                               map_item_lanes(map->item, schedule));
        if (shape->task_rows == 1 && !shape->ragged) {
                if (shape->outer)
                        task = thread_declare(
                                program,
                                shape->outer == 1 ? s->index[0]->name : "row",
                                task);
                plan_bind_rows(scope, shape->outer, s->index, task);
                map_item_row(scope, map, low, high, schedule);
                return;
        }
        task_rows(scope, shape, task, &first, &last);
        (void)plan_rows_begin(scope, &rows, shape->outer, s->index, first,
                              last);
        map_item_row(scope, map, low, high, schedule);
        plan_rows_end(scope, &rows);
}

static void map_stage(struct vector_scope *scope, const struct plan *plan,
                      const struct plan_item *item, struct lookups *lookups,
                      const struct schedule *schedule)
{
        struct thread_program *program = scope->program;
        const struct statement *s = item->statement;
        struct map_item map;
        struct map_shape shape;
        struct map_plane plane;
        struct ragged ragged;
        const struct thread_expr *task;
        char name[2 * LIMIT_NAME_BYTES + 2];

        if (!map_item_open(&map, plan->arena, item, schedule)) {
                thread_fail(program, ERR_MEMORY, "out of memory");
                return;
        }
        if (!lookups && schedule_get(schedule, "plane", 0) &&
            map_item_lanes(item, schedule) > 1 &&
            map_plane_find(&plane, plan->arena, item)) {
                map.plane = &plane;
                map.collapsed = 2;
        }
        map_shape_of(scope, &map, schedule, &shape);
        shape.tasks = schedule_get(schedule, "balance", 0);
        shape.ragged =
                shape.tasks && shape.outer == 1 && ragged_find(&ragged, item)
                        ? &ragged
                        : NULL;
        map.lookups = lookups;
        map.merged = lookups && schedule_get(schedule, "lookup", 0) == 2 &&
                     lookup_can_merge(lookups, map.inner);
        map.row = shape.outer ? s->index[shape.outer - 1] : NULL;
        snprintf(name, sizeof name, "%s_%s", program->spec->name,
                 s->target->name);
        task = thread_stage_begin(program, name, map_tasks(program, &shape));
        thread_stage_comment(program, "%s", plan_text(program, s));
        if (lookups && !map.merged)
                lookup_open(scope, lookups);
        if (!map.plane && schedule_get(schedule, "fetch", 0) && shape.length &&
            map_find_fetch(&map.fetch, item))
                fetch_rows_open(scope, &map.fetch, shape.length,
                                map_item_lanes(item, schedule));
        scope->near = map.fetch.count > 0;
        map_stage_body(scope, &map, &shape, task, schedule);
        scope->near = false;
        thread_stage_end(program);
}

/* The stage with its guarded reads from copies, and theirs before it. */
static void map_margin_stage(struct vector_scope *scope,
                             const struct plan *plan,
                             const struct plan_item *item,
                             const struct schedule *schedule)
{
        struct thread_program *program = scope->program;
        struct margins margins = {.arena = program->arena,
                                  .spec = program->spec};
        struct plan_item own = *item;

        own.value = margin_rewrite(&margins, item->value);
        if (!own.value) {
                thread_fail(program, ERR_MEMORY, "out of memory");
                return;
        }
        for (int i = 0; i < margins.count; i++) {
                const struct tensor *tensor = &margins.margin[i]->tensor;
                struct plan_item copy = {&margins.margin[i]->statement,
                                         margins.margin[i]->statement.value};

                scope->storage[tensor->number].array = thread_scratch(
                        program, tensor->name, vector_stored(scope, tensor),
                        vector_elements(program, tensor), false);
                map_stage(scope, plan, &copy, NULL, schedule);
        }
        map_stage(scope, plan, &own, NULL, schedule);
        for (int i = 0; i < margins.count; i++)
                scope->storage[margins.margin[i]->tensor.number].array = NULL;
}

/* The rows' stage, and one for each sum over rows that it began. */
static void map_rows_stages(struct vector_scope *scope,
                            const struct plan *plan,
                            const struct map_rows *rows,
                            const struct schedule *schedule)
{
        const struct map_sums *sums = &rows->sums;

        map_rows_stage(scope, rows, schedule);
        for (int i = 0; i < sums->join_count; i++) {
                const struct plan_item *join = &sums->join[i];

                if (join->statement->index_count > 0)
                        map_stage(scope, plan, join, NULL, schedule);
                else
                        first_lower_stage(scope, join->statement, join->value);
        }
        map_sums_close(scope, sums);
}

int map_item_stage(struct vector_scope *scope, const struct plan *plan,
                   int number, int most, const struct schedule *schedule)
{
        const struct plan_item *item = &plan->item[number];
        const struct statement *s = item->statement;
        const struct index *inner = s->index[s->index_count - 1];
        int64_t parts = schedule_get(schedule, "sums", 0);
        struct lookups lookups;
        struct map_rows rows = {.count = 1};
        struct map_turn turn;

        if (schedule_get(schedule, "turn", 0) && map_turn_find(&turn, item))
                map_turn_stage(scope, item, &turn, schedule);
        else if (schedule_get(schedule, "lookup", 1) &&
                 map_is_vectorised(item) &&
                 lookup_find(&lookups, item->value, inner))
                map_stage(scope, plan, item, &lookups, schedule);
        else if (map_rows_find(plan, number, most, parts, &rows))
                map_rows_stages(scope, plan, &rows, schedule);
        else if (schedule_get(schedule, "margin", 0) &&
                 map_has_taps(item->value))
                map_margin_stage(scope, plan, item, schedule);
        else
                map_stage(scope, plan, item, NULL, schedule);
        return rows.count;
}

int map_lower(const struct spec *spec, const struct binding *workload,
              const struct target *target, const struct schedule *schedule,
              struct thread_program *program, struct error *err)
{
        struct vector_scope scope;
        struct plan plan;
        int most;

        if (!map_plan(&plan, program->arena, spec, target,
                      schedule_get(schedule, "keep", 0)))
                return error_set(err, ERR_UNSUPPORTED,
                                 "kernel %s is too large to inline",
                                 spec->name);
        vector_open(&scope, program);
        if (!scope.index)
                return error_memory(err);
        scope.hold = true;
        scope.variant = (int)schedule_get(schedule, "math", 0);
        plan_fix(program, workload, schedule);
        plan_place(&plan, &scope);
        most = schedule_get(schedule, "vector", 1) > 1 ? plan.count : 1;
        for (int i = 0; i < plan.count;) {
                if (plan.item[i].value &&
                    plan.item[i].statement->index_count > 0) {
                        i += map_item_stage(&scope, &plan, i, most, schedule);
                } else {
                        first_lower_stage(&scope, plan.item[i].statement,
                                          plan.item[i].value);
                        i++;
                }
        }
        return 0;
}
