/* Polynomials by value: a sorted array of terms. See poly.h. */
#include "spec/poly.h"

#include <string.h>

void poly_unknown(struct poly *p)
{
        p->known = false;
        p->count = 0;
}

void poly_constant(struct poly *p, int64_t value)
{
        p->known = true;
        p->count = value != 0;
        p->term[0].coefficient = value;
        p->term[0].degree = 0;
}

void poly_atom(struct poly *p, int64_t coefficient, uint16_t atom)
{
        p->known = true;
        p->count = 1;
        p->term[0].coefficient = coefficient;
        p->term[0].degree = 1;
        p->term[0].atom[0] = atom;
}

/* By degree, then by atoms: any total order would do. */
static int compare(const struct poly_term *a, const struct poly_term *b)
{
        if (a->degree != b->degree)
                return a->degree < b->degree ? -1 : 1;
        for (int i = 0; i < a->degree; i++)
                if (a->atom[i] != b->atom[i])
                        return a->atom[i] < b->atom[i] ? -1 : 1;
        return 0;
}

/* r += term, keeping the order. */
static void accumulate(struct poly *r, const struct poly_term *term)
{
        int i;

        for (i = 0; i < r->count; i++) {
                int order = compare(&r->term[i], term);

                if (order > 0)
                        break;
                if (order < 0)
                        continue;
                if (__builtin_add_overflow(r->term[i].coefficient,
                                           term->coefficient,
                                           &r->term[i].coefficient)) {
                        poly_unknown(r);
                } else if (r->term[i].coefficient == 0) {
                        r->count--;
                        memmove(&r->term[i], &r->term[i + 1],
                                (size_t)(r->count - i) * sizeof(r->term[0]));
                }
                return;
        }
        if (r->count == POLY_TERMS) {
                poly_unknown(r);
                return;
        }
        memmove(&r->term[i + 1], &r->term[i],
                (size_t)(r->count - i) * sizeof(r->term[0]));
        r->term[i] = *term;
        r->count++;
}

/* r += factor * a; r and a differ. */
static void accumulate_scaled(struct poly *r, const struct poly *a,
                              int64_t factor)
{
        if (!a->known)
                poly_unknown(r);
        for (int i = 0; r->known && i < a->count; i++) {
                struct poly_term term = a->term[i];

                if (__builtin_mul_overflow(term.coefficient, factor,
                                           &term.coefficient))
                        poly_unknown(r);
                else
                        accumulate(r, &term);
        }
}

/* Copies only the terms in use: a whole struct is over a kilobyte. */
static void copy(struct poly *r, const struct poly *a)
{
        r->known = a->known;
        r->count = a->count;
        memcpy(r->term, a->term, (size_t)a->count * sizeof(a->term[0]));
}

void poly_add(struct poly *r, const struct poly *a, const struct poly *b)
{
        struct poly sum;

        copy(&sum, a);
        accumulate_scaled(&sum, b, 1);
        copy(r, &sum);
}

void poly_subtract(struct poly *r, const struct poly *a, const struct poly *b)
{
        struct poly sum;

        copy(&sum, a);
        accumulate_scaled(&sum, b, -1);
        copy(r, &sum);
}

void poly_add_constant(struct poly *r, int64_t value)
{
        struct poly constant;

        poly_constant(&constant, value);
        accumulate_scaled(r, &constant, 1);
}

/* Merge two ascending lists of atoms; false when the degree is too high. */
static bool multiply_terms(struct poly_term *r, const struct poly_term *a,
                           const struct poly_term *b)
{
        int i = 0, j = 0;

        r->degree = a->degree + b->degree;
        if (r->degree > POLY_DEGREE ||
            __builtin_mul_overflow(a->coefficient, b->coefficient,
                                   &r->coefficient))
                return false;
        for (int k = 0; k < r->degree; k++)
                if (j == b->degree ||
                    (i < a->degree && a->atom[i] <= b->atom[j]))
                        r->atom[k] = a->atom[i++];
                else
                        r->atom[k] = b->atom[j++];
        return true;
}

