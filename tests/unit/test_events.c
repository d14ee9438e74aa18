/*
 * Events are recorded once, decided once and decided whole.
 */
#include "store_fixture.h"

#include "core/rng.h"
#include "store/events.h"
#include "store/jobs.h"

static int64_t add_event(const char *dedupe, bool *added)
{
        struct event event = {.kind = "push",
                              .repository = "/srv/k.git",
                              .subject = "refs/heads/main",
                              .before = "0",
                              .after = "1",
                              .dedupe = (char *)dedupe};
        int64_t id = 0;

        OK(event_add(fixture_store, &event, &id, added, ERR));
        return id;
}

static int count_unplanned(void)
{
        struct event **events = NULL;
        int count;

        OK(event_unplanned(fixture_store, &events, &count, ERR));
        for (int i = 0; i < count; i++) {
                ck_assert(!events[i]->planned);
                ck_assert(i == 0 || events[i - 1]->id < events[i]->id);
        }
        events_free(events, count);
        return count;
}

static int count_jobs(void)
{
        struct job **jobs = NULL;
        int count;

        OK(job_list(fixture_store, NULL, 0, &jobs, &count, ERR));
        jobs_free(jobs, count);
        return count;
}

START_TEST(a_known_event_is_not_recorded_again)
{
        struct rng rng = {3, 0};
        int64_t known[8] = {0}, id;
        char dedupe[16];
        bool added;
        int total = 0;

        fixture_setup();
        for (int i = 0; i < 100; i++) {
                int key = (int)rng_below(&rng, 9);

                snprintf(dedupe, sizeof dedupe, "%d", key);
                id = add_event(key < 8 ? dedupe : "", &added);
                total += added;
                if (key == 8) {
                        ck_assert(added);
                } else {
                        ck_assert_int_eq(added, known[key] == 0);
                        if (!added)
                                ck_assert_int_eq(id, known[key]);
                        known[key] = id;
                }
        }
        ck_assert_int_eq(count_unplanned(), total);
        fixture_teardown();
}
END_TEST

START_TEST(everything_given_comes_back_newest_first)
{
        struct event **events = NULL;
        bool added;
        int count;

        fixture_setup();
        add_event("one", &added);
        add_event("two", &added);
        add_event("three", &added);
        OK(event_list(fixture_store, 2, &events, &count, ERR));
        ck_assert_int_eq(count, 2);
        ck_assert_str_eq(events[0]->dedupe, "three");
        ck_assert_str_eq(events[1]->dedupe, "two");
        ck_assert_str_eq(events[1]->kind, "push");
        ck_assert_str_eq(events[1]->repository, "/srv/k.git");
        ck_assert_str_eq(events[1]->subject, "refs/heads/main");
        ck_assert_str_eq(events[1]->before, "0");
        ck_assert_str_eq(events[1]->after, "1");
        ck_assert_int_gt(events[1]->time, 1600000000);
        events_free(events, count);
        OK(event_list(fixture_store, 0, &events, &count, ERR));
        ck_assert_int_eq(count, 3);
        events_free(events, count);
        fixture_teardown();
}
END_TEST

