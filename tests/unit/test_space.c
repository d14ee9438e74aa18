/* Points of a space survive printing and parsing; draws stay inside. */
#include "check_main.h"

#include <string.h>

#include "propose/space.h"

static void make_schedules(struct space *space)
{
        struct schedule_space *s = calloc(1, sizeof *s);

        s->class = SCHEDULE_ROW;
        s->count = 3;
        s->field[0] =
                (struct schedule_field){"vector", "lanes", 3, {4, 8, 16}, 1};
        s->field[1] = (struct schedule_field){"rows", "a task", 2, {1, 4}, 0};
        s->field[2] = (struct schedule_field){
                "row", "a prefix of rows", 2, {0, 1}, 1};
        space_from_schedules(space, s);
}

START_TEST(points_round_trip)
{
        struct space space;
        struct point point, again;
        char text[SPACE_TEXT_BYTES];
        struct rng rng = {3, 0};

        make_schedules(&space);
        for (int i = 0; i < 200; i++) {
                space_draw(&space, 0.7, &rng, &point);
                space_print(&space, &point, text);
                ck_assert(space_parse(&space, text, &again));
                ck_assert_int_eq(memcmp(&point, &again, sizeof point), 0);
        }
        space_dispose(&space);
}
END_TEST

START_TEST(foreign_texts_are_refused)
{
        struct space space;
        struct point point;

        make_schedules(&space);
        ck_assert(space_parse(&space, "row vector=4 rows=1 row=0", &point));
        ck_assert_int_eq(point.at[0], 0);
        ck_assert(!space_parse(&space, "row vector=5 rows=1 row=0", &point));
        ck_assert(!space_parse(&space, "row vector=4 rows=1", &point));
        ck_assert(!space_parse(&space, "rows vector=4 rows=1 row=0", &point));
        ck_assert(!space_parse(&space, "map vector=4 rows=1 row=0", &point));
        ck_assert(!space_parse(&space, "", &point));
        space_dispose(&space);
}
END_TEST

START_TEST(a_chance_of_nothing_is_the_guess)
{
        struct space space;
        struct point point, guess;
        struct rng rng = {1, 0};

        make_schedules(&space);
        space_guess(&space, &guess);
        ck_assert_int_eq(guess.at[0], 1);
        space_draw(&space, 0, &rng, &point);
        ck_assert_int_eq(memcmp(&point, &guess, sizeof point), 0);
        ck_assert_int_eq(space_size(&space, 100), 12);
        ck_assert_int_eq(space_size(&space, 5), 5);
        space_dispose(&space);
}
END_TEST

/* Texts of other sizes and hardware land on the nearest values; what is
 * missing takes the guess. */
START_TEST(foreign_texts_are_adapted)
{
        struct space space;
        struct point point;

        make_schedules(&space);
        ck_assert(space_adapt(&space, "row vector=64 rows=3 other=5", &point));
        ck_assert_int_eq(space.field[0].value[point.at[0]], 16);
        ck_assert_int_eq(space.field[1].value[point.at[1]], 4);
        ck_assert_int_eq(point.at[2], space.field[2].guess);
        ck_assert(!space_adapt(&space, "map vector=4", &point));
        space_dispose(&space);
}
END_TEST

START_TEST(a_narrowed_space_keeps_its_guess)
{
        for (uint64_t seed = 0; seed < 30; seed++) {
                struct space space;
                struct point guess;
                struct rng rng = {seed, 0};
                char before[SPACE_TEXT_BYTES], after[SPACE_TEXT_BYTES];

                make_schedules(&space);
                space_guess(&space, &guess);
                space_print(&space, &guess, before);
                space_narrow(&space, 1 + (int64_t)seed % 12, &rng);
                ck_assert_int_le(space_size(&space, 1000),
                                 1 + (int64_t)seed % 12);
                space_guess(&space, &guess);
                space_print(&space, &guess, after);
                ck_assert_str_eq(before, after);
                space_dispose(&space);
        }
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                points_round_trip, foreign_texts_are_refused,
                a_chance_of_nothing_is_the_guess, foreign_texts_are_adapted,
                a_narrowed_space_keeps_its_guess};

        return check_main("space", tests, 5);
}
