/* The daemon's socket: hints arrive, everything else is cut off. */
#include "check_main.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/file.h"
#include "watch/socket.h"

static char folder[LIMIT_PATH_BYTES], path[LIMIT_PATH_BYTES + 16];
static uv_loop_t loop;
static struct socket_server *server;
static int hints, refusals;
static struct hint last_hint;
static struct socket_peer last_peer;
static char last_refusal[256];

static void on_hint(const struct hint *hint, const struct socket_peer *peer,
                    void *data)
{
        ck_assert_ptr_eq(data, &loop);
        hints++;
        last_hint = *hint;
        last_peer = *peer;
}

static void on_refused(const char *why, const struct socket_peer *peer,
                       void *data)
{
        (void)peer;
        (void)data;
        refusals++;
        snprintf(last_refusal, sizeof last_refusal, "%s", why);
}

static const struct socket_handlers handlers = {on_hint, on_refused, &loop};

static void setup(void)
{
        struct error err = {0};

        ck_assert_int_eq(file_make_temporary(folder, &err), 0);
        snprintf(path, sizeof path, "%s/a/b/kevo.sock", folder);
        uv_loop_init(&loop);
        ck_assert_msg(socket_listen(&server, &loop, path, &handlers, &err) ==
                              0,
                      "%s", err.text);
        hints = refusals = 0;
}

static void teardown(void)
{
        socket_close(server);
        uv_run(&loop, UV_RUN_DEFAULT);
        ck_assert_int_eq(uv_loop_close(&loop), 0);
        ck_assert(!file_exists(path));
        file_remove_tree(folder);
}

/* Let the loop see everything that is there, with a bound on turns. */
static void spin(const int *until_not_zero)
{
        for (int i = 0; i < 10000 && !*until_not_zero; i++) {
                uv_run(&loop, UV_RUN_NOWAIT);
                usleep(200);
        }
        for (int i = 0; i < 20; i++)
                uv_run(&loop, UV_RUN_NOWAIT);
}

static int dial(void)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        memcpy(address.sun_path, path, strlen(path) + 1);
        ck_assert_int_eq(
                connect(fd, (struct sockaddr *)&address, sizeof address), 0);
        return fd;
}

START_TEST(hints_arrive_with_credentials)
{
        struct error err = {0};

        ck_assert_int_eq(hint_send(path,
                                   "push /srv/a.git refs/heads/main\n"
                                   "push /srv/a.git refs/heads/dev\n",
                                   &err),
                         0);
        spin(&hints);
        ck_assert_int_eq(hints, 2);
        ck_assert_int_eq(refusals, 0);
        ck_assert_str_eq(last_hint.ref, "refs/heads/dev");
        ck_assert_int_eq(last_peer.uid, (long)getuid());
        ck_assert_int_eq(last_peer.pid, (long)getpid());
}
END_TEST

START_TEST(a_line_may_come_in_pieces)
{
        static const char line[] = "push /srv/a.git refs/heads/main\n";
        int fd = dial();

        for (size_t i = 0; i < sizeof line - 1; i++) {
                ck_assert_int_eq(write(fd, line + i, 1), 1);
                uv_run(&loop, UV_RUN_NOWAIT);
        }
        spin(&hints);
        ck_assert_int_eq(hints, 1);
        close(fd);
}
END_TEST

START_TEST(malformed_lines_close_the_connection)
{
        char byte;
        int fd = dial();

        ck_assert_int_gt(write(fd, "rm -rf /\nwake\n", 14), 0);
        spin(&refusals);
        ck_assert_int_eq(refusals, 1);
        ck_assert_int_eq(hints, 0);
        ck_assert_int_eq(read(fd, &byte, 1), 0);
        close(fd);
        /* Others are still served. */
        ck_assert_int_eq(hint_send(path, "wake\n", NULL), 0);
        spin(&hints);
        ck_assert_int_eq(hints, 1);
}
END_TEST

