/*
 * Updates: what their structure allows, the schedule's fields, and the stages
 * of each way. Which way is best is a matter of sizes: copies cost a pass
 * over all of them, rows cost a look at every contribution in every task,
 * columns need a wide target.
 */
#include "lower/scatter_inner.h"

#include <stdio.h>
#include <string.h>

#include "lower/rewrite.h"

/* --- structure --- */

const struct index *scatter_index(const struct statement *s,
                                  const struct expr *expr)
{
        for (int i = 0; expr->op == EXPR_INDEX && i < s->index_count; i++)
                if (s->index[i]->number == expr->value.index->number)
                        return s->index[i];
        return NULL;
}

const struct index *scatter_plain(const struct statement *s, int d)
{
        return vector_spans(s->subscript[d], s->target->extent[d])
                       ? scatter_index(s, s->subscript[d])
                       : NULL;
}

static bool used_elsewhere(const struct statement *s,
                           const struct index *index, int d)
{
        for (int k = 0; k < s->target->rank; k++)
                if (k != d && vector_depends(s->subscript[k], index))
                        return true;
        for (int i = 0; i < s->index_count; i++)
                if (vector_depends(s->index[i]->lo, index) ||
                    vector_depends(s->index[i]->hi, index))
                        return true;
        return false;
}

/* An index whose range may be cut: it depends on sizes alone. */
static bool is_free(const struct statement *s, const struct index *index)
{
        for (int i = 0; i < s->index_count; i++)
                if (vector_depends(index->lo, s->index[i]) ||
                    vector_depends(index->hi, s->index[i]))
                        return false;
        return !index->data_dependent;
}

void scatter_find(struct scatter *scatter, const struct statement *s)
{
        int last = s->target->rank - 1, loops = s->index_count;
        const struct index *index;

        memset(scatter, 0, sizeof *scatter);
        scatter->statement = s;
        index = last >= 0 ? scatter_plain(s, last) : NULL;
        if (index && !used_elsewhere(s, index, last) &&
            vector_can(s->value, index))
                scatter->dense = index;
        index = last >= 0 ? scatter_plain(s, 0) : NULL;
        if (index != scatter->dense)
                scatter->own = index;
        loops -= scatter->dense != NULL;
        for (int i = s->index_count - 1; i >= 0; i--)
                if (s->index[i] != scatter->dense && is_free(s, s->index[i]))
                        scatter->cut = s->index[i];
        scatter->several = !scatter->dense && loops == 1 && scatter->cut &&
                           s->update != UPDATE_SCATTER;
        scatter_find_place(scatter);
}

/* --- the schedule space --- */

static int64_t target_elements(const struct statement *s,
                               const struct binding *workload)
{
        return spec_tensor_elements(s->target, workload, NULL);
}

static double contributions(const struct statement *s,
                            const struct binding *workload)
{
        double product = 1;

        for (int i = 0; i < s->index_count; i++)
                product *= (double)plan_value(s->index[i]->hi, workload);
        return product;
}

/* Shorter pieces of rows than this come slowly from memory. */
enum { COLUMNS_BYTES = 1024 };

/* Bytes of a row of the target that are a task's, where it owns columns. */
static int64_t columns_bytes(const struct statement *s,
                             const struct binding *workload,
                             const struct target *target)
{
        const struct expr *width = s->target->extent[s->target->rank - 1];

        return plan_value(width, workload) *
               (int64_t)dtype_bytes(s->target->dtype) /
               (target->threads > 0 ? target->threads : 1);
}

static enum scatter_way guess_way(const struct scatter *scatter,
                                  const struct binding *workload,
                                  const struct target *target)
{
        const struct statement *s = scatter->statement;
        double elements = (double)target_elements(s, workload);
        double copies = elements * (target->threads > 0 ? target->threads : 1);

        if (scatter->own)
                return SCATTER_ROWS;
        if (scatter->cut && (s->update == UPDATE_SCATTER || copies <= 8192 ||
                             2 * copies <= contributions(s, workload)))
                return SCATTER_COPIES;
        return scatter->dense && s->target->rank > 1 &&
                               columns_bytes(s, workload, target) >=
                                       COLUMNS_BYTES
                       ? SCATTER_COLUMNS
                       : SCATTER_ROWS;
}

