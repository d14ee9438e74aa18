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

#include "lower/fetch.h"
#include "lower/fetch_rows.h"
#include "lower/first.h"
#include "lower/lookup.h"
#include "lower/map_jam.h"
#include "lower/map_rows.h"
#include "lower/map_turn.h"
#include "lower/margin.h"
#include "lower/ragged.h"
#include "lower/sweep.h"

/* What the body of a stage needs. */
struct map_item {
        const struct plan_item *item;
        const struct expr *value; /* with reciprocals */
        const struct index *inner;
        const struct index *row; /* the loop around it, or NULL */
        bool stream;
        int64_t hint;            /* bytes ahead of operands */
        struct lookups *lookups; /* searched, or NULL */
        struct fetch_rows fetch; /* of the next row; count 0: none */
};

static bool is_vectorised(const struct plan_item *item)
{
        const struct statement *s = item->statement;

        return item->value && s->index_count > 0 &&
               vector_can(item->value, s->index[s->index_count - 1]);
}

bool map_applies(const struct spec *spec, const struct target *target)
{
        struct arena *arena = arena_new(THREAD_ARENA_BYTES);
        struct plan plan;
        bool applies = false;

        (void)target;
        if (arena && plan_make(&plan, arena, spec, false) &&
            plan.count <= LIMIT_STAGES)
                for (int i = 0; i < plan.count; i++)
                        if (is_vectorised(&plan.item[i]))
                                applies = true;
        arena_free(arena);
        return applies;
}

/* Gathers within the rows of an item. */
static bool find_fetch(struct fetch_rows *fetch, const struct plan_item *item)
{
        const struct statement *s = item->statement;
        int last = s->index_count - 1;

        return item->value && last > 0 && plan_collapse(item) == 1 &&
               fetch_rows_find(fetch, item->value, s->index[last - 1],
                               s->index[last]);
}

/* --- the schedule space --- */

static bool has_jam(const struct plan *plan)
{
        for (int i = 0; i < plan->count; i++) {
                const struct statement *s = plan->item[i].statement;
                struct map_jam jam;

                if (is_vectorised(&plan->item[i]) &&
                    map_jam_find(&jam, plan->item[i].value,
                                 s->index[s->index_count - 1]))
                        return true;
        }
        return false;
}

static bool visit_taps(const struct expr *expr, void *data)
{
        bool *found = data;

        if (expr->op == EXPR_REDUCE)
                *found |= margin_inside(expr->arg[0]);
        return !*found;
}

/* Guarded reads that reductions repeat. */
static bool has_taps(const struct expr *value)
{
        bool found = false;

        expr_walk(value, visit_taps, &found);
        return found;
}

struct copied {
        const struct binding *workload;
        double elements;
};

static bool visit_copied(const struct expr *expr, void *data)
{
        struct copied *copied = data;

        if (margin_can(expr))
                copied->elements += margin_elements(expr, copied->workload);
        return true;
}

/* A copy pays where it is not much larger than the result. */
static bool guess_margin(const struct plan *plan,
                         const struct binding *workload)
{
        struct copied copied = {.workload = workload};
        double results = 0;

        for (int i = 0; i < plan->count; i++) {
                const struct plan_item *item = &plan->item[i];

                if (!item->value || !has_taps(item->value))
                        continue;
                expr_walk(item->value, visit_copied, &copied);
                results += (double)spec_tensor_elements(
                        item->statement->target, workload, NULL);
        }
        return copied.elements < 2 * results;
}

static bool plan_has_taps(const struct plan *plan)
{
        for (int i = 0; i < plan->count; i++)
                if (plan->item[i].value && has_taps(plan->item[i].value))
                        return true;
        return false;
}

/* Rows and their length of the last stored tensor at a workload. */
static void workload_shape(const struct plan *plan,
                           const struct binding *workload, int64_t *rows,
                           int64_t *length)
{
        const struct plan_item *last = &plan->item[plan->count - 1];
        const struct statement *s = last->statement;
        int inner = last->value ? plan_collapse(last) : s->index_count;

        *rows = *length = 1;
        for (int i = 0; i < s->index_count; i++) {
                int64_t *product = i < s->index_count - inner ? rows : length;

                *product *= plan_value(s->index[i]->hi, workload);
        }
}

static int64_t at_least_one(int64_t value)
{
        return value > 0 ? value : 1;
}

