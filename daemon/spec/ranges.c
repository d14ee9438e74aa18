/*
 * Atoms and proofs.
 *
 * An atom is a quantity that the polynomials treat as a variable: a size, an
 * index, an element of an input, a quotient, a maximum. Atoms are numbered as
 * they are made, so whatever an atom's bounds mention has a smaller number.
 * A proof removes the largest atom first; it therefore ends.
 *
 * A size with a step s is s times an atom, so that N // 8 * 8 is N when N is
 * a multiple of 8.
 */
#include "spec/ranges.h"

#include <stddef.h>
#include <string.h>

enum atom_kind {
        ATOM_BOUNDED,  /* between lower and upper, where known */
        ATOM_QUOTIENT, /* a // b with b > 0 */
        ATOM_MAX,
        ATOM_MIN,   /* of a and b */
        ATOM_EITHER /* a or b, unknown which */
};

struct atom {
        enum atom_kind kind;
        const void *key;          /* size, param, index, tensor or NULL */
        bool nonnegative;         /* known without a proof */
        bool index;               /* lower <= upper where it is evaluated */
        const struct poly *a, *b; /* operands, or lower and upper */
        int count;                /* subscripts of a read */
        const struct poly **subscript;
};

enum {
        ATOMS = 4096,
        FACTS = 64,
        STEPS = 2000,
        ALL_STEPS = 400000,
        RECURSION = 40
};

struct ranges {
        struct arena *arena;
        int count, sizes; /* the first atoms are the sizes */
        struct atom atom[ATOMS];
        int fact_count;
        const struct poly *fact[FACTS]; /* never negative */
        int fact_depth;
        int steps, all_steps;
};

static bool prove(struct ranges *r, const struct poly *p, int depth);

/* A copy that lives as long as the ranges and holds only its terms. */
static const struct poly *keep(struct ranges *r, const struct poly *p)
{
        size_t bytes = offsetof(struct poly, term) +
                       (size_t)p->count * sizeof(p->term[0]);
        struct poly *copy = arena_alloc(r->arena, bytes);

        if (copy)
                memcpy(copy, p, bytes);
        return copy;
}

/* Sums of products of what is known not to be negative. */
static bool obvious(const struct ranges *r, const struct poly *p)
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

/* A new atom, or NULL when there are too many. a and b may be NULL. */
static struct atom *new_atom(struct ranges *r, enum atom_kind kind,
                             const void *key, const struct poly *a,
                             const struct poly *b)
{
        struct atom *atom;

        if (r->count == ATOMS)
                return NULL;
        atom = &r->atom[r->count];
        atom->kind = kind;
        atom->key = key;
        atom->a = a && a->known ? keep(r, a) : NULL;
        atom->b = b && b->known ? keep(r, b) : NULL;
        if (kind != ATOM_BOUNDED && (!atom->a || !atom->b))
                return NULL;
        if (kind == ATOM_BOUNDED || kind == ATOM_QUOTIENT)
                atom->nonnegative = atom->a && obvious(r, atom->a);
        else
                atom->nonnegative = obvious(r, atom->a) && obvious(r, atom->b);
        r->count++;
        return atom;
}

static void atom_poly(struct ranges *r, const struct atom *atom,
                      struct poly *p)
{
        if (atom)
                poly_atom(p, 1, (uint16_t)(atom - r->atom));
        else
                poly_unknown(p);
}

/* An atom of operands; equal operands give the same atom. */
static void operands_poly(struct ranges *r, enum atom_kind kind,
                          const struct poly *a, const struct poly *b,
                          struct poly *p)
{
        if (!a->known || !b->known) {
                poly_unknown(p);
                return;
        }
        for (int i = r->sizes; kind != ATOM_EITHER && i < r->count; i++)
                if (r->atom[i].kind == kind && !r->atom[i].key &&
                    poly_equal(r->atom[i].a, a) &&
                    poly_equal(r->atom[i].b, b)) {
                        atom_poly(r, &r->atom[i], p);
                        return;
                }
        atom_poly(r, new_atom(r, kind, NULL, a, b), p);
}

/* Bounds by number; a flag says which hold. */
static void bounded_poly(struct ranges *r, const void *key, bool has_low,
                         int64_t low, bool has_high, int64_t high,
                         struct poly *p)
{
        struct poly a, b;

        poly_constant(&a, low);
        poly_constant(&b, high);
        atom_poly(r,
                  new_atom(r, ATOM_BOUNDED, key, has_low ? &a : NULL,
                           has_high ? &b : NULL),
                  p);
}

struct ranges *ranges_new(struct arena *arena, const struct spec *spec)
{
        struct ranges *r = arena_alloc(arena, sizeof(*r));
        struct poly p;

        if (!r)
                return NULL;
        r->arena = arena;
        for (int i = 0; i < spec->size_count; i++) {
                const struct size *size = spec->size[i];

                bounded_poly(r, size, true, size->low / size->step, true,
                             size->high / size->step, &p);
        }
        r->sizes = r->count;
        r->all_steps = ALL_STEPS;
        return arena_failed(arena) ? NULL : r;
}

