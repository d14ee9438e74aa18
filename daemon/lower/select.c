/*
 * See select.h. One order decides everything: `before` of (key, place), by
 * the key, NaN as the greatest where inputs may hold one, then by the place.
 * No two elements are equal in it, so any heap gives the stable order. What
 * the heap starts from is behind every element there can be.
 */
#include "lower/select_inner.h"

#include <math.h>

int select_rank(const struct statement *statement)
{
        const struct expr *rank = statement->value->arg[1];

        for (int i = 0; i < statement->index_count; i++)
                if (statement->index[i]->number == rank->value.index->number)
                        return i;
        return -1;
}

int select_task_index(const struct statement *statement)
{
        int rank = select_rank(statement);

        return statement->index_count > 1 ? rank == 0 : -1;
}

/* --- the order --- */

const struct thread_expr *select_greater(const struct select *s,
                                         const struct thread_expr *a,
                                         const struct thread_expr *b)
{
        struct thread_program *program = s->scope->program;
        const struct thread_expr *more = thread_less(program, b, a), *nan;

        if (!program->nonfinite || !dtype_is_float(a->type.dtype))
                return more;
        nan = thread_binary(program, THREAD_AND,
                            thread_binary(program, THREAD_NE, a, a),
                            thread_binary(program, THREAD_EQ, b, b));
        return thread_binary(program, THREAD_OR, more, nan);
}

const struct thread_expr *select_before(const struct select *s,
                                        struct element a, struct element b)
{
        struct thread_program *program = s->scope->program;
        const struct thread_expr *wins, *loses;

        wins = s->bottom ? select_greater(s, b.key, a.key)
                         : select_greater(s, a.key, b.key);
        loses = s->bottom ? select_greater(s, a.key, b.key)
                          : select_greater(s, b.key, a.key);
        return thread_binary(
                program, THREAD_OR, wins,
                thread_binary(program, THREAD_AND,
                              thread_unary(program, THREAD_NOT, loses),
                              thread_less(program, a.place, b.place)));
}

/* Behind everything: the last key there is at a place that is not. */
struct element select_nothing(const struct select *s)
{
        struct thread_program *program = s->scope->program;
        enum dtype dtype = s->keys->type.dtype;
        struct element last;

        if (!dtype_is_float(dtype))
                last.key =
                        thread_int(program, s->bottom ? INT64_MAX : INT64_MIN);
        else if (!s->bottom)
                last.key = thread_real(program, dtype, -INFINITY);
        else
                last.key = thread_real(program, dtype,
                                       program->nonfinite ? NAN : INFINITY);
        last.place = thread_int(program, INT64_MAX);
        return last;
}

/* --- the heap --- */

struct element select_at(const struct select *s, const struct thread_expr *at)
{
        struct thread_program *program = s->scope->program;

        return (struct element){thread_load(program, s->keys, at, 1),
                                thread_load(program, s->places, at, 1)};
}

void select_put(const struct select *s, const struct thread_expr *at,
                struct element element)
{
        thread_store(s->scope->program, s->keys, at, element.key);
        thread_store(s->scope->program, s->places, at, element.place);
}

/* The number of levels below the root of a heap of `taken`. */
const struct thread_expr *select_levels(const struct select *s)
{
        struct thread_program *program = s->scope->program;
        const struct thread_expr *levels, *reach;
        int64_t taken;
        int known = 0;

        if (thread_known(program, s->taken, &taken)) {
                while (taken >> (known + 1) > 0)
                        known++;
                return thread_int(program, known);
        }
        levels = thread_var(program, "levels", thread_int(program, 0));
        reach = thread_var(program, "reach", thread_int(program, 1));
        thread_for(program, "bit", thread_int(program, 0),
                   thread_int(program, 40), 1);
        thread_if(program, thread_less(program, reach, s->taken));
        thread_assign(program, levels,
                      thread_add(program, levels, thread_int(program, 1)));
        thread_assign(program, reach,
                      thread_add(program, thread_add(program, reach, reach),
                                 thread_int(program, 1)));
        thread_end(program);
        thread_end(program);
        return levels;
}

/* The child that comes later moves up while it comes after what sinks. */
void select_sink(const struct select *s, struct element element,
                 const struct thread_expr *size)
{
        struct thread_program *program = s->scope->program;
        const struct thread_expr *one = thread_int(program, 1);
        const struct thread_expr *at, *child, *other, *right;
        struct element up;

        thread_comment(program, "it sinks to its place in the heap");
        at = thread_var(program, "at", thread_int(program, 0));
        thread_for(program, "level", thread_int(program, 0), s->levels, 1);
        child = thread_var(
                program, "child",
                thread_add(program, thread_add(program, at, at), one));
        thread_if(program, thread_less(program, child, size));
        other = thread_let(program, "other", thread_add(program, child, one));
        right = thread_select(
                program, thread_less(program, other, size),
                select_before(s, select_at(s, child), select_at(s, other)),
                thread_cast(program, thread_int(program, 0), DTYPE_BOOL));
        thread_if(program, right);
        thread_assign(program, child, other);
        thread_end(program);
        up.key = thread_let(program, "up",
                            thread_load(program, s->keys, child, 1));
        up.place = thread_let(program, "up_place",
                              thread_load(program, s->places, child, 1));
        thread_if(program, select_before(s, element, up));
        select_put(s, at, up);
        thread_assign(program, at, child);
        thread_end(program);
        thread_end(program);
        thread_end(program);
        select_put(s, at, element);
}