/* Does the last stored tensor read another one along its rows' index? */
static bool is_turned(const struct plan *plan)
{
        struct map_turn turn;

        return map_turn_find(&turn, &plan->item[plan->count - 1]);
}

/* Transposes: stores around the caches wait for no memory, so tasks go along
 * rows of what is read. Stores that read a line first want whole rows of the
 * result, so that few places are open at once. */
static enum map_turn_order guess_turn(bool streams)
{
        return streams ? MAP_TURN_READ_ROWS : MAP_TURN_RESULT_ROWS;
}

/* Tasks of some 32 KiB, and of 256 KiB where data comes from memory: wherever
 * a task begins, the processor's own fetching ahead does too. But enough of
 * them for every thread to have eight. */
static void add_task_fields(const struct plan *plan,
                            const struct binding *workload,
                            const struct target *target, bool streams,
                            struct schedule_space *space)
{
        static const int64_t several[] = {1,  2,   4,   8,    16, 32,
                                          64, 128, 256, 1024, -1};
        static const int64_t blocks[] = {0,    64,    128,   512,    2048,
                                         8192, 32768, 65536, 131072, -1};
        int64_t rows, length, share, guess, threads = target->threads;
        int64_t task = streams ? 65536 : 8192;
        const struct passes *again = map_rows_with_next(plan);
        bool turned = is_turned(plan);

        workload_shape(plan, workload, &rows, &length);
        share = at_least_one(rows / (8 * at_least_one(threads)));
        guess = at_least_one(task / at_least_one(length));
        if (turned && guess_turn(streams) == MAP_TURN_READ_ROWS) {
                guess = 64;
                share = at_least_one(length / (2 * at_least_one(threads)));
        } else if (turned) {
                guess = 128;
                share = at_least_one(rows / (2 * at_least_one(threads)));
        } else if (again && streams) {
                int64_t total = 1;

                for (int i = 0; i < again->row_count; i++)
                        total *= plan_value(again->row[i]->hi, workload);
                guess = 64;
                share = at_least_one(total / (8 * at_least_one(threads)));
        }
        plan_field(space, "rows", "rows a task", several,
                   guess < share ? guess : share);
        share = length / (8 * at_least_one(threads));
        guess = length > 32768 ? task : 0;
        if (rows == 1)
                guess = share < task ? share : task;
        if (turned)
                guess = 0;
        plan_field(space, "block", "elements of a row a task, 0: all", blocks,
                   guess);
}

/* Eight tasks a thread, each with some rows: it has a row of sums, too. */
static void add_sums_field(const struct plan *plan,
                           const struct binding *workload,
                           const struct target *target,
                           struct schedule_space *space)
{
        static const int64_t tasks[] = {0, 8, 16, 32, 64, 128, 256, -1};
        const struct plan_item *item = map_rows_has_sums(plan);
        int64_t rows = 1, guess = 8 * at_least_one(target->threads);

        if (!item)
                return;
        for (int i = 0; i < item->statement->index_count; i++)
                rows *= plan_value(item->statement->index[i]->hi, workload);
        plan_field(space, "sums",
                   "tasks that add up sums over the rows they take; 0: none, "
                   "these sums are stages of their own",
                   tasks, guess < rows / 4 ? guess : rows / 4);
}

/* KiB ahead: the next row's data where a row is several pieces. */
static int64_t guess_hint(const struct plan *plan)
{
        const struct plan_item *last = &plan->item[plan->count - 1];
        const struct statement *s = last->statement;

        return is_vectorised(last) &&
                               fetch_is_split(last->value,
                                              s->index[s->index_count - 1])
                       ? 8
                       : 2;
}

