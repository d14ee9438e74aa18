/* See domain.h: a walk over the tree of one condition. */
#include "repo/domain.h"

#include <stdlib.h>

/* What one check carries through the tree. */
struct domain {
        const struct intexpr *when;
        const struct spec *spec;
        const char *where;
        int terms[LIMIT_SIZES]; /* seen so far, by size */
};

static const struct intexpr_node *node_of(const struct domain *d, int i)
{
        return intexpr_node(d->when, i);
}

/* The size that node i names, or NULL. */
static const struct size *size_of(const struct domain *d, int i)
{
        const struct intexpr_node *node = node_of(d, i);

        if (node->op != INTEXPR_NAME)
                return NULL;
        return spec_find_size(d->spec, intexpr_name(d->when, node->name));
}

/* No size below node i: its value is known when the source is built. */
static bool is_bound(const struct domain *d, int i)
{
        const struct intexpr_node *node = node_of(d, i);

        switch (node->op) {
        case INTEXPR_LITERAL:
                return true;
        case INTEXPR_NAME:
                return !size_of(d, i);
        case INTEXPR_NEGATE:
                return is_bound(d, node->arg[0]);
        default:
                return is_bound(d, node->arg[0]) && is_bound(d, node->arg[1]);
        }
}

static bool is_zero(const struct domain *d, int i)
{
        const struct intexpr_node *node = node_of(d, i);

        return node->op == INTEXPR_LITERAL && node->value == 0;
}

/* The size of `SIZE % bound` at node i, or NULL. */
static const struct size *divided_size(const struct domain *d, int i)
{
        const struct intexpr_node *node = node_of(d, i);

        if (node->op != INTEXPR_FLOOR_MOD || !is_bound(d, node->arg[1]))
                return NULL;
        return size_of(d, node->arg[0]);
}

static bool is_order(enum intexpr_op op)
{
        return op == INTEXPR_LT || op == INTEXPR_LE || op == INTEXPR_GT ||
               op == INTEXPR_GE;
}

/* The size that a term of an allowed form constrains, or NULL. */
static const struct size *constrained_size(const struct domain *d,
                                           const struct intexpr_node *term)
{
        int a = term->arg[0], b = term->arg[1];

        if (is_order(term->op) && is_bound(d, b))
                return size_of(d, a);
        if (is_order(term->op) && is_bound(d, a))
                return size_of(d, b);
        if (term->op == INTEXPR_EQ && is_zero(d, b))
                return divided_size(d, a);
        if (term->op == INTEXPR_EQ && is_zero(d, a))
                return divided_size(d, b);
        return NULL;
}

static int refuse_term(const struct domain *d, const struct intexpr_node *term,
                       struct error *err)
{
        const struct size *a = size_of(d, term->arg[0]);
        const struct size *b = size_of(d, term->arg[1]);

        if (term->op == INTEXPR_EQ && (a || b))
                return error_set(err, ERR_INPUT,
                                 "%s: `when` does not compare for equality; "
                                 "compile the size in with `fix %s`, or give "
                                 "a range",
                                 d->where, a ? a->name : b->name);
        return error_set(err, ERR_INPUT,
                         "%s: a term of `when` is a range of one size (N <= "
                         "4096) or a divisibility (N %% 4 == 0) by numbers "
                         "and tunables; write other limits as `check` lines",
                         d->where);
}

static int check_node(struct domain *d, int i, struct error *err)
{
        const struct intexpr_node *node = node_of(d, i);
        const struct size *size;
        int rc;

        if (node->op == INTEXPR_AND) {
                rc = check_node(d, node->arg[0], err);
                return rc < 0 ? rc : check_node(d, node->arg[1], err);
        }
        size = constrained_size(d, node);
        if (!size)
                return refuse_term(d, node, err);
        if (++d->terms[size->number] > SOURCE_WHEN_TERMS)
                return error_set(err, ERR_INPUT,
                                 "%s: more than %d terms of `when` about size "
                                 "%s; merge them",
                                 d->where, SOURCE_WHEN_TERMS, size->name);
        return 0;
}

int domain_check(const struct intexpr *when, const struct spec *spec,
                 const char *where, struct error *err)
{
        struct domain domain = {when, spec, where, {0}};

        return check_node(&domain, intexpr_node_count(when) - 1, err);
}
