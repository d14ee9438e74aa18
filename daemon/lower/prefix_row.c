/*
 * Lanes along the axis. A vector's own prefixes are made in log2(lanes)
 * steps, each adding the vector to itself moved up by 1, 2, 4, ... lanes;
 * what came before is kept in all lanes of one value, so that only one
 * addition a vector waits for the vector before.
 *
 * Rows that are too few for all threads are cut: a first stage makes the
 * total of each part, and a task of the second one joins the totals of the
 * parts in front of its own before it starts.
 */
#include <stdio.h>

#include "lower/prefix_inner.h"
#include "lower/sweep.h"

/* --- one part of a row --- */

/* Each lane with all lanes below it. */
static const struct thread_expr *inside_vector(struct thread_program *program,
                                               enum reduction op,
                                               const struct thread_expr *term)
{
        const struct thread_expr *nothing =
                reduce_identity(program, op, term->type);
        int lanes = term->type.lanes;

        for (int by = 1; by < lanes; by *= 2) {
                term = thread_let(program, "term", term);
                term = reduce_step(
                        program, op,
                        thread_slide(program, nothing, term, lanes - by),
                        term);
        }
        return thread_let(program, "upto", term);
}

static void row_body(struct vector_scope *scope,
                     const struct thread_expr *copy, void *data)
{
        const struct prefix_run *run = data;
        const struct prefix *prefix = run->prefix;
        struct thread_program *program = scope->program;
        const struct thread_expr *upto[PREFIX_REDUCTIONS];
        const struct index *first =
                prefix->reduction[0]->value.reduce.index[0];

        (void)copy;
        prefix_bind(scope, prefix, scope->index[first->number].base,
                    run->lanes, scope->active);
        for (int r = 0; r < prefix->count; r++) {
                enum reduction op = prefix_operation(prefix, r);

                upto[r] = inside_vector(
                        program, op,
                        prefix_term(scope, prefix, r, run->lanes));
                vector_hold(scope, prefix->reduction[r],
                            thread_let(program, "prefix",
                                       reduce_step(program, op, run->carry[r],
                                                   upto[r])));
        }
        prefix_write(scope, run);
        for (int r = 0; r < prefix->count; r++)
                thread_assign(program, run->carry[r],
                              reduce_step(program, prefix_operation(prefix, r),
                                          run->carry[r],
                                          thread_broadcast(
                                                  program,
                                                  thread_lane(program, upto[r],
                                                              run->lanes - 1),
                                                  run->lanes)));
        prefix_unbind(scope, prefix);
}

static void hoist(struct vector_scope *scope, const struct prefix_run *run)
{
        const struct prefix *prefix = run->prefix;

        plan_hoist(scope, prefix->value, prefix_axis(prefix));
        for (int r = 0; r < prefix->count; r++)
                plan_hoist(scope, prefix->reduction[r]->arg[0],
                           prefix->reduction[r]->value.reduce.index[0]);
}

static struct sweep sweep_of(const struct prefix_run *run,
                             const struct thread_expr *low,
                             const struct thread_expr *high)
{
        return (struct sweep){
                .index = run->prefix->reduction[0]->value.reduce.index[0],
                .name = run->prefix->reduction[0]->value.reduce.index[0]->name,
                .low = low,
                .high = high,
                .lanes = run->lanes,
                .copies = 1,
                .unroll = run->unroll};
}

/* Prefixes of the terms low..high of the row that is bound; carry holds what
 * came before. */
static void run_part(struct vector_scope *scope, struct prefix_run *run,
                     const struct thread_expr *low,
                     const struct thread_expr *high,
                     const struct thread_expr *const *before)
{
        struct thread_program *program = scope->program;
        struct sweep sweep = sweep_of(run, low, high);

        for (int r = 0; r < run->prefix->count; r++)
                run->carry[r] = thread_var(
                        program, "carry",
                        thread_broadcast(program, before[r], run->lanes));
        sweep_run(scope, &sweep, row_body, run);
}

/* --- whole rows --- */

static const struct thread_expr *row_count(struct vector_scope *scope,
                                           const struct prefix *prefix)
{
        const struct statement *s = prefix->item->statement;
        const struct thread_expr *rows = thread_int(scope->program, 1);

        for (int i = 0; i < s->index_count - 1; i++)
                rows = thread_mul(scope->program, rows,
                                  vector_lower(scope, s->index[i]->hi));
        return rows;
}

