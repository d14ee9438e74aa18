/*
 * Atoms: the quantities that the polynomials of ranges.h treat as variables.
 * A size, an index, an element of an input, a quotient, a maximum. Atoms are
 * numbered as they are made, so whatever an atom's bounds mention has a
 * smaller number: a proof removes the largest atom first, and ends.
 *
 * A size with a step s is s times an atom, so that N // 8 * 8 is N when N is
 * a multiple of 8. Internal to ranges.c, ranges_form.c and prove.c.
 */
#ifndef KEVO_SPEC_ATOMS_H
#define KEVO_SPEC_ATOMS_H

#include "spec/ranges.h"

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
        ALL_STEPS = 1000000,
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

/* A copy that lives as long as the ranges and holds only its terms; NULL
 * when memory is used up. */
const struct poly *atom_keep(struct ranges *ranges, const struct poly *poly);
/* A new atom, or NULL when there are too many. a and b may be NULL. */
struct atom *atom_new(struct ranges *ranges, enum atom_kind kind,
                      const void *key, const struct poly *a,
                      const struct poly *b);
/* The atom as a polynomial; unknown for NULL. */
void atom_value(struct ranges *ranges, const struct atom *atom,
                struct poly *poly);
/* An atom of operands; equal operands give the same atom, except for
 * ATOM_EITHER. */
void atom_operands(struct ranges *ranges, enum atom_kind kind,
                   const struct poly *a, const struct poly *b,
                   struct poly *poly);
/* A quantity between numbers; a flag says which hold. */
void atom_between(struct ranges *ranges, const void *key, bool has_low,
                  int64_t low, bool has_high, int64_t high, struct poly *poly);

/* prove.c: sums of products of what is known not to be negative. */
bool prove_obvious(const struct ranges *ranges, const struct poly *poly);
/* poly >= 0, a >= b, wherever their atoms are evaluated. */
bool prove_nonnegative(struct ranges *ranges, const struct poly *poly);
bool prove_at_least(struct ranges *ranges, const struct poly *a,
                    const struct poly *b);

#endif