/*
 * Proofs.
 */

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
        if (obvious(r, p))
                return 1;
        if (obvious(r, &negated))
                return -1;
        if (prove(r, p, depth + 1))
                return 1;
        return prove(r, &negated, depth + 1) ? -1 : 0;
}

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
        if (obvious(r, &fact))
                return prove_with(r, p, atom, bound, depth);
        r->fact[r->fact_count++] = &fact;
        done = prove_with(r, p, atom, bound, depth);
        r->fact_count--;
        return done;
}

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
                        return prove_quotient(r, p, atom, &c, sign_c, depth);
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
        return obvious(r, &q);
}

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

/* p >= 0, wherever its atoms are evaluated. */
static bool prove(struct ranges *r, const struct poly *p, int depth)
{
        int highest;

        if (!p->known || depth > RECURSION || r->steps <= 0 ||
            r->all_steps <= 0)
                return false;
        r->steps--;
        r->all_steps--;
        if (obvious(r, p))
                return true;
        highest = poly_highest(p);
        if (highest < 0)
                return false;
        if (highest < r->sizes)
                return prove_sizes(r, p, depth);
        return prove_atom(r, p, (uint16_t)highest, depth);
}

static bool never_negative(struct ranges *r, const struct poly *p)
{
        r->steps = STEPS;
        r->fact_depth = 0;
        return prove(r, p, 0);
}

/* a >= b */
static bool never_below(struct ranges *r, const struct poly *a,
                        const struct poly *b)
{
        struct poly difference;

        poly_subtract(&difference, a, b);
        return never_negative(r, &difference);
}

/*
 * Normal forms.
 */

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

static void quotient_poly(struct ranges *r, const struct poly *a,
                          const struct poly *b, struct poly *p)
{
        struct poly zero, least, whole, rest;

        poly_constant(&zero, 0);
        poly_constant(&least, 1);
        if (!a->known || !b->known || !never_below(r, b, &least)) {
                atom_poly(r, new_atom(r, ATOM_BOUNDED, NULL, NULL, NULL), p);
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
        if (never_negative(r, &rest) && never_negative(r, &least)) {
                poly_add(p, &whole, &zero);
                return;
        }
        operands_poly(r, ATOM_QUOTIENT, &rest, b, p);
        poly_add(p, p, &whole);
}

static void remainder_poly(struct ranges *r, const struct poly *a,
                           const struct poly *b, struct poly *p)
{
        quotient_poly(r, a, b, p);
        poly_multiply(p, p, b);
        poly_subtract(p, a, p);
}

static void extreme_poly(struct ranges *r, bool maximum, const struct poly *a,
                         const struct poly *b, struct poly *p)
{
        struct poly zero;

        poly_constant(&zero, 0);
        if (never_below(r, a, b))
                poly_add(p, maximum ? a : b, &zero);
        else if (never_below(r, b, a))
                poly_add(p, maximum ? b : a, &zero);
        else
                operands_poly(r, maximum ? ATOM_MAX : ATOM_MIN, a, b, p);
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
        if (tensor->role != TENSOR_IN)
                return;
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
                subscript[i] = keep(r, &low);
                if (!subscript[i])
                        return;
        }
        for (int i = r->sizes; i < r->count; i++)
                if (r->atom[i].key == tensor &&
                    same_subscripts(&r->atom[i], tensor->rank, subscript)) {
                        atom_poly(r, &r->atom[i], p);
                        return;
                }
        element_bounds(r, tensor, &low, &high);
        atom = new_atom(r, ATOM_BOUNDED, tensor, &low, &high);
        if (atom) {
                atom->count = tensor->rank;
                atom->subscript = subscript;
        }
        atom_poly(r, atom, p);
}

static void read_poly(struct ranges *r, const struct expr *expr,
                      struct poly *p)
{
        struct poly other;

        element_poly(r, &expr->value.read, p);
        if (expr->value.read.safety == READ_ELSE) {
                ranges_poly(r, expr->value.read.fallback, &other);
                operands_poly(r, ATOM_EITHER, p, &other, p);
        }
}

static void unknown_integer(struct ranges *r, struct poly *p)
{
        atom_poly(r, new_atom(r, ATOM_BOUNDED, NULL, NULL, NULL), p);
}

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
                if (never_below(r, p, &least) && never_below(r, &most, p))
                        return;
        } else if (expr->arg[0]->kind == KIND_BOOLEAN) {
                low = 0;
                high = 1;
        }
        bounded_poly(r, NULL, true, low, true, high, p);
}

static void call_poly(struct ranges *r, const struct expr *expr,
                      struct poly *p)
{
        struct poly a, b, zero;

