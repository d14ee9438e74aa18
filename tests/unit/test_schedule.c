/*
 * Schedules: text and back, draws stay in the space, slips are explained.
 */
#include "lower/schedule.h"

#include <string.h>

#include "check_main.h"

static const struct schedule_space space = {
        .class = SCHEDULE_ROW,
        .count = 3,
        .field = {{"vector", "lanes", 3, {4, 8, 16}, 2},
                  {"rows", "rows a task", 4, {1, 2, 4, 8}, 0},
                  {"stream", "around caches", 2, {0, 1}, 1}}};

START_TEST(test_round_trip)
{
        struct rng rng = {1, 0};

        for (int i = 0; i < 200; i++) {
                struct schedule a, b;
                char text[SCHEDULE_TEXT_BYTES], again[SCHEDULE_TEXT_BYTES];
                struct error err = {0};

                schedule_draw(&space, &rng, &a);
                for (int f = 0; f < space.count; f++) {
                        bool legal = false;

                        for (int k = 0; k < space.field[f].count; k++)
                                legal |= space.field[f].value[k] ==
                                         a.field[f].value;
                        ck_assert(legal);
                }
                schedule_print(&a, text);
                ck_assert_int_eq(schedule_parse(text, &space, &b, &err), 0);
                schedule_print(&b, again);
                ck_assert_str_eq(text, again);
        }
}
END_TEST

START_TEST(test_guess_and_get)
{
        struct schedule s;
        char text[SCHEDULE_TEXT_BYTES];

        schedule_guess(&space, &s);
        schedule_print(&s, text);
        ck_assert_str_eq(text, "row vector=16 rows=1 stream=1");
        ck_assert_int_eq(schedule_get(&s, "vector", -1), 16);
        ck_assert_int_eq(schedule_get(&s, "depth", -1), -1);
        ck_assert_str_eq(schedule_class_name(SCHEDULE_MAP), "map");
}
END_TEST

START_TEST(test_drop)
{
        struct schedule_space fewer = space;
        struct schedule s;
        char text[SCHEDULE_TEXT_BYTES];

        schedule_drop(&fewer, "rows");
        schedule_drop(&fewer, "depth");
        schedule_guess(&fewer, &s);
        schedule_print(&s, text);
        ck_assert_str_eq(text, "row vector=16 stream=1");
        schedule_drop(&fewer, "stream");
        ck_assert_int_eq(fewer.count, 1);
}
END_TEST

/* Fields that are not said keep the guess. */
START_TEST(test_partial)
{
        struct schedule s;
        struct error err = {0};

        ck_assert_int_eq(schedule_parse("row rows=4", &space, &s, &err), 0);
        ck_assert_int_eq(schedule_get(&s, "rows", -1), 4);
        ck_assert_int_eq(schedule_get(&s, "vector", -1), 16);
}
END_TEST

START_TEST(test_slips)
{
        static const struct {
                const char *text, *said;
        } slips[] = {{"map rows=4", "row"},
                     {"", "row"},
                     {"row rowss=4", "did you mean rows"},
                     {"row rows=3", "cannot be 3"},
                     {"row rows", "rows=NUMBER"},
                     {"row rows=x", "not an integer"}};

        for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
                struct schedule s;
                struct error err = {0};

                ck_assert_int_eq(
                        schedule_parse(slips[i].text, &space, &s, &err),
                        ERR_INPUT);
                ck_assert_msg(strstr(err.text, slips[i].said) != NULL, "%s",
                              err.text);
        }
}
END_TEST

START_TEST(test_too_long)
{
        char text[2 * SCHEDULE_TEXT_BYTES];
        struct schedule s;
        struct error err = {0};

        memset(text, 'a', sizeof text);
        text[sizeof text - 1] = 0;
        ck_assert_int_eq(schedule_parse(text, &space, &s, &err), ERR_LIMIT);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {test_round_trip, test_guess_and_get,
                                      test_drop,       test_partial,
                                      test_slips,      test_too_long};

        return check_main("schedule", tests, sizeof tests / sizeof *tests);
}
