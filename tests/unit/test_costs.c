/* Costs against counts made by hand. */
#include <math.h>

#include "check_main.h"
#include "spec/costs.h"
#include "spec/oracle.h"
#include "spec_fixture.h"

static struct costs costs_for(const char *text, int64_t a, int64_t b,
                              int64_t c, int64_t d, bool zipf,
                              double *operations)
{
        struct spec *spec = spec_must_parse(text);
        struct binding binding;
        struct costs costs;

        binding_init(&binding, spec);
        binding.size[0] = a;
        binding.size[1] = b;
        binding.size[2] = c;
        binding.size[3] = d;
        binding.zipf = zipf;
        costs_of(spec, &binding, &costs);
        *operations = oracle_operations(spec, &binding);
        spec_free(spec);
        return costs;
}

START_TEST(matrix_product)
{
        double operations;
        struct costs c =
                costs_for(spec_examples[7], 10, 20, 30, 0, false, &operations);

        ck_assert_double_eq(c.read_bytes, 4 * (10 * 30 + 30 * 20));
        ck_assert_double_eq(c.write_bytes, 4 * 10 * 20);
        ck_assert_double_eq(c.operations, 2 * 10 * 20 * 30);
        ck_assert_double_eq(c.multiply_adds, 10 * 20 * 30);
        ck_assert_double_eq(operations, 10 * 20 * 30);
        ck_assert(c.contraction && !c.data_dependent);
}
END_TEST

START_TEST(softmax_and_scan)
{
        double operations;
        struct costs c =
                costs_for(spec_examples[0], 8, 16, 0, 0, false, &operations);

        /* max; subtract, exp, add; subtract, exp, divide */
        ck_assert_double_eq(c.operations, 8 * 16 * 7);
        ck_assert_double_eq(c.read_bytes, 4 * 8 * 16);
        ck_assert(!c.contraction && !c.data_dependent);
        c = costs_for(spec_examples[4], 8, 1000, 0, 0, false, &operations);
        ck_assert_double_eq(c.operations, 8 * 1000); /* one add each */
}
END_TEST

START_TEST(gathers_touch_distinct_rows)
{
        double operations, v = 1000, t = 500, want;
        struct costs u = costs_for(spec_examples[2], 1000, 64, 500, 20, false,
                                   &operations);
        struct costs z = costs_for(spec_examples[2], 1000, 64, 500, 20, true,
                                   &operations);

        want = v * (1 - pow(1 - 1 / v, t)) * 64 * 4 + 500 * 8 + 21 * 8;
        ck_assert_double_eq_tol(u.read_bytes, want, want * 1e-9);
        ck_assert_double_lt(z.read_bytes, u.read_bytes);
        ck_assert_double_gt(z.read_bytes, u.read_bytes / 4);
        ck_assert(u.data_dependent && !u.contraction);
        ck_assert_double_eq_tol(u.operations, 500 * 64, 1);
}
END_TEST

START_TEST(floors)
{
        struct costs c = {
                .read_bytes = 3e9, .write_bytes = 1e9, .operations = 1e12};

        ck_assert_double_eq_tol(costs_floor_ns(&c, 4e9, 0), 1e9, 1);
        ck_assert_double_eq_tol(costs_floor_ns(&c, 0, 1e12), 1e9, 1);
        ck_assert_double_eq_tol(costs_floor_ns(&c, 2e9, 1e12), 2e9, 1);
        ck_assert_double_eq(costs_floor_ns(&c, 0, 0), 0);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {matrix_product, softmax_and_scan,
                                      gathers_touch_distinct_rows, floors};

        return check_main("costs", tests, 4);
}
