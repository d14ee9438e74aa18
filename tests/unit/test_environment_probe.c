/* The environment changes when two probes in a row say so. */
#include "delivery_fixture.h"

#include "core/buf.h"
#include "watch/environment_probe.h"

static struct environment_probe probe(void)
{
        struct environment_probe result;
        struct machine machine;

        machine_probe(&machine);
        OK(environment_probe(store, &machine, &result, ERR));
        return result;
}

static int count_events(void)
{
        struct event **list = NULL;
        int count;

        OK(event_list(store, 0, &list, &count, ERR));
        events_free(list, count);
        return count;
}

/* What was accepted before is another compiler's. */
static void pretend_other(const char *hash)
{
        char value[128];

        snprintf(value, sizeof value, "%s 3", hash);
        OK(store_set(store, "environment cpu", value, ERR));
}

START_TEST(the_first_probe_is_no_change)
{
        struct environment_probe result = probe();

        ck_assert(!result.pending && !result.recorded);
        result = probe();
        ck_assert(!result.pending && !result.recorded);
        ck_assert_int_eq(count_events(), 0);
}
END_TEST

START_TEST(two_probes_make_a_change)
{
        struct environment_probe result;
        struct event **list = NULL;
        char *fields = NULL;
        int count;

        probe();
        pretend_other("f00");
        result = probe();
        ck_assert(result.pending && !result.recorded);
        ck_assert_int_eq(count_events(), 0);
        restart();
        result = probe();
        ck_assert(!result.pending && result.recorded);
        OK(event_list(store, 0, &list, &count, ERR));
        ck_assert_int_eq(count, 1);
        ck_assert_str_eq(list[0]->kind, "environment");
        ck_assert_str_eq(list[0]->before, "f00");
        OK(environment_fields(store, list[0]->after, &fields, ERR));
        ck_assert_ptr_nonnull(strstr(fields, "compiler"));
        free(fields);
        events_free(list, count);
        result = probe();
        ck_assert(!result.pending && !result.recorded);
        ck_assert_int_eq(count_events(), 1);
}
END_TEST

START_TEST(a_flicker_is_no_change)
{
        char *accepted = NULL;

        probe();
        OK(store_get(store, "environment cpu", &accepted, ERR));
        pretend_other("f00");
        ck_assert(probe().pending);
        OK(store_set(store, "environment cpu", accepted, ERR));
        ck_assert(!probe().pending);
        pretend_other("f00");
        /* The candidate of the first time does not count any more. */
        ck_assert(probe().pending);
        ck_assert_int_eq(count_events(), 0);
        free(accepted);
}
END_TEST

START_TEST(differences_name_fields)
{
        struct buf text;

        buf_init(&text, 1024);
        ck_assert_int_eq(
                environment_difference("{\"a\": \"x\", \"n\": 2, \"gone\": 1}",
                                       "{\"a\": \"y\", \"n\": 2, \"new\": 1}",
                                       &text),
                3);
        ck_assert_str_eq(text.data,
                         "a: x -> y; gone: 1 -> none; new: none -> 1");
        buf_clear(&text);
        ck_assert_int_eq(
                environment_difference("{\"a\": 1}", "{\"a\": 1}", &text), 0);
        ck_assert_int_eq(environment_difference(NULL, NULL, &text), 0);
        ck_assert_int_eq(
                environment_difference("no JSON", "{\"a\": 1}", &text), 1);
        buf_dispose(&text);
}
END_TEST

START_TEST(major_versions_count)
{
        static const struct {
                const char *before, *after;
                bool newer;
        } rows[] = {
                {"gcc (Debian 12.2.0-14) 12.2.0",
                 "gcc (Debian 12.3.0-1) 12.3.0", false},
                {"gcc (Debian 12.2.0-14) 12.2.0",
                 "gcc (Debian 13.1.0-1) 13.1.0", true},
                {"clang 14.0", "clang 15.0", true},
        };
        char before[128], after[128];

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                snprintf(before, sizeof before, "{\"compiler\": \"%s\"}",
                         rows[i].before);
                snprintf(after, sizeof after, "{\"compiler\": \"%s\"}",
                         rows[i].after);
                ck_assert_int_eq(environment_new_major(before, after),
                                 rows[i].newer);
                ck_assert(!environment_new_major(before, before));
        }
        ck_assert(!environment_new_major("{\"libc\": \"glibc 2\"}",
                                         "{\"libc\": \"glibc 3\"}"));
        ck_assert(!environment_new_major(NULL, NULL));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                the_first_probe_is_no_change, two_probes_make_a_change,
                a_flicker_is_no_change, differences_name_fields,
                major_versions_count};

        return RUN("environment_probe", setup_bare, tests);
}
