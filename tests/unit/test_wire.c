/* Messages between client and worker: whole, bounded, in time, or refused. */
#include "evaluate/wire.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/rng.h"

static int pair[2];

static void open_pair(void)
{
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
}

static void close_pair(void)
{
        close(pair[0]);
        close(pair[1]);
}

static void *write_large(void *data)
{
        struct error err = {0};

        return wire_write(pair[0], data, 0, &err) == 0 ? data : NULL;
}

START_TEST(test_messages_come_back_whole)
{
        cJSON *json = cJSON_CreateObject(), *back = NULL;
        struct error err = {0};
        char *large = malloc(3000001);
        pthread_t thread;
        void *answer;

        memset(large, 'x', 3000000);
        large[3000000] = 0;
        cJSON_AddStringToObject(json, "text", "a \"quoted\"\nline \xc3\xa9");
        cJSON_AddStringToObject(json, "large", large);
        cJSON_AddNumberToObject(json, "number", 0.1);
        /* Larger than any pipe: the sides must take turns. */
        pthread_create(&thread, NULL, write_large, json);
        ck_assert_msg(wire_read(pair[1], 0, &back, &err) == 0, "%s", err.text);
        pthread_join(thread, &answer);
        ck_assert_ptr_eq(answer, json);
        ck_assert(cJSON_Compare(json, back, 1));
        cJSON_Delete(json);
        cJSON_Delete(back);
        free(large);
}
END_TEST

static const struct {
        const char *bytes;
        int code;
} wrong[] = {
        {"hello world, this is no message", ERR_INPUT},
        {"0000000z\n{}", ERR_INPUT},
        {"-0000002\n{}", ERR_INPUT},
        {"        2\n{}", ERR_INPUT},
        {"ffffffff\n{}", ERR_LIMIT},
        {"00000002\n{]", ERR_INPUT},
        {"00000010\n{}", ERR_LOST}, /* and then nothing */
        {"0000", ERR_LOST},
        {"", ERR_LOST},
};

START_TEST(test_wrong_messages_are_refused)
{
        cJSON *json = NULL;
        struct error err = {0};
        size_t n = strlen(wrong[_i].bytes);

        ck_assert_int_eq(write(pair[0], wrong[_i].bytes, n), n);
        shutdown(pair[0], SHUT_WR);
        ck_assert_int_eq(wire_read(pair[1], 0, &json, &err), wrong[_i].code);
        ck_assert_ptr_null(json);
        ck_assert_str_ne(err.text, "");
}
END_TEST

START_TEST(test_deadlines_and_lost_readers)
{
        cJSON *json = NULL, *big = cJSON_CreateObject();
        struct error err = {0};
        char *text = malloc(4000001);

        memset(text, 'y', 4000000);
        text[4000000] = 0;
        cJSON_AddStringToObject(big, "t", text);
        ck_assert_int_eq(wire_read(pair[1], clock_monotonic_ns() + 20000000,
                                   &json, &err),
                         ERR_TIMEOUT);
        ck_assert_int_eq(wire_write(pair[0], big,
                                    clock_monotonic_ns() + 20000000, &err),
                         ERR_TIMEOUT);
        signal(SIGPIPE, SIG_IGN);
        close(pair[1]);
        ck_assert_int_eq(wire_write(pair[0], big, 0, &err), ERR_LOST);
        pair[1] = -1;
        cJSON_Delete(big);
        free(text);
}
END_TEST

START_TEST(test_noise)
{
        struct rng rng = {3, 0};
        struct error err = {0};
        char bytes[64];
        cJSON *json;

        for (int i = 0; i < 500; i++) {
                size_t n = rng_below(&rng, sizeof bytes);

                for (size_t k = 0; k < n; k++)
                        bytes[k] = "0123456789abcdef\n{}[]\",:"[rng_below(&rng,
                                                                          24)];
                open_pair();
                ck_assert_int_eq(write(pair[0], bytes, n), n);
                shutdown(pair[0], SHUT_WR);
                json = NULL;
                (void)!wire_read(pair[1], 0, &json, &err);
                cJSON_Delete(json);
                close_pair();
        }
        open_pair();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("wire");
        TCase *tests = tcase_create("wire");
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(tests, open_pair, close_pair);
        tcase_add_test(tests, test_messages_come_back_whole);
        tcase_add_loop_test(tests, test_wrong_messages_are_refused, 0,
                            sizeof wrong / sizeof *wrong);
        tcase_add_test(tests, test_deadlines_and_lost_readers);
        tcase_add_test(tests, test_noise);
        suite_add_tcase(suite, tests);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
