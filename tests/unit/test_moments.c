/*
 * Which specs have a mean and squared deviations that one pass can take. That
 * the sums which replace them are right is for test_print.
 */
#include "lower/moments.h"

#include <stdio.h>
#include <string.h>

#include "check_main.h"
#include "lower/lower.h"
#include "spec_fixture.h"

static const struct target here = {.language = "c",
                                   .vector_bytes = 64,
                                   .threads = 2,
                                   .l1_bytes = 32 << 10,
                                   .l2_bytes = 1 << 20,
                                   .llc_bytes = 32 << 20};

static bool has_field(const char *text)
{
        struct spec *spec = spec_must_parse(text);
        struct schedule_space space;
        struct binding shape;
        struct error err = {0};
        bool found = false;

        binding_init(&shape, spec);
        for (int i = 0; i < spec->size_count; i++)
                shape.size[i] = 20;
        ck_assert_msg(lower_fields(spec, &shape, &here, SCHEDULE_ROW, &space,
                                   &err) == 0,
                      "%s", err.text);
        for (int i = 0; i < space.count; i++)
                found |= strcmp(space.field[i].name, "moments") == 0;
        spec_free(spec);
        return found;
}

/* A kernel of rows of x[M, N], N in RANGE, with these two statements. */
static bool finds(const char *range, const char *mean, const char *squares)
{
        char text[1000];

        snprintf(text, sizeof text,
                 "kernel k {\n size M in 1..=99\n size N in %s\n"
                 " in x: f32[M, N]\n out y: f32[M, N]\n"
                 " m[i] = %s\n v[i] = %s\n"
                 " y[i, j] = (x[i, j] - m[i]) * v[i]\n}\n",
                 range, mean, squares);
        return has_field(text);
}

START_TEST(test_found)
{
        const char *mean = "(sum[j] x[i, j]) / N";
        const char *squares = "sum[k] square(x[i, k] - m[i])";

        ck_assert(finds("1..=99", mean, squares));
        ck_assert(finds("1..=99", mean,
                        "sum[k] (x[i, k] - m[i]) * (x[i, k] - m[i])"));
        ck_assert(finds("1..=99", "(sum[j] exp(x[i, j])) / N",
                        "sum[k] square(exp(x[i, k]) - m[i])"));
        /* Nothing to divide by. */
        ck_assert(!finds("0..=99", mean, squares));
        ck_assert(!finds("2..=99", "(sum[j] x[i, j]) / (N - 1)", squares));
        ck_assert(!finds("1..=99", mean, "sum[k] square(x[i, k] - 2*m[i])"));
        ck_assert(!finds("1..=99", mean, "sum[k] abs(x[i, k] - m[i])"));
        ck_assert(!finds("1..=99", mean, "sum[k] square(m[i] * x[i, k])"));
        ck_assert(!finds("1..=99", mean, "sum[k] square(2*x[i, k] - m[i])"));
        ck_assert(!finds("2..=99", mean,
                         "sum[k in 1..N] square(x[i, k] - m[i])"));
        ck_assert(has_field("kernel k {\n size M, C, L in 1..=99\n"
                            " in x: f32[M, C, L]\n out y: f32[M, C, L]\n"
                            " m[i] = (sum[c, l] x[i, c, l]) / (L * C)\n"
                            " v[i] = sum[c, l] square(x[i, c, l] - m[i])\n"
                            " y[i, c, l] = x[i, c, l] * v[i]\n}\n"));
        ck_assert(!has_field("kernel k {\n size M, C, L in 1..=99\n"
                             " in x: f32[M, C, L]\n out y: f32[M, C, L]\n"
                             " m[i] = (sum[c, l] x[i, c, l]) / (C * C)\n"
                             " v[i] = sum[c, l] square(x[i, c, l] - m[i])\n"
                             " y[i, c, l] = x[i, c, l] * v[i]\n}\n"));
        ck_assert(!has_field("kernel k {\n size M, N in 1..=99\n"
                             " in x: f32[M, N] nonfinite\n out v: f32[M]\n"
                             " m[i] = (sum[j] x[i, j]) / N\n"
                             " v[i] = sum[k] square(x[i, k] - m[i])\n}\n"));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {test_found};

        return check_main("moments", tests, sizeof tests / sizeof *tests);
}