void map_add_fields(const struct plan *plan, const struct binding *workload,
                    const struct target *target, struct schedule_space *space)
{
        static const int64_t few[] = {1, 2, 4, -1};
        static const int64_t copies[] = {1, 2, 4, 8, -1};
        static const int64_t ahead[] = {0, 2, 8, -1};
        static const int64_t flags[] = {0, 1, -1};
        static const int64_t turns[] = {0, 1, 2, -1};
        bool streams = plan_streams(plan->spec, workload, target);
        int64_t lanes[8], rows, length;
        struct fetch_rows fetch;
        bool gathers = find_fetch(&fetch, &plan->item[plan->count - 1]);
        int widest = plan_lanes(plan->spec, target->vector_bytes), n = 0;

        for (int l = 4; l <= widest; l *= 2)
                lanes[n++] = l;
        if (n == 0)
                lanes[n++] = widest > 1 ? widest : 2;
        lanes[n] = -1;
        workload_shape(plan, workload, &rows, &length);
        plan_field(space, "vector", "lanes of a value", lanes, widest);
        if (has_jam(plan))
                plan_field(space, "copies",
                           "vectors that share the loops of a reduction",
                           copies, length / widest < 8 ? length / widest : 8);
        plan_field(space, "unroll", "vectors a round of the loop", few, 2);
        if (plan_has_taps(plan))
                plan_field(space, "margin",
                           "1: guarded reads from copies with margins", flags,
                           guess_margin(plan, workload));
        if (is_turned(plan))
                plan_field(space, "turn",
                           "transposes by squares in registers, along the "
                           "rows 1: of the result, 2: of what is read",
                           turns, guess_turn(streams));
        add_task_fields(plan, workload, target, streams, space);
        if (map_rows_with_next(plan))
                plan_field(space, "next",
                           "1: the next row is fetched while this one is "
                           "computed",
                           flags, 1);
        if (gathers)
                plan_field(space, "fetch",
                           "1: rows that are gathered within are fetched "
                           "while the row before is computed",
                           flags, fetch_rows_pays(&fetch, length, workload));
        add_sums_field(plan, workload, target, space);
        if (!is_turned(plan))
                plan_field(space, "hint",
                           "KiB ahead that operands are fetched, 0: not",
                           ahead, streams && !gathers ? guess_hint(plan) : 0);
        plan_field(space, "stream", "1: stores go around the caches", flags,
                   streams);
        if (plan_has_variants(plan) && !plan_has_exp(plan))
                plan_field(space, "math",
                           "1: tanh and erf with fewer operations", flags, 1);
        plan_field_fix(space, plan->spec);
}

/* Work-items: neighbours take neighbouring elements. Stages that reduce over
 * what lies together are groups, by the row class's means. */
static void add_item_fields(const struct target *target,
                            const struct spec *spec,
                            struct schedule_space *space)
{
        static const int64_t blocks[] = {1, 2, 4, 8, -1};
        int64_t groups[8];
        int n = 0;

        for (int g = 1; g <= target->items && g <= 512; g *= g < 32 ? 8 : 2)
                groups[n++] = g;
        if (n == 0)
                groups[n++] = 1;
        groups[n] = -1;
        plan_field(space, "block", "elements a work-item", blocks, 1);
        plan_field(space, "group", "work-items of a reduced row", groups, 64);
        plan_field_fix(space, spec);
}

int map_fields(const struct spec *spec, const struct binding *workload,
               const struct target *target, struct schedule_space *space,
               struct error *err)
{
        struct arena *arena = arena_new(THREAD_ARENA_BYTES);
        struct plan plan;
        int rc = 0;

        if (!arena)
                return error_memory(err);
        if (!plan_make(&plan, arena, spec, false))
                rc = error_set(err, ERR_UNSUPPORTED,
                               "kernel %s is too large to inline", spec->name);
        else if (target->items)
                add_item_fields(target, spec, space);
        else
                map_add_fields(&plan, workload, target, space);
        arena_free(arena);
        return rc;
}

/* --- one stage --- */

static void map_body(struct vector_scope *scope,
                     const struct thread_expr *copy, void *data)
{
        const struct map_item *map = data;
        const struct statement *s = map->item->statement;
        const struct thread_expr *value;

        (void)copy;
        if (map->row)
                fetch_ahead(scope, map->value, map->row);
        fetch_rows_step(scope, &map->fetch);
        fetch_along(scope, map->value, map->inner, map->row, map->hint);
        value = s->target->kind == KIND_REAL
                        ? vector_lower_real(scope, map->value)
                        : vector_lower(scope, map->value);
        vector_write(scope, s->target, s->subscript, value, map->stream);
}

/* What a task covers. */
struct map_shape {
        int outer; /* indices in front of the inner ones */
        int collapsed;
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
                         const struct plan_item *item,
                         const struct schedule *schedule,
                         struct map_shape *shape)
{
        const struct statement *s = item->statement;
        struct thread_program *program = scope->program;

