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

static const struct thread_expr *key_here(struct vector_scope *scope,
                                          const struct lookup *lookup,
                                          const char *name)
{
        return thread_let(
                scope->program, name,
                vector_lower_as(scope, lookup->key, lookup->compared));
}

enum thread_op lookup_order(const struct lookup *lookup)
{
        return lookup->kind == LOOKUP_UPTO || lookup->kind == LOOKUP_ABOVE
                       ? THREAD_LE
                       : THREAD_LT;
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
        struct order order = {lookup, lookup_order(lookup), NULL};

        /* What is held was read for all lanes. */
        scope->memo = NULL;
        vector_bind(scope, index, at);
        order.key = key_here(scope, lookup, "last");
        scope->index[index->number] = saved;
        scope->memo = memo;
        return bisect(scope, "end", low, high, is_before, &order);
}

void lookup_interval(struct vector_scope *scope, const struct lookup *lookup,
                     const struct thread_expr **low,
                     const struct thread_expr **high)
{
        bool equal = lookup->kind == LOOKUP_EQUAL;
        bool front = lookup_counts_front(lookup);
        struct order order = {lookup, lookup_order(lookup), NULL};

        *low = vector_lower(scope, lookup->index->lo);
        *high = vector_lower(scope, lookup->index->hi);
        order.key = key_here(scope, lookup, "key");
        if (!front)
                *low = bisect(scope, "first", *low, *high, is_before, &order);
        if (equal)
                order.op = THREAD_LE;
        if (front || equal)
                *high = bisect(scope, "end", *low, *high, is_before, &order);
}
