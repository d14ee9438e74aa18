/*
 * Definitions over blocks: what is split is the same function, and nothing
 * inside a block divides any more.
 */
#include "lower/quotient.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "lowering_cases.h"
#include "spec_fixture.h"
#include "spec_same.h"

/* Outputs with an index more than dimensions. */
static int count_split(const struct spec *spec)
{
        int count = 0;

        for (int s = 0; s < spec->statement_count; s++)
                count += spec->statement[s]->update == UPDATE_DEFINE &&
                         spec->statement[s]->index_count ==
                                 spec->statement[s]->target->rank + 1;
        return count;
}

static void check_split(const char *text, bool reductions,
                        enum quotient_use use, int expected)
{
        struct spec *spec = spec_must_parse(text);
        struct arena *arena = arena_new(16 << 20);
        const struct spec *made = quotient_split(arena, spec, reductions, use);
        struct rng rng = {7, 0};
        struct binding binding;

        ck_assert_ptr_nonnull(made);
        ck_assert_msg(count_split(made) == expected, "%s", text);
        if (expected == 0)
                ck_assert_ptr_eq(made, spec);
        for (int n = 0; n < 6; n++) {
                lowering_shape(spec, &rng, &binding);
                spec_check_same(spec, made, &binding);
        }
        arena_free(arena);
        spec_free(spec);
}

START_TEST(test_blocks)
{
        static const struct {
                const char *name;
                int split, whole, scalar, pair; /* reductions stored, inlined;
                                                   short blocks; pairs */
        } cases[] = {{"block_share", 1, 1, 1, 1}, {"block_mean", 1, 2, 1, 1},
                     {"block_scale", 1, 1, 1, 1}, {"block_whole", 1, 1, 1, 1},
                     {"block_pairs", 2, 2, 2, 2}, {"rope", 0, 0, 1, 1},
                     {"thirds", 0, 0, 1, 0},      {"roomy", 1, 1, 3, 3}};
        size_t found = 0;

        for (int i = 0; i < LOWERING_CASES; i++)
                for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
                        size_t length = strlen(cases[c].name);

                        if (strncmp(lowering_cases[i] + strlen("kernel "),
                                    cases[c].name, length) != 0)
                                continue;
                        check_split(lowering_cases[i], false, QUOTIENT_LANES,
                                    cases[c].split);
                        check_split(lowering_cases[i], true, QUOTIENT_LANES,
                                    cases[c].whole);
                        check_split(lowering_cases[i], false, QUOTIENT_SCALARS,
                                    cases[c].scalar);
                        check_split(lowering_cases[i], false, QUOTIENT_PAIRS,
                                    cases[c].pair);
                        found++;
                }
        ck_assert_uint_eq(found, sizeof cases / sizeof *cases);
}
END_TEST

/* Short blocks do not fill the lanes; what is divided must be the last index
 * itself, and what is kept is not split. */
START_TEST(test_no_blocks)
{
        check_split("kernel short {\n size M, N\n in x: f32[M, N // 4 + 1]\n"
                    " out y: f32[M, N]\n y[i, j] = x[i, j // 4]\n}\n",
                    false, QUOTIENT_LANES, 0);
        check_split("kernel odd {\n size M, N\n in x: f32[M, N // 2 + 1]\n"
                    " out y: f32[M, N]\n y[i, j] = x[i, j // 2]\n}\n",
                    false, QUOTIENT_PAIRS, 0);
        check_split("kernel sums {\n size M, N\n in x: f32[M, N, 9]\n"
                    " out y: f32[M, 2*N]\n"
                    " y[i, j] = sum[k] x[i, j // 2, k]\n}\n",
                    false, QUOTIENT_PAIRS, 0);
        check_split("kernel rows {\n size M, N\n in x: f32[M // 16 + 1, N]\n"
                    " out y: f32[M, N]\n y[i, j] = x[i // 16, j]\n}\n",
                    false, QUOTIENT_LANES, 0);
        check_split("kernel update {\n size M, N\n in x: f32[M]\n"
                    " out y: f32[N + 1] init 0\n"
                    " y[i // 16 % (N + 1)] += x[i] for i in 0..M\n}\n",
                    false, QUOTIENT_LANES, 0);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {test_blocks, test_no_blocks};

        return check_main("quotient", tests, 2);
}
