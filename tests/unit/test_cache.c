/* Pruning the cache: the oldest first, nothing fresh, nothing of others. */
#include "repo_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repo/cache.h"

#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

enum { FILES = 8, HOUR = 3600, DAY = 24 * HOUR };

static const int64_t now = 1800000000;

/* A file of 64 KiB, last used so many seconds ago. */
static void build(const char *name, int64_t ago)
{
        static char text[64 << 10];
        struct timespec times[2] = {{.tv_sec = now - ago},
                                    {.tv_sec = now - ago - DAY}};

        memset(text, 'x', sizeof text - 1);
        put(name, text);
        ck_assert_int_eq(utimensat(AT_FDCWD, in_folder(name), times, 0), 0);
}

static const char *object(int n)
{
        static char name[128];

        snprintf(name, sizeof name, "cache/objects/%x%x/" KEY "%x", n, n, n);
        return name;
}

static struct cache_dropped prune(int64_t most_bytes)
{
        struct cache_dropped dropped;
        struct error err = {0};

        ck_assert_msg(cache_prune(in_folder("cache"), most_bytes, now,
                                  &dropped, &err) == 0,
                      "%s", err.text);
        return dropped;
}

static int left(void)
{
        int count = 0;

        for (int i = 0; i < FILES; i++)
                count += file_exists(in_folder(object(i)));
        return count;
}

START_TEST(the_oldest_go_first)
{
        struct cache_dropped dropped;
        int64_t each;

        ck_assert_int_eq(prune(0).files, 0); /* no folder yet */
        for (int i = 0; i < FILES; i++)
                build(object(i), (1 + i * 3 % FILES) * HOUR);
        ck_assert_int_eq(prune((int64_t)1 << 40).files, 0);
        each = (64 << 10) - 1;
        dropped = prune(5 * each + each / 2);
        ck_assert_int_eq(dropped.files, 3);
        ck_assert_int_eq(dropped.bytes, 3 * each);
        for (int i = 0; i < FILES; i++)
                ck_assert_int_eq(file_exists(in_folder(object(i))),
                                 1 + i * 3 % FILES <= 5);
        /* What was just used is about to be loaded. */
        build(object(0), 60);
        ck_assert_int_eq(prune(0).files, 4);
        ck_assert_int_eq(left(), 1);
}
END_TEST

START_TEST(what_nobody_uses_goes)
{
        build(object(0), (CACHE_DAYS + 1) * (int64_t)DAY);
        build(object(1), (CACHE_DAYS - 1) * (int64_t)DAY);
        build(object(2), -DAY); /* the clock was ahead */
        build("cache/oracle-" KEY "f.so", (CACHE_DAYS + 1) * (int64_t)DAY);
        build("cache/oracle-" KEY "e.so", HOUR);
        ck_assert_int_eq(prune((int64_t)1 << 40).files, 3);
        ck_assert(file_exists(in_folder(object(1))));
        ck_assert(file_exists(in_folder("cache/oracle-" KEY "e.so")));
}
END_TEST

/* "cache" may name a folder that holds more. */
START_TEST(what_others_keep_there_stays)
{
        static const char *const names[] = {
                "cache/oracle-notes.so",       "cache/" KEY "0",
                "cache/objects/" KEY "0",      "cache/objects/abc/" KEY "0",
                "cache/objects/ab/notes",      "cache/other/ab/" KEY "0",
                "cache/objects/ab/cd/" KEY "0"};
        char target[LIMIT_PATH_BYTES];

        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                build(names[i], 100 * (int64_t)DAY);
        build("elsewhere/" KEY "1", 100 * (int64_t)DAY);
        snprintf(target, sizeof target, "%s", in_folder("elsewhere"));
        ck_assert_int_eq(symlink(target, in_folder("cache/objects/ef")), 0);
        ck_assert_int_eq(prune(0).files, 0);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                ck_assert_msg(file_exists(in_folder(names[i])), "%s",
                              names[i]);
}
END_TEST

/* The folder itself may be elsewhere; what is in it may not. */
START_TEST(a_link_to_the_cache_is_the_cache)
{
        char target[LIMIT_PATH_BYTES];

        build("disk/objects/ab/" KEY "0", HOUR);
        build("disk/oracle-" KEY "0.so", HOUR);
        snprintf(target, sizeof target, "%s", in_folder("disk"));
        ck_assert_int_eq(symlink(target, in_folder("cache")), 0);
        ck_assert_int_eq(prune(0).files, 2);
        ck_assert(!file_exists(in_folder("disk/oracle-" KEY "0.so")));
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("cache");

        tcase_add_test(tcase, the_oldest_go_first);
        tcase_add_test(tcase, what_nobody_uses_goes);
        tcase_add_test(tcase, what_others_keep_there_stays);
        tcase_add_test(tcase, a_link_to_the_cache_is_the_cache);
        return run_case(tcase, "cache");
}
