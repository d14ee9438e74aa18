/* Suspects: whatever differs more than its neighbours is among them. */
#include "evaluate/suspects.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "core/rng.h"

enum { ELEMENTS = 100003 };

static float data[ELEMENTS], other[ELEMENTS];

/* Two honest results: equal but for rounding, of very different sizes. */
static void set_up_pair(void)
{
        struct rng rng = {3, 0};

        for (int i = 0; i < ELEMENTS; i++) {
                data[i] = (float)exp2(24 * rng_unit(&rng) - 12);
                other[i] = data[i] * (1 + 1e-6f * (float)rng_unit(&rng));
        }
}

static bool is_suspect(const struct suspects *s, int64_t at)
{
        for (int i = 0; i < s->count; i++) {
                if (s->at[i] == at)
                        return true;
        }
        return false;
}

START_TEST(test_what_is_equal_is_no_suspect)
{
        struct suspects s;

        set_up_pair();
        memcpy(other, data, sizeof other);
        data[7] = other[7] = NAN;
        data[8] = other[8] = -INFINITY;
        data[9] = -(other[9] = 0);
        suspects_find(DTYPE_F32, data, other, ELEMENTS, &s);
        ck_assert_int_eq(s.count, 0);
        suspects_find(DTYPE_F32, data, other, 0, &s);
        ck_assert_int_eq(s.count, 0);
}
END_TEST

/* One element of many, anywhere, off by a hundredth of itself or of the
 * largest around it, or no number. */
START_TEST(test_one_fault_is_found)
{
        struct rng rng = {5, 0};
        struct suspects s;

        for (int i = 0; i < 60; i++) {
                int64_t at = (int64_t)rng_below(&rng, ELEMENTS);

                set_up_pair();
                data[at] = i % 4 == 0   ? data[at] * 1.01f
                           : i % 4 == 1 ? data[at] + 40
                           : i % 4 == 2 ? NAN
                                        : 0;
                suspects_find(DTYPE_F32, data, other, ELEMENTS, &s);
                ck_assert_int_le(s.count, SUSPECTS_MAX);
                ck_assert_msg(is_suspect(&s, at), "%d", i);
                suspects_find(DTYPE_F32, other, data, ELEMENTS, &s);
                ck_assert(is_suspect(&s, at));
        }
}
END_TEST

START_TEST(test_few_elements_and_integers)
{
        int64_t a[5] = {1, 2, 3, 4, 5}, b[5] = {1, 2, 3, 5, 5};
        struct suspects s;

        suspects_find(DTYPE_I64, a, b, 5, &s);
        ck_assert_int_eq(s.count, 1);
        ck_assert_int_eq(s.at[0], 3);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {test_what_is_equal_is_no_suspect,
                                      test_one_fault_is_found,
                                      test_few_elements_and_integers};

        return check_main("suspects", tests, sizeof tests / sizeof *tests);
}
