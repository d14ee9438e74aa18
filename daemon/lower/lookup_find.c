/*
 * Which reductions are searches. The table must be an input that is sorted
 * (or holds offsets), read at the reduced index itself or a constant further
 * on; the key must not depend on the place. Entries are never NaN: a table of
 * non-finite values is not searched. A key may be NaN where every comparison
 * with it is false, as the search assumes. In lanes, the range is the whole
 * table, which cannot be empty, and no terms are summed.
 */
#include <string.h>

#include "lower/lookup.h"
#include "lower/rewrite.h"

/* Most entries of a table that is not searched. */
enum { LOOKUP_SWEPT = 8 };

static bool is_literal(const struct expr *expr, int64_t value)
{
        return (expr->op == EXPR_INTEGER && expr->value.integer == value) ||
               (expr->op == EXPR_REAL && expr->value.real == (double)value);
}

bool lookup_follows(const struct expr *expr, const struct index *index,
                    int64_t *c)
{
        *c = 0;
        if (expr->op == EXPR_ADD && expr->arg[1]->op == EXPR_INTEGER) {
                *c = expr->arg[1]->value.integer;
                expr = expr->arg[0];
        }
        return expr->op == EXPR_INDEX &&
               expr->value.index->number == index->number;
}

/* A read of a sorted input. */
static bool is_sorted(const struct expr *expr)
{
        const struct tensor *table;

        if (expr->op != EXPR_READ || expr->value.read.safety != READ_PROVED)
                return false;
        table = expr->value.read.tensor;
        return table->role == TENSOR_IN && table->rank == 1 &&
               !table->nonfinite && (table->sorted || table->offsets);
}

/* The table's entry at the lookup's index. */
static bool is_entry(struct lookup *lookup, const struct expr *expr)
{
        if (!is_sorted(expr))
                return false;
        lookup->table = expr->value.read.tensor;
        return lookup_follows(expr->value.read.subscript[0], lookup->index,
                              &lookup->shift) &&
               lookup->shift >= 0;
}

static bool take_sides(struct lookup *lookup, const struct expr *entry,
                       const struct expr *key)
{
        if (!is_entry(lookup, entry) || vector_depends(key, lookup->index))
                return false;
        lookup->key = key;
        lookup->compared = entry->kind == KIND_REAL || key->kind == KIND_REAL
                                   ? KIND_REAL
                                   : KIND_INTEGER;
        return true;
}

/* What a comparison asks about the key. */
static bool take_comparison(struct lookup *lookup, const struct expr *expr)
{
        bool first, equal = expr->op == EXPR_EQ;

        if (expr->op != EXPR_LT && expr->op != EXPR_LE && !equal)
                return false;
        first = take_sides(lookup, expr->arg[0], expr->arg[1]);
        if (!first && !take_sides(lookup, expr->arg[1], expr->arg[0]))
                return false;
        if (equal)
                lookup->kind = LOOKUP_EQUAL;
        else if (first)
                lookup->kind =
                        expr->op == EXPR_LT ? LOOKUP_BELOW : LOOKUP_UPTO;
        else
                lookup->kind =
                        expr->op == EXPR_LT ? LOOKUP_ABOVE : LOOKUP_FROM;
        /* All others less those below: wrong for a key that is NaN. */
        return first || equal || lookup->compared != KIND_REAL;
}

static bool visit_memory(const struct expr *expr, void *data)
{
        bool *found = data;

        if (expr->op == EXPR_READ || expr->op == EXPR_REDUCE)
                *found = true;
        return !*found;
}

/* A place in lanes may stand in arithmetic, not in a subscript. */
static bool is_arithmetic(const struct expr *expr)
{
        bool found = false;

        expr_walk(expr, visit_memory, &found);
        return !found;
}

static bool take_sum(struct lookup *lookup, const struct expr *term)
{
        if (term->op != EXPR_SELECT || !is_literal(term->arg[2], 0) ||
            !take_comparison(lookup, term->arg[0]))
                return false;
        if (!is_literal(term->arg[1], 1))
                lookup->then = term->arg[1];
        return true;
}

/* All steps of a short sweep can be in flight at once. */
static bool is_short(const struct index *index)
{
        return index->lo->op == EXPR_INTEGER &&
               index->hi->op == EXPR_INTEGER &&
               index->hi->value.integer - index->lo->value.integer <=
                       LOOKUP_SWEPT;
}

bool lookup_take(struct lookup *lookup, const struct expr *expr)
{
        enum reduction op = expr->value.reduce.reduction;

        memset(lookup, 0, sizeof *lookup);
        if (expr->value.reduce.count != 1)
                return false;
        lookup->reduction = expr;
        lookup->index = expr->value.reduce.index[0];
        if (lookup->index->data_dependent || is_short(lookup->index))
                return false;
        if (op == RED_ANY)
                return take_comparison(lookup, expr->arg[0]);
        return op == RED_SUM && take_sum(lookup, expr->arg[0]);
}

/* Does the key only grow with the index? */
static bool rises(const struct expr *key, const struct index *index)
{
        int64_t c;

        if (is_sorted(key))
                key = key->value.read.subscript[0];
        return lookup_follows(key, index, &c);
}

/* Can every lane, along index, search for a key of its own? */
static bool take_lanes(struct lookup *lookup, const struct expr *expr,
                       const struct index *index)
{
        if (!lookup_take(lookup, expr) || !is_literal(lookup->index->lo, 0) ||
            !plan_positive(lookup->index->hi))
                return false;
        lookup->rises = rises(lookup->key, index);
        if (expr->value.reduce.reduction == RED_ANY)
                return lookup->kind == LOOKUP_EQUAL;
        if (lookup->kind != LOOKUP_EQUAL)
                return !lookup->then;
        return lookup->table->distinct && lookup->then &&
               is_arithmetic(lookup->then);
}

bool lookup_is_scalar(const struct expr *expr, const struct index *index)
{
        struct lookup lookup;

        return lookup_take(&lookup, expr) &&
               vector_depends(lookup.key, index) &&
               !take_lanes(&lookup, expr, index);
}

static void collect(struct lookups *lookups, const struct expr *expr,
                    const struct index *index)
{
        if (!vector_depends(expr, index) || lookups->count == LOOKUPS)
                return;
        if (expr->op == EXPR_REDUCE) {
                for (int i = 0; i < lookups->count; i++)
                        if (rewrite_equal(lookups->lookup[i].reduction, expr))
                                return;
                lookups->count += take_lanes(&lookups->lookup[lookups->count],
                                             expr, index);
                return;
        }
        if (expr->op == EXPR_READ) {
                for (int d = 0; d < expr->value.read.tensor->rank; d++)
                        collect(lookups, expr->value.read.subscript[d], index);
                return;
        }
        for (int i = 0; i < expr->count; i++)
                collect(lookups, expr->arg[i], index);
}

bool lookup_find(struct lookups *lookups, const struct expr *value,
                 const struct index *index)
{
        lookups->count = 0;
        collect(lookups, value, index);
        return lookups->count > 0;
}