static void whole_row(struct vector_scope *scope, struct prefix_run *run,
                      const struct thread_expr *row)
{
        struct thread_program *program = scope->program;
        const struct prefix *prefix = run->prefix;
        const struct statement *s = prefix->item->statement;
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *before[PREFIX_REDUCTIONS];

        plan_bind_rows(scope, s->index_count - 1, s->index, row);
        hoist(scope, run);
        if (prefix->exclusive)
                prefix_write_first(scope, run);
        for (int r = 0; r < prefix->count; r++)
                before[r] =
                        reduce_identity(program, prefix_operation(prefix, r),
                                        prefix_type(scope, prefix, r, 1));
        run_part(scope, run, thread_int(program, 0),
                 prefix_terms(scope, prefix), before);
        scope->memo = memo;
}

static void rows_stage(struct vector_scope *scope, struct prefix_run *run,
                       int64_t rows, const char *name)
{
        struct thread_program *program = scope->program;
        const struct statement *s = run->prefix->item->statement;
        const struct thread_expr *total = row_count(scope, run->prefix);
        const struct thread_expr *size = thread_int(program, rows);
        const struct thread_expr *task, *first, *last, *row;

        task = thread_stage_begin(program, name,
                                  thread_blocks(program, total, size));
        thread_stage_comment(program, "%s", plan_text(program, s));
        first = thread_let(program, "first", thread_mul(program, task, size));
        last = thread_let(
                program, "last",
                thread_min(program, thread_add(program, first, size), total));
        row = thread_for(program,
                         s->index_count == 2 ? s->index[0]->name : "row",
                         first, last, 1);
        whole_row(scope, run, row);
        thread_end(program);
        thread_stage_end(program);
}

/* --- rows in parts --- */

struct parts {
        int64_t count;
        const struct thread_expr *rows;
        struct thread_array *total[PREFIX_REDUCTIONS]; /* row, part */
        /* Of the task that is open. */
        const struct thread_expr *row, *part, *low, *high;
};

/* Open a stage with a task for every part of every row. */
static void open_stage(struct vector_scope *scope,
                       const struct prefix_run *run, struct parts *parts,
                       const char *name)
{
        struct thread_program *program = scope->program;
        const struct statement *s = run->prefix->item->statement;
        const struct thread_expr *count = thread_int(program, parts->count);
        const struct thread_expr *terms, *chunk, *task;

        task = thread_stage_begin(program, name,
                                  thread_mul(program, parts->rows, count));
        parts->row = thread_let(program, "row",
                                thread_quotient(program, task, count));
        parts->part = thread_let(program, "part",
                                 thread_remainder(program, task, count));
        plan_bind_rows(scope, s->index_count - 1, s->index, parts->row);
        terms = prefix_terms(scope, run->prefix);
        chunk = thread_int(program, parts->count * run->lanes);
        chunk = thread_mul(program, thread_blocks(program, terms, chunk),
                           thread_int(program, run->lanes));
        parts->low = thread_let(
                program, "start",
                thread_min(program, thread_mul(program, parts->part, chunk),
                           terms));
        parts->high = thread_let(
                program, "end",
                thread_min(program, thread_add(program, parts->low, chunk),
                           terms));
}

static void total_body(struct vector_scope *scope,
                       const struct thread_expr *copy, void *data)
{
        const struct prefix_run *run = data;
        const struct prefix *prefix = run->prefix;
        struct thread_program *program = scope->program;
        const struct index *first =
                prefix->reduction[0]->value.reduce.index[0];

        prefix_bind(scope, prefix, scope->index[first->number].base,
                    run->lanes, scope->active);
        for (int r = 0; r < prefix->count; r++) {
                struct thread_type type =
                        prefix_type(scope, prefix, r, run->lanes);
                enum reduction op = prefix_operation(prefix, r);
                const struct thread_expr *active =
                        vector_active(scope, type.dtype);
                const struct thread_expr *term =
                        prefix_term(scope, prefix, r, run->lanes);

                if (active)
                        term = thread_select(
                                program, active, term,
                                reduce_identity(program, op, type));
                thread_store(program, run->total[r], copy,
                             reduce_step(program, op,
                                         thread_load(program, run->total[r],
                                                     copy, run->lanes),
                                         term));
        }
        prefix_unbind(scope, prefix);
}

/* Accumulators of the open task, set to nothing. */
static void open_totals(struct vector_scope *scope, struct prefix_run *run)
{
        struct thread_program *program = scope->program;
        const struct prefix *prefix = run->prefix;

        for (int r = 0; r < prefix->count; r++) {
                struct thread_type type =
                        prefix_type(scope, prefix, r, run->lanes);

                run->total[r] =
                        thread_private(program, "sums", type, run->copies);
                for (int c = 0; c < run->copies; c++)
                        thread_store(
                                program, run->total[r], thread_int(program, c),
                                reduce_identity(program,
                                                prefix_operation(prefix, r),
                                                type));
        }
}

