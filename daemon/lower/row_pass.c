/*
 * The passes of a row, one after the other: a pass is a sweep whose body adds
 * to the accumulators of its reductions and stores its outputs.
 */
#include "lower/row_pass.h"

#include "lower/rewrite.h"

#include "lower/row_late.h"
#include "lower/row_total.h"
#include "lower/sweep.h"

static const struct thread_expr *staged_place(struct vector_scope *scope,
                                              const struct row_emit *emit,
                                              int i)
{
        const struct pass_range *range =
                &emit->passes->range[emit->passes->staged[i].range];

        return thread_add(scope->program, emit->offset[i],
                          scope->index[range->index.number].base);
}

void row_pass_bind_outputs(struct vector_scope *scope,
                           const struct passes *passes)
{
        for (int i = 0; i < passes->output_count; i++) {
                const struct statement *s = passes->output[i].item->statement;

                for (int k = 0; k < passes->row_count; k++)
                        scope->index[s->index[k]->number] =
                                scope->index[passes->row[k]->number];
        }
}

/* Values that wait: computed and kept here, or taken from where they are. */
static void run_staged(struct vector_scope *scope, const struct pass_run *run)
{
        const struct row_emit *emit = run->emit;
        struct thread_program *program = scope->program;

        for (int i = 0; i < emit->passes->staged_count; i++) {
                const struct pass_staged *staged = &emit->passes->staged[i];
                const struct thread_expr *at, *value;

                if (!emit->buffer[i] || staged->range != run->range ||
                    staged->from > run->pass)
                        continue;
                at = staged_place(scope, emit, i);
                if (staged->from == run->pass) {
                        value = thread_let(
                                program, "kept",
                                vector_lower_real(scope, staged->value));
                        vector_hold(scope, staged->value, value);
                        thread_store_part(program, emit->buffer[i], at, value,
                                          scope->active, false);
                        continue;
                }
                value = thread_load_part(program, emit->buffer[i], at,
                                         scope->lanes, scope->active);
                value = thread_cast(program, value, scope->real);
                vector_hold(scope, staged->value,
                            thread_let(program, "kept", value));
        }
}

/* The statement's own inner indices mean what the range's do, for its
 * subscripts: loops, 0 for those that run together, lanes for the last. */
static void bind_output(struct vector_scope *scope, const struct pass_run *run,
                        const struct pass_output *output, bool bind)
{
        const struct passes *passes = run->emit->passes;
        const struct pass_range *range = &passes->range[run->range];
        const struct statement *s = output->item->statement;
        const struct vector_bound none = {NULL, false};

        for (int k = passes->row_count; k < s->index_count; k++) {
                struct vector_bound *bound =
                        &scope->index[s->index[k]->number];
                int place = k - passes->row_count;

                if (!bind)
                        *bound = none;
                else if (place < range->outer_count)
                        *bound = scope->index[range->outer[place].number];
                else if (k < s->index_count - 1)
                        vector_bind(scope, s->index[k],
                                    thread_int(scope->program, 0));
                else
                        *bound = scope->index[range->index.number];
        }
}

static void store_output(struct vector_scope *scope,
                         const struct pass_run *run,
                         const struct pass_output *output)
{
        const struct statement *s = output->item->statement;
        const struct thread_expr *value;

        bind_output(scope, run, output, true);
        value = s->target->kind == KIND_REAL
                        ? vector_lower_real(scope, output->value)
                        : vector_lower(scope, output->value);
        vector_write(scope, s->target, s->subscript, value,
                     run->emit->choice->stream &&
                             s->target->role == TENSOR_OUT);
        bind_output(scope, run, output, false);
}

/* --- the next row --- */

bool row_pass_has_next(const struct passes *passes)
{
        return passes->row_count > 0 && passes->pass_count > 1 &&
               passes->pass[0].range == passes->pass[1].range &&
               !passes->range[passes->pass[0].range].ragged;
}

static bool visit_reads(const struct expr *expr, void *data)
{
        bool *reads = data;

        *reads |= expr->op == EXPR_READ;
        return !*reads;
}

/* May the place be computed for any row without a look at memory? */
static bool is_plain_place(const struct read *read)
{
        bool reads = false;

        for (int d = 0; d < read->tensor->rank; d++)
                expr_walk(read->subscript[d], visit_reads, &reads);
        return !reads && read->safety == READ_PROVED &&
               read->tensor->role == TENSOR_IN;
}

struct next_row {
        struct vector_scope *scope;
        const struct index *row, *index;
        const struct expr *seen[LIMIT_TENSORS];
        int count;
};

static bool fetch_next(const struct expr *expr, void *data)
{
        struct next_row *next = data;
        struct vector_scope *scope = next->scope;
        const struct read *read = &expr->value.read;

        if (expr->op != EXPR_READ || !is_plain_place(read) ||
            !vector_depends(expr, next->row) ||
            !vector_depends(expr, next->index) ||
            !vector_is_contiguous(expr, next->index, 1) ||
            next->count == LIMIT_TENSORS)
                return true;
        for (int i = 0; i < next->count; i++)
                if (rewrite_equal(next->seen[i], expr))
                        return true;
        next->seen[next->count++] = expr;
        thread_prefetch(scope->program,
                        thread_tensor(scope->program, read->tensor),
                        vector_offset(scope, read->tensor, read->subscript));
        return true;
}

