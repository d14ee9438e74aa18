/*
 * See domain.h: a walk over the tree of one condition, from left to right,
 * as && evaluates it.
 */
#include "repo/domain.h"

#include <stdlib.h>

/* What one check carries through the tree. */
struct domain {
        const struct intexpr *when;
        const struct spec *spec;
        const char *where;
        int terms[LIMIT_SIZES];                      /* seen so far, by size */
        int comparisons;                             /* of sums of products */
        int64_t low[LIMIT_SIZES], high[LIMIT_SIZES]; /* a size there */
};

/* What a number can be. */
struct interval {
        int64_t low, high;
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

/* --- comparisons of sums of products --- */

static bool multiply(struct interval a, struct interval b, struct interval *r)
{
        int64_t p[4];

        if (__builtin_mul_overflow(a.low, b.low, &p[0]) ||
            __builtin_mul_overflow(a.low, b.high, &p[1]) ||
            __builtin_mul_overflow(a.high, b.low, &p[2]) ||
            __builtin_mul_overflow(a.high, b.high, &p[3]))
                return false;
        *r = (struct interval){p[0], p[0]};
        for (int i = 1; i < 4; i++) {
                if (p[i] < r->low)
                        r->low = p[i];
                if (p[i] > r->high)
                        r->high = p[i];
        }
        return true;
}

static bool combine(enum intexpr_op op, struct interval a, struct interval b,
                    struct interval *r)
{
        switch (op) {
        case INTEXPR_ADD:
                return !__builtin_add_overflow(a.low, b.low, &r->low) &&
                       !__builtin_add_overflow(a.high, b.high, &r->high);
        case INTEXPR_NEGATE: /* 0 - a: the caller gives 0 as a */
        case INTEXPR_SUB:
                return !__builtin_sub_overflow(a.low, b.high, &r->low) &&
                       !__builtin_sub_overflow(a.high, b.low, &r->high);
        default:
                return multiply(a, b, r);
        }
}

static bool is_product_sum(const struct domain *d, int i)
{
        const struct intexpr_node *node = node_of(d, i);

        switch (node->op) {
        case INTEXPR_LITERAL:
                return true;
        case INTEXPR_NAME:
                return size_of(d, i) ||
                       source_find_constant(d->spec,
                                            intexpr_name(d->when, node->name));
        case INTEXPR_NEGATE:
                return is_product_sum(d, node->arg[0]);
        case INTEXPR_ADD:
        case INTEXPR_SUB:
        case INTEXPR_MUL:
                return is_product_sum(d, node->arg[0]) &&
                       is_product_sum(d, node->arg[1]);
        default:
                return false;
        }
}

/* What node i of a sum of products can be; false when it may overflow. */
static bool find_interval(const struct domain *d, int i, struct interval *r)
{
        const struct intexpr_node *node = node_of(d, i);
        const struct size *size = size_of(d, i);
        struct interval a = {0, 0}, b;
        int64_t value = node->value;

        if (size) {
                *r = (struct interval){d->low[size->number],
                                       d->high[size->number]};
                return true;
        }
        if (node->op == INTEXPR_NAME)
                value = source_find_constant(d->spec,
                                             intexpr_name(d->when, node->name))
                                ->integer;
        if (node->op == INTEXPR_NAME || node->op == INTEXPR_LITERAL) {
                *r = (struct interval){value, value};
                return true;
        }
        if (node->op == INTEXPR_NEGATE)
                return find_interval(d, node->arg[0], &b) &&
                       combine(node->op, a, b, r);
        return find_interval(d, node->arg[0], &a) &&
               find_interval(d, node->arg[1], &b) &&
               combine(node->op, a, b, r);
}

static int check_comparison(struct domain *d, const struct intexpr_node *term,
                            struct error *err)
{
        struct interval ignored;

        if (!find_interval(d, term->arg[0], &ignored) ||
            !find_interval(d, term->arg[1], &ignored))
                return error_set(err, ERR_INPUT,
                                 "%s: a side of this comparison may not fit "
                                 "64 bits; write a range of each size, such "
                                 "as N <= 65536, in front of it",
                                 d->where);
        if (++d->comparisons > SOURCE_WHEN_TERMS)
                return error_set(err, ERR_INPUT,
                                 "%s: more than %d comparisons of products of "
                                 "sizes in `when`; leave some out",
                                 d->where, SOURCE_WHEN_TERMS);
        return 0;
}

/* --- the walk --- */

/* A range by a number holds for the terms behind it. */
static void narrow(struct domain *d, const struct intexpr_node *term,
                   const struct size *size)
{
        bool left = size_of(d, term->arg[0]) == size;
        const struct intexpr_node *bound = node_of(d, term->arg[left ? 1 : 0]);
        int64_t *low = &d->low[size->number], *high = &d->high[size->number];
        bool above =
                (term->op == INTEXPR_GT || term->op == INTEXPR_GE) == left;

        if (!is_order(term->op) || bound->op != INTEXPR_LITERAL)
                return;
        if (above && bound->value > *low)
                *low = bound->value;
        if (!above && bound->value < *high)
                *high = bound->value;
        /* Where no size is left nothing behind it is ever computed. */
        if (*low > *high)
                *low = *high;
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
                         "4096), a divisibility (N %% 4 == 0) by numbers and "
                         "tunables, or a comparison of sums of products of "
                         "sizes and numbers (N*K <= 2*M); write other limits "
                         "as `check` lines",
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
        if (!size && is_order(node->op) && is_product_sum(d, node->arg[0]) &&
            is_product_sum(d, node->arg[1]))
                return check_comparison(d, node, err);
        if (!size)
                return refuse_term(d, node, err);
        if (++d->terms[size->number] > SOURCE_WHEN_TERMS)
                return error_set(err, ERR_INPUT,
                                 "%s: more than %d terms of `when` about size "
                                 "%s; merge them",
                                 d->where, SOURCE_WHEN_TERMS, size->name);
        narrow(d, node, size);
        return 0;
}

int domain_check(const struct intexpr *when, const struct spec *spec,
                 const char *where, struct error *err)
{
        struct domain domain = {.when = when, .spec = spec, .where = where};

        for (int i = 0; i < spec->size_count; i++) {
                domain.low[i] = spec->size[i]->low;
                domain.high[i] = spec->size[i]->high;
        }
        return check_node(&domain, intexpr_node_count(when) - 1, err);
}
