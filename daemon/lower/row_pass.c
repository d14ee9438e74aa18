/*
 * The passes of a row, one after the other.
 *
 * A pass is a sweep whose body adds to the accumulators of its reductions
 * and stores its outputs. Lanes of a last, partial vector take the
 * reduction's identity instead of their term. With several copies the
 * accumulators are a small array indexed by the vector of a round, which
 * hides the latency of the additions.
 */
#include "lower/row_pass.h"

#include <stdio.h>

#include "lower/sweep.h"

/* A reduction while its pass runs. */
struct accumulator {
        const struct pass_reduction *reduction;
        enum reduction op;
        struct thread_type type;         /* of the running value, in lanes */
        struct thread_array *array;      /* copies > 1 */
        const struct thread_expr *value; /* copies == 1 */
        const struct thread_expr *position; /* argmax, argmin; i64 lanes */
};

struct pass_run {
        struct row_emit *emit;
        int pass, range;
        int count;
        struct accumulator accumulator[PASSES_REDUCTIONS];
};

static bool is_position(enum reduction op)
{
        return op == RED_ARGMAX || op == RED_ARGMIN;
}

static enum reduction key_of(enum reduction op)
{
        return op == RED_ARGMAX ? RED_MAX : op == RED_ARGMIN ? RED_MIN : op;
}

/* --- before the sweep
 * -------------------------------------------------------------- */

static const char *accumulator_name(enum reduction op)
{
        switch (op) {
        case RED_SUM:
                return "sums";
        case RED_PROD:
                return "products";
        case RED_MAX:
        case RED_ARGMAX:
                return "largest";
        case RED_MIN:
        case RED_ARGMIN:
                return "smallest";
        default:
                return "found";
        }
}

static struct thread_type accumulator_type(const struct vector_scope *scope,
                                           const struct accumulator *a,
                                           int lanes)
{
        const struct expr *term = a->reduction->term;
        enum kind kind =
                is_position(a->op) ? term->kind : a->reduction->key->kind;
        struct thread_type type = {vector_dtype(scope, kind), lanes};

        if (is_position(a->op) && kind == KIND_BOOLEAN)
                type.dtype = DTYPE_I64;
        else if (kind == KIND_BOOLEAN)
                type.dtype = scope->real == DTYPE_F64 ? DTYPE_I64 : DTYPE_I32;
        return type;
}

static void open_accumulator(struct vector_scope *scope,
                             const struct pass_run *run, struct accumulator *a)
{
        struct thread_program *program = scope->program;
        const struct row_choice *choice = run->emit->choice;
        const struct thread_expr *identity, *c;
        int copies = choice->copies;

        a->type = accumulator_type(scope, a, choice->lanes);
        identity = reduce_identity(program, key_of(a->op), a->type);
        if (is_position(a->op)) {
                a->position = thread_var(
                        program, "position",
                        thread_broadcast(
                                program,
                                vector_lower(scope, run->emit->passes
                                                            ->range[run->range]
                                                            .index.lo),
                                choice->lanes));
                copies = 1;
        }
        if (copies == 1) {
                a->value =
                        thread_var(program, accumulator_name(a->op), identity);
                return;
        }
        a->array = thread_private(program, accumulator_name(a->op), a->type,
                                  copies);
        c = thread_loop(program, "c", thread_int(program, 0),
                        thread_int(program, copies), 1, THREAD_UNROLLED,
                        copies);
        thread_store(program, a->array, c, identity);
        thread_end(program);
}

/* --- in the sweep
 * --------------------------------------------------------------------- */

/* The term in the accumulator's type, the identity in lanes not in use. */
static const struct thread_expr *lower_term(struct vector_scope *scope,
                                            const struct accumulator *a)
{
        struct thread_program *program = scope->program;
        const struct expr *term = a->reduction->term;
        const struct thread_expr *value, *active;

        if (dtype_is_float(a->type.dtype))
                value = vector_lower_real(scope, term);
        else
                value = vector_lower(scope, term);
        if (term->kind == KIND_BOOLEAN &&
            a->reduction->key->kind != KIND_BOOLEAN)
                value = thread_select(program, value, thread_int(program, 1),
                                      thread_int(program, 0));
        value = thread_broadcast(program, value, a->type.lanes);
        value = thread_cast(program, value, a->type.dtype);
        active = vector_active(scope, a->type.dtype);
        if (!active)
                return value;
        return thread_select(program, active, value,
                             reduce_identity(program, key_of(a->op), a->type));
}

