/*
 * The bounds of explicit ranges: integers over sizes, outer indices and
 * inputs, so that every kernel can have its loops before it computes.
 */
#include "spec/check.h"

/* Which computed tensors are looked through; each once. */
struct origins {
        bool seen[LIMIT_TENSORS];
        bool reduced; /* a reduction or a scatter is among them */
};

static bool visit_origin(const struct expr *expr, void *data)
{
        struct origins *origins = data;
        const struct statement *st;

        if (expr->op == EXPR_REDUCE)
                origins->reduced = true;
        if (expr->op != EXPR_READ)
                return !origins->reduced;
        st = expr->value.read.tensor->defined_by;
        if (!st || origins->seen[st->target->number])
                return true;
        origins->seen[st->target->number] = true;
        if (st->update != UPDATE_DEFINE)
                origins->reduced = true;
        else
                expr_walk(st->value, visit_origin, origins);
        return !origins->reduced;
}

/* What cannot be written out in the range may be looked up instead. */
static int computed_bound(const struct check *check, const struct expr *read)
{
        const char *name = read->value.read.tensor->name;
        struct origins origins = {0};

        visit_origin(read, &origins);
        if (!origins.reduced)
                return check_error(check, read->line, read->column,
                                   "a range can depend on inputs, but '%s' "
                                   "is computed; write here what it is "
                                   "computed from",
                                   name);
        return check_error(
                check, read->line, read->column,
                "a range can depend on inputs, but '%s' is computed with a "
                "reduction or an update, which no range can contain; let the "
                "index run as far as it ever may and choose inside, as in "
                "(k < %s[i] ? ... : 0), or store what belongs where in a "
                "`tmp ... init -1` and read that",
                name, name);
}

struct bound_walk {
        struct check *check;
        bool reads;
        int rc;
};

/* What spec.h allows in a bound. */
static bool visit_bound(const struct expr *expr, void *data)
{
        struct bound_walk *walk = data;

        if (expr->op == EXPR_REDUCE) {
                walk->rc = check_error(walk->check, expr->line, expr->column,
                                       "a range cannot contain a reduction");
        } else if (expr->op == EXPR_PARAM) {
                walk->rc = check_error(walk->check, expr->line, expr->column,
                                       "a range cannot depend on a "
                                       "parameter; make '%s' a size",
                                       expr->value.param->name);
        } else if (expr->op == EXPR_READ) {
                walk->reads = true;
                if (expr->value.read.tensor->role != TENSOR_IN)
                        walk->rc = computed_bound(walk->check, expr);
        }
        return walk->rc == 0;
}

/* Checked in the scope of the outer indices and those to the left. */
int check_bound(struct check *check, const struct syntax *s,
                struct index *index, const struct expr **result)
{
        struct bound_walk walk = {check, false, 0};
        int rc = check_expr(check, s, result);

        if (!rc)
                rc = check_kind(check, *result, KIND_INTEGER,
                                "the bound of a range");
        if (rc)
                return rc;
        expr_walk(*result, visit_bound, &walk);
        index->data_dependent = index->data_dependent || walk.reads;
        return walk.rc;
}