static const struct thread_expr *join_totals(struct vector_scope *scope,
                                             const struct prefix_run *run,
                                             int r)
{
        struct thread_program *program = scope->program;
        enum reduction op = prefix_operation(run->prefix, r);
        const struct thread_expr *all = NULL;

        for (int c = 0; c < run->copies; c++) {
                const struct thread_expr *one =
                        thread_load(program, run->total[r],
                                    thread_int(program, c), run->lanes);

                all = all ? reduce_step(program, op, all, one) : one;
        }
        return thread_horizontal(program, op, all);
}

static void totals_stage(struct vector_scope *scope, struct prefix_run *run,
                         struct parts *parts, const char *name)
{
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        struct sweep sweep;

        open_stage(scope, run, parts, name);
        thread_stage_comment(program, "The total of each part of a row.");
        hoist(scope, run);
        open_totals(scope, run);
        sweep = sweep_of(run, parts->low, parts->high);
        sweep.copies = run->copies;
        sweep_run(scope, &sweep, total_body, run);
        for (int r = 0; r < run->prefix->count; r++)
                thread_store(program, parts->total[r],
                             thread_add(program,
                                        thread_mul(program, parts->row,
                                                   thread_int(program,
                                                              parts->count)),
                                        parts->part),
                             join_totals(scope, run, r));
        thread_stage_end(program);
        scope->memo = memo;
}

/* All parts in front of this one. */
static const struct thread_expr *before_part(struct vector_scope *scope,
                                             const struct prefix_run *run,
                                             const struct parts *parts, int r)
{
        struct thread_program *program = scope->program;
        const struct prefix *prefix = run->prefix;
        enum reduction op = prefix_operation(prefix, r);
        const struct thread_expr *sum, *q, *place;

        sum = thread_var(program, "before",
                         reduce_identity(program, op,
                                         prefix_type(scope, prefix, r, 1)));
        q = thread_for(program, "q", thread_int(program, 0), parts->part, 1);
        place = thread_add(program,
                           thread_mul(program, parts->row,
                                      thread_int(program, parts->count)),
                           q);
        thread_assign(
                program, sum,
                reduce_step(program, op, sum,
                            thread_load(program, parts->total[r], place, 1)));
        thread_end(program);
        return sum;
}

static void parts_stage(struct vector_scope *scope, struct prefix_run *run,
                        struct parts *parts, const char *name)
{
        struct thread_program *program = scope->program;
        const struct prefix *prefix = run->prefix;
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *before[PREFIX_REDUCTIONS];

        open_stage(scope, run, parts, name);
        thread_stage_comment(program, "%s",
                             plan_text(program, prefix->item->statement));
        hoist(scope, run);
        if (prefix->exclusive) {
                thread_if(program,
                          thread_binary(program, THREAD_EQ, parts->part,
                                        thread_int(program, 0)));
                prefix_write_first(scope, run);
                thread_end(program);
        }
        for (int r = 0; r < prefix->count; r++)
                before[r] = before_part(scope, run, parts, r);
        run_part(scope, run, parts->low, parts->high, before);
        thread_stage_end(program);
        scope->memo = memo;
}

void prefix_row_stages(struct vector_scope *scope, struct prefix_run *run,
                       const struct schedule *schedule)
{
        struct thread_program *program = scope->program;
        const struct prefix *prefix = run->prefix;
        struct parts parts = {.count = schedule_get(schedule, "parts", 1)};
        char name[2 * LIMIT_NAME_BYTES + 16];

        snprintf(name, sizeof name, "%s_%s", program->spec->name,
                 prefix->item->statement->target->name);
        if (parts.count <= 1) {
                rows_stage(scope, run, schedule_get(schedule, "rows", 1),
                           name);
                return;
        }
        parts.rows = row_count(scope, prefix);
        for (int r = 0; r < prefix->count; r++)
                parts.total[r] = thread_scratch(
                        program, "totals",
                        prefix_type(scope, prefix, r, 1).dtype,
                        thread_mul(program, parts.rows,
                                   thread_int(program, parts.count)),
                        false);
        snprintf(name, sizeof name, "%s_%s_totals", program->spec->name,
                 prefix->item->statement->target->name);
        totals_stage(scope, run, &parts, name);
        snprintf(name, sizeof name, "%s_%s", program->spec->name,
                 prefix->item->statement->target->name);
        parts_stage(scope, run, &parts, name);
}
