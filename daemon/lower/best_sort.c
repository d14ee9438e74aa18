/*
 * Sorting lists by merging. Vectors are sorted first: a lane's rank is the
 * number of lanes that come before it, counted with one comparison a lane.
 * Then runs are merged, two at a time, from both ends at once: of two runs of
 * n elements the first n results come from their beginnings and the last n
 * from their ends, so that no end need be looked for, nothing branches, and
 * the two halves do not wait for each other. Runs lie in the order of their
 * places, so keys alone decide, and of equals the left one comes first.
 *
 * The list is filled up to a vector's lanes times a power of 2 with what
 * comes last.
 */
#include "lower/best_inner.h"

/* The two copies of a list that merging goes back and forth between: one
 * begins at `from`, the other at `to`. */
struct sorting {
        struct select select; /* its order; keys and places of both copies */
        const struct best_run *run;
        const struct thread_expr *length, *size; /* of the list; filled up */
        const struct thread_expr *from, *to, *width, *levels;
};

/* Room for both copies: less than twice the list, and a vector. */
static void open_sorting(struct vector_scope *scope, void *data)
{
        struct sorting *sorting = data;
        struct thread_program *program = scope->program;
        const struct expr *term = sorting->select.expr->arg[0];
        const struct thread_expr *room, *lanes, *size, *levels;

        lanes = thread_int(program, sorting->run->lanes);
        room = thread_mul(program, thread_add(program, sorting->length, lanes),
                          thread_int(program, 4));
        sorting->select.keys = thread_local_buffer(
                program, "keys", vector_dtype(scope, term->kind), room);
        sorting->select.places =
                thread_local_buffer(program, "places", DTYPE_I64, room);
        size = thread_var(program, "size", lanes);
        levels = thread_var(program, "levels", thread_int(program, 0));
        thread_for(program, "bit", thread_int(program, 0),
                   thread_int(program, 40), 1);
        thread_if(program, thread_less(program, size, sorting->length));
        thread_assign(program, size, thread_add(program, size, size));
        thread_assign(program, levels,
                      thread_add(program, levels, thread_int(program, 1)));
        thread_end(program);
        thread_end(program);
        sorting->size = size;
        sorting->levels = levels;
}

/* --- sorted vectors --- */

/* For each lane, how many lanes come before it. */
static const struct thread_expr *ranks(struct sorting *sorting,
                                       const struct thread_expr *key)
{
        const struct select *s = &sorting->select;
        struct thread_program *program = s->scope->program;
        int lanes = key->type.lanes;
        enum dtype wide =
                dtype_bytes(key->type.dtype) == 8 ? DTYPE_I64 : DTYPE_I32;
        struct thread_type type = {wide, lanes};
        const struct thread_expr *iota = thread_iota(program, type);
        const struct thread_expr *rank = thread_constant(program, type, 0);

        for (int l = 0; l < lanes; l++) {
                const struct thread_expr *one = thread_broadcast(
                        program, thread_lane(program, key, l), lanes);
                const struct thread_expr *first, *behind, *after;

                first = s->bottom ? select_greater(s, key, one)
                                  : select_greater(s, one, key);
                behind = s->bottom ? select_greater(s, one, key)
                                   : select_greater(s, key, one);
                after = thread_less(program, thread_constant(program, type, l),
                                    iota);
                after = thread_binary(
                        program, THREAD_AND, after,
                        thread_unary(program, THREAD_NOT, behind));
                first = thread_binary(program, THREAD_OR, first, after);
                /* A mask is -1 where it holds. */
                rank = thread_let(program, "rank",
                                  thread_sub(program, rank, first));
        }
        return rank;
}

static void store_sorted(struct sorting *sorting,
                         const struct thread_expr *base,
                         const struct thread_expr *key)
{
        struct select *s = &sorting->select;
        struct thread_program *program = s->scope->program;
        const struct thread_expr *rank;

        key = thread_let(program, "key", key);
        rank = ranks(sorting, key);
        for (int l = 0; l < sorting->run->lanes; l++) {
                struct element element;
                const struct thread_expr *at = thread_add(
                        program, base,
                        thread_cast(program, thread_lane(program, rank, l),
                                    DTYPE_I64));

                element.key = thread_lane(program, key, l);
                element.place =
                        thread_add(program, base, thread_int(program, l));
                select_put(s, at, element);
        }
}

/* Whole vectors of terms, the rest, and what fills up, sorted each. */
static void sort_vectors(struct sorting *sorting)
{
        struct select *s = &sorting->select;
        struct vector_scope *scope = s->scope;
        struct thread_program *program = scope->program;
        const struct best_run *run = sorting->run;
        const struct vector_memo *memo = scope->memo;
        const struct expr *term = s->expr->arg[0];
        const struct thread_expr *lanes = thread_int(program, run->lanes);
        const struct thread_expr *base, *key, *active, *nothing;

        nothing = select_nothing(s).key;
        base = thread_for(program, run->term->name, thread_int(program, 0),
                          sorting->size, run->lanes);
        active = thread_let(
                program, "active",
                thread_max(program, thread_int(program, 0),
                           thread_min(program, lanes,
                                      thread_sub(program, sorting->length,
                                                 base))));
        key = thread_var(program, "keys_here",
                         thread_broadcast(program,
                                          thread_cast(program, nothing,
                                                      s->keys->type.dtype),
                                          run->lanes));
        thread_if(program,
                  thread_less(program, thread_int(program, 0), active));
        vector_bind_lanes(scope, run->term, base, run->lanes, active);
        thread_assign(
                program, key,
                thread_select(program,
                              vector_active(scope, s->keys->type.dtype),
                              thread_broadcast(
                                      program,
                                      vector_lower_as(scope, term, term->kind),
                                      run->lanes),
                              key));
        vector_bind(scope, run->term, NULL);
        scope->lanes = 1;
        scope->active = NULL;
        scope->memo = memo;
        thread_end(program);
        store_sorted(sorting, base, key);
        thread_end(program);
}

