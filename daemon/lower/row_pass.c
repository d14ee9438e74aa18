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
#include <string.h>

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
        const struct expr use = {
                .op = EXPR_INDEX,
                .kind = KIND_INTEGER,
                .value.index = &run->emit->passes->range[run->range].index};
        const struct thread_expr *key =
                thread_let(program, "key", lower_term(scope, a));
        const struct thread_expr *wins = thread_let(
                program, "wins",
                a->op == RED_ARGMAX ? thread_less(program, a->value, key)
                                    : thread_less(program, key, a->value));

        thread_assign(program, a->value,
                      thread_select(program, wins, key, a->value));
        thread_assign(program, a->position,
                      thread_select(program, wins, vector_lower(scope, &use),
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
                thread_broadcast(program, thread_int(program, INT64_MAX),
                                 a->type.lanes));
        return thread_horizontal(program, RED_MIN, candidates);
}

/* The intermediate that the reduction defines, or what it is. */
static void result_name(const struct vector_scope *scope,
                        const struct accumulator *a, char *name, size_t size)
{
        static const char *const names[] = {
                [RED_SUM] = "total",   [RED_PROD] = "product",
                [RED_MAX] = "maximum", [RED_MIN] = "minimum",
                [RED_ARGMAX] = "at",   [RED_ARGMIN] = "at",
                [RED_ANY] = "some",    [RED_ALL] = "every"};
        char usual[LIMIT_NAME_BYTES];

        vector_name(scope, a->reduction->key, name, size);
        snprintf(usual, sizeof usual, "%s_v", reduction_name(a->op));
        if (strcmp(name, usual) == 0)
                snprintf(name, size, "%s", names[a->op]);
}

static void close_accumulator(struct vector_scope *scope,
                              const struct pass_run *run,
                              const struct accumulator *a)
{
        struct thread_program *program = scope->program;
        const struct expr *key = a->reduction->key;
        const struct thread_expr *value;
        char name[LIMIT_NAME_BYTES + 8];

        value = is_position(a->op)
                        ? join_position(scope, a)
                        : thread_horizontal(program, a->op,
                                            join_copies(scope, run, a));
        if (key->kind == KIND_BOOLEAN)
                value = thread_binary(program, THREAD_NE, value,
                                      thread_int(program, 0));
        result_name(scope, a, name, sizeof name);
        vector_hold(scope, key, thread_let(program, name, value));
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

/* The loops around the lanes, and the sweep inside them. */
static void run_loops(struct vector_scope *scope, struct pass_run *run,
                      struct sweep *sweep)
{
        const struct pass_range *range = &run->emit->passes->range[run->range];
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;

        for (int k = 0; k < range->outer_count; k++)
                vector_bind(scope, &range->outer[k],
                            thread_for(program, range->outer[k].name,
                                       vector_lower(scope, range->outer[k].lo),
                                       vector_lower(scope, range->outer[k].hi),
                                       1));
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

        sweep->index = &range->index;
        sweep->name = range->index.name;
        sweep->lanes = emit->choice->lanes;
        sweep->copies = emit->choice->copies;
        sweep->unroll = 1;
        sweep->low = vector_lower(scope, range->index.lo);
        sweep->high = vector_lower(scope, range->index.hi);
        sweep->rounds = emit->end[number].rounds;
        sweep->whole = emit->end[number].whole;
        if (range->ragged) {
                sweep->low = thread_let(scope->program, "low", sweep->low);
                sweep->high = thread_let(scope->program, "high", sweep->high);
        }
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

static void run_pass(struct vector_scope *scope, struct row_emit *emit,
                     int pass)
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
        for (int i = 0; i < run.count; i++)
                open_accumulator(scope, &run, &run.accumulator[i]);
        open_sweep(scope, emit, run.range, &sweep);
        if (run.count == 0) {
                sweep.copies = 1;
                sweep.unroll = emit->choice->unroll;
        }
        run_loops(scope, &run, &sweep);
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