void scatter_fields(const struct scatter *scatter,
                    const struct binding *workload,
                    const struct target *target, struct schedule_space *space)
{
        static const int64_t parts[] = {1, 2, 4, 8, 16, 32, 64, -1};
        static const int64_t tables[] = {1, 2, 4, 8, -1};
        int64_t ways[4];
        int n = 0;

        ways[n++] = SCATTER_ROWS;
        if (scatter->dense)
                ways[n++] = SCATTER_COLUMNS;
        if (scatter->cut)
                ways[n++] = SCATTER_COPIES;
        ways[n] = -1;
        plan_field(space, "scatter",
                   "a task owns 0: rows of the target, 1: columns, 2: a copy",
                   ways, guess_way(scatter, workload, target));
        plan_field(space, "shares", "tasks of an update", parts,
                   target->threads);
        if (scatter->several)
                plan_field(space, "tables",
                           "copies a task, taken in turn by contributions",
                           tables, 4);
}

/* --- stages --- */

static const struct thread_expr *begin(struct vector_scope *scope,
                                       const struct scatter_run *run,
                                       const char *suffix,
                                       const struct thread_expr *tasks)
{
        struct thread_program *program = scope->program;
        const struct statement *s = run->scatter->statement;
        const struct thread_expr *task;
        char name[2 * LIMIT_NAME_BYTES + 16];

        snprintf(name, sizeof name, "%s_%s%s", program->spec->name,
                 s->target->name, suffix);
        task = thread_stage_begin(program, name, tasks);
        if (!*suffix)
                thread_stage_comment(program, "%s", plan_text(program, s));
        return task;
}

/* Part `task` of `parts` of low..high. */
static void cut_range(struct thread_program *program,
                      const struct thread_expr *task, int64_t parts,
                      int64_t multiple, const struct thread_expr **low,
                      const struct thread_expr **high)
{
        const struct thread_expr *count = thread_sub(program, *high, *low);
        const struct thread_expr *chunk = thread_mul(
                program,
                thread_blocks(program, count,
                              thread_int(program, parts * multiple)),
                thread_int(program, multiple));
        const struct thread_expr *end = *high;

        *low = thread_let(
                program, "start",
                thread_min(program,
                           thread_add(program, *low,
                                      thread_mul(program, task, chunk)),
                           end));
        *high = thread_let(
                program, "end",
                thread_min(program, thread_add(program, *low, chunk), end));
}

const struct thread_expr *scatter_row_elements(struct vector_scope *scope,
                                               const struct tensor *tensor)
{
        const struct thread_expr *product = thread_int(scope->program, 1);

        for (int d = 1; d < tensor->rank; d++)
                product = thread_mul(scope->program, product,
                                     vector_lower(scope, tensor->extent[d]));
        return product;
}

static void rows_stage(struct vector_scope *scope, struct scatter_run *run,
                       int64_t parts)
{
        struct thread_program *program = scope->program;
        const struct tensor *target = run->scatter->statement->target;
        const struct thread_expr *task, *low, *high, *width;

        if (target->rank == 0)
                parts = 1;
        task = begin(scope, run, "", thread_int(program, parts));
        low = thread_int(program, 0);
        high = run->elements;
        if (parts > 1) {
                run->row_low = low;
                run->row_high = vector_lower(scope, target->extent[0]);
                cut_range(program, task, parts, 1, &run->row_low,
                          &run->row_high);
                width = scatter_row_elements(scope, target);
                low = thread_mul(program, run->row_low, width);
                high = thread_mul(program, run->row_high, width);
        }
        scatter_init(scope, run, low, high);
        scatter_loops(scope, run, NULL, 1);
        if (run->total != run->home)
                scatter_round(scope, run, low, high);
        thread_stage_end(program);
}

