/* See reduce_search.h. */
#include "lower/reduce_search.h"

bool reduce_is_search(const struct vector_scope *scope,
                      const struct expr *expr, struct lookup *lookup)
{
        return lookup_take(lookup, expr) &&
               reduce_lanes(scope, lookup->key) == 1;
}

/* Terms of whole vectors from low on; returns where they end. */
static const struct thread_expr *sum_vectors(struct vector_scope *scope,
                                             const struct lookup *lookup,
                                             const struct thread_expr *low,
                                             const struct thread_expr *high,
                                             const struct thread_expr **total)
{
        struct thread_program *program = scope->program;
        struct thread_type type = {scope->real, scope->terms};
        const struct thread_expr *lanes = thread_int(program, type.lanes);
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *totals, *whole;

        whole = thread_quotient(program, thread_sub(program, high, low),
                                lanes);
        whole = thread_let(
                program, "whole",
                thread_add(program, low, thread_mul(program, whole, lanes)));
        totals = thread_var(program, "totals",
                            reduce_identity(program, RED_SUM, type));
        vector_bind_lanes(scope, lookup->index,
                          thread_for(program, lookup->index->name, low, whole,
                                     type.lanes),
                          type.lanes, NULL);
        thread_assign(program, totals,
                      thread_add(program, totals,
                                 thread_broadcast(program,
                                                  vector_lower_real(
                                                          scope, lookup->then),
                                                  type.lanes)));
        thread_end(program);
        scope->lanes = 1;
        scope->memo = memo;
        *total = thread_horizontal(program, RED_SUM, totals);
        return whole;
}

/* The sum of the terms from low to high. */
static const struct thread_expr *sum_terms(struct vector_scope *scope,
                                           const struct lookup *lookup,
                                           const struct thread_expr *low,
                                           const struct thread_expr *high)
{
        struct thread_program *program = scope->program;
        struct expr terms = *lookup->reduction;
        struct thread_type type = {vector_dtype(scope, terms.kind),
                                   reduce_lanes(scope, lookup->then)};
        const struct vector_memo *memo = scope->memo;
        struct vector_bound saved = scope->index[lookup->index->number];
        const struct thread_expr *total;

        terms.arg[0] = lookup->then;
        total = reduce_identity(program, RED_SUM, type);
        /* The same index further out: its held values are not ours. */
        if (saved.base)
                scope->memo = NULL;
        if (scope->terms > 1 && scope->lanes == 1 && terms.kind == KIND_REAL &&
            vector_is_contiguous(lookup->then, lookup->index, 1) &&
            vector_can(lookup->then, lookup->index))
                low = sum_vectors(scope, lookup, low, high, &total);
        total = thread_var(program, "total", total);
        vector_bind(scope, lookup->index,
                    thread_for(program, lookup->index->name, low, high, 1));
        reduce_take_step(scope, &terms, total);
        thread_end(program);
        scope->index[lookup->index->number] = saved;
        scope->memo = memo;
        return total;
}

const struct thread_expr *reduce_search(struct vector_scope *scope,
                                        const struct lookup *lookup)
{
        struct thread_program *program = scope->program;
        const struct expr *expr = lookup->reduction;
        const struct thread_expr *low, *high;

        lookup_interval(scope, lookup, &low, &high);
        if (expr->kind == KIND_BOOLEAN)
                return thread_less(program, low, high);
        if (lookup->then)
                return sum_terms(scope, lookup, low, high);
        return thread_cast(program, thread_sub(program, high, low),
                           vector_dtype(scope, expr->kind));
}
