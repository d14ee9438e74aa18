/*
 * Accumulators of reductions in lanes. Lanes of a last, partial vector take
 * the reduction's identity instead of their term. With several copies the
 * accumulators are a small array indexed by the vector of a round, which
 * hides the latency of the additions.
 */
#include "lower/row_total.h"

#include <stdio.h>
#include <string.h>

#include "lower/narrow.h"

static bool is_position(enum reduction op)
{
        return op == RED_ARGMAX || op == RED_ARGMIN;
}

static enum reduction key_of(enum reduction op)
{
        return op == RED_ARGMAX ? RED_MAX : op == RED_ARGMIN ? RED_MIN : op;
}

/* --- before the sweep --- */

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

        if (lanes > 1 && !is_position(a->op) && kind == KIND_INTEGER)
                type.dtype = narrow_total(scope, a->reduction->key);
        if (is_position(a->op) && kind == KIND_BOOLEAN)
                type.dtype = DTYPE_I64;
        else if (kind == KIND_BOOLEAN)
                type.dtype = scope->real == DTYPE_F64 ? DTYPE_I64 : DTYPE_I32;
        return type;
}

void row_total_open(struct vector_scope *scope, const struct pass_run *run,
                    struct accumulator *a)
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

/* --- in the sweep --- */

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

void row_total_step(struct vector_scope *scope, const struct pass_run *run,
                    struct accumulator *a, const struct thread_expr *copy)
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

/* --- behind the sweep --- */

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

/* --- of a group --- */

/* Halve the work-items that hold a partial result until one is left; every
 * item then reads that one. step joins what `item` and `other` hold. */
static void join_group(struct vector_scope *scope, const struct pass_run *run,
                       void (*step)(struct vector_scope *scope,
                                    const struct thread_expr *item,
                                    const struct thread_expr *other,
                                    const struct accumulator *a,
                                    struct thread_array *const *shared),
                       const struct accumulator *a,
                       struct thread_array *const *shared)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *item = run->emit->item;

        thread_barrier(program);
        for (int half = run->emit->choice->group / 2; half > 0; half /= 2) {
                const struct thread_expr *width = thread_int(program, half);

                thread_if(program, thread_less(program, item, width));
                step(scope, item, thread_add(program, item, width), a, shared);
                thread_end(program);
                thread_barrier(program);
        }
}

static void join_values(struct vector_scope *scope,
                        const struct thread_expr *item,
                        const struct thread_expr *other,
                        const struct accumulator *a,
                        struct thread_array *const *shared)
{
        struct thread_program *program = scope->program;

        thread_store(program, shared[0], item,
                     reduce_step(program, a->op,
                                 thread_load(program, shared[0], item, 1),
                                 thread_load(program, shared[0], other, 1)));
}

/* The better key, of equal ones the first position. */
static void join_keys(struct vector_scope *scope,
                      const struct thread_expr *item,
                      const struct thread_expr *other,
                      const struct accumulator *a,
                      struct thread_array *const *shared)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *mine = thread_let(
                program, "mine", thread_load(program, shared[0], item, 1));
        const struct thread_expr *theirs = thread_let(
                program, "theirs", thread_load(program, shared[0], other, 1));
        const struct thread_expr *first = thread_let(
                program, "first", thread_load(program, shared[1], item, 1));
        const struct thread_expr *second = thread_let(
                program, "second", thread_load(program, shared[1], other, 1));
        const struct thread_expr *better =
                a->op == RED_ARGMAX ? thread_less(program, mine, theirs)
                                    : thread_less(program, theirs, mine);
        const struct thread_expr *equal =
                thread_binary(program, THREAD_AND,
                              thread_binary(program, THREAD_EQ, mine, theirs),
                              thread_less(program, second, first));
        const struct thread_expr *wins =
                thread_let(program, "wins",
                           thread_binary(program, THREAD_OR, better, equal));

        thread_store(program, shared[0], item,
                     thread_select(program, wins, theirs, mine));
        thread_store(program, shared[1], item,
                     thread_select(program, wins, second, first));
}

/* What the whole group found: the same for every item. */
static const struct thread_expr *group_total(struct vector_scope *scope,
                                             const struct pass_run *run,
                                             const struct accumulator *a)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *item = run->emit->item;
        int group = run->emit->choice->group;
        struct thread_array *shared[2] = {0};

        shared[0] = thread_shared(program, "partial", a->type.dtype, group);
        thread_store(program, shared[0], item, a->value);
        if (!is_position(a->op)) {
                join_group(scope, run, join_values, a, shared);
                return thread_load(program, shared[0], thread_int(program, 0),
                                   1);
        }
        shared[1] = thread_shared(program, "places", DTYPE_I64, group);
        thread_store(program, shared[1], item, a->position);
        join_group(scope, run, join_keys, a, shared);
        return thread_load(program, shared[1], thread_int(program, 0), 1);
}

void row_total_close(struct vector_scope *scope, const struct pass_run *run,
                     const struct accumulator *a)
{
        struct thread_program *program = scope->program;
        const struct expr *key = a->reduction->key;
        const struct thread_expr *value;
        char name[LIMIT_NAME_BYTES + 8];

        if (run->emit->item)
                value = group_total(scope, run, a);
        else
                value = is_position(a->op)
                                ? join_position(scope, a)
                                : thread_horizontal(
                                          program, a->op,
                                          join_copies(scope, run, a));
        if (key->kind == KIND_BOOLEAN)
                value = thread_binary(program, THREAD_NE, value,
                                      thread_int(program, 0));
        if (key->kind == KIND_INTEGER)
                value = thread_cast(program, value, DTYPE_I64);
        result_name(scope, a, name, sizeof name);
        vector_hold(scope, key, thread_let(program, name, value));
}
