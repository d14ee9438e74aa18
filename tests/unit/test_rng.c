/* A stream is a function of its seed; draws fill their range evenly. */
#include "check_main.h"

#include "core/rng.h"

START_TEST(a_stream_repeats)
{
        struct rng a = {42, 0}, b = {42, 0}, c = {43, 0};
        int differ = 0;

        for (int i = 0; i < 1000; i++) {
                uint64_t x = rng_next(&a);

                ck_assert_uint_eq(x, rng_next(&b));
                ck_assert_uint_eq(x, rng_at(42, (uint64_t)i));
                differ += x != rng_next(&c);
        }
        ck_assert_int_eq(differ, 1000);
}
END_TEST

START_TEST(draws_are_even)
{
        struct rng rng = {7, 0};
        int count[10] = {0};
        double sum = 0;

        for (int i = 0; i < 100000; i++) {
                count[rng_below(&rng, 10)]++;
                sum += rng_unit(&rng);
        }
        for (int i = 0; i < 10; i++) {
                ck_assert_int_gt(count[i], 9500);
                ck_assert_int_lt(count[i], 10500);
        }
        ck_assert_double_eq_tol(sum / 100000, 0.5, 0.01);
        ck_assert_uint_eq(rng_below(&rng, 0), 0);
}
END_TEST

START_TEST(named_streams_differ)
{
        ck_assert_uint_ne(rng_derive(1, "a", 0), rng_derive(1, "b", 0));
        ck_assert_uint_ne(rng_derive(1, "a", 0), rng_derive(1, "a", 1));
        ck_assert_uint_eq(rng_derive(1, "a", 0), rng_derive(1, "a", 0));
        ck_assert_uint_ne(rng_secret(), rng_secret());
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {a_stream_repeats, draws_are_even,
                                      named_streams_differ};

        return check_main("rng", tests, 3);
}
