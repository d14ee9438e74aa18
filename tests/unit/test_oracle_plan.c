/* Any box of any output is the slice of the whole, by any number of threads:
 * what the plan leaves out is not needed. */
#include <math.h>

#include "check_main.h"
#include "core/rng.h"
#include "oracle_examples.h"
#include "oracle_fixture.h"

static void compare_box(struct bench *b, const struct box *whole,
                        struct rng *rng, int threads)
{
        struct box part = {.tensor = whole->tensor};
        struct error err = {0};
        int64_t extent[LIMIT_RANK] = {0}, at, rest, n;
        int rank = whole->tensor->rank;

        for (int d = 0; d < rank; d++) {
                extent[d] = whole->high[d];
                part.low[d] = (int64_t)rng_below(rng, (uint64_t)extent[d]);
                part.high[d] =
                        part.low[d] + 1 +
                        (int64_t)rng_below(
                                rng, (uint64_t)(extent[d] - part.low[d]));
        }
        box_allocate(&part);
        ck_assert_msg(box_try(&part, b, threads, &err) == 0, "%s", err.text);
        for (int64_t i = 0; i < part.elements; i++) {
                at = 0;
                rest = part.elements;
                n = i;
                for (int d = 0; d < rank; d++) {
                        rest /= part.high[d] - part.low[d];
                        at = at * extent[d] + part.low[d] + n / rest;
                        n %= rest;
                }
                check_each(part.values.integer[i] == whole->values.integer[at],
                           "integers differ at %lld", (long long)at);
                check_each(memcmp(&part.values.v[i], &whole->values.v[at],
                                  sizeof(double)) == 0 ||
                                   isnan(part.values.v[i]),
                           "values differ at %lld", (long long)at);
                check_each(part.values.e[i] == whole->values.e[at] ||
                                   isnan(part.values.e[i]),
                           "errors differ at %lld", (long long)at);
                /* A scan notes undecided choices from its box's start. */
                check_each(part.values.undecided[i] ==
                                   whole->values.undecided[at],
                           "choices differ at %lld", (long long)at);
        }
        box_free(&part);
}

START_TEST(a_box_is_a_slice)
{
        struct error err = {0};
        struct bench b;
        struct box whole;
        struct rng rng = {(uint64_t)_i, 0};

        bench_open(&b, oracle_example(_i));
        for (int n = 1; n < 9; n += 2) {
                ck_assert(inputs_hidden_shape(b.spec, 5, n, NULL, NULL, 0, 3e5,
                                              1 << 22, NULL, NULL, &b.binding,
                                              NULL, &err) == 0);
                bench_fill(&b, (uint64_t)n, DIST_NORMAL, 1);
                for (int t = 0; t < b.spec->tensor_count; t++) {
                        if (b.spec->tensor[t]->role != TENSOR_OUT)
                                continue;
                        box_whole(&whole, &b, b.spec->tensor[t]->name);
                        box_fill(&whole, &b);
                        for (int k = 0; k < 8; k++)
                                compare_box(&b, &whole, &rng, 1 + k % 4);
                        box_free(&whole);
                }
        }
        bench_close(&b);
}
END_TEST

/* Large enough that several threads really share the work. */
START_TEST(threads_change_nothing)
{
        struct bench b;
        struct box one, four;
        struct error err = {0};

        bench_open(&b, spec_examples[0]);
        bench_bind(&b, "M=301 N=1003");
        bench_fill(&b, 9, DIST_NORMAL, 1);
        box_whole(&one, &b, "y");
        box_whole(&four, &b, "y");
        box_fill(&one, &b);
        ck_assert(box_try(&four, &b, 4, &err) == 0);
        ck_assert(memcmp(one.values.v, four.values.v,
                         (size_t)one.elements * sizeof(double)) == 0);
        ck_assert(memcmp(one.values.e, four.values.e,
                         (size_t)one.elements * sizeof(double)) == 0);
        box_free(&one);
        box_free(&four);
        bench_close(&b);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("oracle_plan");
        TCase *cases = tcase_create("oracle_plan");
        SRunner *runner;
        int failed;

        if (oracle_fixture_begin() < 0)
                return EXIT_FAILURE;
        tcase_set_timeout(cases, 120);
        tcase_add_loop_test(cases, a_box_is_a_slice, 0, ORACLE_EXAMPLES);
        tcase_add_test(cases, threads_change_nothing);
        suite_add_tcase(suite, cases);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return oracle_fixture_end(failed ? EXIT_FAILURE : EXIT_SUCCESS);
}