static void step_position(struct vector_scope *scope,
                          const struct pass_run *run, struct accumulator *a)
{
        struct thread_program *program = scope->program;
        const struct expr *use = &run->emit->passes->range[run->range].use;
        const struct thread_expr *key =
                thread_let(program, "key", lower_term(scope, a));
        const struct thread_expr *wins = thread_let(
                program, "wins",
                a->op == RED_ARGMAX ? thread_less(program, a->value, key)
                                    : thread_less(program, key, a->value));

        thread_assign(program, a->value,
                      thread_select(program, wins, key, a->value));
        thread_assign(program, a->position,
                      thread_select(program, wins, vector_lower(scope, use),
                                    a->position));
}

static void step_accumulator(struct vector_scope *scope,
                             const struct pass_run *run, struct accumulator *a,
                             const struct thread_expr *copy)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *term;

        if (is_position(a->op)) {
                step_position(scope, run, a);
                return;
        }
        term = lower_term(scope, a);
        if (a->array)
                thread_store(program, a->array, copy,
                             reduce_step(program, a->op,
                                         thread_load(program, a->array, copy,
                                                     a->type.lanes),
                                         term));
        else
                thread_assign(program, a->value,
                              reduce_step(program, a->op, a->value, term));
}

static const struct thread_expr *staged_place(struct vector_scope *scope,
                                              const struct row_emit *emit,
                                              int i)
{
        const struct pass_range *range =
                &emit->passes->range[emit->passes->staged[i].range];

        return thread_add(scope->program, emit->offset[i],
                          scope->index[range->index.number].base);
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

static void store_output(struct vector_scope *scope,
                         const struct pass_run *run,
                         const struct pass_output *output)
{
        const struct statement *s = output->item->statement;
        const struct pass_range *range = &run->emit->passes->range[run->range];
        const struct thread_expr *value;

        /* The statement's own last index has the lanes for its subscripts. */
        scope->index[s->index[s->index_count - 1]->number] =
                scope->index[range->index.number];
        value = s->target->kind == KIND_REAL
                        ? vector_lower_real(scope, output->value)
                        : vector_lower(scope, output->value);
        vector_write(scope, s->target, s->subscript, value,
                     run->emit->choice->stream &&
                             s->target->role == TENSOR_OUT);
        scope->index[s->index[s->index_count - 1]->number].base = NULL;
        scope->index[s->index[s->index_count - 1]->number].lanes = false;
}

static void pass_body(struct vector_scope *scope,
                      const struct thread_expr *copy, void *data)
{
        struct pass_run *run = data;
        const struct passes *passes = run->emit->passes;

        run_staged(scope, run);
        for (int i = 0; i < run->count; i++)
                step_accumulator(scope, run, &run->accumulator[i], copy);
        for (int i = 0; i < passes->output_count; i++)
                if (passes->output[i].pass == run->pass)
                        store_output(scope, run, &passes->output[i]);
}

/* --- behind the sweep
 * ---------------------------------------------------------------- */

/* All copies of an accumulator as one vector. */
static const struct thread_expr *join_copies(struct vector_scope *scope,
                                             const struct pass_run *run,
                                             const struct accumulator *a)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *total;
        int copies = run->emit->choice->copies;

        if (!a->array)
                return a->value;
        total = thread_load(program, a->array, thread_int(program, 0),
                            a->type.lanes);
        for (int c = 1; c < copies; c++)
                total = reduce_step(program, a->op, total,
                                    thread_load(program, a->array,
                                                thread_int(program, c),
                                                a->type.lanes));
        return total;
}

