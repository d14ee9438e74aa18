/*
 * Proofs that a polynomial is never negative: the largest atom is replaced by
 * the bound that makes the polynomial smallest, until sizes alone are left.
 * Those are written as their least value plus something; if all coefficients
 * are then positive, the proof is done. Otherwise facts (extents and ranges
 * are not negative) are subtracted, at most two. What fails is tried once more
 * without the factor that its coefficients share; and where an index i occurs
 * beside i // b, with i = b (i // b) + m, m from 0 to b - 1.
 *
 * Depth and steps are bounded: whoever writes the spec cannot make a proof
 * run for long, only fail.
 */
#include "spec/atoms.h"

/* Sums of products of what is known not to be negative. */
bool prove_obvious(const struct ranges *r, const struct poly *p)
{
        if (!p->known)
                return false;
        for (int i = 0; i < p->count; i++) {
                if (p->term[i].coefficient < 0)
                        return false;
                for (int j = 0; j < p->term[i].degree; j++)
                        if (!r->atom[p->term[i].atom[j]].nonnegative)
                                return false;
        }
        return true;
}

static bool prove(struct ranges *r, const struct poly *p, int depth);

/* The sign of p where it is evaluated: 1: never negative, -1: never
 * positive, 0: not proved. */
static int sign(struct ranges *r, const struct poly *p, int depth)
{
        struct poly zero, negated;
        int64_t value;

        if (poly_is_constant(p, &value))
                return value >= 0 ? 1 : -1;
        poly_constant(&zero, 0);
        poly_subtract(&negated, &zero, p);
        if (prove_obvious(r, p))
                return 1;
        if (prove_obvious(r, &negated))
                return -1;
        if (prove(r, p, depth + 1))
                return 1;
        return prove(r, &negated, depth + 1) ? -1 : 0;
}

/* One elimination: the atom gives way to a bound. */
static bool prove_with(struct ranges *r, const struct poly *p, uint16_t atom,
                       const struct poly *value, int depth)
{
        struct poly q;

        if (!value)
                return false;
        poly_substitute(&q, p, atom, value);
        return prove(r, &q, depth + 1);
}

/* p >= 0 if b (p - c q) + c (a or a - b + 1) >= -(b - 1), for q = a // b:
 * b q lies between a - b + 1 and a, and p is a whole number. */
static bool prove_quotient(struct ranges *r, const struct poly *p,
                           uint16_t atom, const struct poly *c, int sign_c,
                           int depth)
{
        const struct poly *a = r->atom[atom].a, *b = r->atom[atom].b;
        struct poly zero, q, t;

        poly_constant(&zero, 0);
        poly_substitute(&q, p, atom, &zero);
        poly_multiply(&q, &q, b);
        poly_add(&t, a, &zero);
        if (sign_c > 0) {
                poly_subtract(&t, &t, b);
                poly_add_constant(&t, 1);
        }
        poly_multiply(&t, &t, c);
        poly_add(&q, &q, &t);
        poly_add(&q, &q, b);
        poly_add_constant(&q, -1);
        return prove(r, &q, depth + 1);
}

/* m of i = b (i // b) + m for the quotient `atom`, or NULL. */
static const struct atom *remainder_of(struct ranges *r, uint16_t atom)
{
        const struct atom *it = &r->atom[atom];
        struct poly low, high;

        for (int i = r->sizes; i < r->count; i++)
                if (r->atom[i].key == it)
                        return &r->atom[i];
        poly_constant(&low, 0);
        poly_add(&high, it->b, &low);
        poly_add_constant(&high, -1);
        return atom_new(r, ATOM_BOUNDED, it, &low, &high);
}

/* p with the index of a quotient that occurs beside it, a = i + rest, as
 * b q + m - rest. */
static bool prove_remainder(struct ranges *r, const struct poly *p,
                            uint16_t atom, int depth)
{
        const struct poly *a = r->atom[atom].a, *b = r->atom[atom].b;
        int index = poly_highest(a);
        struct poly c, zero, rest, value, m;
        int64_t one;

        if (index < r->sizes || !poly_uses(p, (uint16_t)index) ||
            !poly_coefficient(&c, a, (uint16_t)index) ||
            !poly_is_constant(&c, &one) || one != 1)
                return false;
        poly_constant(&zero, 0);
        poly_substitute(&rest, a, (uint16_t)index, &zero);
        atom_value(r, remainder_of(r, atom), &m);
        poly_atom(&value, 1, atom);
        poly_multiply(&value, &value, b);
        poly_add(&value, &value, &m);
        poly_subtract(&value, &value, &rest);
        return prove_with(r, p, (uint16_t)index, &value, depth);
}

/* The lower bound where p grows with the atom, else the upper one. */
static bool prove_bounded(struct ranges *r, const struct poly *p,
                          uint16_t atom, int sign_c, int depth)
{
        const struct atom *it = &r->atom[atom];
        const struct poly *bound = sign_c > 0 ? it->a : it->b;
        bool done;

        if (!it->index || !it->a || !it->b || r->fact_count == FACTS)
                return prove_with(r, p, atom, bound, depth);
        /* Where an index is evaluated its range is not empty. */
        struct poly fact;

        poly_subtract(&fact, it->b, it->a);
        if (prove_obvious(r, &fact))
                return prove_with(r, p, atom, bound, depth);
        r->fact[r->fact_count++] = &fact;
        done = prove_with(r, p, atom, bound, depth);
        r->fact_count--;
        return done;
}