/* The task's columns of every row, element by element. */
static void columns_sweep(struct vector_scope *scope, struct scatter_run *run,
                          void (*sweep)(struct vector_scope *scope,
                                        struct scatter_run *run,
                                        const struct thread_expr *low,
                                        const struct thread_expr *high))
{
        struct thread_program *program = scope->program;
        const struct tensor *target = run->scatter->statement->target;
        const struct thread_expr *rows = thread_int(program, 1), *row;
        const struct thread_expr *width =
                vector_lower(scope, target->extent[target->rank - 1]);

        for (int d = 0; d < target->rank - 1; d++)
                rows = thread_mul(program, rows,
                                  vector_lower(scope, target->extent[d]));
        row = thread_for(program, "r", thread_int(program, 0), rows, 1);
        row = thread_let(program, "row", thread_mul(program, row, width));
        sweep(scope, run, thread_add(program, row, run->column_low),
              thread_add(program, row, run->column_high));
        thread_end(program);
}

static void columns_stage(struct vector_scope *scope, struct scatter_run *run,
                          int64_t parts)
{
        struct thread_program *program = scope->program;
        const struct tensor *target = run->scatter->statement->target;
        const struct thread_expr *task =
                begin(scope, run, "", thread_int(program, parts));

        run->column_low = thread_int(program, 0);
        run->column_high =
                vector_lower(scope, target->extent[target->rank - 1]);
        cut_range(program, task, parts, run->lanes, &run->column_low,
                  &run->column_high);
        columns_sweep(scope, run, scatter_init);
        scatter_loops(scope, run, NULL, 1);
        if (run->total != run->home)
                columns_sweep(scope, run, scatter_round);
        thread_stage_end(program);
}

/* --- copies --- */

enum { BLOCK = 4096 }; /* elements of a whole target a task */

/* A stage over blocks of the target's elements. */
static void open_blocks(struct vector_scope *scope,
                        const struct scatter_run *run, const char *suffix,
                        const struct thread_expr **low,
                        const struct thread_expr **high)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *block = thread_int(program, BLOCK);
        const struct thread_expr *task =
                begin(scope, run, suffix,
                      thread_blocks(program, run->elements, block));

        *low = thread_let(program, "start", thread_mul(program, task, block));
        *high = thread_let(program, "end",
                           thread_min(program,
                                      thread_add(program, *low, block),
                                      run->elements));
}

static void open_cut(struct vector_scope *scope, struct scatter_run *run,
                     const struct thread_expr *task, int64_t parts)
{
        run->cut_low = vector_lower(scope, run->scatter->cut->lo);
        run->cut_high = vector_lower(scope, run->scatter->cut->hi);
        cut_range(scope->program, task, parts, 1, &run->cut_low,
                  &run->cut_high);
}

/* Targets that do not collide: no copies, only parts. */
static void scatter_parts(struct vector_scope *scope, struct scatter_run *run,
                          int64_t parts)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *low, *high, *task;

        run->rests = run->scatter->place != NULL;
        if (!run->rests) {
                open_blocks(scope, run, "_init", &low, &high);
                scatter_init(scope, run, low, high);
                thread_stage_end(program);
        }
        task = begin(scope, run, "", thread_int(program, parts));
        open_cut(scope, run, task, parts);
        scatter_loops(scope, run, NULL, 1);
        thread_stage_end(program);
}

static void copies_stages(struct vector_scope *scope, struct scatter_run *run,
                          int64_t parts, int tables)
{
        struct thread_program *program = scope->program;
        const struct tensor *target = run->scatter->statement->target;
        const struct thread_expr *low, *high, *task, *first;
        char name[LIMIT_NAME_BYTES + 8];

        snprintf(name, sizeof name, "%.40s_copy", target->name);
        run->total =
                thread_scratch(program, name, run->wide,
                               thread_mul(program, run->elements,
                                          thread_int(program, parts * tables)),
                               false);
        scope->storage[target->number].array = run->total;
        task = begin(scope, run, "_parts", thread_int(program, parts));
        thread_stage_comment(program, "%s, into a copy a task",
                             plan_text(program, run->scatter->statement));
        first = thread_let(
                program, "table",
                thread_mul(program, task, thread_int(program, tables)));
        low = thread_mul(program, first, run->elements);
        high = thread_mul(
                program,
                thread_add(program, first, thread_int(program, tables)),
                run->elements);
        scatter_clear(scope, run, thread_let(program, "from", low),
                      thread_let(program, "to", high));
        open_cut(scope, run, task, parts);
        scatter_loops(scope, run, first, tables);
        thread_stage_end(program);
        open_blocks(scope, run, "", &low, &high);
        scatter_join(scope, run, parts * tables, low, high);
        thread_stage_end(program);
}