/* Memory is busy with the next row while this one, in the nearest cache by
 * now, is computed. A hint behind the last row reads nothing. */
static void fetch_next_row(struct vector_scope *scope,
                           const struct passes *passes)
{
        const struct index *row = passes->row[passes->row_count - 1];
        struct vector_bound saved = scope->index[row->number];
        struct next_row next = {
                .scope = scope,
                .row = row,
                .index = &passes->range[passes->pass[0].range].index};

        scope->index[row->number].base = thread_add(
                scope->program, saved.base, thread_int(scope->program, 1));
        for (int i = 0; i < passes->reduction_count; i++)
                if (passes_of_reduction(passes, i) == 0)
                        expr_walk(passes->reduction[i].term, fetch_next,
                                  &next);
        scope->index[row->number] = saved;
}

/* The second pass over a row, or the one that stores the row before. */
static int fetching_pass(const struct row_emit *emit)
{
        return emit->choice->late ? emit->passes->pass_count - 2 : 1;
}

/* --- the row before --- */

static bool takes_late(const struct pass_run *run)
{
        return run->emit->late &&
               run->pass + 2 == run->emit->passes->pass_count;
}

/* The pass that it takes. */
static struct pass_run late_run(const struct pass_run *run)
{
        return (struct pass_run){
                .emit = run->emit, .pass = run->pass + 1, .range = run->range};
}

static void store_late(struct vector_scope *scope, const struct pass_run *run)
{
        const struct passes *passes = run->emit->passes;
        struct pass_run last = late_run(run);

        row_late_enter(scope, run->emit);
        run_staged(scope, &last);
        for (int i = 0; i < passes->output_count; i++)
                if (passes->output[i].pass == last.pass)
                        store_output(scope, &last, &passes->output[i]);
        row_late_leave(scope, run->emit);
}

static void pass_body(struct vector_scope *scope,
                      const struct thread_expr *copy, void *data)
{
        struct pass_run *run = data;
        const struct passes *passes = run->emit->passes;

        if (run->emit->choice->next && run->pass == fetching_pass(run->emit))
                fetch_next_row(scope, passes);
        run_staged(scope, run);
        for (int i = 0; i < run->count; i++)
                row_total_step(scope, run, &run->accumulator[i], copy);
        for (int i = 0; i < passes->output_count; i++)
                if (passes->output[i].pass == run->pass)
                        store_output(scope, run, &passes->output[i]);
        if (takes_late(run))
                store_late(scope, run);
}

/* --- a pass --- */

static void hoist_pass(struct vector_scope *scope, const struct pass_run *run)
{
        const struct passes *passes = run->emit->passes;
        const struct index *index = &passes->range[run->range].index;

        for (int i = 0; i < run->count; i++)
                plan_hoist(scope, run->accumulator[i].reduction->term, index);
        for (int i = 0; i < passes->output_count; i++)
                if (passes->output[i].pass == run->pass)
                        plan_hoist(scope, passes->output[i].value, index);
}

/* What the pass computes, as the spec says it. */
static void comment_pass(struct vector_scope *scope,
                         const struct pass_run *run)
{
        const struct passes *passes = run->emit->passes;
        const struct spec *spec = passes->spec;

        for (int i = 0; i < spec->statement_count; i++) {
                const struct statement *s = spec->statement[i];
                const struct statement *next = i + 1 < spec->statement_count
                                                       ? spec->statement[i + 1]
                                                       : NULL;
                bool here = false;

                for (int k = 0; k < run->count; k++) {
                        int line = run->accumulator[k].reduction->key->line;

                        here |= line >= s->line &&
                                (!next || line < next->line);
                }
                for (int k = 0; k < passes->output_count; k++)
                        here |= passes->output[k].pass == run->pass &&
                                passes->output[k].item->statement == s;
                if (here)
                        thread_comment(scope->program, "%s",
                                       plan_text(scope->program, s));
        }
}

/* The bounds of this part of low..high, in whole steps but for the last. */
static void narrow(struct vector_scope *scope, const struct row_emit *emit,
                   int64_t step, const struct thread_expr **low,
                   const struct thread_expr **high)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *width = thread_int(program, step);
        const struct thread_expr *chunk;

        chunk = thread_blocks(program, thread_sub(program, *high, *low),
                              thread_int(program, emit->parts));
        chunk = thread_mul(program, thread_blocks(program, chunk, width),
                           width);
        chunk = thread_let(program, "chunk", chunk);
        *low = thread_let(
                program, "start",
                thread_min(program,
                           thread_add(program, *low,
                                      thread_mul(program, emit->part, chunk)),
                           *high));
        *high = thread_let(
                program, "end",
                thread_min(program, thread_add(program, *low, chunk), *high));
}

/* The loops around the lanes, and the sweep inside them. */
static void run_loops(struct vector_scope *scope, struct pass_run *run,
                      struct sweep *sweep)
{
        const struct pass_range *range = &run->emit->passes->range[run->range];
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;

