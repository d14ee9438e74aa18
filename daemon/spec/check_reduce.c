/*
 * Reductions: indices are entered from left to right, so that a range may
 * depend on an earlier one; the kind of the term decides what is allowed.
 */
#include <string.h>

#include "spec/check.h"
#include "spec/functions.h"

/* count[i] c is the sum of c ? 1 : 0. */
static int count_term(struct check *check, const struct syntax *s,
                      const struct expr **term)
{
        const struct expr *arg[3];
        struct expr *select;
        int rc = check_kind(check, *term, KIND_BOOLEAN, "what count counts");

        if (rc)
                return rc;
        arg[0] = *term;
        arg[1] = check_integer(check, 1, s->line, s->column);
        arg[2] = check_integer(check, 0, s->line, s->column);
        select = check_new(check, EXPR_SELECT, KIND_INTEGER, s->line,
                           s->column);
        if (!select || !arg[1] || !arg[2])
                return check_memory(check);
        *term = select;
        return check_arguments(check, select, 3, arg);
}

/* Numbers for sums, conditions for any, all and count. */
static int term_kind(struct check *check, const struct syntax *s,
                     enum reduction reduction, const struct expr **term)
{
        switch (reduction) {
        case RED_ANY:
        case RED_ALL:
                return check_kind(check, *term, KIND_BOOLEAN,
                                  "the term of any and all");
        case RED_COUNT: /* not a reduction of the tree: the word `count` */
                return count_term(check, s, term);
        default:
                return check_kind(check, *term, KIND_REAL,
                                  "the term of a reduction");
        }
}

/* Greatest and least need an element; ragged ranges are checked with the
 * data, by the oracle. */
static int check_empty(struct check *check, const struct syntax *s,
                       enum reduction reduction, const struct expr *reduce)
{
        if (reduction_selects(reduction))
                return check_select_room(check, s, reduce);
        if (reduction != RED_MAX && reduction != RED_MIN &&
            reduction != RED_ARGMAX && reduction != RED_ARGMIN)
                return 0;
        for (int i = 0; i < reduce->value.reduce.count; i++) {
                const struct index *index = reduce->value.reduce.index[i];

                if (index->data_dependent ||
                    ranges_not_empty(check->ranges, index->lo, index->hi))
                        continue;
                return check_error(
                        check, s->line, s->column,
                        "the range %s..%s of '%s' may be empty, and %s of "
                        "nothing has no value; exclude it by the domain of a "
                        "size (size N in 1..=4096)",
                        check_text(check, index->lo),
                        check_text(check, index->hi), index->name, s->name);
        }
        return 0;
}

/* One index at most is what such a reduction gives a value of. */
static int check_position(const struct check *check, const struct syntax *s,
                          enum reduction reduction)
{
        if (!reduction_is_position(reduction) || s->binding_count == 1)
                return 0;
        return check_error(check, s->line, s->column,
                           "%s gives the value of one index; nest two, or "
                           "compute one index from both",
                           s->name);
}

/* The term, and behind it the rank of a selection. */
static int set_arguments(struct check *check, const struct syntax *s,
                         struct expr *expr, const struct expr *term,
                         const struct index *rank)
{
        const struct expr *arg[2] = {term, NULL};
        struct expr *use;

        if (!rank)
                return check_arguments(check, expr, 1, arg);
        use = check_new(check, EXPR_INDEX, KIND_INTEGER, s->line, s->column);
        if (!use)
                return check_memory(check);
        use->value.index = rank;
        arg[1] = use;
        return check_arguments(check, expr, 2, arg);
}

/* The ranges of the indices not yet entered are roots too. */
static int open_indices(struct check *check, const struct syntax *s,
                        struct expr *expr)
{
        struct range_roots roots = {.value = s->arg[0]};
        struct index *index;
        int rc = 0;

        for (int i = 0; !rc && i < s->binding_count; i++) {
                roots.binding_count = s->binding_count - i - 1;
                roots.binding = &s->binding[i + 1];
                rc = check_open_index(check, &s->binding[i], s->name, &roots,
                                      &index);
                if (rc)
                        break;
                expr->value.reduce.index[i] = index;
                expr->value.reduce.count = i + 1;
                rc = check_below(check, expr, index->lo);
                if (!rc)
                        rc = check_below(check, expr, index->hi);
        }
        return rc;
}

/* The kind of the result is that of the term, except for positions. */
int check_reduce(struct check *check, const struct syntax *s,
                 const struct expr **result)
{
        enum reduction reduction = selection_from_name(s->name);
        const struct index *rank = check->rank;
        const struct expr *term;
        struct expr *expr;
        int rc;

        if (reduction == RED_COUNT)
                reduction = reduction_from_name(s->name);
        if (check->sizes_only || !check->ranges)
                return check_error(check, s->line, s->column,
                                   "a reduction cannot stand here");
        if (reduction_selects(reduction) && !rank)
                return check_error(check, s->line, s->column,
                                   "a selection stands alone: define v[i, k] "
                                   "= %s[...] ... by a statement of its own, "
                                   "then read v",
                                   s->name);
        check->rank = NULL;
        rc = check_position(check, s, reduction);
        if (rc)
                return rc;
        expr = check_new(check, EXPR_REDUCE, KIND_REAL, s->line, s->column);
        if (!expr)
                return check_memory(check);
        *result = expr;
        rc = open_indices(check, s, expr);
        if (!rc)
                rc = check_expr(check, s->arg[0], &term);
        if (!rc)
                rc = term_kind(check, s, reduction, &term);
        if (!rc)
                rc = set_arguments(check, s, expr, term, rank);
        if (!rc)
                rc = check_empty(check, s, reduction, expr);
        if (rc)
                return rc;
        check_close_indices(check, s->binding_count);
        expr->kind =
                reduction_is_position(reduction) ? KIND_INTEGER : term->kind;
        expr->value.reduce.reduction =
                reduction == RED_COUNT ? RED_SUM : reduction;
        return 0;
}
