/*
 * Which outputs are computed in pairs. That what is then computed is the same
 * is for the tests of all lowerings, which have such kernels among theirs.
 */
#include "lower/map_pair.h"

#include "check_main.h"
#include "spec_fixture.h"

/* Of y's definition, and whether these run through all rows as one. */
static bool split(const char *tensors, const char *definition, bool *together)
{
        struct arena *arena = arena_new(16 << 20);
        struct spec *spec;
        struct plan plan;
        char text[600];
        bool found;

        snprintf(text, sizeof text,
                 "kernel k {\n size M, P in 1..=99\n size D in 2..=98 step 2\n"
                 " in %s\n %s\n}\n",
                 tensors, definition);
        spec = spec_must_parse(text);
        ck_assert(plan_make(&plan, arena, spec, false));
        ck_assert(map_pair_split(&plan));
        found = plan.item[plan.count - 1].pair != NULL;
        *together = plan_collapse(&plan.item[plan.count - 1]) > 1;
        if (found)
                ck_assert_int_eq(
                        plan.item[plan.count - 1].statement->index_count,
                        spec->statement[spec->statement_count - 1]
                                        ->index_count -
                                1);
        arena_free(arena);
        spec_free(spec);
        return found;
}

static bool pairs(const char *tensors, const char *definition)
{
        bool together;

        return split(tensors, definition, &together);
}

static bool run_together(const char *tensors, const char *definition)
{
        bool together;

        ck_assert(split(tensors, definition, &together));
        return together;
}

START_TEST(test_pairs)
{
        /* Turned, scaled by pair or by part, taken from two places. */
        ck_assert(pairs("x: f32[P, 2]\n out y: f32[P, 2]",
                        "y[p, e] = x[p, 1 - e]"));
        ck_assert(pairs("x: f32[M, P, 2], c: f32[P]\n out y: f32[M, P, 2]",
                        "y[i, p, e] = x[i, p, e] * c[p]"));
        ck_assert(pairs("x: f32[P, 2], c: f32[2]\n out y: f32[P, 2]",
                        "y[p, e] = x[p, e] * c[e]"));
        ck_assert(
                pairs("x: f32[2, P]\n out y: f32[P, 2]", "y[p, e] = x[e, p]"));
        ck_assert(pairs("x: i32[P, 2]\n out y: i64[P, 2]",
                        "y[p, e] = x[p, 1 - e] - e"));
}
END_TEST

START_TEST(test_no_pairs)
{
        /* One range, three parts, one index, no number, and sums. */
        ck_assert(!pairs("x: f32[P, 2]\n out y: f32[P, 2]",
                         "y[p, e] = 2 * x[p, e]"));
        ck_assert(!pairs("x: f32[P, 3], c: f32[P]\n out y: f32[P, 3]",
                         "y[p, e] = x[p, e] * c[p]"));
        ck_assert(!pairs("x: f32[2], c: f32\n out y: f32[2]",
                         "y[e] = x[1 - e] * c"));
        ck_assert(!pairs("x: f32[P, 2], c: f32[P]\n out y: bool[P, 2]",
                         "y[p, e] = x[p, e] < c[p]"));
        ck_assert(!pairs("x: f32[P, M]\n out y: f32[P, 2]",
                         "y[p, e] = sum[k] x[p, k] * (k + e)"));
        /* What divides by what only a lane knows. */
        ck_assert(!pairs("x: f32[P, 2]\n out y: f32[P, 2]",
                         "y[p, e] = x[p, 1 - e] * (7 // (p + 1))"));
}
END_TEST

/* Rows of pairs are one row where nothing lies between them. */
START_TEST(test_rows_of_pairs)
{
        ck_assert(run_together("x: f32[M, 2*P], c: f32[M, P]\n"
                               " out y: f32[M, P, 2]",
                               "y[l, p, e] = x[l, 2*p + e] * c[l, p]"));
        ck_assert(run_together("x: f32[M, D], c: f32[M, D // 2]\n"
                               " out y: f32[M, D // 2, 2]",
                               "y[l, p, e] = x[l, 2*p + e] * c[l, p]"));
        /* P may be odd; where another row is read, it is not the first. */
        ck_assert(!run_together("x: f32[M, P], c: f32[M, P // 2]\n"
                                " out y: f32[M, P // 2, 2]",
                                "y[l, p, e] = x[l, 2*p + e] * c[l, p]"));
        ck_assert(!run_together(
                "x: f32[M, 2*P], s: i32[M] in 0..2\n out y: f32[M, P, 2]",
                "y[l, p, e] = x[l, 2*p + e] - x[l, 2*p + s[l]]"));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {test_pairs, test_no_pairs,
                                      test_rows_of_pairs};

        return check_main("map_pair", tests, sizeof tests / sizeof *tests);
}
