/*
 * See row_late.h. The first row of a task runs without its last pass, each
 * further one with the last pass of the row before, and behind the loop the
 * last row's is left. What the last pass needs of its row is carried from
 * row to row: reductions in variables, staged values in one of two buffers
 * that change places.
 */
#include "lower/row_late.h"

#include "lower/rewrite.h"

static int last_pass(const struct passes *passes)
{
        return passes->pass_count - 1;
}

bool row_late_reduces(const struct passes *passes)
{
        for (int i = 0; i < passes->reduction_count; i++)
                if (passes_of_reduction(passes, i) == last_pass(passes))
                        return true;
        return false;
}

bool row_late_applies(const struct passes *passes)
{
        int last = last_pass(passes);
        const struct pass_range *range;

        if (passes->row_count == 0 || last < 1 ||
            passes->pass[last].range != passes->pass[last - 1].range ||
            (passes->one_pass && row_late_reduces(passes)))
                return false;
        range = &passes->range[passes->pass[last].range];
        return !range->ragged && range->outer_count == 0;
}

static const struct thread_expr *stride(struct vector_scope *scope,
                                        const struct index *index)
{
        enum { LINE = 16, APART = 33 }; /* elements, lines */
        struct thread_program *program = scope->program;
        const struct thread_expr *line = thread_int(program, LINE);
        const struct thread_expr *lines =
                thread_blocks(program, vector_lower(scope, index->hi), line);

        lines = thread_add(program, lines, thread_int(program, APART));
        return thread_mul(program, lines, line);
}

const struct thread_expr *row_late_elements(struct vector_scope *scope,
                                            const struct index *index)
{
        return thread_mul(scope->program, stride(scope, index),
                          thread_int(scope->program, 2));
}

/* --- the row before --- */

static void bind_rows(struct vector_scope *scope, const struct passes *passes,
                      const struct thread_expr *const *row)
{
        for (int i = 0; i < passes->row_count; i++)
                vector_bind(scope, passes->row[i], row[i]);
        row_pass_bind_outputs(scope, passes);
}

void row_late_enter(struct vector_scope *scope, struct row_emit *emit)
{
        const struct passes *passes = emit->passes;
        struct row_late *late = emit->late;

        late->own_memo = scope->memo;
        scope->memo = late->memo;
        for (int i = 0; i < passes->row_count; i++)
                late->own_row[i] = scope->index[passes->row[i]->number];
        for (int i = 0; i < passes->staged_count; i++) {
                late->own_offset[i] = emit->offset[i];
                emit->offset[i] = late->offset[i];
        }
        bind_rows(scope, passes, late->row);
}

void row_late_leave(struct vector_scope *scope, struct row_emit *emit)
{
        const struct passes *passes = emit->passes;
        struct row_late *late = emit->late;

        scope->memo = late->own_memo;
        for (int i = 0; i < passes->row_count; i++)
                scope->index[passes->row[i]->number] = late->own_row[i];
        for (int i = 0; i < passes->staged_count; i++)
                emit->offset[i] = late->own_offset[i];
        row_pass_bind_outputs(scope, passes);
}

/* --- what is carried --- */

/* Which reductions does the end of a row need of the passes before the last?
 * Not those of values that wait in a buffer. */
static void find_needed(const struct row_emit *emit, const struct expr *expr,
                        bool needed[PASSES_REDUCTIONS])
{
        const struct passes *passes = emit->passes;

        for (int i = 0; i < passes->staged_count; i++)
                if (emit->buffer[i] &&
                    rewrite_equal(passes->staged[i].value, expr))
                        return;
        for (int i = 0; i < passes->reduction_count; i++)
                if (rewrite_equal(passes->reduction[i].key, expr)) {
                        needed[i] = passes_of_reduction(passes, i) !=
                                    last_pass(passes);
                        if (!needed[i])
                                find_needed(emit, passes->reduction[i].term,
                                            needed);
                        return;
                }
        for (int i = 0; i < expr->count; i++)
                find_needed(emit, expr->arg[i], needed);
}

