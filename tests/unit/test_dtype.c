/*
 * Element types: every 16-bit pattern survives a round trip, rounding picks
 * the nearest neighbour and an even one on ties, integers wrap.
 */
#include "check_main.h"

#include <math.h>
#include <string.h>

#include "core/rng.h"
#include "spec/dtype.h"

static double value_of(enum dtype dtype, uint16_t bits)
{
        return dtype_load(dtype, &bits, 0);
}

static uint16_t bits_of(enum dtype dtype, double value)
{
        uint16_t bits;

        dtype_store(dtype, &bits, 0, value);
        return bits;
}

static void check_patterns(enum dtype dtype)
{
        for (int bits = 0; bits < 65536; bits++) {
                double value = value_of(dtype, (uint16_t)bits);

                if (isnan(value))
                        ck_assert(
                                isnan(value_of(dtype, bits_of(dtype, value))));
                else
                        ck_assert_int_eq(bits_of(dtype, value), bits);
        }
}

START_TEST(all_patterns_survive)
{
        check_patterns(DTYPE_F16);
        check_patterns(DTYPE_BF16);
        ck_assert(value_of(DTYPE_F16, 0x3c00) == 1);
        ck_assert(value_of(DTYPE_F16, 0x0001) == 0x1p-24);
        ck_assert(value_of(DTYPE_F16, 0xfbff) == -65504);
        ck_assert(value_of(DTYPE_BF16, 0x3f80) == 1);
        ck_assert(value_of(DTYPE_BF16, 0x0001) == 0x1p-133);
        ck_assert(value_of(DTYPE_BF16, 0x7f80) == INFINITY);
}
END_TEST

/* Between neighbours a < b of the type: a below the middle, b above it, the
 * even one on it. */
static void check_gap(enum dtype dtype, uint16_t bits)
{
        double a = value_of(dtype, bits), b = value_of(dtype, bits + 1);
        double middle = a + (b - a) / 2;

        ck_assert(dtype_round(dtype, nextafter(middle, a)) == a);
        ck_assert(dtype_round(dtype, nextafter(middle, b)) == b);
        ck_assert(dtype_round(dtype, middle) == (bits & 1 ? b : a));
        ck_assert(dtype_round(dtype, -middle) == -(bits & 1 ? b : a));
}

START_TEST(rounding_is_to_nearest_even)
{
        for (int bits = 0; bits < 0x7bff; bits++)
                check_gap(DTYPE_F16, (uint16_t)bits);
        for (int bits = 0; bits < 0x7f7f; bits++)
                check_gap(DTYPE_BF16, (uint16_t)bits);
        /* Beyond the largest by less and by half of the last gap. */
        ck_assert(dtype_round(DTYPE_F16, 65519.99) == 65504);
        ck_assert(isinf(dtype_round(DTYPE_F16, 65520)));
        ck_assert(isinf(dtype_round(DTYPE_BF16, 0x1.ffp127)));
        ck_assert(signbit(dtype_round(DTYPE_F16, -1e-300)));
        /* Once, from the double: through float this would round up. */
        ck_assert(dtype_round(DTYPE_F16, 1 + 0x1p-11 + 0x1p-40) ==
                  1 + 0x1p-10);
        ck_assert(dtype_round(DTYPE_F16, 1 + 0x1p-11) == 1);
}
END_TEST

START_TEST(limits_describe_the_type)
{
        const enum dtype floats[] = {DTYPE_F64, DTYPE_F32, DTYPE_F16,
                                     DTYPE_BF16};

        for (size_t i = 0; i < 4; i++) {
                double u = dtype_roundoff(floats[i]);
                double tiny = dtype_tiny(floats[i]);
                double max = dtype_max(floats[i]);

                ck_assert(dtype_round(floats[i], 1 + 2 * u) == 1 + 2 * u);
                ck_assert(dtype_round(floats[i], max) == max);
                ck_assert(dtype_round(floats[i], tiny * (1 + 2 * u)) ==
                          tiny * (1 + 2 * u));
                if (floats[i] != DTYPE_F64)
                        ck_assert(dtype_round(floats[i], 1 + u) == 1);
        }
        ck_assert(dtype_roundoff(DTYPE_F32) == 0x1p-24);
        ck_assert(dtype_tiny(DTYPE_F32) == 0x1p-126);
        ck_assert(dtype_roundoff(DTYPE_I32) == 0);
        ck_assert_int_eq(dtype_int_low(DTYPE_I8), -128);
        ck_assert_int_eq(dtype_int_high(DTYPE_U32), UINT32_MAX);
        ck_assert_int_eq(dtype_int_low(DTYPE_I64), INT64_MIN);
}
END_TEST

START_TEST(names_and_sizes)
{
        for (int i = DTYPE_F64; i <= DTYPE_BOOL; i++) {
                enum dtype dtype = (enum dtype)i;

                ck_assert_int_eq(dtype_from_name(dtype_name(dtype)), dtype);
                ck_assert_uint_ge(dtype_bytes(dtype), 1);
                ck_assert_uint_gt(strlen(dtype_c_name(dtype)), 0);
        }
        ck_assert_int_eq(dtype_from_name(""), DTYPE_NONE);
        ck_assert_int_eq(dtype_from_name("f33"), DTYPE_NONE);
        ck_assert_str_eq(dtype_name(DTYPE_NONE), "");
        ck_assert(!dtype_is_integer(DTYPE_BOOL));
        ck_assert(dtype_is_integer(DTYPE_U8));
        ck_assert(dtype_is_float(DTYPE_BF16));
}
END_TEST

START_TEST(integers_wrap)
{
        const enum dtype types[] = {DTYPE_I64, DTYPE_I32, DTYPE_I16,
                                    DTYPE_I8,  DTYPE_U32, DTYPE_U8};

        for (uint64_t n = 0; n < 6000; n++) {
                enum dtype dtype = types[n % 6];
                int64_t value = (int64_t)rng_at(7, n), back[3] = {0};
                int64_t low = dtype_int_low(dtype);
                int64_t high = dtype_int_high(dtype);
                int bits = (int)dtype_bytes(dtype) * 8;

                dtype_store_int(dtype, back, 1, value);
                value = bits == 64 ? value
                                   : (int64_t)((uint64_t)value &
                                               ((1ULL << bits) - 1));
                if (bits < 64 && value > high)
                        value -= (int64_t)1 << bits;
                ck_assert_int_ge(value, low);
                ck_assert_int_eq(dtype_load_int(dtype, back, 1), value);
                ck_assert_int_eq(dtype_load_int(dtype, back, 0), 0);
        }
}
END_TEST

START_TEST(doubles_in_integer_types_are_defined)
{
        int64_t i64;
        int8_t i8;
        bool truth;

        dtype_store(DTYPE_I64, &i64, 0, 1e300);
        ck_assert_int_eq(i64, INT64_MAX);
        dtype_store(DTYPE_I64, &i64, 0, NAN);
        ck_assert_int_eq(i64, 0);
        dtype_store(DTYPE_I8, &i8, 0, 129.9);
        ck_assert_int_eq(i8, -127);
        dtype_store(DTYPE_BOOL, &truth, 0, 0.5);
        ck_assert(truth);
        ck_assert(dtype_load(DTYPE_BOOL, &truth, 0) == 1);
        ck_assert_int_eq(sizeof(truth), dtype_bytes(DTYPE_BOOL));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {all_patterns_survive,
                                      rounding_is_to_nearest_even,
                                      limits_describe_the_type,
                                      names_and_sizes,
                                      integers_wrap,
                                      doubles_in_integer_types_are_defined};

        return check_main("dtype", tests, 6);
}
