/* See map_pair.h. */
#include "lower/map_pair.h"

#include "lower/node.h"
#include "lower/rewrite.h"

bool map_pair_can(const struct expr *value)
{
        return value->kind != KIND_BOOLEAN && !rewrite_has_reduction(value);
}

/* Are a target's elements stored at p, e or at 2*p + e? */
static bool is_stored_so(struct arena *arena, const struct statement *s,
                         const struct index *p, const struct index *e)
{
        const struct tensor *target = s->target;
        int last = target->rank - 1;

        if (node_is_index(s->subscript[last], e))
                return last > 0 && node_is_integer(target->extent[last], 2) &&
                       node_is_index(s->subscript[last - 1], p);
        return vector_is_contiguous(node_read(arena, target, s->subscript), p,
                                    2);
}

static bool is_pair(struct arena *arena, const struct plan_item *item)
{
        const struct statement *s = item->statement;
        const struct index *e, *p;

        if (!item->value || s->index_count < 2 || s->target->rank == 0 ||
            s->target->kind == KIND_BOOLEAN || !map_pair_can(item->value))
                return false;
        e = s->index[s->index_count - 1];
        p = s->index[s->index_count - 2];
        return node_is_integer(e->lo, 0) && node_is_integer(e->hi, 2) &&
               plan_collapse(item) == 1 && vector_can(item->value, p) &&
               is_stored_so(arena, s, p, e);
}

/* expr with a literal for e. */
static const struct expr *at(struct arena *arena, const struct expr *expr,
                             const struct index *e, int64_t value)
{
        const struct expr *to = node_integer(arena, value);

        return rewrite_substitute(arena, expr, 1, &e, &to);
}

/* As it was where a tree gets too large. */
static void split(struct arena *arena, struct plan_item *item)
{
        const struct statement *s = item->statement;
        const struct index *e = s->index[s->index_count - 1];
        struct statement *own = arena_alloc(arena, sizeof *own);
        const struct expr *first = at(arena, item->value, e, 0);
        const struct expr *second = at(arena, item->value, e, 1);

        if (!own || !first || !second)
                return;
        *own = *s;
        own->index_count--;
        for (int d = 0; d < s->target->rank; d++)
                own->subscript[d] = at(arena, s->subscript[d], e, 0);
        *item = (struct plan_item){own, first, second};
}

bool map_pair_split(struct plan *plan)
{
        for (int i = 0; i < plan->count; i++)
                if (is_pair(plan->arena, &plan->item[i]))
                        split(plan->arena, &plan->item[i]);
        return !arena_failed(plan->arena);
}
