/*
 * Polynomials: the operations agree with arithmetic on values, equal
 * polynomials have one form, and what does not fit is unknown.
 */
#include "check_main.h"

#include "core/rng.h"
#include "spec/poly.h"

enum { ATOM_COUNT = 4, ROUNDS = 2000 };

static int64_t value_at(const struct poly *p, const int64_t *atom)
{
        int64_t sum = 0;

        for (int i = 0; i < p->count; i++) {
                int64_t product = p->term[i].coefficient;

                for (int j = 0; j < p->term[i].degree; j++)
                        product *= atom[p->term[i].atom[j]];
                sum += product;
        }
        return sum;
}

static void random_poly(struct rng *rng, struct poly *p)
{
        poly_constant(p, (int64_t)rng_below(rng, 7) - 3);
        for (uint64_t i = rng_below(rng, 4); i > 0; i--) {
                struct poly term, atom;

                poly_constant(&term, (int64_t)rng_below(rng, 7) - 3);
                for (uint64_t j = rng_below(rng, 3); j > 0; j--) {
                        poly_atom(&atom, 1,
                                  (uint16_t)rng_below(rng, ATOM_COUNT));
                        poly_multiply(&term, &term, &atom);
                }
                poly_add(p, p, &term);
        }
}

START_TEST(operations_agree_with_values)
{
        struct rng rng = {.seed = 1};

        for (int round = 0; round < ROUNDS; round++) {
                struct poly a, b, r;
                int64_t at[ATOM_COUNT], x, y, z;
                uint16_t atom = (uint16_t)rng_below(&rng, ATOM_COUNT);

                for (int i = 0; i < ATOM_COUNT; i++)
                        at[i] = (int64_t)rng_below(&rng, 11) - 5;
                random_poly(&rng, &a);
                random_poly(&rng, &b);
                x = value_at(&a, at);
                y = value_at(&b, at);
                poly_add(&r, &a, &b);
                ck_assert_int_eq(value_at(&r, at), x + y);
                poly_subtract(&r, &a, &b);
                ck_assert_int_eq(value_at(&r, at), x - y);
                poly_multiply(&r, &a, &b);
                ck_assert_int_eq(value_at(&r, at), x * y);
                poly_substitute(&r, &a, atom, &b);
                z = value_at(&r, at);
                at[atom] = y;
                ck_assert_int_eq(z, value_at(&a, at));
        }
}
END_TEST

START_TEST(equal_values_have_one_form)
{
        struct rng rng = {.seed = 2};

        for (int round = 0; round < ROUNDS; round++) {
                struct poly a, b, c, left, right;

                random_poly(&rng, &a);
                random_poly(&rng, &b);
                random_poly(&rng, &c);
                poly_add(&left, &a, &b);
                poly_multiply(&left, &left, &c);
                poly_multiply(&right, &c, &b);
                poly_multiply(&a, &a, &c);
                poly_add(&right, &right, &a);
                ck_assert(poly_equal(&left, &right));
                poly_add_constant(&right, 1);
                ck_assert(!poly_equal(&left, &right));
                poly_subtract(&left, &right, &right);
                ck_assert_int_eq(left.count, 0);
        }
}
END_TEST

START_TEST(coefficients_and_quotients)
{
        struct poly n, m, p, c;
        int64_t value;

        poly_atom(&n, 1, 0);
        poly_atom(&m, 1, 1);
        poly_multiply(&p, &n, &m); /* 6 n m + m + 2 */
        poly_constant(&c, 6);
        poly_multiply(&p, &p, &c);
        poly_add(&p, &p, &m);
        poly_add_constant(&p, 2);
        ck_assert(poly_coefficient(&c, &p, 0));
        ck_assert_int_eq(c.term[0].coefficient, 6);
        ck_assert(poly_uses(&c, 1) && !poly_uses(&c, 0));
        ck_assert_int_eq(poly_highest(&p), 1);
        ck_assert(poly_term_divide(&p.term[2], &c.term[0]));
        ck_assert_int_eq(p.term[2].coefficient, 1);
        ck_assert_int_eq(p.term[2].degree, 1);
        ck_assert(!poly_term_divide(&p.term[1], &c.term[0]));
        poly_multiply(&c, &n, &n);
        ck_assert(!poly_coefficient(&p, &c, 0));
        poly_constant(&c, 0);
        ck_assert(poly_is_constant(&c, &value) && value == 0);
        ck_assert(!poly_is_constant(&n, &value));
}
END_TEST

START_TEST(what_does_not_fit_is_unknown)
{
        struct poly p, q, power;

        poly_constant(&p, INT64_MAX);
        poly_constant(&q, 2);
        poly_multiply(&q, &p, &q);
        ck_assert(!q.known);
        poly_add(&q, &p, &p);
        ck_assert(!q.known);
        poly_add(&q, &q, &p);
        ck_assert(!q.known);
        ck_assert(!poly_equal(&q, &q));
        poly_atom(&p, 1, 0);
        poly_constant(&power, 1);
        for (int i = 0; i < POLY_DEGREE; i++)
                poly_multiply(&power, &power, &p);
        ck_assert(power.known);
        poly_multiply(&power, &power, &p);
        ck_assert(!power.known);
        poly_constant(&p, 0);
        for (uint16_t i = 0; i < POLY_TERMS; i++) {
                poly_atom(&q, 1, i);
                poly_add(&p, &p, &q);
        }
        ck_assert(p.known);
        poly_add_constant(&p, 1);
        ck_assert(!p.known);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                operations_agree_with_values, equal_values_have_one_form,
                coefficients_and_quotients, what_does_not_fit_is_unknown};

        return check_main("poly", tests, 4);
}