/* --- merging --- */

/* One result from an end of two runs: the left and the right candidate. */
static void take_one(struct sorting *sorting, const struct thread_expr *left,
                     const struct thread_expr *right,
                     const struct thread_expr *to, bool forward)
{
        const struct select *s = &sorting->select;
        struct thread_program *program = s->scope->program;
        const struct thread_expr *a, *b, *right_first, *from;
        int64_t by = forward ? 1 : -1;
        struct element element;

        a = thread_let(program, "left_key",
                       thread_load(program, s->keys, left, 1));
        b = thread_let(program, "right_key",
                       thread_load(program, s->keys, right, 1));
        right_first =
                s->bottom ? select_greater(s, a, b) : select_greater(s, b, a);
        /* From the end the one that comes last is taken: the left one when
         * the right one is first. */
        right_first = thread_let(
                program, "take_right",
                thread_cast(program,
                            forward ? right_first
                                    : thread_unary(program, THREAD_NOT,
                                                   right_first),
                            DTYPE_I64));
        from = thread_let(
                program, "taken",
                thread_add(program, left,
                           thread_mul(program, right_first,
                                      thread_sub(program, right, left))));
        element.key = thread_load(program, s->keys, from, 1);
        element.place = thread_load(program, s->places, from, 1);
        select_put(s, to, element);
        thread_assign(program, right,
                      thread_add(program, right,
                                 thread_mul(program, right_first,
                                            thread_int(program, by))));
        thread_assign(program, left,
                      thread_add(program, left,
                                 thread_mul(program,
                                            thread_sub(program,
                                                       thread_int(program, 1),
                                                       right_first),
                                            thread_int(program, by))));
}

/* The runs of `width` elements at `at` and behind it become one. */
static void merge_pair(struct sorting *sorting, const struct thread_expr *at)
{
        struct thread_program *program = sorting->select.scope->program;
        const struct thread_expr *width = sorting->width, *begin, *t, *end;
        const struct thread_expr *left, *right, *left_end, *right_end, *one;

        one = thread_int(program, 1);
        begin = thread_let(program, "begin",
                           thread_add(program, sorting->from, at));
        left = thread_var(program, "left", begin);
        right = thread_var(program, "right",
                           thread_add(program, begin, width));
        left_end = thread_var(program, "left_end",
                              thread_sub(program, right, one));
        right_end = thread_var(
                program, "right_end",
                thread_sub(program, thread_add(program, right, width), one));
        t = thread_for(program, "t", thread_int(program, 0), width, 1);
        end = thread_let(program, "out", thread_add(program, sorting->to, at));
        take_one(sorting, left, right, thread_add(program, end, t), true);
        end = thread_sub(
                program,
                thread_add(program, end, thread_add(program, width, width)),
                thread_add(program, t, one));
        take_one(sorting, left_end, right_end, end, false);
        thread_end(program);
}

static void merge_all(struct sorting *sorting)
{
        struct thread_program *program = sorting->select.scope->program;
        const struct thread_expr *at, *half, *pairs, *twice, *swap;

        sorting->from = thread_var(program, "from", thread_int(program, 0));
        sorting->to = thread_var(program, "to", sorting->size);
        sorting->width = thread_var(program, "width",
                                    thread_int(program, sorting->run->lanes));
        thread_for(program, "level", thread_int(program, 0), sorting->levels,
                   1);
        twice = thread_let(
                program, "twice",
                thread_add(program, sorting->width, sorting->width));
        pairs = thread_let(program, "pairs",
                           thread_quotient(program, sorting->size, twice));
        half = thread_for(program, "pair", thread_int(program, 0), pairs, 1);
        at = thread_let(program, "at", thread_mul(program, half, twice));
        merge_pair(sorting, at);
        thread_end(program);
        swap = thread_declare(program, "swap", sorting->from);
        thread_assign(program, sorting->from, sorting->to);
        thread_assign(program, sorting->to, swap);
        thread_assign(program, sorting->width, twice);
        thread_end(program);
}

void best_sort(struct vector_scope *scope, const struct best_run *run)
{
        struct thread_program *program = scope->program;
        const struct best *selection = run->selection;
        const struct statement *s = selection->statement[0];
        const struct vector_memo *memo = scope->memo;
        struct sorting sorting = {
                .select = {.scope = scope,
                           .expr = s->value,
                           .bottom = s->value->value.reduce.reduction ==
                                             RED_BOTTOM ||
                                     s->value->value.reduce.reduction ==
                                             RED_ARGBOTTOM},
                .run = run};
        const struct thread_expr *rank;

        sorting.length = vector_lower(scope, run->term->hi);
        best_begin(scope, run, open_sorting, &sorting);
        plan_hoist(scope, s->value->arg[0], run->term);
        sort_vectors(&sorting);
        merge_all(&sorting);
        rank = thread_for(program, s->index[select_rank(s)]->name,
                          thread_int(program, 0),
                          vector_lower(scope, s->index[select_rank(s)]->hi),
                          1);
        select_write(&sorting.select, selection->count, selection->statement,
                     rank,
                     select_at(&sorting.select,
                               thread_add(program, sorting.from, rank)));
        thread_end(program);
        thread_end(program);
        thread_stage_end(program);
        scope->memo = memo;
}
