/* When a search ends: each reason by itself, and none without one. */
#include "check_main.h"

#include "search/ending.h"

static struct pace going(void)
{
        return (struct pace){.elapsed = 10,
                             .since_gain = 1,
                             .candidates = 20,
                             .nodes = 20,
                             .best = 1.5};
}

START_TEST(each_reason_ends_a_search)
{
        struct campaign_options options = {
                .seconds = 100, .candidates = 50, .target = 3};
        struct pace pace = going();

        ck_assert_ptr_null(ending_of(&options, &pace));
        pace.elapsed = 100;
        ck_assert_str_eq(ending_of(&options, &pace), "time");
        pace.candidates = 0; /* it only waited */
        ck_assert_ptr_null(ending_of(&options, &pace));
        pace.elapsed = 161; /* and too long */
        ck_assert_str_eq(ending_of(&options, &pace), "time");
        pace = going();
        pace.candidates = 50;
        ck_assert_str_eq(ending_of(&options, &pace), "candidates");
        pace = going();
        pace.best = 3;
        ck_assert_str_eq(ending_of(&options, &pace), "target");
        pace = going();
        pace.floor_share = 0.96;
        ck_assert_str_eq(ending_of(&options, &pace), "floor");
        pace = going();
        pace.since_gain = 51;
        ck_assert_str_eq(ending_of(&options, &pace), "stall");
}
END_TEST

/* A stall needs some tries, and limits that are not set do not end. */
START_TEST(too_early_is_no_stall)
{
        struct campaign_options options = {.seconds = 100};
        struct pace pace = going();

        pace.since_gain = 99;
        pace.elapsed = 99;
        pace.nodes = 5;
        pace.candidates = 1000000;
        pace.best = 1000;
        ck_assert_ptr_null(ending_of(&options, &pace));
        options.stall_share = 0.99;
        pace.nodes = 500;
        ck_assert_ptr_null(ending_of(&options, &pace));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {each_reason_ends_a_search,
                                      too_early_is_no_stall};

        return check_main("ending", tests, 2);
}