/* Nothing is known of a product of two unknown signs: then give up. */
static bool prove_atom(struct ranges *r, const struct poly *p, uint16_t atom,
                       int depth)
{
        const struct atom *it = &r->atom[atom];
        bool both = true;
        struct poly c;
        int sign_c;

        if (it->kind != ATOM_EITHER) {
                if (!poly_coefficient(&c, p, atom))
                        return false;
                sign_c = sign(r, &c, depth);
                if (!sign_c)
                        return false;
                if (it->kind == ATOM_BOUNDED)
                        return prove_bounded(r, p, atom, sign_c, depth);
                if (it->kind == ATOM_QUOTIENT)
                        return prove_quotient(r, p, atom, &c, sign_c, depth) ||
                               prove_remainder(r, p, atom, depth);
                /* A maximum is at least either and at most the larger. */
                both = (it->kind == ATOM_MAX) == (sign_c < 0);
        }
        if (prove_with(r, p, atom, it->a, depth) != both)
                return !both;
        return prove_with(r, p, atom, it->b, depth);
}

/* With every size written as its least value plus something. */
static bool prove_shifted(const struct ranges *r, const struct poly *p)
{
        struct poly q, shifted;

        poly_constant(&q, 0);
        poly_add(&q, &q, p);
        for (int i = 0; q.known && i < r->sizes; i++) {
                if (!poly_uses(&q, (uint16_t)i))
                        continue;
                poly_atom(&shifted, 1, (uint16_t)i);
                poly_add(&shifted, &shifted, r->atom[i].a);
                poly_substitute(&q, &q, (uint16_t)i, &shifted);
        }
        return prove_obvious(r, &q);
}

/* p = (p - fact) + fact. */
static bool prove_facts(struct ranges *r, const struct poly *p, int depth)
{
        struct poly q;
        bool done = false;

        if (r->fact_depth == 2)
                return false;
        r->fact_depth++;
        for (int i = 0; !done && i < r->fact_count; i++) {
                poly_subtract(&q, p, r->fact[i]);
                done = prove(r, &q, depth + 1);
        }
        r->fact_depth--;
        return done;
}

/* One size whose sign is known is enough: the others follow inside. */
static bool prove_sizes(struct ranges *r, const struct poly *p, int depth)
{
        struct poly c;
        int sign_c;

        if (prove_shifted(r, p))
                return true;
        for (int i = 0; i < r->sizes; i++) {
                if (!poly_uses(p, (uint16_t)i) ||
                    !poly_coefficient(&c, p, (uint16_t)i))
                        continue;
                sign_c = sign(r, &c, depth);
                if (!sign_c)
                        continue;
                if (prove_with(r, p, (uint16_t)i,
                               sign_c > 0 ? r->atom[i].a : r->atom[i].b,
                               depth))
                        return true;
                break;
        }
        return prove_facts(r, p, depth);
}

static int64_t greatest_divisor(int64_t a, int64_t b)
{
        return b ? greatest_divisor(b, a % b) : a < 0 ? -a : a;
}

/* p / g, rounded down, where g divides all its coefficients but the constant:
 * whole numbers of g are at least -constant exactly where p is at least 0.
 * False: there is no g. */
static bool divide_out(struct poly *q, const struct poly *p)
{
        int64_t g = 0, constant = 0;
        struct poly zero;

        poly_constant(&zero, 0);
        poly_add(q, p, &zero);
        for (int i = 0; i < p->count; i++) {
                if (p->term[i].coefficient == INT64_MIN)
                        return false;
                if (p->term[i].degree > 0)
                        g = greatest_divisor(p->term[i].coefficient, g);
                else
                        constant = p->term[i].coefficient;
        }
        if (g < 2)
                return false;
        poly_add_constant(q, -constant);
        for (int i = 0; i < q->count; i++)
                q->term[i].coefficient /= g;
        poly_add_constant(q, constant / g - (constant % g < 0));
        return q->known;
}

/* p >= 0, wherever its atoms are evaluated. */
static bool prove(struct ranges *r, const struct poly *p, int depth)
{
        struct poly q;
        int highest;

        if (prove_obvious(r, p))
                return true;
        if (!p->known || depth > RECURSION || r->steps <= 0 ||
            r->all_steps <= 0)
                return false;
        r->steps--;
        r->all_steps--;
        highest = poly_highest(p);
        if (highest < 0)
                return false;
        if (highest < r->sizes ? prove_sizes(r, p, depth)
                               : prove_atom(r, p, (uint16_t)highest, depth))
                return true;
        return r->fact_depth == 0 && divide_out(&q, p) &&
               prove(r, &q, depth + 1);
}

/* Each question starts with a full allowance. */
bool prove_nonnegative(struct ranges *r, const struct poly *p)
{
        r->steps = STEPS;
        r->fact_depth = 0;
        return prove(r, p, 0);
}

/* a >= b */
bool prove_at_least(struct ranges *r, const struct poly *a,
                    const struct poly *b)
{
        struct poly difference;

        poly_subtract(&difference, a, b);
        return prove_nonnegative(r, &difference);
}
