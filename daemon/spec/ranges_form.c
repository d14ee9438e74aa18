/*
 * Normal forms: an integer expression as a polynomial over atoms. What has no
 * polynomial form becomes an atom with the bounds that are known of it.
 */
#include <string.h>

#include "spec/atoms.h"
#include "spec/check.h"

/* Terms of a that b, a single term, divides go to whole, the rest to rest. */
static void split_quotient(const struct poly *a, const struct poly *b,
                           struct poly *whole, struct poly *rest)
{
        poly_constant(whole, 0);
        poly_constant(rest, 0);
        for (int i = 0; i < a->count; i++) {
                struct poly_term term = a->term[i];
                bool divides = poly_term_divide(&term, &b->term[0]);

                poly_add_term(divides ? whole : rest, &term);
        }
}

/* What b divides leaves the quotient: (n b + r) // b = n + r // b, and r // b
 * is 0 for 0 <= r < b. */
static void quotient_poly(struct ranges *r, const struct poly *a,
                          const struct poly *b, struct poly *p)
{
        struct poly zero, least, whole, rest;

        poly_constant(&zero, 0);
        poly_constant(&least, 1);
        if (!a->known || !b->known || !prove_at_least(r, b, &least)) {
                atom_value(r, atom_new(r, ATOM_BOUNDED, NULL, NULL, NULL), p);
                return;
        }
        if (b->count == 1) {
                split_quotient(a, b, &whole, &rest);
        } else {
                poly_constant(&whole, 0);
                poly_add(&rest, a, &zero);
        }
        poly_subtract(&least, b, &rest);
        poly_add_constant(&least, -1);
        if (prove_nonnegative(r, &rest) && prove_nonnegative(r, &least)) {
                poly_add(p, &whole, &zero);
                return;
        }
        atom_operands(r, ATOM_QUOTIENT, &rest, b, p);
        poly_add(p, p, &whole);
}

/* a % b = a - (a // b) b, so that both cancel where they meet. */
static void remainder_poly(struct ranges *r, const struct poly *a,
                           const struct poly *b, struct poly *p)
{
        quotient_poly(r, a, b, p);
        poly_multiply(p, p, b);
        poly_subtract(p, a, p);
}

/* Decided when one is always the larger. */
static void extreme_poly(struct ranges *r, bool maximum, const struct poly *a,
                         const struct poly *b, struct poly *p)
{
        struct poly zero;

        poly_constant(&zero, 0);
        if (prove_at_least(r, a, b))
                poly_add(p, maximum ? a : b, &zero);
        else if (prove_at_least(r, b, a))
                poly_add(p, maximum ? b : a, &zero);
        else
                atom_operands(r, maximum ? ATOM_MAX : ATOM_MIN, a, b, p);
}

/* The larger of a and -a, which is never negative though both may be. */
static void absolute_poly(struct ranges *r, const struct poly *a,
                          struct poly *p)
{
        struct poly negated;
        int atom;

        poly_constant(&negated, 0);
        poly_subtract(&negated, &negated, a);
        extreme_poly(r, true, a, &negated, p);
        atom = poly_highest(p);
        if (p->known && p->count == 1 && atom >= 0 &&
            r->atom[atom].kind == ATOM_MAX && p->term[0].coefficient == 1 &&
            poly_equal(r->atom[atom].a, a) &&
            poly_equal(r->atom[atom].b, &negated))
                r->atom[atom].nonnegative = true;
}

/* A tensor of argmax or argtop holds values of that index, unless its type
 * is too narrow for them. */
static void position_bounds(struct ranges *r, const struct tensor *tensor,
                            struct poly *low, struct poly *high)
{
        const struct statement *s = tensor->defined_by;
        const struct index *index;
        struct poly least, most;

        if (!s || s->update != UPDATE_DEFINE || s->value->op != EXPR_REDUCE ||
            !reduction_is_position(s->value->value.reduce.reduction))
                return;
        index = s->value->value.reduce.index[0];
        if (!check_only_sizes(index->lo) || !check_only_sizes(index->hi))
                return;
        ranges_poly(r, index->lo, &least);
        ranges_poly(r, index->hi, &most);
        poly_add_constant(&most, -1);
        if (low->known && (!prove_at_least(r, &least, low) ||
                           !prove_at_least(r, high, &most)))
                return;
        *low = least;
        *high = most;
}

/* What the constraints of an input say about each element. */
static void element_bounds(struct ranges *r, const struct tensor *tensor,
                           struct poly *low, struct poly *high)
{
        bool wide = tensor->dtype == DTYPE_I64 || tensor->dtype == DTYPE_NONE;

