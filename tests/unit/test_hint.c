/* Hints: what is understood, what is refused, what cannot break it. */
#include "check_main.h"

#include <stdio.h>
#include <string.h>

#include "core/rng.h"
#include "watch/hint.h"

static int parse(const char *line, struct hint *hint)
{
        return hint_parse(line, strlen(line), hint, NULL);
}

START_TEST(pushes_are_understood)
{
        struct hint hint;

        ck_assert_int_eq(parse("push /srv/a.git refs/heads/main", &hint), 0);
        ck_assert_int_eq(hint.kind, HINT_PUSH);
        ck_assert_str_eq(hint.repository, "/srv/a.git");
        ck_assert_str_eq(hint.ref, "refs/heads/main");
        ck_assert_int_eq(parse("push /with space/a.git -", &hint), 0);
        ck_assert_str_eq(hint.repository, "/with space/a.git");
        ck_assert_int_eq(parse("wake", &hint), 0);
        ck_assert_int_eq(hint.kind, HINT_WAKE);
}
END_TEST

START_TEST(malformed_lines_are_refused)
{
        static const char *const lines[] = {
                "",
                "push",
                "push ",
                "push /a",
                "push relative refs/heads/main",
                "push /a main",
                "push /a ",
                "wake up",
                "run /bin/sh -",
                "push /a\trefs/heads/x -",
                "push /a refs/heads/\x1b[2J",
        };
        struct hint hint;

        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
                ck_assert_msg(parse(lines[i], &hint) < 0, "\"%s\" was taken",
                              lines[i]);
        ck_assert_int_lt(hint_parse("wake\0up", 7, &hint, NULL), 0);
}
END_TEST

START_TEST(long_lines_are_refused)
{
        char line[HINT_BYTES + 100];
        struct hint hint;

        memset(line, 'x', sizeof line);
        memcpy(line, "push /", 6);
        ck_assert_int_lt(hint_parse(line, sizeof line, &hint, NULL), 0);
        line[LIMIT_PATH_BYTES + 20] = 0;
        memcpy(line + LIMIT_PATH_BYTES + 18, " -", 2);
        ck_assert_int_lt(parse(line, &hint), 0);
        /* A ref that is too long behind a path that is not. */
        memset(line, 'x', sizeof line);
        memcpy(line, "push /a refs/", 13);
        line[BRANCH_BYTES + 20] = 0;
        ck_assert_int_lt(parse(line, &hint), 0);
}
END_TEST

/* Whatever is accepted says the same when it is written again. */
START_TEST(random_lines_do_no_harm)
{
        static const char alphabet[] = "push wake /-refs\n\t\1";
        char line[64], again[HINT_BYTES];
        struct rng rng = {17, 0};
        struct hint hint, second;
        int taken = 0;

        for (int n = 0; n < 200000; n++) {
                size_t length = rng_below(&rng, 40);

                for (size_t i = 0; i < length; i++)
                        line[i] =
                                alphabet[rng_below(&rng, sizeof alphabet - 1)];
                if (rng_below(&rng, 2) && length > 6)
                        memcpy(line, "push /", 6);
                if (hint_parse(line, length, &hint, NULL) < 0)
                        continue;
                taken++;
                if (hint.kind == HINT_WAKE)
                        continue;
                snprintf(again, sizeof again, "push %s %s", hint.repository,
                         hint.ref);
                ck_assert_int_eq(parse(again, &second), 0);
                ck_assert_str_eq(hint.repository, second.repository);
                ck_assert_str_eq(hint.ref, second.ref);
        }
        ck_assert_int_gt(taken, 0);
}
END_TEST

START_TEST(nobody_listens)
{
        struct error err = {0};

        ck_assert_int_eq(hint_send("/nonexistent/kevo.sock", "wake\n", &err),
                         ERR_NOT_FOUND);
        ck_assert_ptr_nonnull(strstr(err.text, "daemon"));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {pushes_are_understood,
                                      malformed_lines_are_refused,
                                      long_lines_are_refused,
                                      random_lines_do_no_harm, nobody_listens};

        return check_main("hint", tests, sizeof tests / sizeof *tests);
}
