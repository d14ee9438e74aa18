/*
 * Unroll and jam: a round's vectors have an accumulator each, in a small
 * array that the compiler keeps in registers; the loops over reduced indices
 * run once a round. The vectors of a round do not depend on each other.
 */
#include "lower/map_jam.h"

#include "lower/fetch.h"
#include "lower/narrow.h"
#include "lower/rewrite.h"

/* --- which reductions --- */

static bool add_reduction(struct map_jam *jam, const struct expr *expr)
{
        enum reduction op = expr->value.reduce.reduction;

        if (op == RED_ARGMAX || op == RED_ARGMIN ||
            expr->kind == KIND_BOOLEAN || jam->count == MAP_JAM_REDUCTIONS)
                return false;
        for (int i = 0; i < jam->count; i++)
                if (rewrite_equal(jam->reduction[i], expr))
                        return true;
        jam->reduction[jam->count++] = expr;
        return true;
}

/* The outermost reductions of expr that depend on index. */
static bool collect(struct map_jam *jam, const struct expr *expr,
                    const struct index *index)
{
        if (!vector_depends(expr, index))
                return true;
        if (expr->op == EXPR_REDUCE)
                return add_reduction(jam, expr);
        for (int i = 0; i < expr->count; i++)
                if (!collect(jam, expr->arg[i], index))
                        return false;
        return true;
}

bool map_jam_find(struct map_jam *jam, const struct expr *value,
                  const struct index *index)
{
        jam->count = 0;
        return collect(jam, value, index) && jam->count > 0;
}

/* --- a round --- */

static void bind_copy(struct vector_scope *scope, const struct sweep *sweep,
                      const struct thread_expr *base,
                      const struct thread_expr *copy)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *step = thread_int(program, sweep->lanes);

        vector_bind_lanes(
                scope, sweep->index,
                thread_add(program, base, thread_mul(program, copy, step)),
                sweep->lanes, NULL);
}

static const struct thread_expr *open_copies(struct thread_program *program,
                                             const struct sweep *sweep)
{
        return thread_loop(program, "c", thread_int(program, 0),
                           thread_int(program, sweep->copies), 1,
                           THREAD_UNROLLED, sweep->copies);
}

/* The loops of one reduction with an accumulator for each vector. */
static struct thread_array *run_reduction(struct vector_scope *scope,
                                          const struct expr *reduction,
                                          const struct sweep *sweep,
                                          const struct thread_expr *base)
{
        struct thread_program *program = scope->program;
        enum reduction op = reduction->value.reduce.reduction;
        struct thread_type type = {narrow_total(scope, reduction),
                                   sweep->lanes};
        struct vector_bound saved[LIMIT_RANK];
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *copy, *term;
        struct thread_array *total;

        total = thread_private(program, "totals", type, sweep->copies);
        copy = open_copies(program, sweep);
        thread_store(program, total, copy, reduce_identity(program, op, type));
        thread_end(program);
        reduce_open_loops(scope, reduction, saved);
        copy = open_copies(program, sweep);
        bind_copy(scope, sweep, base, copy);
        fetch_ahead(scope, reduction->arg[0],
                    reduction->value.reduce
                            .index[reduction->value.reduce.count - 1]);
        term = vector_lower_as(scope, reduction->arg[0], reduction->kind);
        term = thread_cast(program, term, type.dtype);
        thread_store(
                program, total, copy,
                reduce_step(program, op,
                            thread_load(program, total, copy, sweep->lanes),
                            term));
        thread_end(program);
        scope->index[sweep->index->number].base = NULL;
        reduce_close_loops(scope, reduction, saved);
        scope->memo = memo;
        return total;
}

static void run_round(struct vector_scope *scope, const struct map_jam *jam,
                      const struct sweep *sweep,
                      const struct thread_expr *base, sweep_body *body,
                      void *data)
{
        struct thread_program *program = scope->program;
        struct vector_bound saved = scope->index[sweep->index->number];
        const struct vector_memo *memo = scope->memo;
        struct thread_array *total[MAP_JAM_REDUCTIONS];
        const struct thread_expr *copy;
        int lanes = scope->lanes;

        for (int i = 0; i < jam->count; i++)
                total[i] =
                        run_reduction(scope, jam->reduction[i], sweep, base);
        copy = open_copies(program, sweep);
        bind_copy(scope, sweep, base, copy);
        for (int i = 0; i < jam->count; i++)
                vector_hold(
                        scope, jam->reduction[i],
                        thread_cast(
                                program,
                                thread_load(program, total[i], copy,
                                            sweep->lanes),
                                vector_dtype(scope, jam->reduction[i]->kind)));
        body(scope, copy, data);
        thread_end(program);
        scope->index[sweep->index->number] = saved;
        scope->memo = memo;
        scope->lanes = lanes;
}

void map_jam_run(struct vector_scope *scope, const struct map_jam *jam,
                 struct sweep *sweep, sweep_body *body, void *data)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *base;

        if (!scope->index)
                return;
        sweep_ends(program, sweep);
        base = thread_for(program, sweep->name, sweep->low, sweep->rounds,
                          (int64_t)sweep->lanes * sweep->copies);
        run_round(scope, jam, sweep, base, body, data);
        thread_end(program);
        sweep->low = sweep->rounds;
}
