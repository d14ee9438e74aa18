/* When a command says what it is doing: what is news in a log, and what is
 * printed for whom. Times are set, not waited for. */
#include "check_main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/progress.h"
#include "core/clock.h"

/* As if the last line had been printed so long ago. */
static void print_before(struct progress *p, const char *doing, double seconds)
{
        snprintf(p->printed, sizeof p->printed, "%s", doing);
        p->printed_ns = clock_monotonic_ns() -
                        (int64_t)(seconds * (double)CLOCK_SECOND_NS);
}

START_TEST(a_log_gets_what_is_new)
{
        struct progress p = {0};

        ck_assert(progress_is_due(&p, "round 1 of 320", false));
        print_before(&p, "round 1 of 320", 5);
        ck_assert(!progress_is_due(&p, "round 1 of 320", false));
        ck_assert(!progress_is_due(&p, "round 17 of 320", false));
        ck_assert(progress_is_due(&p, "round 17 of 320", true));
        ck_assert(progress_is_due(&p, "round 17 of 320, again", false));
        ck_assert(progress_is_due(&p, "workload 2 of 4", false));
        print_before(&p, "round 1 of 320", 11);
        ck_assert(progress_is_due(&p, "round 1 of 320", false));
        /* What began a moment ago may be over in another. */
        print_before(&p, "round 1 of 320", -60);
        ck_assert(!progress_is_due(&p, "workload 2 of 4", false));
}
END_TEST

START_TEST(a_terminal_is_drawn_again)
{
        struct progress p = {.terminal = true};

        print_before(&p, "round 1 of 320", -60);
        ck_assert(!progress_is_due(&p, "round 1 of 320", false));
        ck_assert(progress_is_due(&p, "round 2 of 320", false));
        print_before(&p, "round 1 of 320", 2);
        ck_assert(progress_is_due(&p, "round 1 of 320", false));
}
END_TEST

START_TEST(who_wants_json_gets_nothing)
{
        struct progress p = {.quiet = true};

        ck_assert(!progress_is_due(&p, "round 1 of 320", true));
}
END_TEST

/* What progress_watch prints on standard error for a doing. */
static const char *watched(struct progress *p, const char *doing)
{
        static char text[256];
        FILE *file = tmpfile();
        int keep = dup(2);
        size_t n;

        ck_assert_ptr_nonnull(file);
        dup2(fileno(file), 2);
        ck_assert(progress_watch(doing, p));
        dup2(keep, 2);
        close(keep);
        rewind(file);
        n = fread(text, 1, sizeof text - 1, file);
        text[n] = 0;
        fclose(file);
        return text;
}

START_TEST(a_watch_names_whose_it_is)
{
        struct progress p;

        progress_begin(&p, "kernels/softmax/generic.c", false);
        p.terminal = false;
        p.began_ns = clock_monotonic_ns() - 3000 * (int64_t)CLOCK_SECOND_NS;
        ck_assert_str_eq(watched(&p, NULL), "");
        ck_assert_ptr_nonnull(strstr(watched(&p, "proving on workload 1 of 2"),
                                     "kernels/softmax/generic.c: proving on "
                                     "workload 1 of 2, 30"));
        ck_assert_str_eq(watched(&p, NULL), "");
        print_before(&p, "proving on workload 1 of 2", 11);
        ck_assert_ptr_nonnull(strstr(watched(&p, NULL), "workload 1 of 2"));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                a_log_gets_what_is_new, a_terminal_is_drawn_again,
                who_wants_json_gets_nothing, a_watch_names_whose_it_is};

        return check_main("progress", tests, 4);
}