        shape->collapsed = plan_collapse(item);
        shape->outer = s->index_count - shape->collapsed;
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
                        shape->block = 8192;
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

static int map_lanes(const struct plan_item *item,
                     const struct schedule *schedule)
{
        return is_vectorised(item) ? (int)schedule_get(schedule, "vector", 1)
                                   : 1;
}

/* The inner sweep of the row that is bound. */
static void map_row(struct vector_scope *scope, struct map_item *map,
                    const struct map_shape *shape,
                    const struct thread_expr *low,
                    const struct thread_expr *high,
                    const struct schedule *schedule)
{
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        struct sweep sweep = {
                .index = map->inner,
                .name = shape->collapsed > 1 ? "e" : map->inner->name,
                .low = low,
                .high = high,
                .lanes = map_lanes(map->item, schedule),
                .copies = 1,
                .unroll = (int)schedule_get(schedule, "unroll", 1)};

        struct map_jam jam;

        plan_bind_collapsed(scope, map->item, shape->collapsed);
        if (!high)
                sweep.high = thread_let(program, "end",
                                        vector_lower(scope, map->inner->hi));
        plan_hoist(scope, map->value, map->inner);
        sweep.copies = (int)schedule_get(schedule, "copies", 1);
        if (map->lookups) {
                lookup_run(scope, map->lookups, &sweep, map_body, map);
                scope->memo = memo;
                return;
        }
        if (sweep.copies > 1 && sweep.lanes > 1 &&
            map_jam_find(&jam, map->value, map->inner))
                map_jam_run(scope, &jam, &sweep, map_body, map);
        sweep.copies = 1;
        sweep_run(scope, &sweep, map_body, map);
        scope->memo = memo;
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
        if (shape->task_rows == 1 && !shape->ragged) {
                if (shape->outer)
                        task = thread_declare(
                                program,
                                shape->outer == 1 ? s->index[0]->name : "row",
                                task);
                plan_bind_rows(scope, shape->outer, s->index, task);
                map_row(scope, map, shape, low, high, schedule);
                return;
        }
        task_rows(scope, shape, task, &first, &last);
        (void)plan_rows_begin(scope, &rows, shape->outer, s->index, first,
                              last);
        map_row(scope, map, shape, low, high, schedule);
        plan_rows_end(scope, &rows);
}

static void map_stage(struct vector_scope *scope, const struct plan *plan,
                      const struct plan_item *item, struct lookups *lookups,
                      const struct schedule *schedule)
{
        struct thread_program *program = scope->program;
        const struct statement *s = item->statement;
        struct map_item map = {.item = item, .value = item->value};
        struct map_shape shape;
        struct ragged ragged;
        const struct thread_expr *task;
        char name[2 * LIMIT_NAME_BYTES + 2];

        map.stream = schedule_get(schedule, "stream", 0) &&
                     s->target->role == TENSOR_OUT;
        map.hint = 1024 * schedule_get(schedule, "hint", 0);
        map.inner = s->index[s->index_count - 1];
        map.value = plan_reciprocals(plan->arena, item->value, map.inner);
        if (!map.value) {
                thread_fail(program, ERR_MEMORY, "out of memory");
                return;
        }
        map_shape_of(scope, item, schedule, &shape);
        shape.tasks = schedule_get(schedule, "balance", 0);
        shape.ragged =
                shape.tasks && shape.outer == 1 && ragged_find(&ragged, item)
                        ? &ragged
                        : NULL;
        map.lookups = lookups;
        map.row = shape.outer ? s->index[shape.outer - 1] : NULL;
        snprintf(name, sizeof name, "%s_%s", program->spec->name,
                 s->target->name);
        task = thread_stage_begin(program, name, map_tasks(program, &shape));
        thread_stage_comment(program, "%s", plan_text(program, s));
        if (lookups)
                lookup_open(scope, lookups);
        if (schedule_get(schedule, "fetch", 0) && shape.length &&
            find_fetch(&map.fetch, item))
                fetch_rows_open(scope, &map.fetch, shape.length,
                                map_lanes(item, schedule));
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
                        program, tensor->name,
                        tensor->dtype == DTYPE_NONE
                                ? vector_dtype(scope, tensor->kind)
                                : tensor->dtype,
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
        for (int i = 0; i < sums->join_count; i++)
                map_stage(scope, plan, &sums->join[i], NULL, schedule);
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
        else if (schedule_get(schedule, "lookup", 0) && is_vectorised(item) &&
                 lookup_find(&lookups, item->value, inner))
                map_stage(scope, plan, item, &lookups, schedule);
        else if (map_rows_find(plan, number, most, parts, &rows))
                map_rows_stages(scope, plan, &rows, schedule);
        else if (schedule_get(schedule, "margin", 0) && has_taps(item->value))
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

        (void)target;
        if (!plan_make(&plan, program->arena, spec, false))
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
