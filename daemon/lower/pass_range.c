/*
 * The ranges of a row kernel: which indices run together, which ranges of
 * different names are the same one, whether reads run through memory.
 */
#include "lower/pass_range.h"

#include "lower/node.h"
#include "lower/rewrite.h"

static bool visit_ragged(const struct expr *expr, void *data)
{
        bool *ragged = data;

        if (expr->op == EXPR_INDEX || expr->op == EXPR_READ)
                *ragged = true;
        return !*ragged;
}

/* The product of the indices' ends; they start at 0. */
static const struct expr *length_of(struct passes *passes, int count,
                                    const struct index *const *index)
{
        const struct expr *product = index[0]->hi;

        for (int i = 1; i < count; i++)
                product = node_binary(passes->arena, EXPR_MUL, product,
                                      index[i]->hi);
        return product;
}

static bool same_bounds(const struct index *a, const struct index *b)
{
        return rewrite_equal(a->lo, b->lo) && rewrite_equal(a->hi, b->hi);
}

/* Is this a range that is known already? */
static int find_range(const struct passes *passes,
                      const struct pass_range *range)
{
        for (int i = 0; i < passes->range_count; i++) {
                const struct pass_range *known = &passes->range[i];
                bool same = known->outer_count == range->outer_count &&
                            same_bounds(&known->index, &range->index);

                for (int k = 0; same && k < range->outer_count; k++)
                        same = same_bounds(&known->outer[k], &range->outer[k]);
                if (same)
                        return i;
        }
        return -1;
}

/* Number the indices of a new range and keep it; -1: too many. */
static int add_range(struct passes *passes, struct pass_range *range)
{
        int first = passes->spec->index_count +
                    passes->range_count * (PASSES_OUTER + 1);

        if (passes->range_count == PASSES_RANGES)
                return -1;
        range->index.number = first;
        expr_walk(range->index.lo, visit_ragged, &range->ragged);
        expr_walk(range->index.hi, visit_ragged, &range->ragged);
        for (int k = 0; k < range->outer_count; k++) {
                range->outer[k].number = first + 1 + k;
                expr_walk(range->outer[k].lo, visit_ragged, &range->ragged);
                expr_walk(range->outer[k].hi, visit_ragged, &range->ragged);
        }
        passes->range[passes->range_count] = *range;
        return passes->range_count++;
}

/* How many of the last indices walk through memory together in expr. */
static int together(const struct expr *expr, int count,
                    const struct index *const *index)
{
        for (int first = 0; first < count - 1; first++)
                if (plan_runs_together(expr, count - first, &index[first]))
                        return count - first;
        return 1;
}

/* Do bounds of these indices depend on one of them? */
static bool is_nested(int count, const struct index *const *index)
{
        for (int i = 0; i < count; i++)
                for (int k = 0; k < count; k++)
                        if (vector_depends(index[i]->lo, index[k]) ||
                            vector_depends(index[i]->hi, index[k]))
                                return true;
        return false;
}

/*
 * expr, which runs over `count` indices, in the indices of one range: the
 * last ones run together where they can, their last one carrying the number
 * and the others 0. NULL when memory or ranges are out; *range tells which.
 */
const struct expr *pass_range_rewrite(struct passes *passes,
                                      const struct expr *expr, int count,
                                      const struct index *const *index,
                                      int *range)
{
        int inner = together(expr, count, index), outer = count - inner;
        const struct expr *to[LIMIT_RANK];
        struct pass_range made = {.outer_count = outer};
        struct arena *arena = passes->arena;

        if (outer > PASSES_OUTER || is_nested(count, index))
                return NULL;
        for (int k = 0; k < outer; k++)
                made.outer[k] = *index[k];
        made.index = *index[count - 1];
        if (inner > 1) {
                made.index.name = "e";
                made.index.hi = length_of(passes, inner, &index[outer]);
        }
        *range = find_range(passes, &made);
        if (*range < 0)
                *range = add_range(passes, &made);
        if (*range < 0)
                return NULL;
        for (int k = 0; k < count; k++) {
                const struct pass_range *r = &passes->range[*range];

                to[k] = k < outer       ? node_index(arena, &r->outer[k])
                        : k < count - 1 ? node_integer(arena, 0)
                                        : node_index(arena, &r->index);
        }
        return rewrite_substitute(arena, expr, count, index, to);
}