/* The row that is bound becomes the first one before another. */
static void carry_first(struct vector_scope *scope, struct row_emit *emit)
{
        const struct passes *passes = emit->passes;
        struct row_late *late = emit->late;
        bool needed[PASSES_REDUCTIONS] = {false};

        for (int i = 0; i < passes->output_count; i++)
                if (passes->output[i].pass == last_pass(passes) ||
                    (passes->output[i].range < 0 && row_late_reduces(passes)))
                        find_needed(emit, passes->output[i].value, needed);
        for (int i = 0; i < passes->reduction_count; i++) {
                const struct expr *key = passes->reduction[i].key;

                if (!needed[i])
                        continue;
                late->carried[late->count].key = key;
                late->carried[late->count++].value = thread_var(
                        scope->program, "before", vector_lower(scope, key));
        }
        for (int i = 0; i < passes->row_count; i++)
                late->row[i] =
                        thread_var(scope->program, "row_before",
                                   scope->index[passes->row[i]->number].base);
}

static void carry_on(struct vector_scope *scope, struct row_emit *emit)
{
        const struct passes *passes = emit->passes;
        const struct row_late *late = emit->late;

        for (int i = 0; i < late->count; i++)
                thread_assign(scope->program, late->carried[i].value,
                              vector_lower(scope, late->carried[i].key));
        for (int i = 0; i < passes->row_count; i++)
                thread_assign(scope->program, late->row[i],
                              scope->index[passes->row[i]->number].base);
}

/* late->memo: what holds for any row, and what is carried. */
static void hold_carried(struct vector_scope *scope, struct row_late *late)
{
        const struct vector_memo *memo = scope->memo;

        for (int i = 0; i < late->count; i++)
                vector_hold(scope, late->carried[i].key,
                            late->carried[i].value);
        late->memo = scope->memo;
        scope->memo = memo;
}

/* --- rows --- */

/* All passes but the last of the row that is bound, and its single values
 * when these have all that they need. */
static void run_early(struct vector_scope *scope, struct row_emit *emit)
{
        row_pass_bind_outputs(scope, emit->passes);
        for (int p = 0; p < last_pass(emit->passes); p++)
                row_pass_run(scope, emit, p);
        if (!row_late_reduces(emit->passes))
                row_pass_store_values(scope, emit);
}

/* The buffers' first rows. */
static void open_buffers(struct vector_scope *scope, struct row_emit *emit)
{
        for (int i = 0; i < emit->passes->staged_count; i++)
                if (emit->buffer[i])
                        emit->offset[i] =
                                thread_var(scope->program, "half",
                                           thread_int(scope->program, 0));
}

static void swap_buffers(struct vector_scope *scope, struct row_emit *emit)
{
        const struct passes *passes = emit->passes;
        struct thread_program *program = scope->program;

        for (int i = 0; i < passes->staged_count; i++) {
                const struct index *index =
                        &passes->range[passes->staged[i].range].index;

                if (!emit->buffer[i])
                        continue;
                emit->late->offset[i] =
                        thread_declare(program, "other", emit->offset[i]);
                thread_assign(program, emit->offset[i],
                              thread_sub(program, stride(scope, index),
                                         emit->offset[i]));
        }
}

void row_late_rows(struct vector_scope *scope, struct row_emit *emit,
                   const struct thread_expr *first,
                   const struct thread_expr *last)
{
        struct thread_program *program = scope->program;
        const struct passes *passes = emit->passes;
        const struct vector_memo *memo = scope->memo;
        struct row_late late = {0};
        struct plan_rows rows;

        open_buffers(scope, emit);
        plan_bind_rows(scope, passes->row_count, passes->row, first);
        run_early(scope, emit);
        emit->late = &late;
        carry_first(scope, emit);
        scope->memo = memo;

        (void)plan_rows_begin(
                scope, &rows, passes->row_count, passes->row,
                thread_add(program, first, thread_int(program, 1)), last);
        swap_buffers(scope, emit);
        hold_carried(scope, &late);
        run_early(scope, emit);
        carry_on(scope, emit);
        scope->memo = memo;
        plan_rows_end(scope, &rows);

        emit->late = NULL;
        hold_carried(scope, &late);
        scope->memo = late.memo;
        bind_rows(scope, passes, late.row);
        row_pass_run(scope, emit, last_pass(passes));
        if (row_late_reduces(passes))
                row_pass_store_values(scope, emit);
        scope->memo = memo;
}
