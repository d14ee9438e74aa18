/*
 * Lanes across the axis: the last index (with those in front of it that walk
 * through memory together with it) in the lanes, the axis in a loop, and a
 * running value a lane. Several vectors go along the axis side by side, so
 * that a step touches more than one line of memory.
 */
#include <stdio.h>

#include "lower/prefix_inner.h"
#include "lower/sweep.h"

/* The indices of the statement by what they do here. */
struct columns {
        const struct plan_item *item;
        int row_count; /* neither the axis nor in the lanes */
        const struct index *row[LIMIT_RANK];
        int together; /* trailing indices that run as one */
        const struct index *inner;
};

static void find_columns(struct columns *columns, const struct prefix *prefix)
{
        const struct statement *s = prefix->item->statement;
        int first = prefix->axis + 1;

        *columns = (struct columns){.item = prefix->item};
        while (first < s->index_count - 1 &&
               !plan_runs_together(prefix->value, s->index_count - first,
                                   &s->index[first]))
                first++;
        columns->together = s->index_count - first;
        columns->inner = s->index[s->index_count - 1];
        for (int i = 0; i < first; i++)
                if (i != prefix->axis)
                        columns->row[columns->row_count++] = s->index[i];
}

static const struct thread_expr *open_copies(struct thread_program *program,
                                             int copies)
{
        return thread_loop(program, "c", thread_int(program, 0),
                           thread_int(program, copies), 1, THREAD_UNROLLED,
                           copies);
}

/* Bind vector `copy` of those that start at base. */
static void bind_copy(struct vector_scope *scope, const struct prefix_run *run,
                      const struct index *inner,
                      const struct thread_expr *base,
                      const struct thread_expr *copy,
                      const struct thread_expr *active)
{
        struct thread_program *program = scope->program;

        vector_bind_lanes(
                scope, inner,
                thread_add(program, base,
                           thread_mul(program, copy,
                                      thread_int(program, run->lanes))),
                run->lanes, active);
}

/* One step along the axis for vector `copy`. */
static void column_step(struct vector_scope *scope,
                        const struct prefix_run *run,
                        const struct thread_expr *copy)
{
        struct thread_program *program = scope->program;
        const struct prefix *prefix = run->prefix;

        for (int r = 0; r < prefix->count; r++) {
                const struct thread_expr *value = reduce_step(
                        program, prefix_operation(prefix, r),
                        thread_load(program, run->total[r], copy, run->lanes),
                        prefix_term(scope, prefix, r, run->lanes));

                value = thread_let(program, "prefix", value);
                thread_store(program, run->total[r], copy, value);
                vector_hold(scope, prefix->reduction[r], value);
        }
        prefix_write(scope, run);
}

/* `copies` vectors from base on, all along the axis. */
static void run_columns(struct vector_scope *scope, struct prefix_run *run,
                        const struct index *inner,
                        const struct thread_expr *base, int copies,
                        const struct thread_expr *active)
{
        struct thread_program *program = scope->program;
        const struct prefix *prefix = run->prefix;
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *copy, *k;

        for (int r = 0; r < prefix->count; r++)
                run->total[r] = thread_private(
                        program, "totals",
                        prefix_type(scope, prefix, r, run->lanes), copies);
        copy = open_copies(program, copies);
        bind_copy(scope, run, inner, base, copy, active);
        for (int r = 0; r < prefix->count; r++)
                thread_store(program, run->total[r], copy,
                             reduce_identity(program,
                                             prefix_operation(prefix, r),
                                             prefix_type(scope, prefix, r,
                                                         run->lanes)));
        if (prefix->exclusive)
                prefix_write_first(scope, run);
        thread_end(program);
        scope->memo = memo;
        k = thread_for(program, prefix_axis(prefix)->name,
                       thread_int(program, 0), prefix_terms(scope, prefix), 1);
        prefix_bind(scope, prefix, k, 1, NULL);
        copy = open_copies(program, copies);
        bind_copy(scope, run, inner, base, copy, active);
        column_step(scope, run, copy);
        thread_end(program);
        thread_end(program);
        prefix_unbind(scope, prefix);
        scope->memo = memo;
}

struct column_body {
        struct prefix_run *run;
        const struct index *inner;
};

static void single_vector(struct vector_scope *scope,
                          const struct thread_expr *copy, void *data)
{
        struct column_body *body = data;

        (void)copy;
        run_columns(scope, body->run, body->inner,
                    scope->index[body->inner->number].base, 1, scope->active);
}

static void sweep_columns(struct vector_scope *scope, struct prefix_run *run,
                          const struct columns *columns,
                          const struct thread_expr *low,
                          const struct thread_expr *high)
{
        struct thread_program *program = scope->program;
        struct column_body body = {run, columns->inner};
        struct sweep sweep = {
                .index = columns->inner,
                .name = columns->together > 1 ? "e" : columns->inner->name,
                .low = low,
                .high = high,
                .lanes = run->lanes,
                .copies = run->copies,
                .unroll = 1};
        const struct thread_expr *base;

        if (run->copies > 1) {
                sweep_ends(program, &sweep);
                base = thread_for(program, sweep.name, low, sweep.rounds,
                                  (int64_t)run->lanes * run->copies);
                run_columns(scope, run, columns->inner, base, run->copies,
                            NULL);
                vector_bind(scope, columns->inner, NULL);
                scope->lanes = 1;
                thread_end(program);
                sweep.low = sweep.rounds;
                sweep.copies = 1;
        }
        sweep_run(scope, &sweep, single_vector, &body);
}

void prefix_column_stage(struct vector_scope *scope, struct prefix_run *run,
                         const struct schedule *schedule)
{
        struct thread_program *program = scope->program;
        const struct statement *s = run->prefix->item->statement;
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *rows = thread_int(program, 1), *strip;
        const struct thread_expr *length, *strips, *task, *low, *high;
        char name[2 * LIMIT_NAME_BYTES + 16];
        struct columns columns;

        find_columns(&columns, run->prefix);
        for (int i = 0; i < columns.row_count; i++)
                rows = thread_mul(program, rows,
                                  vector_lower(scope, columns.row[i]->hi));
        length = plan_bind_collapsed(scope, columns.item, columns.together);
        strip = thread_int(program, schedule_get(schedule, "strip", 256));
        strips = thread_blocks(program, length, strip);
        snprintf(name, sizeof name, "%s_%s", program->spec->name,
                 s->target->name);
        task = thread_stage_begin(program, name,
                                  thread_mul(program, rows, strips));
        thread_stage_comment(program, "%s", plan_text(program, s));
        low = task;
        if (columns.row_count) {
                strips = thread_let(program, "strips", strips);
                low = thread_remainder(program, task, strips);
                plan_bind_rows(
                        scope, columns.row_count, columns.row,
                        thread_let(program, "row",
                                   thread_quotient(program, task, strips)));
        }
        low = thread_let(program, "start", thread_mul(program, low, strip));
        high = thread_let(
                program, "end",
                thread_min(program, thread_add(program, low, strip), length));
        sweep_columns(scope, run, &columns, low, high);
        thread_stage_end(program);
        scope->memo = memo;
}
