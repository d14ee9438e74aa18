/* Children of the daemon: their lines, their end, their death. */
#include "check_main.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/child.h"

/* The test is its own child: what to do stands in the arguments. */
static int act(int argc, char **argv)
{
        if (argc > 2 && strcmp(argv[1], "say") == 0) {
                printf("first\nsecond line\n%s", argv[2]);
                fflush(stdout);
                return 7;
        }
        if (strcmp(argv[1], "flood") == 0) {
                for (int i = 0; i < 100000; i++)
                        printf("no newline for a long time ");
                return 0;
        }
        if (strcmp(argv[1], "crash") == 0)
                raise(SIGABRT);
        if (strcmp(argv[1], "orphan") == 0 && fork() == 0)
                pause();
        if (strcmp(argv[1], "orphan") == 0)
                return 0;
        if (strcmp(argv[1], "hang") == 0) {
                signal(SIGTERM, SIG_IGN);
                printf("hanging\n");
                fflush(stdout);
                for (;;)
                        pause();
        }
        return 1;
}

struct seen {
        int lines, status, ended;
        char text[256], last[256];
        size_t longest;
        struct child *child;
        int kill_at_first_line;
};

static void on_line(const char *line, void *data)
{
        struct seen *seen = data;

        seen->lines++;
        if (strlen(line) > seen->longest)
                seen->longest = strlen(line);
        snprintf(seen->text + strlen(seen->text),
                 sizeof seen->text - strlen(seen->text), "%.60s|", line);
        if (seen->kill_at_first_line == 1)
                child_stop(seen->child, 50);
}

static void on_end(int status, const char *last, void *data)
{
        struct seen *seen = data;

        seen->ended++;
        seen->status = status;
        snprintf(seen->last, sizeof seen->last, "%.200s", last);
}

static struct seen run(const char *what, const char *text, int stop,
                       int64_t timeout_ms)
{
        const char *arguments[] = {what, text, NULL};
        struct seen seen = {.kill_at_first_line = stop};
        struct child_handlers handlers = {on_line, on_end, &seen};
        struct error err = {0};
        uv_loop_t loop;

        uv_loop_init(&loop);
        ck_assert_msg(child_start(&seen.child, &loop, arguments, timeout_ms, 1,
                                  &handlers, &err) == 0,
                      "%s", err.text);
        ck_assert_int_gt(child_pid(seen.child), 1);
        uv_run(&loop, UV_RUN_DEFAULT);
        ck_assert_int_eq(uv_loop_close(&loop), 0);
        ck_assert_int_eq(seen.ended, 1);
        return seen;
}

START_TEST(lines_and_status)
{
        struct seen seen = run("say", "no newline at the end", 0, 0);

        ck_assert_int_eq(seen.status, 7);
        ck_assert_int_eq(seen.lines, 3);
        ck_assert_str_eq(seen.text,
                         "first|second line|no newline at the end|");
        ck_assert_str_eq(seen.last, "no newline at the end");
}
END_TEST

START_TEST(endless_lines_are_cut)
{
        struct seen seen = run("flood", "", 0, 0);

        ck_assert_int_eq(seen.status, 0);
        ck_assert_uint_lt(seen.longest, CHILD_LINE_BYTES);
        ck_assert_int_gt(seen.lines, 1000);
}
END_TEST

START_TEST(a_crash_is_a_signal)
{
        ck_assert_int_eq(run("crash", "", 0, 0).status, 128 + SIGABRT);
}
END_TEST

START_TEST(what_does_not_stop_is_killed)
{
        struct seen seen = run("hang", "", 1, 0);

        ck_assert_int_eq(seen.status, 128 + SIGKILL);
        ck_assert_str_eq(seen.last, "hanging");
        ck_assert_int_eq(run("hang", "", 0, 100).status, 128 + SIGKILL);
}
END_TEST

/* A grandchild would hold the output open for ever. */
START_TEST(grandchildren_end_with_it)
{
        ck_assert_int_eq(run("orphan", "", 0, 0).status, 0);
}
END_TEST

/* A daemon that is killed takes its children along. */
START_TEST(it_dies_with_its_parent)
{
        int pipes[2];
        char byte;
        pid_t parent;

        ck_assert_int_eq(pipe(pipes), 0);
        parent = fork();
        if (parent == 0) {
                struct seen seen = {0};
                struct child_handlers handlers = {on_line, on_end, &seen};
                const char *arguments[] = {"hang", "", NULL};
                uv_loop_t loop;

                uv_loop_init(&loop);
                if (child_start(&seen.child, &loop, arguments, 0, 0, &handlers,
                                NULL) < 0)
                        _exit(1);
                while (!seen.lines)
                        uv_run(&loop, UV_RUN_ONCE);
                dprintf(pipes[1], "%ld\n", (long)child_pid(seen.child));
                pause();
        }
        {
                char text[32] = "";
                long child;

                ck_assert_int_gt(read(pipes[0], text, sizeof text - 1), 0);
                child = strtol(text, NULL, 10);
                ck_assert_int_eq(kill((pid_t)child, 0), 0);
                kill(parent, SIGKILL);
                waitpid(parent, NULL, 0);
                close(pipes[1]);
                /* Until it is gone: its zombie is adopted and reaped. */
                for (int i = 0; i < 1000 && kill((pid_t)child, 0) == 0; i++) {
                        char path[64], state = '?';
                        FILE *file;

                        snprintf(path, sizeof path, "/proc/%ld/stat", child);
                        file = fopen(path, "r");
                        if (file && fscanf(file, "%*d %*s %c", &state) == 1 &&
                            state == 'Z') {
                                fclose(file);
                                break;
                        }
                        if (file)
                                fclose(file);
                        ck_assert_msg(i < 999, "it outlived its parent");
                        usleep(5000);
                }
                (void)byte;
        }
}
END_TEST

START_TEST(stale_children_are_known_by_their_job)
{
        pid_t pid = fork();

        if (pid == 0) {
                setpgid(0, 0);
                execl("/bin/sh", "kevo", "-c", "sleep 60; exit", "--job", "12",
                      (char *)NULL);
                _exit(127);
        }
        setpgid(pid, pid);
        usleep(100000);
        child_kill_stale(pid, 1);   /* --job 12 is not --job 1 */
        child_kill_stale(pid, 123); /* nor 123 */
        child_kill_stale(0, 12);
        child_kill_stale(1, 12);
        usleep(20000);
        ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), 0);
        child_kill_stale(pid, 12);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

int main(int argc, char **argv)
{
        const TTest *const tests[] = {lines_and_status,
                                      endless_lines_are_cut,
                                      a_crash_is_a_signal,
                                      what_does_not_stop_is_killed,
                                      grandchildren_end_with_it,
                                      it_dies_with_its_parent,
                                      stale_children_are_known_by_their_job};

        if (argc > 1)
                return act(argc, argv);
        return check_main("child", tests, sizeof tests / sizeof *tests);
}
