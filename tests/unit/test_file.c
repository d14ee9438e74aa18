/* Reads are bounded, writes are whole or nothing. */
#include "check_main.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/file.h"
#include "core/limits.h"

static char folder[LIMIT_PATH_BYTES];

static const char *in_folder(const char *name)
{
        static char path[LIMIT_PATH_BYTES + 64];

        snprintf(path, sizeof path, "%s/%s", folder, name);
        return path;
}

static void make_folder(void)
{
        struct error err;

        ck_assert_int_eq(file_make_temporary(folder, &err), 0);
}

START_TEST(what_is_written_is_read)
{
        struct error err = {0};
        char *text;
        size_t length;

        make_folder();
        ck_assert_int_eq(file_write(in_folder("a"), "x\0y", 3, 0640, &err), 0);
        ck_assert_int_eq(file_read(in_folder("a"), 3, &text, &length, &err),
                         0);
        ck_assert_uint_eq(length, 3);
        ck_assert_int_eq(memcmp(text, "x\0y", 4), 0);
        free(text);
        ck_assert_int_eq(file_read(in_folder("a"), 2, &text, &length, &err),
                         ERR_LIMIT);
        file_remove_tree(folder);
}
END_TEST

START_TEST(a_failed_write_leaves_the_old_content)
{
        struct error err = {0};
        char *text;

        make_folder();
        ck_assert_int_eq(file_write(in_folder("a"), "old", 3, 0644, &err), 0);
        ck_assert_int_eq(mkdir(in_folder("d"), 0755), 0);
        ck_assert_int_eq(file_write(in_folder("d"), "new", 3, 0644, &err),
                         ERR_IO);
        ck_assert_int_eq(file_write(in_folder("no/a"), "new", 3, 0644, &err),
                         ERR_IO);
        ck_assert_int_eq(file_read(in_folder("a"), 100, &text, NULL, &err), 0);
        ck_assert_str_eq(text, "old");
        free(text);
        file_remove_tree(folder);
        ck_assert(!file_exists(folder));
}
END_TEST

START_TEST(what_is_no_file_is_said)
{
        struct error err = {0};
        char *text;

        make_folder();
        ck_assert_int_eq(file_read(in_folder("none"), 9, &text, NULL, &err),
                         ERR_NOT_FOUND);
        ck_assert_int_eq(file_read(folder, 9, &text, NULL, &err), ERR_IO);
        ck_assert_int_eq(mkfifo(in_folder("pipe"), 0600), 0);
        ck_assert_int_eq(file_read(in_folder("pipe"), 9, &text, NULL, &err),
                         ERR_IO);
        file_remove_tree(folder);
}
END_TEST

START_TEST(removal_does_not_follow_links)
{
        char other[LIMIT_PATH_BYTES];
        struct error err = {0};

        make_folder();
        strcpy(other, folder);
        ck_assert_int_eq(file_write(in_folder("kept"), "x", 1, 0644, &err), 0);
        make_folder();
        ck_assert_int_eq(symlink(other, in_folder("link")), 0);
        file_remove_tree(folder);
        strcpy(folder, other);
        ck_assert(file_exists(in_folder("kept")));
        file_remove_tree(folder);
}
END_TEST

/* A temporary folder of another process, which ends when it is told to. */
static pid_t make_elsewhere(const char *parent, char *path, int *leave)
{
        struct error err;
        int told[2], leaving[2];
        char byte;
        pid_t pid;

        ck_assert_int_eq(pipe(told) | pipe(leaving), 0);
        pid = fork();
        if (pid == 0) {
                if (file_make_temporary_in(parent, path, &err) < 0 ||
                    write(told[1], path, LIMIT_PATH_BYTES) < 1)
                        _exit(1);
                _exit(read(leaving[0], &byte, 1) != 1);
        }
        ck_assert_int_eq(read(told[0], path, LIMIT_PATH_BYTES),
                         LIMIT_PATH_BYTES);
        *leave = leaving[1];
        return pid;
}

START_TEST(what_the_dead_left_is_removed)
{
        char theirs[LIMIT_PATH_BYTES], mine[LIMIT_PATH_BYTES];
        char other[LIMIT_PATH_BYTES];
        struct error err = {0};
        int leave, status;
        pid_t pid;

        make_folder();
        pid = make_elsewhere(folder, theirs, &leave);
        ck_assert_int_eq(mkdir(in_folder("kevo-1-999999999-abcdef"), 0700), 0);
        ck_assert_int_eq(file_make_temporary_in(folder, mine, &err), 0);
        ck_assert(file_is_directory(theirs)); /* it lives */
        ck_assert_int_eq(write(leave, "x", 1), 1);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        ck_assert_int_eq(file_make_temporary_in(folder, other, &err), 0);
        ck_assert(!file_exists(theirs));
        ck_assert(file_is_directory(mine));
        ck_assert(file_is_directory(other));
        /* A pid of other pids than ours. */
        ck_assert(file_exists(in_folder("kevo-1-999999999-abcdef")));
        file_remove_tree(folder);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                what_is_written_is_read, a_failed_write_leaves_the_old_content,
                what_is_no_file_is_said, removal_does_not_follow_links,
                what_the_dead_left_is_removed};

        return check_main("file", tests, 5);
}
