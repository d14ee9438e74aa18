/* See oracle_interval.h. */
#include "spec/oracle_interval.h"

#include <string.h>

static bool is_sorted(const struct tensor *tensor)
{
        return tensor->role == TENSOR_IN && !tensor->nonfinite &&
               (tensor->sorted || tensor->offsets);
}

/* t[.., index] or t[.., index + c], the rest free of the index. */
static bool is_entry(const struct expr *expr, const struct index *index)
{
        const struct read *read = &expr->value.read;
        const struct expr *last;

        if (expr->op != EXPR_READ || read->safety != READ_PROVED ||
            !is_sorted(read->tensor))
                return false;
        for (int d = 0; d < read->tensor->rank - 1; d++)
                if (oracle_mentions(read->subscript[d], index))
                        return false;
        last = read->subscript[read->tensor->rank - 1];
        if (last->op == EXPR_ADD && last->arg[1]->op == EXPR_INTEGER)
                last = last->arg[0];
        return last->op == EXPR_INDEX && last->value.index == index;
}

/* Inputs as they are given and arithmetic of integers. */
static bool visit_given(const struct expr *expr, void *data)
{
        bool *given = data;

        if (expr->op == EXPR_REDUCE ||
            (expr->op == EXPR_READ &&
             expr->value.read.tensor->role != TENSOR_IN) ||
            (expr->kind == KIND_REAL && expr->op != EXPR_READ))
                *given = false;
        return *given;
}

static bool is_given(const struct expr *expr)
{
        bool given = true;

        expr_walk(expr, visit_given, &given);
        return given;
}

static bool take_sides(struct oracle_interval *interval,
                       const struct expr *entry, const struct expr *key)
{
        interval->entry = entry;
        interval->key = key;
        return is_entry(entry, interval->index) && is_given(entry) &&
               entry->kind == key->kind && is_given(key) &&
               !oracle_mentions(key, interval->index);
}

static bool take_comparison(struct oracle_interval *interval,
                            const struct expr *expr)
{
        interval->comparison = expr->op;
        if (expr->op != EXPR_LT && expr->op != EXPR_LE && expr->op != EXPR_EQ)
                return false;
        if (take_sides(interval, expr->arg[0], expr->arg[1]))
                return true;
        interval->swapped = true;
        /* Behind a key that is NaN would be all entries. */
        return take_sides(interval, expr->arg[1], expr->arg[0]) &&
               (expr->op == EXPR_EQ || interval->key->kind != KIND_REAL);
}

static bool is_zero(const struct expr *expr)
{
        return (expr->op == EXPR_INTEGER && expr->value.integer == 0) ||
               (expr->op == EXPR_REAL && expr->value.real == 0);
}

/* count[i] c is the sum of c ? 1 : 0. */
static bool counts(const struct expr *term)
{
        return term->op == EXPR_SELECT && term->arg[1]->op == EXPR_INTEGER &&
               term->arg[1]->value.integer == 1 &&
               term->arg[2]->op == EXPR_INTEGER;
}

bool oracle_interval_find(const struct expr *reduce,
                          struct oracle_interval *interval)
{
        enum reduction reduction = reduce->value.reduce.reduction;
        const struct expr *term = reduce->arg[0];

        memset(interval, 0, sizeof *interval);
        interval->index = reduce->value.reduce.index[0];
        if (reduce->value.reduce.count != 1 || interval->index->data_dependent)
                return false;
        if (reduction == RED_ANY)
                return take_comparison(interval, term);
        if (reduction != RED_SUM)
                return false;
        interval->length = counts(term);
        return term->op == EXPR_SELECT && is_zero(term->arg[2]) &&
               take_comparison(interval, term->arg[0]);
}