/* The first position whose key is the best of all lanes. */
static const struct thread_expr *join_position(struct vector_scope *scope,
                                               const struct accumulator *a)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *best, *candidates;

        if (a->type.lanes == 1)
                return a->position;
        best = thread_let(program, "best",
                          thread_horizontal(program, key_of(a->op), a->value));
        candidates = thread_select(
                program, thread_binary(program, THREAD_EQ, a->value, best),
                a->position,
                thread_constant(program, thread_scalar(DTYPE_I64), 0));
        candidates = thread_select(
                program, thread_binary(program, THREAD_EQ, a->value, best),
                a->position,
                thread_broadcast(program, thread_int(program, INT64_MAX),
                                 a->type.lanes));
        return thread_horizontal(program, RED_MIN, candidates);
}

/* What a person would call the result: the intermediate that it defines. */
static const char *result_name(const struct row_emit *emit,
                               const struct pass_reduction *reduction)
{
        const struct spec *spec = emit->passes->spec;

        for (int i = 0; i < spec->statement_count; i++)
                if (spec->statement[i]->value->op == EXPR_REDUCE &&
                    spec->statement[i]->value->line == reduction->key->line &&
                    spec->statement[i]->value->column ==
                            reduction->key->column)
                        return spec->statement[i]->target->name;
        return reduction_name(reduction->key->value.reduce.reduction);
}

static void close_accumulator(struct vector_scope *scope,
                              const struct pass_run *run,
                              const struct accumulator *a)
{
        struct thread_program *program = scope->program;
        const struct expr *key = a->reduction->key;
        const struct thread_expr *value;

        value = is_position(a->op)
                        ? join_position(scope, a)
                        : thread_horizontal(program, a->op,
                                            join_copies(scope, run, a));
        if (key->kind == KIND_BOOLEAN)
                value = thread_binary(program, THREAD_NE, value,
                                      thread_int(program, 0));
        vector_hold(scope, key,
                    thread_let(program, result_name(run->emit, a->reduction),
                               value));
}

/* --- a pass
 * --------------------------------------------------------------------------
 */

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

static void run_pass(struct vector_scope *scope, struct row_emit *emit,
                     int pass)
{
        const struct passes *passes = emit->passes;
        const struct pass_range *range =
                &passes->range[passes->pass[pass].range];
        struct pass_run run = {
                .emit = emit, .pass = pass, .range = passes->pass[pass].range};
        struct sweep sweep = {.index = &range->index,
                              .name = range->index.name,
                              .lanes = emit->choice->lanes};

        for (int i = 0; i < passes->reduction_count; i++)
                if (passes_of_reduction(passes, i) == pass) {
                        struct accumulator *a = &run.accumulator[run.count++];

                        a->reduction = &passes->reduction[i];
                        a->op = a->reduction->key->value.reduce.reduction;
                }
        hoist_pass(scope, &run);
        for (int i = 0; i < run.count; i++)
                open_accumulator(scope, &run, &run.accumulator[i]);
        sweep.low = thread_let(scope->program, "low",
                               vector_lower(scope, range->index.lo));
        sweep.high = vector_lower(scope, range->index.hi);
        if (range->ragged)
                sweep.high = thread_let(scope->program, "high", sweep.high);
        sweep.copies = run.count ? emit->choice->copies : 1;
        sweep.unroll = run.count ? 1 : emit->choice->unroll;
        sweep_run(scope, &sweep, pass_body, &run);
        for (int i = 0; i < run.count; i++)
                close_accumulator(scope, &run, &run.accumulator[i]);
}

void row_pass_all(struct vector_scope *scope, struct row_emit *emit)
{
        const struct passes *passes = emit->passes;

        for (int p = 0; p < passes->pass_count; p++)
                run_pass(scope, emit, p);
        for (int i = 0; i < passes->output_count; i++) {
                const struct statement *s = passes->output[i].item->statement;

                if (passes->output[i].range >= 0)
                        continue;
                vector_write(
                        scope, s->target, s->subscript,
                        s->target->kind == KIND_REAL
                                ? vector_lower_real(scope,
                                                    passes->output[i].value)
                                : vector_lower(scope, passes->output[i].value),
                        false);
        }
}