START_TEST(decisions_come_with_their_jobs)
{
        struct job job = {.kind = "search", .key = "k", .priority = 4};
        struct decision given[] = {
                {.kernel = "softmax", .action = "search", .reason = "new"},
                {.kernel = "softmax", .action = "search", .reason = "same"},
                {.kernel = "matmul",
                 .hardware = "cpu",
                 .workload = "M=1",
                 .action = "ignore",
                 .reason = "saves less than 1 %"},
        };
        const struct job *jobs[] = {&job, &job, NULL};
        struct decision **decisions = NULL;
        int64_t event, other;
        bool added;
        int count;

        fixture_setup();
        other = add_event("other", &added);
        event = add_event("one", &added);
        OK(event_decide(fixture_store, event, given, jobs, 3, ERR));
        ck_assert_int_eq(count_unplanned(), 1);
        ck_assert_int_eq(count_jobs(), 1);
        OK(decision_list(fixture_store, event, 0, &decisions, &count, ERR));
        ck_assert_int_eq(count, 3);
        ck_assert_int_eq(decisions[0]->job, 0);
        ck_assert_str_eq(decisions[0]->kernel, "matmul");
        ck_assert_str_eq(decisions[0]->hardware, "cpu");
        ck_assert_str_eq(decisions[0]->workload, "M=1");
        ck_assert_str_eq(decisions[0]->action, "ignore");
        ck_assert_str_eq(decisions[0]->reason, "saves less than 1 %");
        /* One job, and both decisions lead to it. */
        ck_assert_int_ne(decisions[1]->job, 0);
        ck_assert_int_eq(decisions[1]->job, decisions[2]->job);
        ck_assert_int_eq(decisions[2]->event, event);
        decisions_free(decisions, count);
        OK(event_decide(fixture_store, other, NULL, NULL, 0, ERR));
        ck_assert_int_eq(count_unplanned(), 0);
        OK(decision_list(fixture_store, other, 0, &decisions, &count, ERR));
        ck_assert_int_eq(count, 0);
        decisions_free(decisions, count);
        OK(decision_list(fixture_store, 0, 1, &decisions, &count, ERR));
        ck_assert_int_eq(count, 1);
        decisions_free(decisions, count);
        fixture_teardown();
}
END_TEST

START_TEST(an_event_is_decided_once)
{
        struct decision decision = {.action = "ignore", .reason = "r"};
        struct decision **decisions = NULL;
        int64_t event;
        bool added;
        int count;

        fixture_setup();
        event = add_event("one", &added);
        OK(event_decide(fixture_store, event, &decision, NULL, 1, ERR));
        ck_assert_int_eq(
                event_decide(fixture_store, event, &decision, NULL, 1, ERR),
                ERR_INPUT);
        ck_assert_int_eq(event_decide(fixture_store, event + 1, &decision,
                                      NULL, 1, ERR),
                         ERR_INPUT);
        OK(decision_list(fixture_store, 0, 0, &decisions, &count, ERR));
        ck_assert_int_eq(count, 1);
        decisions_free(decisions, count);
        fixture_teardown();
}
END_TEST

/* The last of three jobs is impossible: nothing at all is stored, and the
 * event is still to be planned. */
START_TEST(an_event_is_decided_whole_or_not)
{
        struct job good = {.kind = "search", .key = "a", .priority = 4};
        struct job fine = {.kind = "search", .key = "b", .priority = 4};
        struct job bad = {.kind = "search", .key = "c", .priority = 40};
        const struct job *jobs[] = {&good, &fine, &bad};
        struct decision given[3] = {{.action = "search"},
                                    {.action = "search"},
                                    {.action = "search"}};
        struct decision **decisions = NULL;
        int64_t event;
        bool added;
        int count;

        fixture_setup();
        event = add_event("one", &added);
        ck_assert_int_eq(
                event_decide(fixture_store, event, given, jobs, 3, ERR),
                ERR_INPUT);
        ck_assert_int_eq(count_unplanned(), 1);
        ck_assert_int_eq(count_jobs(), 0);
        OK(decision_list(fixture_store, 0, 0, &decisions, &count, ERR));
        ck_assert_int_eq(count, 0);
        decisions_free(decisions, count);
        bad.priority = 4;
        OK(event_decide(fixture_store, event, given, jobs, 3, ERR));
        ck_assert_int_eq(count_jobs(), 3);
        fixture_teardown();
}
END_TEST

int main(void)
{
        const TTest *tests[] = {
                a_known_event_is_not_recorded_again,
                everything_given_comes_back_newest_first,
                decisions_come_with_their_jobs,
                an_event_is_decided_once,
                an_event_is_decided_whole_or_not,
        };

        return check_main("events", tests, sizeof tests / sizeof tests[0]);
}
