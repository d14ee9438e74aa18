/*
 * Extents as polynomials in the sizes: two that are written differently, such
 * as W and W + 2*P - S + 1 with P = 1 and S = 3, are the same.
 */
#ifndef KEVO_LOWER_SIZE_POLY_H
#define KEVO_LOWER_SIZE_POLY_H

#include "spec/poly.h"
#include "spec/spec.h"

/* Atoms are the sizes' numbers; unknown for what is no sum or product of sizes
 * and literals. */
void size_poly(const struct expr *expr, struct poly *poly);

/* The same value for all sizes, as far as that is seen. */
bool size_poly_equal(const struct expr *a, const struct expr *b);

#endif
