/* The atoms of a spec, and what the checker asks about them. */
#include "spec/ranges.h"

#include <stddef.h>
#include <string.h>

#include "spec/atoms.h"

/* A copy that lives as long as the ranges and holds only its terms. */
const struct poly *atom_keep(struct ranges *r, const struct poly *p)
{
        size_t bytes = offsetof(struct poly, term) +
                       (size_t)p->count * sizeof(p->term[0]);
        struct poly *copy = arena_alloc(r->arena, bytes);

        if (copy)
                memcpy(copy, p, bytes);
        return copy;
}

/* A new atom, or NULL when there are too many. a and b may be NULL. */
struct atom *atom_new(struct ranges *r, enum atom_kind kind, const void *key,
                      const struct poly *a, const struct poly *b)
{
        struct atom *atom;

        if (r->count == ATOMS)
                return NULL;
        atom = &r->atom[r->count];
        atom->kind = kind;
        atom->key = key;
        atom->a = a && a->known ? atom_keep(r, a) : NULL;
        atom->b = b && b->known ? atom_keep(r, b) : NULL;
        if (kind != ATOM_BOUNDED && (!atom->a || !atom->b))
                return NULL;
        if (kind == ATOM_BOUNDED || kind == ATOM_QUOTIENT)
                atom->nonnegative = atom->a && prove_obvious(r, atom->a);
        else
                atom->nonnegative =
                        prove_obvious(r, atom->a) && prove_obvious(r, atom->b);
        r->count++;
        return atom;
}

void atom_value(struct ranges *r, const struct atom *atom, struct poly *p)
{
        if (atom)
                poly_atom(p, 1, (uint16_t)(atom - r->atom));
        else
                poly_unknown(p);
}

/* An atom of operands; equal operands give the same atom. */
void atom_operands(struct ranges *r, enum atom_kind kind, const struct poly *a,
                   const struct poly *b, struct poly *p)
{
        if (!a->known || !b->known) {
                poly_unknown(p);
                return;
        }
        for (int i = r->sizes; kind != ATOM_EITHER && i < r->count; i++)
                if (r->atom[i].kind == kind && !r->atom[i].key &&
                    poly_equal(r->atom[i].a, a) &&
                    poly_equal(r->atom[i].b, b)) {
                        atom_value(r, &r->atom[i], p);
                        return;
                }
        atom_value(r, atom_new(r, kind, NULL, a, b), p);
}

/* Bounds by number; a flag says which hold. */
void atom_between(struct ranges *r, const void *key, bool has_low, int64_t low,
                  bool has_high, int64_t high, struct poly *p)
{
        struct poly a, b;

        poly_constant(&a, low);
        poly_constant(&b, high);
        atom_value(r,
                   atom_new(r, ATOM_BOUNDED, key, has_low ? &a : NULL,
                            has_high ? &b : NULL),
                   p);
}

/* Sizes come first, so that they have the smallest numbers. */
struct ranges *ranges_new(struct arena *arena, const struct spec *spec)
{
        struct ranges *r = arena_alloc(arena, sizeof(*r));
        struct poly p;

        if (!r)
                return NULL;
        r->arena = arena;
        for (int i = 0; i < spec->size_count; i++) {
                const struct size *size = spec->size[i];

                atom_between(r, size, true, size->low / size->step, true,
                             size->high / size->step, &p);
        }
        r->sizes = r->count;
        r->all_steps = ALL_STEPS;
        return arena_failed(arena) ? NULL : r;
}

/* Its bounds are atoms already, so it is the largest. */
void ranges_add_index(struct ranges *r, const struct index *index)
{
        struct poly low, high;
        struct atom *atom;

        ranges_poly(r, index->lo, &low);
        ranges_poly(r, index->hi, &high);
        poly_add_constant(&high, -1);
        atom = atom_new(r, ATOM_BOUNDED, index, &low, &high);
        if (atom)
                atom->index = true;
}

/* Obvious extents would only slow proofs down. */
void ranges_add_tensor(struct ranges *r, const struct tensor *tensor)
{
        struct poly extent;

        for (int i = 0; i < tensor->rank; i++) {
                ranges_poly(r, tensor->extent[i], &extent);
                /* Half of the places stay free for indices. */
                if (extent.known && !prove_obvious(r, &extent) &&
                    r->fact_count < FACTS / 2)
                        r->fact[r->fact_count++] = atom_keep(r, &extent);
        }
}

/* The same node needs no normal form. */
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
        return prove_at_least(r, &p, &bound);
}

bool ranges_at_most(struct ranges *r, const struct expr *expr, int64_t value)
{
        struct poly p, bound;

        ranges_poly(r, expr, &p);
        poly_constant(&bound, value);
        return prove_at_least(r, &bound, &p);
}

bool ranges_not_empty(struct ranges *r, const struct expr *lo,
                      const struct expr *hi)
{
        struct poly low, high;

        ranges_poly(r, lo, &low);
        ranges_poly(r, hi, &high);
        poly_add_constant(&low, 1);
        return prove_at_least(r, &high, &low);
}

bool ranges_has_room(struct ranges *r, const struct expr *lo,
                     const struct expr *hi, const struct expr *count)
{
        struct poly low, high, many;

        ranges_poly(r, lo, &low);
        ranges_poly(r, hi, &high);
        ranges_poly(r, count, &many);
        poly_subtract(&high, &high, &low);
        return prove_at_least(r, &high, &many);
}

/* Either allowance: of steps or of atoms. */
bool ranges_exhausted(const struct ranges *r)
{
        return r->all_steps <= 0 || r->count == ATOMS;
}

/* Outside is proved only when inside is not. */
enum inside ranges_inside(struct ranges *r, const struct expr *subscript,
                          const struct expr *extent, bool *below)
{
        struct poly p, last, minus_one;
        bool low, high;

        ranges_poly(r, subscript, &p);
        ranges_poly(r, extent, &last);
        poly_add_constant(&last, -1);
        low = prove_nonnegative(r, &p);
        high = prove_at_least(r, &last, &p);
        if (below)
                *below = !low;
        if (low && high)
                return INSIDE_ALWAYS;
        poly_constant(&minus_one, -1);
        poly_add_constant(&last, 1);
        if (prove_at_least(r, &minus_one, &p) || prove_at_least(r, &p, &last))
                return INSIDE_NEVER;
        return INSIDE_PERHAPS;
}
