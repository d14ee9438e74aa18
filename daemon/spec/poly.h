/*
 * Polynomials with integer coefficients over numbered atoms, in a normal
 * form: equal polynomials have equal members. They compare ranges and prove
 * bounds (ranges.h). An operation whose result does not fit (64-bit
 * coefficients, POLY_TERMS terms, degree POLY_DEGREE) gives a polynomial
 * that is not `known`, and so does any operation on one; nothing is then
 * equal or provable.
 */
#ifndef KEVO_SPEC_POLY_H
#define KEVO_SPEC_POLY_H

#include <stdbool.h>
#include <stdint.h>

enum { POLY_TERMS = 48, POLY_DEGREE = 7 };

struct poly_term {
        int64_t coefficient; /* never 0 */
        int degree;
        uint16_t atom[POLY_DEGREE]; /* ascending, with repetition */
};

/* Caller's storage; terms ascend by degree, then by atoms. */
struct poly {
        bool known;
        int count;
        struct poly_term term[POLY_TERMS];
};

void poly_constant(struct poly *p, int64_t value);
void poly_atom(struct poly *p, int64_t coefficient, uint16_t atom);
void poly_unknown(struct poly *p);

/* r may be the same object as a or b. */
void poly_add(struct poly *r, const struct poly *a, const struct poly *b);
void poly_subtract(struct poly *r, const struct poly *a, const struct poly *b);
void poly_multiply(struct poly *r, const struct poly *a, const struct poly *b);
void poly_add_constant(struct poly *r, int64_t value);
void poly_add_term(struct poly *r, const struct poly_term *term);
/* term / by when by's coefficient is positive and the quotient is a term
 * with a whole coefficient; otherwise false, and term stays. */
bool poly_term_divide(struct poly_term *term, const struct poly_term *by);
/* a with every occurrence of atom replaced by b. */
void poly_substitute(struct poly *r, const struct poly *a, uint16_t atom,
                     const struct poly *b);
/* a = r * atom + what is free of atom: r, when atom occurs at most once in
 * each term; false otherwise. */
bool poly_coefficient(struct poly *r, const struct poly *a, uint16_t atom);

bool poly_equal(const struct poly *a, const struct poly *b);
/* True when a is a known constant. */
bool poly_is_constant(const struct poly *a, int64_t *value);
/* The largest atom that occurs, or -1. */
int poly_highest(const struct poly *a);
bool poly_uses(const struct poly *a, uint16_t atom);

#endif