/* --- one list --- */

void select_clear(const struct select *s)
{
        struct thread_program *program = s->scope->program;
        const struct thread_expr *at = thread_for(
                program, "slot", thread_int(program, 0), s->taken, 1);

        select_put(s, at, select_nothing(s));
        thread_end(program);
}

void select_offer(const struct select *s, struct element term)
{
        struct thread_program *program = s->scope->program;

        thread_if(
                program,
                select_before(s, term, select_at(s, thread_int(program, 0))));
        select_sink(s, term, s->taken);
        thread_end(program);
}

/* A term that comes before the last that is kept takes its place. */
static void gather(const struct select *s)
{
        struct vector_scope *scope = s->scope;
        struct thread_program *program = scope->program;
        const struct index *index = s->expr->value.reduce.index[0];
        const struct vector_memo *memo = scope->memo;
        struct vector_bound saved[LIMIT_RANK];
        struct element term;

        reduce_open_loops(scope, s->expr, saved);
        term.key = thread_let(program, "key",
                              vector_lower_as(scope, s->expr->arg[0],
                                              s->expr->arg[0]->kind));
        term.place = scope->index[index->number].base;
        select_offer(s, term);
        reduce_close_loops(scope, s->expr, saved);
        scope->memo = memo;
}

static void write_one(const struct select *s, const struct statement *to,
                      struct element element)
{
        struct vector_scope *scope = s->scope;
        const struct thread_expr *value =
                reduction_is_position(to->value->value.reduce.reduction)
                        ? element.place
                        : element.key;

        if (to->target->kind == KIND_REAL)
                value = thread_cast(scope->program, value, scope->real);
        vector_write(scope, to->target, to->subscript, value, false);
}

void select_write(const struct select *s, int count,
                  const struct statement *const *statement,
                  const struct thread_expr *rank, struct element element)
{
        for (int i = 0; i < count; i++) {
                vector_bind(s->scope,
                            statement[i]->index[select_rank(statement[i])],
                            rank);
                write_one(s, statement[i], element);
        }
}

/* The root is the last of what is left. */
void select_take_out(const struct select *s, int count,
                     const struct statement *const *statement)
{
        struct thread_program *program = s->scope->program;
        const struct index *rank =
                statement[0]->index[select_rank(statement[0])];
        const struct thread_expr *zero = thread_int(program, 0), *step, *left;
        struct element last;

        step = thread_for(program, "step", zero, s->taken, 1);
        left = thread_declare(program, rank->name,
                              thread_sub(program,
                                         thread_sub(program, s->taken, step),
                                         thread_int(program, 1)));
        select_write(s, count, statement, left, select_at(s, zero));
        last.key = thread_let(program, "key",
                              thread_load(program, s->keys, left, 1));
        last.place = thread_let(program, "place",
                                thread_load(program, s->places, left, 1));
        select_sink(s, last, left);
        thread_end(program);
}

bool select_may_be_empty(const struct thread_program *program,
                         const struct thread_expr *taken)
{
        int64_t known;

        if (thread_known(program, taken, &known))
                return known < 1;
        return taken->op != THREAD_SIZE || taken->value.size->low < 1;
}

void select_lower(struct vector_scope *scope,
                  const struct statement *statement,
                  const struct thread_expr *task)
{
        struct thread_program *program = scope->program;
        const struct expr *expr = statement->value;
        enum reduction reduction = expr->value.reduce.reduction;
        struct select s = {scope, expr,
                           reduction == RED_BOTTOM ||
                                   reduction == RED_ARGBOTTOM};
        int rank = select_rank(statement),
            first = select_task_index(statement);
        bool guard;

        if (rank < 0) {
                thread_fail(program, ERR_INTERNAL,
                            "a selection without its rank");
                return;
        }
        s.taken = vector_lower(scope, statement->index[rank]->hi);
        s.keys = thread_local_buffer(program, "keys",
                                     vector_dtype(scope, expr->arg[0]->kind),
                                     s.taken);
        s.places = thread_local_buffer(program, "places", DTYPE_I64, s.taken);
        guard = select_may_be_empty(program, s.taken);
        if (guard)
                thread_if(program, thread_less(program, thread_int(program, 0),
                                               s.taken));
        s.levels = select_levels(&s);
        for (int i = 0; i < statement->index_count; i++) {
                const struct index *index = statement->index[i];

                if (i == rank)
                        continue;
                if (i == first && task)
                        vector_bind(
                                scope, index,
                                thread_declare(program, index->name, task));
                else
                        vector_bind(scope, index,
                                    thread_for(program, index->name,
                                               vector_lower(scope, index->lo),
                                               vector_lower(scope, index->hi),
                                               1));
        }
        select_clear(&s);
        gather(&s);
        select_take_out(&s, 1, &statement);
        for (int i = 0; i < statement->index_count; i++)
                if (i != rank && !(i == first && task))
                        thread_end(program);
        if (guard)
                thread_end(program);
}
