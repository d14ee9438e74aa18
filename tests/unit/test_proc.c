/* Children end, are bounded, and see nothing of the machine when told so. */
#include "check_main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/proc.h"

static struct proc_result run(const char *script, struct proc_options options,
                              size_t maximum)
{
        const char *argv[] = {"/bin/sh", "-c", script, NULL};
        struct proc_result result;
        struct error err = {0};

        options.argv = argv;
        ck_assert_msg(proc_run(&options, maximum, &result, &err) == 0, "%s",
                      err.text);
        return result;
}

START_TEST(gives_status_and_both_outputs)
{
        struct proc_result r = run("echo out; echo err >&2; exit 3",
                                   (struct proc_options){0}, 1000);

        ck_assert_int_eq(r.status, 3);
        ck_assert_str_eq(r.output.data, "out\nerr\n");
        buf_dispose(&r.output);
}
END_TEST

START_TEST(feeds_input_larger_than_a_pipe)
{
        size_t length = 1 << 20;
        char *input = malloc(length);
        struct proc_options options = {.input = input, .input_length = length};
        struct proc_result r;

        memset(input, 'a', length);
        r = run("cat", options, length + 1);
        ck_assert_uint_eq(r.output.length, length);
        ck_assert_int_eq(memcmp(r.output.data, input, length), 0);
        buf_dispose(&r.output);
        free(input);
}
END_TEST

START_TEST(a_flood_is_cut_and_ended)
{
        struct proc_result r = run("while :; do echo yes; done",
                                   (struct proc_options){0}, 10000);

        ck_assert(r.truncated);
        ck_assert_uint_le(r.output.length, 10000);
        buf_dispose(&r.output);
}
END_TEST

START_TEST(a_deadline_ends_the_whole_group)
{
        char folder[LIMIT_PATH_BYTES], script[LIMIT_PATH_BYTES + 64];
        char mark[LIMIT_PATH_BYTES + 8];
        struct proc_options options = {.timeout_ns = 200000000};
        struct proc_result r;
        struct error err;

        ck_assert_int_eq(file_make_temporary(folder, &err), 0);
        snprintf(mark, sizeof mark, "%s/mark", folder);
        snprintf(script, sizeof script, "(sleep 1; touch %s) & sleep 60",
                 mark);
        r = run(script, options, 100);
        ck_assert(r.timed_out);
        ck_assert_int_eq(r.status, 128 + 9);
        clock_sleep_ns(INT64_C(1300000000));
        ck_assert(!file_exists(mark));
        buf_dispose(&r.output);
        file_remove_tree(folder);
}
END_TEST

START_TEST(a_missing_program_is_status_127)
{
        const char *argv[] = {"/no/such/program", NULL};
        struct proc_options options = {.argv = argv};
        struct proc_result result;
        struct error err;

        ck_assert_int_eq(proc_run(&options, 100, &result, &err), 0);
        ck_assert_int_eq(result.status, 127);
        buf_dispose(&result.output);
}
END_TEST

/* A compiler whose own program was ended has refused nothing: the words are
 * those of the compilers that are here. */
START_TEST(a_killed_compiler_refused_nothing)
{
        static const struct {
                const char *script;
                bool killed;
        } cases[] = {
                {"kill -9 $$", true},
                {"echo Killed; exit 9", false},
                {"echo 'int x;' | gcc -fsyntax-only -xc -", false},
                {"echo 'int x' | gcc -fsyntax-only -xc -", false},
                {"echo 'int x;' | gcc -fsyntax-only -xc - "
                 "-wrapper sh,-c,'kill -9 $$'",
                 true},
                {"echo 'int x;' | gcc -fsyntax-only -xc - "
                 "-wrapper sh,-c,'kill -15 $$'",
                 true},
                {"echo 'int x;' | gcc -fsyntax-only -xc - "
                 "-wrapper sh,-c,'kill -11 $$'",
                 false},
                {"d=$(mktemp -d); printf '#!/bin/sh\nkill -9 $$\n' >$d/ld; "
                 "chmod +x $d/ld; echo 'int x;' | "
                 "gcc -shared -xc - -o $d/x -B$d; s=$?; rm -r $d; exit $s",
                 true}};

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct proc_result r =
                        run(cases[i].script, (struct proc_options){0}, 10000);

                ck_assert_msg(proc_was_killed(&r) == cases[i].killed,
                              "%s: %d: %s", cases[i].script, r.status,
                              r.output.data);
                buf_dispose(&r.output);
        }
}
END_TEST

START_TEST(the_sandbox_hides_the_machine)
{
        char reason[256], folder[LIMIT_PATH_BYTES];
        const char *writable[] = {folder, NULL};
        struct proc_options options = {
                .sandbox = true, .writable = writable, .directory = folder};
        struct proc_result r;
        struct error err;

        if (!proc_sandbox_works(reason)) {
                fprintf(stderr, "SKIPPED: no sandbox here: %s\n", reason);
                return;
        }
        ck_assert_int_eq(file_make_temporary(folder, &err), 0);
        r = run("cat /etc/passwd; ls /home /root; echo fine > made; "
                "cat /proc/net/dev | grep -c : ; env | grep -c SECRET",
                options, 4000);
        ck_assert_ptr_null(strstr(r.output.data, "root:"));
        ck_assert_ptr_nonnull(strstr(r.output.data, "No such file"));
        buf_dispose(&r.output);
        strcat(folder, "/made");
        ck_assert(file_exists(folder));
        folder[strlen(folder) - 5] = 0;
        file_remove_tree(folder);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {gives_status_and_both_outputs,
                                      feeds_input_larger_than_a_pipe,
                                      a_flood_is_cut_and_ended,
                                      a_deadline_ends_the_whole_group,
                                      a_missing_program_is_status_127,
                                      a_killed_compiler_refused_nothing,
                                      the_sandbox_hides_the_machine};

        return check_main("proc", tests, 7);
}
