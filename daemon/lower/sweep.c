/*
 * Loops over a range in vectors. Lengths are rarely known to be multiples of
 * anything: the three parts make a lowering right for every length, and where
 * a multiple is known the part that cannot run is not emitted.
 */
#include "lower/sweep.h"

/* Provably nothing between the two. */
static bool is_empty(const struct thread_program *program,
                     const struct thread_expr *low,
                     const struct thread_expr *high)
{
        int64_t a, b;

        return thread_equal(low, high) ||
               (thread_known(program, low, &a) &&
                thread_known(program, high, &b) && a >= b);
}

/* The last place from low on that whole steps reach. */
static const struct thread_expr *whole_steps(struct thread_program *program,
                                             const struct sweep *sweep,
                                             int64_t step)
{
        const struct thread_expr *count =
                thread_sub(program, sweep->high, sweep->low);

        if (thread_is_multiple(program, count, step))
                return sweep->high;
        count = thread_mul(
                program,
                thread_quotient(program, count, thread_int(program, step)),
                thread_int(program, step));
        return thread_add(program, sweep->low, count);
}

/* The same in a variable, unless it is the range's own end. */
static const struct thread_expr *named_end(struct thread_program *program,
                                           const struct sweep *sweep,
                                           int64_t step, const char *name)
{
        const struct thread_expr *end = whole_steps(program, sweep, step);

        return end == sweep->high ? end : thread_let(program, name, end);
}

void sweep_ends(struct thread_program *program, struct sweep *sweep)
{
        int64_t step = (int64_t)sweep->lanes * sweep->copies;

        if (sweep->lanes == 1)
                return;
        if (sweep->copies > 1)
                sweep->rounds = named_end(program, sweep, step, "rounds");
        sweep->whole = named_end(program, sweep, sweep->lanes, "whole");
}

static void run_body(struct vector_scope *scope, const struct sweep *sweep,
                     const struct thread_expr *base, int lanes,
                     const struct thread_expr *active,
                     const struct thread_expr *copy, sweep_body *body,
                     void *data)
{
        struct vector_bound saved = scope->index[sweep->index->number];
        const struct vector_memo *memo = scope->memo;
        int saved_lanes = scope->lanes;

        vector_bind_lanes(scope, sweep->index, base, lanes, active);
        body(scope, copy, data);
        scope->index[sweep->index->number] = saved;
        scope->memo = memo;
        scope->lanes = saved_lanes;
        scope->active = NULL;
}

/* Rounds of several vectors; returns where they end. */
static const struct thread_expr *run_rounds(struct vector_scope *scope,
                                            const struct sweep *sweep,
                                            sweep_body *body, void *data)
{
        struct thread_program *program = scope->program;
        int64_t step = (int64_t)sweep->lanes * sweep->copies;
        const struct thread_expr *end = sweep->rounds;
        const struct thread_expr *j, *copy, *base;

        if (!end)
                end = named_end(program, sweep, step, "rounds");
        if (is_empty(program, sweep->low, end))
                return sweep->low;
        j = thread_for(program, sweep->name, sweep->low, end, step);
        copy = thread_loop(program, "c", thread_int(program, 0),
                           thread_int(program, sweep->copies), 1,
                           THREAD_UNROLLED, sweep->copies);
        base = thread_add(
                program, j,
                thread_mul(program, copy, thread_int(program, sweep->lanes)));
        run_body(scope, sweep, base, sweep->lanes, NULL, copy, body, data);
        thread_end(program);
        thread_end(program);
        return end;
}

/* Single vectors from start on; returns where they end. */
static const struct thread_expr *run_vectors(struct vector_scope *scope,
                                             const struct sweep *sweep,
                                             const struct thread_expr *start,
                                             sweep_body *body, void *data)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *end = sweep->whole;
        bool unrolled = sweep->unroll > 1;
        const struct thread_expr *j;

        if (!end)
                end = named_end(program, sweep, sweep->lanes, "whole");
        if (is_empty(program, start, end))
                return start;
        j = thread_loop(program, sweep->name, start, end, sweep->lanes,
                        unrolled ? THREAD_UNROLLED : THREAD_SERIAL,
                        unrolled ? sweep->unroll : 0);
        run_body(scope, sweep, j, sweep->lanes, NULL, thread_int(program, 0),
                 body, data);
        thread_end(program);
        return end;
}

/* The last, partial vector: what single vectors left over. */
static void run_rest(struct vector_scope *scope, const struct sweep *sweep,
                     const struct thread_expr *start, sweep_body *body,
                     void *data)
{
        struct thread_program *program = scope->program;
        int64_t a, b;
        bool certain = thread_known(program, start, &a) &&
                       thread_known(program, sweep->high, &b);

        if (!certain)
                thread_if(program, thread_less(program, start, sweep->high));
        run_body(scope, sweep, start, sweep->lanes,
                 thread_let(program, "rest",
                            thread_sub(program, sweep->high, start)),
                 thread_int(program, 0), body, data);
        if (!certain)
                thread_end(program);
}

void sweep_run(struct vector_scope *scope, const struct sweep *sweep,
               sweep_body *body, void *data)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *end = sweep->low;

        if (!scope->index)
                return;
        if (sweep->lanes == 1) {
                const struct thread_expr *j =
                        thread_for(program, sweep->name, sweep->low,
                                   sweep->high, sweep->step ? sweep->step : 1);

                run_body(scope, sweep, j, 1, NULL, thread_int(program, 0),
                         body, data);
                thread_end(program);
                return;
        }
        if (sweep->copies > 1)
                end = run_rounds(scope, sweep, body, data);
        if (!is_empty(program, end, sweep->high))
                end = run_vectors(scope, sweep, end, body, data);
        if (!is_empty(program, end, sweep->high))
                run_rest(scope, sweep, end, body, data);
}
