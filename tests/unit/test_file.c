/* Reads are bounded, writes are whole or nothing. */
#include "check_main.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

int main(void)
{
        const TTest *const tests[] = {
                what_is_written_is_read, a_failed_write_leaves_the_old_content,
                what_is_no_file_is_said, removal_does_not_follow_links};

        return check_main("file", tests, 4);
}
