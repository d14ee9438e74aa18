/*
 * The loops through the contributions of an update. Only the loops of the
 * task's share run in full: a row that is not the task's is left as soon as
 * the loops that it depends on are open.
 */
#include "lower/fetch.h"
#include "lower/scatter_inner.h"

/* --- one contribution, or as many as there are lanes --- */

static void update_body(struct vector_scope *scope,
                        const struct thread_expr *copy, void *data)
{
        const struct scatter_run *run = data;
        const struct statement *s = run->scatter->statement;
        struct thread_program *program = scope->program;
        const struct thread_expr *at, *old, *value;

        (void)copy;
        if (run->scatter->cut) {
                fetch_ahead(scope, s->value, run->scatter->cut);
                fetch_ahead_at(scope, s->target, s->subscript,
                               run->scatter->cut);
        }
        value = vector_lower_as(scope, s->value, s->target->kind);
        if (s->update == UPDATE_SCATTER) {
                vector_write(scope, s->target, s->subscript, value,
                             run->stream);
                return;
        }
        at = thread_let(program, "at",
                        vector_offset(scope, s->target, s->subscript));
        old = thread_load_part(program, run->total, at, scope->lanes,
                               scope->active);
        old = thread_cast(program, old, run->wide);
        value = reduce_step(program, scatter_reduction(s->update), old, value);
        thread_store_part(program, run->total, at, value, scope->active,
                          false);
}

static void update_dense(struct vector_scope *scope,
                         const struct scatter_run *run)
{
        const struct statement *s = run->scatter->statement;
        const struct index *dense = run->scatter->dense;
        const struct vector_memo *memo = scope->memo;
        struct sweep sweep = {.index = dense,
                              .name = dense->name,
                              .low = thread_int(scope->program, 0),
                              .high = vector_lower(scope, dense->hi),
                              .lanes = run->lanes,
                              .copies = 1,
                              .unroll = run->unroll};
        struct scatter_run own = *run;

        if (run->column_low) {
                sweep.low = run->column_low;
                sweep.high = run->column_high;
        }
        for (int d = 0; d < s->target->rank; d++)
                plan_hoist(scope, s->subscript[d], dense);
        plan_hoist(scope, s->value, dense);
        sweep_run(scope, &sweep, update_body, &own);
        scope->memo = memo;
}

/* --- the loops --- */

static bool visit_bound(const struct expr *expr, void *data)
{
        const struct vector_scope **scope = data;

        if (expr->op == EXPR_INDEX &&
            !(*scope)->index[expr->value.index->number].base)
                *scope = NULL;
        return *scope != NULL;
}

/* Does expr mean something here? */
static bool is_bound(const struct vector_scope *scope, const struct expr *expr)
{
        const struct vector_scope *data = scope;

        expr_walk(expr, visit_bound, &data);
        return data != NULL;
}

/* Open the condition that the row is the task's when that can be told here;
 * true when it was. */
static bool open_check(struct vector_scope *scope,
                       const struct scatter_run *run)
{
        const struct statement *s = run->scatter->statement;
        struct thread_program *program = scope->program;
        const struct thread_expr *row;

        if (!run->row_low || run->scatter->own ||
            !is_bound(scope, s->subscript[0]))
                return false;
        row = thread_declare(program, "row",
                             vector_lower(scope, s->subscript[0]));
        if (s->subscript[0]->op == EXPR_READ)
                vector_hold(scope, s->subscript[0], row);
        thread_if(program,
                  thread_binary(
                          program, THREAD_AND,
                          thread_binary(program, THREAD_LE, run->row_low, row),
                          thread_less(program, row, run->row_high)));
        return true;
}

static void loop_bounds(struct vector_scope *scope,
                        const struct scatter_run *run,
                        const struct index *index,
                        const struct thread_expr **low,
                        const struct thread_expr **high)
{
        if (run->row_low && index == run->scatter->own) {
                *low = run->row_low;
                *high = run->row_high;
        } else if (run->cut_low && index == run->scatter->cut) {
                *low = run->cut_low;
                *high = run->cut_high;
        } else {
                *low = vector_lower(scope, index->lo);
                *high = vector_lower(scope, index->hi);
        }
}

static void close_loops(struct thread_program *program, int count)
{
        while (count--)
                thread_end(program);
}

static void all_loops(struct vector_scope *scope, struct scatter_run *run)
{
        const struct statement *s = run->scatter->statement;
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *low, *high, *end = NULL;
        bool checked = open_check(scope, run);
        int open = checked, outside = 0; /* loops around scatter->place */

        for (int i = 0; i < s->index_count; i++) {
                if (s->index[i] == run->scatter->dense)
                        continue;
                loop_bounds(scope, run, s->index[i], &low, &high);
                if (run->rests && s->index[i] == run->scatter->place) {
                        end = high;
                        outside = open;
                }
                vector_bind(
                        scope, s->index[i],
                        thread_for(program, s->index[i]->name, low, high, 1));
                open++;
                if (!checked && open_check(scope, run)) {
                        checked = true;
                        open++;
                }
        }
        if (run->scatter->dense)
                update_dense(scope, run);
        else
                update_body(scope, NULL, run);
        close_loops(program, open - outside);
        if (end)
                scatter_init_rest(scope, run, end);
        close_loops(program, outside);
        scope->memo = memo;
}

/* --- several copies --- */

static void set_table(struct vector_scope *scope,
                      const struct scatter_run *run,
                      const struct thread_expr *table)
{
        scope->storage[run->scatter->statement->target->number].offset =
                thread_mul(scope->program, table, run->elements);
}

/* The single loop with its contributions dealt to the tables in turn: two
 * that meet in one element do not wait for each other. */
static void dealt_loop(struct vector_scope *scope,
                       const struct scatter_run *run,
                       const struct thread_expr *first, int tables)
{
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        const struct index *cut = run->scatter->cut;
        const struct thread_expr *count, *end, *i, *c;
        struct scatter_run rest = *run;

        count = thread_sub(program, run->cut_high, run->cut_low);
        count = thread_max(program, count, thread_int(program, 0));
        count = thread_quotient(program, count, thread_int(program, tables));
        end = thread_let(program, "rounds",
                         thread_add(program, run->cut_low,
                                    thread_mul(program, count,
                                               thread_int(program, tables))));
        i = thread_for(program, cut->name, run->cut_low, end, tables);
        c = thread_loop(program, "c", thread_int(program, 0),
                        thread_int(program, tables), 1, THREAD_UNROLLED,
                        tables);
        vector_bind(scope, cut, thread_add(program, i, c));
        set_table(scope, run, thread_add(program, first, c));
        update_body(scope, NULL, (void *)run);
        thread_end(program);
        thread_end(program);
        scope->memo = memo;
        vector_bind(scope, cut, NULL);
        rest.cut_low = end;
        set_table(scope, run, first);
        all_loops(scope, &rest);
}

void scatter_loops(struct vector_scope *scope, struct scatter_run *run,
                   const struct thread_expr *first, int tables)
{
        const struct statement *s = run->scatter->statement;

        for (int i = 0; i < s->index_count; i++)
                vector_bind(scope, s->index[i], NULL);
        if (first)
                set_table(scope, run, first);
        if (tables > 1)
                dealt_loop(scope, run, first, tables);
        else
                all_loops(scope, run);
        scope->storage[s->target->number].offset = NULL;
}