        for (int k = 0; k < range->outer_count; k++) {
                const struct index *index = &range->outer[k];
                const struct thread_expr *low = vector_lower(scope, index->lo);
                const struct thread_expr *high =
                        vector_lower(scope, index->hi);

                if (k == 0 && run->emit->part)
                        narrow(scope, run->emit, 1, &low, &high);
                vector_bind(scope, index,
                            thread_for(program, index->name, low, high, 1));
        }
        if (range->outer_count)
                hoist_pass(scope, run);
        sweep_run(scope, sweep, pass_body, run);
        for (int k = range->outer_count - 1; k >= 0; k--) {
                scope->index[range->outer[k].number].base = NULL;
                thread_end(program);
        }
        scope->memo = memo;
}

/* A sweep over a range with what is the same for all of its passes. */
static void open_sweep(struct vector_scope *scope, const struct row_emit *emit,
                       int number, struct sweep *sweep)
{
        const struct pass_range *range = &emit->passes->range[number];

        *sweep = (struct sweep){.index = &range->index,
                                .name = range->index.name,
                                .lanes = emit->choice->lanes,
                                .copies = emit->choice->copies,
                                .unroll = 1};
        sweep->low = vector_lower(scope, range->index.lo);
        sweep->high = vector_lower(scope, range->index.hi);
        sweep->rounds = emit->end[number].rounds;
        sweep->whole = emit->end[number].whole;
        if (range->ragged) {
                sweep->low = thread_let(scope->program, "low", sweep->low);
                sweep->high = thread_let(scope->program, "high", sweep->high);
        }
        if (emit->item) {
                sweep->low =
                        thread_add(scope->program, sweep->low, emit->item);
                sweep->step = emit->choice->group;
        }
        if (emit->part && range->outer_count == 0)
                narrow(scope, emit, (int64_t)sweep->lanes * sweep->copies,
                       &sweep->low, &sweep->high);
}

void row_pass_ends(struct vector_scope *scope, struct row_emit *emit)
{
        const struct passes *passes = emit->passes;

        for (int p = 0; p < passes->pass_count; p++) {
                int range = passes->pass[p].range;
                struct sweep sweep;

                if (passes->range[range].ragged || emit->end[range].whole)
                        continue;
                open_sweep(scope, emit, range, &sweep);
                sweep_ends(scope->program, &sweep);
                emit->end[range].rounds = sweep.rounds;
                emit->end[range].whole = sweep.whole;
        }
}

/* What the last pass over the row before needs in front of the loop. */
static void open_late(struct vector_scope *scope, const struct pass_run *run)
{
        struct pass_run last = late_run(run);

        thread_comment(scope->program, "Of the row before:");
        comment_pass(scope, &last);
        row_late_enter(scope, run->emit);
        hoist_pass(scope, &last);
        run->emit->late->memo = scope->memo;
        row_late_leave(scope, run->emit);
}

void row_pass_run(struct vector_scope *scope, struct row_emit *emit, int pass)
{
        const struct passes *passes = emit->passes;
        struct pass_run run = {
                .emit = emit, .pass = pass, .range = passes->pass[pass].range};
        struct sweep sweep;

        for (int i = 0; i < passes->reduction_count; i++)
                if (passes_of_reduction(passes, i) == pass) {
                        struct accumulator *a = &run.accumulator[run.count++];

                        a->reduction = &passes->reduction[i];
                        a->op = a->reduction->key->value.reduce.reduction;
                }
        comment_pass(scope, &run);
        hoist_pass(scope, &run);
        if (takes_late(&run))
                open_late(scope, &run);
        for (int i = 0; i < run.count; i++)
                row_total_open(scope, &run, &run.accumulator[i]);
        open_sweep(scope, emit, run.range, &sweep);
        if (run.count == 0) {
                sweep.copies = 1;
                sweep.unroll = emit->choice->unroll;
        }
        run_loops(scope, &run, &sweep);
        for (int i = 0; i < run.count; i++)
                row_total_close(scope, &run, &run.accumulator[i]);
}

void row_pass_store_values(struct vector_scope *scope, struct row_emit *emit)
{
        const struct passes *passes = emit->passes;
        struct thread_program *program = scope->program;

        for (int i = 0; i < passes->output_count; i++) {
                const struct pass_output *output = &passes->output[i];
                const struct statement *s = output->item->statement;

                if (output->range >= 0)
                        continue;
                if (emit->item)
                        thread_if(program,
                                  thread_binary(program, THREAD_EQ, emit->item,
                                                thread_int(program, 0)));
                vector_write(scope, s->target, s->subscript,
                             s->target->kind == KIND_REAL
                                     ? vector_lower_real(scope, output->value)
                                     : vector_lower(scope, output->value),
                             false);
                if (emit->item)
                        thread_end(program);
        }
}

void row_pass_all(struct vector_scope *scope, struct row_emit *emit)
{
        for (int p = 0; p < emit->passes->pass_count; p++)
                row_pass_run(scope, emit, p);
        row_pass_store_values(scope, emit);
}