        poly_unknown(low);
        poly_unknown(high);
        if (!wide) {
                poly_constant(low, dtype_int_low(tensor->dtype));
                poly_constant(high, dtype_int_high(tensor->dtype));
        }
        if (tensor->role != TENSOR_IN) {
                position_bounds(r, tensor, low, high);
                return;
        }
        if (tensor->lengths || tensor->offsets)
                poly_constant(low, 0);
        if (tensor->offsets)
                ranges_poly(r, tensor->offsets, high);
        if (tensor->lengths_sum)
                ranges_poly(r, tensor->lengths_sum, high);
        if (tensor->low) {
                ranges_poly(r, tensor->low, low);
                ranges_poly(r, tensor->high, high);
                poly_add_constant(high, -1);
        }
}

static bool same_subscripts(const struct atom *atom, int count,
                            const struct poly *const *subscript)
{
        if (atom->count != count)
                return false;
        for (int i = 0; i < count; i++)
                if (!poly_equal(atom->subscript[i], subscript[i]))
                        return false;
        return true;
}

/* Equal subscripts read equal values: inputs do not change. */
static void element_poly(struct ranges *r, const struct read *read,
                         struct poly *p)
{
        const struct tensor *tensor = read->tensor;
        const struct poly **subscript =
                arena_alloc(r->arena, sizeof(*subscript) * LIMIT_RANK);
        struct poly low, high;
        struct atom *atom;

        poly_unknown(p);
        if (!subscript)
                return;
        for (int i = 0; i < tensor->rank; i++) {
                ranges_poly(r, read->subscript[i], &low);
                subscript[i] = atom_keep(r, &low);
                if (!subscript[i])
                        return;
        }
        for (int i = r->sizes; i < r->count; i++)
                if (r->atom[i].key == tensor &&
                    same_subscripts(&r->atom[i], tensor->rank, subscript)) {
                        atom_value(r, &r->atom[i], p);
                        return;
                }
        element_bounds(r, tensor, &low, &high);
        atom = atom_new(r, ATOM_BOUNDED, tensor, &low, &high);
        if (atom) {
                atom->count = tensor->rank;
                atom->subscript = subscript;
        }
        atom_value(r, atom, p);
}

/* Outside it is the fallback. */
static void read_poly(struct ranges *r, const struct expr *expr,
                      struct poly *p)
{
        struct poly other;

        element_poly(r, &expr->value.read, p);
        if (expr->value.read.safety == READ_ELSE) {
                ranges_poly(r, expr->value.read.fallback, &other);
                atom_operands(r, ATOM_EITHER, p, &other, p);
        }
}

static void unknown_integer(struct ranges *r, struct poly *p)
{
        atom_value(r, atom_new(r, ATOM_BOUNDED, NULL, NULL, NULL), p);
}

/* A cast that cannot wrap changes nothing. */
static void cast_poly(struct ranges *r, const struct expr *expr,
                      struct poly *p)
{
        int64_t low = dtype_int_low(expr->dtype);
        int64_t high = dtype_int_high(expr->dtype);
        struct poly least, most;

        if (expr->arg[0]->kind == KIND_INTEGER) {
                ranges_poly(r, expr->arg[0], p);
                if (expr->dtype == DTYPE_I64)
                        return;
                poly_constant(&least, low);
                poly_constant(&most, high);
                if (prove_at_least(r, p, &least) &&
                    prove_at_least(r, &most, p))
                        return;
        } else if (expr->arg[0]->kind == KIND_BOOLEAN) {
                low = 0;
                high = 1;
        }
        atom_between(r, NULL, true, low, true, high, p);
}

/* Functions whose integer values are bounded by their arguments. */
static void call_poly(struct ranges *r, const struct expr *expr,
                      struct poly *p)
{
        struct poly a, b;

        ranges_poly(r, expr->arg[0], &a);
        if (expr->count > 1)
                ranges_poly(r, expr->arg[1], &b);
        switch (expr->value.function) {
        case FN_MIN:
        case FN_MAX:
                extreme_poly(r, expr->value.function == FN_MAX, &a, &b, p);
                return;
        case FN_ABS:
                absolute_poly(r, &a, p);
                return;
        case FN_SIGN:
                atom_between(r, NULL, true, -1, true, 1, p);
                return;
        case FN_DIV:
        case FN_REM:
                if (!prove_nonnegative(r, &a))
                        unknown_integer(r, p);
                else if (expr->value.function == FN_DIV)
                        quotient_poly(r, &a, &b, p);
                else
                        remainder_poly(r, &a, &b, p);
                return;
        default:
                unknown_integer(r, p);
        }
}

/* argmax and argtop give a value of their index; a sum of 0s and 1s counts. */
static void reduce_poly(struct ranges *r, const struct expr *expr,
                        struct poly *p)
{
        const struct index *index = expr->value.reduce.index[0];
        enum reduction reduction = expr->value.reduce.reduction;
        struct poly low, high, term, one;

