/* evaluate/load: whose processor time counts. */
#include "evaluate/load.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"

static const char text[] = "cpu  60 0 0 900 0 0 0 0 0 0\n"
                           "cpu0 10 1 2 300 5 3 4 5 0 0\n"
                           "cpu1 20 0 0 300 0 0 0 0 0 0\n"
                           "cpu10 40 0 0 300 0 0 0 0 0 0\n"
                           "intr 12345 1 2 3\n";

/* In hundredths of a second, whatever a tick is here. */
static long busy(unsigned mask)
{
        FILE *stat = fmemopen((char *)text, strlen(text), "r");
        int64_t tick_ns = 1000000000 / sysconf(_SC_CLK_TCK);
        cpu_set_t ours;
        int64_t ns;

        CPU_ZERO(&ours);
        for (int cpu = 0; cpu < 32; cpu++)
                if (mask >> cpu & 1)
                        CPU_SET(cpu, &ours);
        ck_assert_ptr_nonnull(stat);
        ns = load_sum_busy_ns(stat, &ours);
        fclose(stat);
        return (long)(ns / tick_ns);
}

START_TEST(only_processors_that_are_ours_count)
{
        ck_assert_int_eq(busy(0), 0);
        ck_assert_int_eq(busy(1 << 0), 25);
        ck_assert_int_eq(busy(1 << 1), 20);
        ck_assert_int_eq(busy(1 << 10), 40);
        ck_assert_int_eq(busy(1 << 0 | 1 << 1 | 1 << 10), 85);
        ck_assert_int_eq(busy(1 << 5), 0);
}
END_TEST

START_TEST(foreign_is_what_is_not_ours)
{
        struct load before = {.busy_ns = 1}, after = before;

        after.wall_ns = 1000000000;
        after.busy_ns += 900000000;
        after.own_ns = 850000000;
        ck_assert(!load_was_foreign(&before, &after));
        after.own_ns = 600000000;
        ck_assert(load_was_foreign(&before, &after));
        after.busy_ns = 0; /* the kernel does not tell */
        ck_assert(!load_was_foreign(&before, &after));
}
END_TEST

START_TEST(busy_time_grows_with_work)
{
        struct load before, after;
        volatile double x = 1;

        load_read(&before, 0);
        do {
                for (int i = 0; i < 1000000; i++)
                        x = x * 1.0000001;
                load_read(&after, 0);
        } while (after.own_ns - before.own_ns < 100000000);
        ck_assert_int_gt(after.busy_ns, before.busy_ns);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                only_processors_that_are_ours_count,
                foreign_is_what_is_not_ours,
                busy_time_grows_with_work,
        };

        return check_main("load", tests, sizeof tests / sizeof *tests);
}
