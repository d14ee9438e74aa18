/*
 * Sums and products of sizes and literals; see size_poly.h.
 */
#include "lower/size_poly.h"

#include "lower/rewrite.h"

void size_poly(const struct expr *expr, struct poly *poly)
{
        struct poly a, b;

        poly_unknown(poly);
        if (expr->op == EXPR_INTEGER)
                poly_constant(poly, expr->value.integer);
        if (expr->op == EXPR_SIZE)
                poly_atom(poly, 1, (uint16_t)expr->value.size->number);
        if (expr->op != EXPR_ADD && expr->op != EXPR_SUB &&
            expr->op != EXPR_MUL)
                return;
        size_poly(expr->arg[0], &a);
        size_poly(expr->arg[1], &b);
        if (expr->op == EXPR_ADD)
                poly_add(poly, &a, &b);
        else if (expr->op == EXPR_SUB)
                poly_subtract(poly, &a, &b);
        else
                poly_multiply(poly, &a, &b);
}

bool size_poly_equal(const struct expr *a, const struct expr *b)
{
        struct poly p, q;

        if (rewrite_equal(a, b))
                return true;
        size_poly(a, &p);
        size_poly(b, &q);
        return poly_equal(&p, &q);
}
