/*
 * What a selection has kept so far: in a heap (select.h), whose root is the
 * last, or in a row from the first to the last. A term goes into its place in
 * a row without a branch: every vector of the row, from the back, becomes
 * itself where its elements come before the term, else the elements one place
 * in front, and the term between the two. That is the faster the shorter the
 * row is; a heap is for long ones.
 *
 * In front of the row lies a vector whose last element comes before all.
 */
#include "lower/best_inner.h"

#include <math.h>

/* Vectors that hold a row. */
static const struct thread_expr *row_vectors(const struct select *s,
                                             const struct best_run *run)
{
        return thread_blocks(s->scope->program, s->taken,
                             thread_int(s->scope->program, run->lanes));
}

static const struct thread_expr *row_slot(const struct select *s,
                                          const struct best_run *run,
                                          const struct thread_expr *slot)
{
        return thread_add(s->scope->program, slot,
                          thread_int(s->scope->program, run->lanes));
}

void best_keep_open(struct select *s, const struct best_run *run)
{
        struct thread_program *program = s->scope->program;
        enum dtype dtype = vector_dtype(s->scope, s->expr->arg[0]->kind);
        const struct thread_expr *room = s->taken;

        if (run->ordered)
                room = thread_add(program, room,
                                  thread_int(program, 2 * run->lanes));
        s->keys = thread_local_buffer(program, "keys", dtype, room);
        s->places = thread_local_buffer(program, "places", DTYPE_I64, room);
        if (!run->ordered)
                s->levels = select_levels(s);
}

/* In front of everything there can be. */
static struct element in_front(const struct select *s)
{
        struct thread_program *program = s->scope->program;
        enum dtype dtype = s->keys->type.dtype;
        struct element first;

        if (!dtype_is_float(dtype))
                first.key =
                        thread_int(program, s->bottom ? INT64_MIN : INT64_MAX);
        else if (s->bottom)
                first.key = thread_real(program, dtype, -INFINITY);
        else
                first.key = thread_real(program, dtype,
                                        program->nonfinite ? NAN : INFINITY);
        first.place = thread_int(program, -1);
        return first;
}

static struct element spread(struct thread_program *program,
                             struct element element, int lanes)
{
        element.key = thread_broadcast(program, element.key, lanes);
        element.place = thread_broadcast(program, element.place, lanes);
        return element;
}

void best_keep_clear(const struct select *s, const struct best_run *run)
{
        struct thread_program *program = s->scope->program;
        const struct thread_expr *lanes, *v;

        if (!run->ordered) {
                select_clear(s);
                return;
        }
        lanes = thread_int(program, run->lanes);
        select_put(s, thread_int(program, 0),
                   spread(program, in_front(s), run->lanes));
        v = thread_for(program, "v", thread_int(program, 0),
                       row_vectors(s, run), 1);
        select_put(s, row_slot(s, run, thread_mul(program, v, lanes)),
                   spread(program, select_nothing(s), run->lanes));
        thread_end(program);
}

struct element best_keep_at(const struct select *s, const struct best_run *run,
                            const struct thread_expr *slot)
{
        return select_at(s, run->ordered ? row_slot(s, run, slot) : slot);
}

struct element best_keep_last(const struct select *s,
                              const struct best_run *run)
{
        struct thread_program *program = s->scope->program;
        const struct thread_expr *zero = thread_int(program, 0);

        if (!run->ordered)
                return select_at(s, zero);
        return best_keep_at(
                s, run, thread_sub(program, s->taken, thread_int(program, 1)));
}

/* The same order in lanes: masks as wide as keys. */
static const struct thread_expr *stays(const struct select *s,
                                       struct element a, struct element term)
{
        struct thread_program *program = s->scope->program;
        const struct thread_expr *first, *behind, *place;

        first = s->bottom ? select_greater(s, term.key, a.key)
                          : select_greater(s, a.key, term.key);
        behind = s->bottom ? select_greater(s, a.key, term.key)
                           : select_greater(s, term.key, a.key);
        place = thread_cast(program, thread_less(program, a.place, term.place),
                            first->type.dtype);
        place = thread_binary(program, THREAD_AND, place,
                              thread_unary(program, THREAD_NOT, behind));
        return thread_binary(program, THREAD_OR, first, place);
}

static struct element lanes_at(const struct select *s,
                               const struct best_run *run,
                               const struct thread_expr *at, const char *key,
                               const char *place)
{
        struct thread_program *program = s->scope->program;

        return (struct element){
                thread_let(program, key,
                           thread_load(program, s->keys, at, run->lanes)),
                thread_let(program, place,
                           thread_load(program, s->places, at, run->lanes))};
}

static void insert(const struct select *s, const struct best_run *run,
                   struct element term)
{
        struct thread_program *program = s->scope->program;
        const struct thread_expr *vectors = row_vectors(s, run), *v, *at;
        const struct thread_expr *here_stays, *front_stays;
        struct element here, front, now;

        term = spread(program, term, run->lanes);
        v = thread_for(program, "v", thread_int(program, 0), vectors, 1);
        at = thread_let(program, "at",
                        thread_mul(program, thread_sub(program, vectors, v),
                                   thread_int(program, run->lanes)));
        here = lanes_at(s, run, at, "here", "here_place");
        front = lanes_at(s, run,
                         thread_sub(program, at, thread_int(program, 1)),
                         "front", "front_place");
        here_stays = thread_let(program, "here_stays", stays(s, here, term));
        front_stays =
                thread_let(program, "front_stays", stays(s, front, term));
        now.key = thread_select(
                program, here_stays, here.key,
                thread_select(program, front_stays, term.key, front.key));
        now.place = thread_select(
                program, here_stays, here.place,
                thread_select(program, front_stays, term.place, front.place));
        select_put(s, at, now);
        thread_end(program);
}

void best_keep_offer(const struct select *s, const struct best_run *run,
                     struct element term)
{
        struct thread_program *program = s->scope->program;

        if (!run->ordered) {
                select_offer(s, term);
                return;
        }
        thread_if(program, select_before(s, term, best_keep_last(s, run)));
        insert(s, run, term);
        thread_end(program);
}

void best_keep_write(const struct select *s, const struct best_run *run)
{
        struct thread_program *program = s->scope->program;
        const struct best *selection = run->selection;
        const struct statement *first = selection->statement[0];
        const struct thread_expr *rank;

        if (!run->ordered) {
                select_take_out(s, selection->count, selection->statement);
                return;
        }
        rank = thread_for(program, first->index[select_rank(first)]->name,
                          thread_int(program, 0), s->taken, 1);
        select_write(s, selection->count, selection->statement, rank,
                     best_keep_at(s, run, rank));
        thread_end(program);
}
