/* Where a key that is alone is searched for: see lookup.h. */
#include "lower/bisect.h"
#include "lower/lookup.h"

/* A table's entries in front of this order to the key. */
struct order {
        const struct lookup *lookup;
        enum thread_op op; /* THREAD_LT or THREAD_LE */
        const struct thread_expr *key;
};

static const struct thread_expr *is_before(struct vector_scope *scope,
                                           const struct thread_expr *place,
                                           void *data)
{
        const struct order *order = data;

        return thread_binary(scope->program, order->op,
                             lookup_entry(scope, order->lookup, place),
                             order->key);
}

const struct thread_expr *lookup_place(struct vector_scope *scope,
                                       const struct lookup *lookup,
                                       const struct index *index,
                                       const struct thread_expr *at,
                                       const struct thread_expr *low,
                                       const struct thread_expr *high)
{
        struct vector_bound saved = scope->index[index->number];
        const struct vector_memo *memo = scope->memo;
        struct order order = {lookup,
                              lookup->kind == LOOKUP_UPTO ||
                                              lookup->kind == LOOKUP_ABOVE
                                      ? THREAD_LE
                                      : THREAD_LT,
                              NULL};

        /* What is held was read for all lanes. */
        scope->memo = NULL;
        vector_bind(scope, index, at);
        order.key = thread_let(
                scope->program, "last",
                vector_lower_as(scope, lookup->key, lookup->compared));
        scope->index[index->number] = saved;
        scope->memo = memo;
        return bisect(scope, "end", low, high, is_before, &order);
}

void lookup_interval(struct vector_scope *scope, const struct lookup *lookup,
                     const struct thread_expr **low,
                     const struct thread_expr **high)
{
        struct thread_program *program = scope->program;
        enum lookup_kind kind = lookup->kind;
        struct order order = {lookup, THREAD_LT, NULL};

        *low = vector_lower(scope, lookup->index->lo);
        *high = vector_lower(scope, lookup->index->hi);
        order.key = thread_let(
                program, "key",
                vector_lower_as(scope, lookup->key, lookup->compared));
        if (kind == LOOKUP_ABOVE)
                order.op = THREAD_LE;
        if (kind == LOOKUP_EQUAL || kind == LOOKUP_FROM ||
            kind == LOOKUP_ABOVE)
                *low = bisect(scope, "first", *low, *high, is_before, &order);
        order.op = kind == LOOKUP_BELOW ? THREAD_LT : THREAD_LE;
        if (kind == LOOKUP_EQUAL || kind == LOOKUP_UPTO ||
            kind == LOOKUP_BELOW)
                *high = bisect(scope, "end", *low, *high, is_before, &order);
}