/* Term by term; stops when the product no longer fits. */
void poly_multiply(struct poly *r, const struct poly *a, const struct poly *b)
{
        struct poly product;
        struct poly_term term;

        poly_constant(&product, 0);
        if (!a->known || !b->known)
                poly_unknown(&product);
        for (int i = 0; product.known && i < a->count; i++)
                for (int j = 0; product.known && j < b->count; j++)
                        if (multiply_terms(&term, &a->term[i], &b->term[j]))
                                accumulate(&product, &term);
                        else
                                poly_unknown(&product);
        copy(r, &product);
}

/* Remove one occurrence of atom from term; false when there is none. */
static bool divide_term(struct poly_term *term, uint16_t atom)
{
        for (int i = 0; i < term->degree; i++) {
                if (term->atom[i] != atom)
                        continue;
                term->degree--;
                memmove(&term->atom[i], &term->atom[i + 1],
                        (size_t)(term->degree - i) * sizeof(term->atom[0]));
                return true;
        }
        return false;
}

/* Term and divisor stay as they are when it does not divide. */
bool poly_term_divide(struct poly_term *term, const struct poly_term *by)
{
        struct poly_term quotient = *term;

        if (by->coefficient <= 0 || term->coefficient % by->coefficient != 0)
                return false;
        for (int i = 0; i < by->degree; i++)
                if (!divide_term(&quotient, by->atom[i]))
                        return false;
        quotient.coefficient /= by->coefficient;
        *term = quotient;
        return true;
}

void poly_add_term(struct poly *r, const struct poly_term *term)
{
        if (r->known)
                accumulate(r, term);
}

/* Powers are multiplied out one by one. */
void poly_substitute(struct poly *r, const struct poly *a, uint16_t atom,
                     const struct poly *b)
{
        struct poly result, one;

        poly_constant(&result, 0);
        if (!a->known)
                poly_unknown(&result);
        for (int i = 0; result.known && i < a->count; i++) {
                struct poly_term term = a->term[i];
                int power = 0;

                while (divide_term(&term, atom))
                        power++;
                one.known = true;
                one.count = 1;
                one.term[0] = term;
                while (power-- > 0)
                        poly_multiply(&one, &one, b);
                accumulate_scaled(&result, &one, 1);
        }
        copy(r, &result);
}

/* Terms that hold the atom twice are not linear. */
bool poly_coefficient(struct poly *r, const struct poly *a, uint16_t atom)
{
        struct poly result;

        poly_constant(&result, 0);
        if (!a->known)
                return false;
        for (int i = 0; i < a->count; i++) {
                struct poly_term term = a->term[i];

                if (!divide_term(&term, atom))
                        continue;
                accumulate(&result, &term);
                if (divide_term(&term, atom))
                        return false;
        }
        copy(r, &result);
        return result.known;
}

/* Equal forms, because the form is normal. */
bool poly_equal(const struct poly *a, const struct poly *b)
{
        if (!a->known || !b->known || a->count != b->count)
                return false;
        for (int i = 0; i < a->count; i++)
                if (compare(&a->term[i], &b->term[i]) != 0 ||
                    a->term[i].coefficient != b->term[i].coefficient)
                        return false;
        return true;
}

bool poly_is_constant(const struct poly *a, int64_t *value)
{
        if (!a->known || a->count > 1 ||
            (a->count == 1 && a->term[0].degree > 0))
                return false;
        *value = a->count ? a->term[0].coefficient : 0;
        return true;
}

int poly_highest(const struct poly *a)
{
        int highest = -1;

        for (int i = 0; i < a->count; i++)
                for (int j = 0; j < a->term[i].degree; j++)
                        if (a->term[i].atom[j] > highest)
                                highest = a->term[i].atom[j];
        return highest;
}

bool poly_uses(const struct poly *a, uint16_t atom)
{
        for (int i = 0; i < a->count; i++)
                for (int j = 0; j < a->term[i].degree; j++)
                        if (a->term[i].atom[j] == atom)
                                return true;
        return false;
}