START_TEST(endless_lines_are_cut_off)
{
        char block[4096];
        int fd = dial();

        memset(block, 'x', sizeof block);
        fcntl(fd, F_SETFL, O_NONBLOCK);
        for (int i = 0; i < 100 && !refusals; i++) {
                if (send(fd, block, sizeof block, MSG_NOSIGNAL) < 0)
                        usleep(100);
                uv_run(&loop, UV_RUN_NOWAIT);
        }
        ck_assert_int_eq(refusals, 1);
        ck_assert_ptr_nonnull(strstr(last_refusal, "long"));
        close(fd);
}
END_TEST

START_TEST(too_many_lines_are_cut_off)
{
        char text[5 * (SOCKET_LINES + 50) + 1] = "";
        int fd = dial();

        for (int i = 0; i < SOCKET_LINES + 50; i++)
                memcpy(text + 5 * i, "wake\n", 6);
        ck_assert_int_gt(write(fd, text, strlen(text)), 0);
        spin(&refusals);
        ck_assert_int_eq(hints, SOCKET_LINES);
        ck_assert_int_eq(refusals, 1);
        close(fd);
}
END_TEST

START_TEST(many_connections_are_bounded)
{
        int fds[SOCKET_CONNECTIONS + 10], closed = 0;
        char byte;

        for (int i = 0; i < SOCKET_CONNECTIONS + 10; i++) {
                fds[i] = dial();
                for (int n = 0; n < 3; n++)
                        uv_run(&loop, UV_RUN_NOWAIT);
        }
        for (int i = 0; i < SOCKET_CONNECTIONS + 10; i++) {
                fcntl(fds[i], F_SETFL, O_NONBLOCK);
                closed += read(fds[i], &byte, 1) == 0;
        }
        ck_assert_int_eq(closed, 10);
        for (int i = 0; i < SOCKET_CONNECTIONS + 10; i++)
                close(fds[i]);
        for (int n = 0; n < 50; n++)
                uv_run(&loop, UV_RUN_NOWAIT);
        ck_assert_int_eq(hint_send(path, "wake\n", NULL), 0);
        spin(&hints);
        ck_assert_int_eq(hints, 1);
}
END_TEST

START_TEST(only_owner_and_group_may_speak)
{
        struct stat info;

        ck_assert_int_eq(stat(path, &info), 0);
        ck_assert(S_ISSOCK(info.st_mode));
        ck_assert_int_eq(info.st_mode & 0777, 0660);
}
END_TEST

START_TEST(a_second_listener_is_refused)
{
        struct socket_server *second = NULL;
        struct error err = {0};

        ck_assert_int_eq(socket_listen(&second, &loop, path, &handlers, &err),
                         ERR_BUSY);
        ck_assert_ptr_nonnull(strstr(err.text, "another daemon"));
        ck_assert(file_exists(path));
}
END_TEST

START_TEST(a_dead_socket_is_replaced)
{
        char dead[LIMIT_PATH_BYTES + 16];
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        struct socket_server *second = NULL;
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        snprintf(dead, sizeof dead, "%s/dead.sock", folder);
        memcpy(address.sun_path, dead, strlen(dead) + 1);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address),
                         0);
        close(fd);
        ck_assert_int_eq(socket_listen(&second, &loop, dead, &handlers, NULL),
                         0);
        socket_close(second);
}
END_TEST

START_TEST(a_long_path_says_what_to_do)
{
        char text[300] = "/";
        struct socket_server *second = NULL;
        struct error err = {0};

        memset(text + 1, 'a', 200);
        ck_assert_int_eq(socket_listen(&second, &loop, text, &handlers, &err),
                         ERR_LIMIT);
        ck_assert_ptr_nonnull(strstr(err.text, "\"socket\""));
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("socket");
        TCase *tcase = tcase_create("socket");
        const TTest *const tests[] = {hints_arrive_with_credentials,
                                      a_line_may_come_in_pieces,
                                      malformed_lines_close_the_connection,
                                      endless_lines_are_cut_off,
                                      too_many_lines_are_cut_off,
                                      many_connections_are_bounded,
                                      only_owner_and_group_may_speak,
                                      a_second_listener_is_refused,
                                      a_dead_socket_is_replaced,
                                      a_long_path_says_what_to_do};
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_set_timeout(tcase, 60);
        for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
                tcase_add_test(tcase, tests[i]);
        suite_add_tcase(suite, tcase);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
