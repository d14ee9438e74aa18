/*
 * The passes of a row, one after the other: a pass is a sweep whose body adds
 * to the accumulators of its reductions and stores its outputs.
 */
#include "lower/row_pass.h"

#include "lower/fetch.h"
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

/* The first pass over all of a row. */
static int first_pass(const struct passes *passes)
{
        return passes->one_pass ? 1 : 0;
}

bool row_pass_has_next(const struct passes *passes)
{
        int first = first_pass(passes);

        return passes->row_count > 0 && passes->pass_count > first + 1 &&
               passes->pass[first].range == passes->pass[first + 1].range &&
               !passes->range[passes->pass[first].range].ragged;
}

/* Hints for what the first pass reads: `bytes` ahead, or of the next row. */
static void fetch_first(struct vector_scope *scope,
                        const struct row_emit *emit, int64_t bytes)
{
        const struct passes *passes = emit->passes;
        const struct expr *term[PASSES_REDUCTIONS];
        int first = first_pass(passes);
        struct fetch_order order = {
                .expr = term,
                .index = &passes->range[passes->pass[first].range].index,
                .row = passes->row_count ? passes->row[passes->row_count - 1]
                                         : NULL};

        for (int i = 0; i < passes->reduction_count; i++)
                if (passes_of_reduction(passes, i) == first)
                        term[order.count++] = passes->reduction[i].term;
        if (bytes)
                fetch_along(scope, &order, bytes);
        else
                fetch_next_row(scope, &order);
}

/* The second pass over a row, or the one that ends the row before, if it goes
 * over what is fetched. */
static int fetching_pass(const struct row_emit *emit)
{
        const struct passes *passes = emit->passes;
        int first = first_pass(passes), ending = passes->pass_count - 2;

        return emit->choice->late && passes->pass[ending].range ==
                                             passes->pass[first].range
                       ? ending
                       : first + 1;
}

/* --- the row before --- */

static bool takes_late(const struct pass_run *run)
{
        return run->emit->late &&
               run->pass + 2 == run->emit->passes->pass_count;
}

/* What a pass does at the bound lanes. */
static void run_here(struct vector_scope *scope, struct pass_run *run,
                     const struct thread_expr *copy)
{
        const struct passes *passes = run->emit->passes;

        run_staged(scope, run);
        for (int i = 0; i < run->count; i++)
                row_total_step(scope, run, &run->accumulator[i], copy);
        for (int i = 0; i < passes->output_count; i++)
                if (passes->output[i].pass == run->pass)
                        store_output(scope, run, &passes->output[i]);
}

static void pass_body(struct vector_scope *scope,
                      const struct thread_expr *copy, void *data)
{
        struct pass_run *run = data;
        const struct passes *passes = run->emit->passes;

        if (run->pass == first_pass(passes) && run->emit->choice->hint)
                fetch_first(scope, run->emit, run->emit->choice->hint);
        if (run->emit->choice->next && run->pass == fetching_pass(run->emit))
                fetch_first(scope, run->emit, 0);
        run_here(scope, run, copy);
        if (!takes_late(run))
                return;
        row_late_enter(scope, run->emit);
        run_here(scope, run->emit->late->run, copy);
        row_late_leave(scope, run->emit);
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

static struct pass_run run_of(struct row_emit *emit, int pass)
{
        const struct passes *passes = emit->passes;
        struct pass_run run = {
                .emit = emit, .pass = pass, .range = passes->pass[pass].range};

        for (int i = 0; i < passes->reduction_count; i++)
                if (passes_of_reduction(passes, i) == pass) {
                        struct accumulator *a = &run.accumulator[run.count++];

                        a->reduction = &passes->reduction[i];
                        a->op = a->reduction->key->value.reduce.reduction;
                }
        return run;
}

/* What a pass needs in front of the loop. */
static void open_pass(struct vector_scope *scope, struct pass_run *run)
{
        comment_pass(scope, run);
        hoist_pass(scope, run);
        for (int i = 0; i < run->count; i++)
                row_total_open(scope, run, &run->accumulator[i]);
}

static void close_pass(struct vector_scope *scope, const struct pass_run *run)
{
        for (int i = 0; i < run->count; i++)
                row_total_close(scope, run, &run->accumulator[i]);
}

/* The last pass over the row before. */
static void open_late(struct vector_scope *scope, struct pass_run *run)
{
        struct row_late *late = run->emit->late;

        thread_comment(scope->program, "Of the row before:");
        row_late_enter(scope, run->emit);
        late->run = run;
        open_pass(scope, run);
        late->memo = scope->memo;
        row_late_leave(scope, run->emit);
}

static void close_late(struct vector_scope *scope, const struct pass_run *run)
{
        row_late_enter(scope, run->emit);
        close_pass(scope, run);
        if (run->count)
                row_pass_store_values(scope, run->emit);
        row_late_leave(scope, run->emit);
        run->emit->late->run = NULL;
}

void row_pass_run(struct vector_scope *scope, struct row_emit *emit, int pass)
{
        struct pass_run run = run_of(emit, pass), last = {.count = 0};
        struct sweep sweep;

        open_pass(scope, &run);
        if (takes_late(&run)) {
                last = run_of(emit, pass + 1);
                open_late(scope, &last);
        }
        open_sweep(scope, emit, run.range, &sweep);
        if (run.count == 0 && last.count == 0) {
                sweep.copies = 1;
                sweep.unroll = emit->choice->unroll;
        }
        run_loops(scope, &run, &sweep);
        close_pass(scope, &run);
        if (takes_late(&run))
                close_late(scope, &last);
}

void row_pass_store_values(struct vector_scope *scope, struct row_emit *emit)
{
        const struct passes *passes = emit->passes;
        struct thread_program *program = scope->program;

        for (int i = 0; i < passes->output_count; i++) {
                const struct pass_output *output = &passes->output[i];
                const struct statement *s = output->item->statement;
                const struct vector_memo *memo = scope->memo;

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
                if (!emit->item)
                        continue;
                /* What was held in there is not known to the others. */
                thread_end(program);
                scope->memo = memo;
        }
}

void row_pass_all(struct vector_scope *scope, struct row_emit *emit)
{
        for (int p = 0; p < emit->passes->pass_count; p++)
                row_pass_run(scope, emit, p);
        row_pass_store_values(scope, emit);
}