        ranges_poly(r, index->lo, &low);
        ranges_poly(r, index->hi, &high);
        if (reduction_is_position(reduction)) {
                poly_add_constant(&high, -1);
                atom_value(r, atom_new(r, ATOM_BOUNDED, NULL, &low, &high), p);
                return;
        }
        if (reduction != RED_SUM || expr->value.reduce.count != 1) {
                unknown_integer(r, p);
                return;
        }
        ranges_poly(r, expr->arg[0], &term);
        poly_constant(&one, 1);
        poly_subtract(&high, &high, &low);
        if (!prove_at_least(r, &one, &term) || !prove_nonnegative(r, &high))
                poly_unknown(&high);
        if (prove_nonnegative(r, &term))
                poly_constant(&low, 0);
        else
                poly_unknown(&low);
        atom_value(r, atom_new(r, ATOM_BOUNDED, NULL, &low, &high), p);
}

/* Shifts by a constant are products and quotients. */
static void bits_poly(struct ranges *r, const struct expr *expr,
                      struct poly *p)
{
        struct poly a, b;
        int64_t value;

        ranges_poly(r, expr->arg[0], &a);
        ranges_poly(r, expr->arg[1], &b);
        if (expr->op == EXPR_BIT_AND &&
            (poly_is_constant(&a, &value) || poly_is_constant(&b, &value)) &&
            value >= 0) {
                atom_between(r, NULL, true, 0, true, value, p);
        } else if ((expr->op == EXPR_SHL || expr->op == EXPR_SHR) &&
                   poly_is_constant(&b, &value) && value >= 0 && value < 62) {
                poly_constant(&b, (int64_t)1 << value);
                if (expr->op == EXPR_SHL)
                        poly_multiply(p, &a, &b);
                else
                        quotient_poly(r, &a, &b, p);
        } else {
                unknown_integer(r, p);
        }
}

/* The atom of something declared. */
static void key_poly(struct ranges *r, const void *key, struct poly *p)
{
        for (int i = 0; i < r->count; i++)
                if (r->atom[i].key == key) {
                        atom_value(r, &r->atom[i], p);
                        return;
                }
        poly_unknown(p);
}

/* Made when first met: most specs have no integer parameters. */
static void param_poly(struct ranges *r, const struct param *param,
                       struct poly *p)
{
        key_poly(r, param, p);
        if (!p->known)
                atom_between(r, param, true, (int64_t)param->low, true,
                             (int64_t)param->high, p);
}

/* What has no form of its own is some integer. */
static void leaf_poly(struct ranges *r, const struct expr *expr,
                      struct poly *p)
{
        struct poly step;

        switch (expr->op) {
        case EXPR_INTEGER:
                poly_constant(p, expr->value.integer);
                return;
        case EXPR_SIZE:
                key_poly(r, expr->value.size, p);
                poly_constant(&step, expr->value.size->step);
                poly_multiply(p, p, &step);
                return;
        case EXPR_PARAM:
                param_poly(r, expr->value.param, p);
                return;
        case EXPR_INDEX:
                key_poly(r, expr->value.index, p);
                return;
        default:
                unknown_integer(r, p);
        }
}

static void arithmetic_poly(struct ranges *r, const struct expr *expr,
                            struct poly *p)
{
        struct poly a, b;

        ranges_poly(r, expr->arg[0], &a);
        ranges_poly(r, expr->arg[1], &b);
        switch (expr->op) {
        case EXPR_ADD:
                poly_add(p, &a, &b);
                return;
        case EXPR_SUB:
                poly_subtract(p, &a, &b);
                return;
        case EXPR_MUL:
                poly_multiply(p, &a, &b);
                return;
        case EXPR_FLOOR_DIV:
                quotient_poly(r, &a, &b, p);
                return;
        default:
                remainder_poly(r, &a, &b, p);
        }
}

/* One case a node of spec.h that can be an integer. */
void ranges_poly(struct ranges *r, const struct expr *expr, struct poly *p)
{
        struct poly other;

        if (expr->kind != KIND_INTEGER) {
                poly_unknown(p);
                return;
        }
        switch (expr->op) {
        case EXPR_READ:
                read_poly(r, expr, p);
                return;
        case EXPR_NEGATE:
                ranges_poly(r, expr->arg[0], &other);
                poly_constant(p, 0);
                poly_subtract(p, p, &other);
                return;
        case EXPR_ADD:
        case EXPR_SUB:
        case EXPR_MUL:
        case EXPR_FLOOR_DIV:
        case EXPR_FLOOR_MOD:
                arithmetic_poly(r, expr, p);
                return;
        case EXPR_CAST:
                cast_poly(r, expr, p);
                return;
        case EXPR_CALL:
                call_poly(r, expr, p);
                return;
        case EXPR_SELECT:
                ranges_poly(r, expr->arg[1], p);
                ranges_poly(r, expr->arg[2], &other);
                if (!poly_equal(p, &other))
                        atom_operands(r, ATOM_EITHER, p, &other, p);
                return;
        case EXPR_BIT_AND:
        case EXPR_SHL:
        case EXPR_SHR:
                bits_poly(r, expr, p);
                return;
        case EXPR_REDUCE:
                reduce_poly(r, expr, p);
                return;
        default:
                leaf_poly(r, expr, p);
        }
}