/* --- the way that the schedule takes --- */

/* Copies beyond this many times the work are not worth trying. */
static bool out_of_proportion(const struct scatter *scatter,
                              const struct binding *workload, int64_t copies)
{
        const struct statement *s = scatter->statement;
        double elements =
                (double)target_elements(s, workload) * (double)copies;

        return elements > (1 << 20) &&
               elements > 8 * contributions(s, workload);
}

static void open_run(struct vector_scope *scope, struct scatter_run *run,
                     const struct scatter *scatter,
                     const struct schedule *schedule)
{
        struct thread_program *program = scope->program;
        const struct tensor *target = scatter->statement->target;

        *run = (struct scatter_run){
                .scatter = scatter,
                .lanes = (int)schedule_get(schedule, "vector", 4),
                .unroll = (int)schedule_get(schedule, "unroll", 1),
                .stream = scatter->place && target->role == TENSOR_OUT &&
                          schedule_get(schedule, "stream", 0),
                .home = scope->storage[target->number].array,
                .wide = vector_dtype(scope, target->kind),
                .elements = vector_elements(program, target),
                .flat = {.name = "e", .number = program->spec->index_count}};
        if (!run->home)
                run->home = thread_tensor(program, target);
        run->total = run->home;
}

/* Sums of a narrower target are made in scratch. */
static void widen(struct vector_scope *scope, struct scatter_run *run)
{
        const struct statement *s = run->scatter->statement;
        char name[LIMIT_NAME_BYTES + 8];

        if (s->update == UPDATE_SCATTER || s->target->kind == KIND_BOOLEAN ||
            run->home->type.dtype == run->wide)
                return;
        snprintf(name, sizeof name, "%.40s_sum", s->target->name);
        run->total = thread_scratch(scope->program, name, run->wide,
                                    run->elements, false);
        scope->storage[s->target->number].array = run->total;
}

void scatter_stages(struct vector_scope *scope, const struct scatter *scatter,
                    const struct binding *workload,
                    const struct schedule *schedule)
{
        struct thread_program *program = scope->program;
        const struct tensor *target = scatter->statement->target;
        int64_t parts = schedule_get(schedule, "shares", 1);
        int64_t way = schedule_get(schedule, "scatter", SCATTER_ROWS);
        int tables = (int)schedule_get(schedule, "tables", 1);
        const struct vector_memo *memo = scope->memo;
        struct scatter_run run;

        if (!scope->index)
                return;
        /* What one update of the spec can do another may not. */
        if ((way == SCATTER_COLUMNS && !scatter->dense) ||
            (way == SCATTER_COPIES && !scatter->cut))
                way = SCATTER_ROWS;
        /* The rows of a vector are what lies in the lanes. */
        if (way == SCATTER_ROWS && scatter->dense && target->rank == 1)
                way = SCATTER_COLUMNS;
        if (!scatter->several)
                tables = 1;
        open_run(scope, &run, scatter, schedule);
        if (way == SCATTER_COPIES &&
            scatter->statement->update != UPDATE_SCATTER &&
            out_of_proportion(scatter, workload, parts * tables))
                thread_fail(program, ERR_UNSUPPORTED,
                            "%d copies of %s are out of proportion",
                            (int)(parts * tables), target->name);
        if (way == SCATTER_COPIES &&
            scatter->statement->update == UPDATE_SCATTER)
                scatter_parts(scope, &run, parts);
        else if (way == SCATTER_COPIES)
                copies_stages(scope, &run, parts, tables);
        else
                widen(scope, &run);
        if (way == SCATTER_ROWS)
                rows_stage(scope, &run, parts);
        if (way == SCATTER_COLUMNS)
                columns_stage(scope, &run, parts);
        scope->storage[target->number].array =
                run.home->tensor == target ? NULL : run.home;
        scope->memo = memo;
}
