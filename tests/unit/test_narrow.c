/* Which integers are said to fit 32 bits, at the edges. */
#include "lower/narrow.h"

#include <stdio.h>

#include "check_main.h"
#include "spec_fixture.h"

/* A kernel with the value of y[i] given; K and the types are. */
static bool fits(const char *k, const char *a, const char *b,
                 const char *value)
{
        char text[600];
        struct spec *spec;
        bool found;

        snprintf(text, sizeof text,
                 "kernel k {\n size M in 1..=9\n size K in %s\n"
                 " in a: %s[M, K], b: %s[M, K]\n out y: i64[M]\n"
                 " y[i] = %s\n}\n",
                 k, a, b, value);
        spec = spec_must_parse(text);
        found = narrow_fits(spec->statement[0]->value);
        spec_free(spec);
        return found;
}

START_TEST(test_edges)
{
        const char *dot = "sum[k] a[i, k] * b[i, k]";

        ck_assert(fits("1..=131071", "i8", "i8", dot));
        ck_assert(!fits("1..=131072", "i8", "i8", dot));
        ck_assert(fits("1..=65793", "u8", "i8", dot));
        ck_assert(!fits("1..=65794", "u8", "i8", dot));
        ck_assert(fits("1..=33025", "u8", "u8", dot));
        ck_assert(!fits("1..=33026", "u8", "u8", dot));
        ck_assert(fits("1..=1", "i16", "i16", dot));
        ck_assert(!fits("1..=2", "i16", "i16", dot));
        ck_assert(fits("1..=9", "i32", "i8", "a[i, 0]"));
        ck_assert(!fits("1..=9", "i32", "i8", "a[i, 0] + b[i, 0]"));
        ck_assert(!fits("1..=9", "i32", "i8", "-a[i, 0]"));
        ck_assert(fits("1..=9", "i16", "i8", "-a[i, 0] - b[i, 0] * K"));
        ck_assert(!fits("1..=9", "i64", "i8", "a[i, 0] * b[i, 0]"));
        ck_assert(!fits("1..=9", "u32", "i8", "a[i, 0]"));
        /* What it is made from counts too. */
        ck_assert(
                !fits("1..=9", "i32", "i8", "b[i, 0] * (a[i, 0] - a[i, 0])"));
        ck_assert(fits("1..=9", "i8", "i8",
                       "sum[k in 0..K] ((a[i, k + 1] else 7) - b[i, k])"));
        ck_assert(!fits("1..=9", "i8", "i64", "sum[k] a[i, k] * b[i, k]"));
        ck_assert(!fits("1..=9", "i8", "i8", "max[k] a[i, k]"));
        ck_assert(!fits("1..=9", "i8", "i8", "prod[k] a[i, k]"));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {test_edges};

        return check_main("narrow", tests, sizeof tests / sizeof *tests);
}