        poly_constant(&zero, 0);
        ranges_poly(r, expr->arg[0], &a);
        if (expr->count > 1)
                ranges_poly(r, expr->arg[1], &b);
        switch (expr->value.function) {
        case FN_MIN:
        case FN_MAX:
                extreme_poly(r, expr->value.function == FN_MAX, &a, &b, p);
                return;
        case FN_ABS:
                poly_subtract(&b, &zero, &a);
                extreme_poly(r, true, &a, &b, p);
                return;
        case FN_SIGN:
                bounded_poly(r, NULL, true, -1, true, 1, p);
                return;
        case FN_DIV:
        case FN_REM:
                if (!never_negative(r, &a))
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

/* argmax gives a value of its index; a sum of 0s and 1s counts. */
static void reduce_poly(struct ranges *r, const struct expr *expr,
                        struct poly *p)
{
        const struct index *index = expr->value.reduce.index[0];
        enum reduction reduction = expr->value.reduce.reduction;
        struct poly low, high, term, one;

        ranges_poly(r, index->lo, &low);
        ranges_poly(r, index->hi, &high);
        if (reduction == RED_ARGMAX || reduction == RED_ARGMIN) {
                poly_add_constant(&high, -1);
                atom_poly(r, new_atom(r, ATOM_BOUNDED, NULL, &low, &high), p);
                return;
        }
        if (reduction != RED_SUM || expr->value.reduce.count != 1) {
                unknown_integer(r, p);
                return;
        }
        ranges_poly(r, expr->arg[0], &term);
        poly_constant(&one, 1);
        poly_subtract(&high, &high, &low);
        if (!never_below(r, &one, &term) || !never_negative(r, &high))
                poly_unknown(&high);
        if (never_negative(r, &term))
                poly_constant(&low, 0);
        else
                poly_unknown(&low);
        atom_poly(r, new_atom(r, ATOM_BOUNDED, NULL, &low, &high), p);
}

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
                bounded_poly(r, NULL, true, 0, true, value, p);
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

static void key_poly(struct ranges *r, const void *key, struct poly *p)
{
        for (int i = 0; i < r->count; i++)
                if (r->atom[i].key == key) {
                        atom_poly(r, &r->atom[i], p);
                        return;
                }
        poly_unknown(p);
}

static void param_poly(struct ranges *r, const struct param *param,
                       struct poly *p)
{
        key_poly(r, param, p);
        if (!p->known)
                bounded_poly(r, param, true, (int64_t)param->low, true,
                             (int64_t)param->high, p);
}

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
                        operands_poly(r, ATOM_EITHER, p, &other, p);
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

/*
 * What the checker asks.
 */

void ranges_add_index(struct ranges *r, const struct index *index)
{
        struct poly low, high;
        struct atom *atom;

        ranges_poly(r, index->lo, &low);
        ranges_poly(r, index->hi, &high);
        poly_add_constant(&high, -1);
        atom = new_atom(r, ATOM_BOUNDED, index, &low, &high);
        if (atom)
                atom->index = true;
}

void ranges_add_tensor(struct ranges *r, const struct tensor *tensor)
{
        struct poly extent;

        for (int i = 0; i < tensor->rank; i++) {
                ranges_poly(r, tensor->extent[i], &extent);
                /* Half of the places stay free for indices. */
                if (extent.known && !obvious(r, &extent) &&
                    r->fact_count < FACTS / 2)
                        r->fact[r->fact_count++] = keep(r, &extent);
        }
}

bool ranges_same(struct ranges *r, const struct expr *a, const struct expr *b)
{
        struct poly p, q;

        if (a == b)
                return true;
        ranges_poly(r, a, &p);
        ranges_poly(r, b, &q);
        return poly_equal(&p, &q);
}

bool ranges_same_constant(struct ranges *r, const struct expr *a,
                          int64_t value)
{
        struct poly p;
        int64_t constant;

        ranges_poly(r, a, &p);
        return poly_is_constant(&p, &constant) && constant == value;
}

bool ranges_at_least(struct ranges *r, const struct expr *expr, int64_t value)
{
        struct poly p, bound;

        ranges_poly(r, expr, &p);
        poly_constant(&bound, value);
        return never_below(r, &p, &bound);
}

bool ranges_at_most(struct ranges *r, const struct expr *expr, int64_t value)
{
        struct poly p, bound;

        ranges_poly(r, expr, &p);
        poly_constant(&bound, value);
        return never_below(r, &bound, &p);
}

bool ranges_not_empty(struct ranges *r, const struct expr *lo,
                      const struct expr *hi)
{
        struct poly low, high;

        ranges_poly(r, lo, &low);
        ranges_poly(r, hi, &high);
        poly_add_constant(&low, 1);
        return never_below(r, &high, &low);
}

enum inside ranges_inside(struct ranges *r, const struct expr *subscript,
                          const struct expr *extent, bool *below)
{
        struct poly p, last, minus_one;
        bool low, high;

        ranges_poly(r, subscript, &p);
        ranges_poly(r, extent, &last);
        poly_add_constant(&last, -1);
        low = never_negative(r, &p);
        high = never_below(r, &last, &p);
        if (below)
                *below = !low;
        if (low && high)
                return INSIDE_ALWAYS;
        poly_constant(&minus_one, -1);
        poly_add_constant(&last, 1);
        if (never_below(r, &minus_one, &p) || never_below(r, &p, &last))
                return INSIDE_NEVER;
        return INSIDE_PERHAPS;
}
