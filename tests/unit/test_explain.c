/* What is said of a search without a verdict: which limit ran out is not the
 * same as what was wrong, and each is named. */
#include "check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search/hunt.h"

/* A result with one check that failed. */
static struct evaluate_result refused(struct evaluate_check *check, bool late,
                                      const char *reason)
{
        *check = (struct evaluate_check){.name = "runs", .late = late};
        return (struct evaluate_result){
                .check_count = 1, .check = check, .reason = (char *)reason};
}

static void count_refused(struct hunt *h, bool late, const char *reason)
{
        struct evaluate_check check;
        struct evaluate_result result = refused(&check, late, reason);

        h->state.candidates++;
        trial_count_refused(h, &result);
}

/* The sentence has the part, or has not. */
static void said(struct hunt *h, const char *part, bool is)
{
        struct campaign_outcome outcome = {0};
        struct error err = {0};

        ck_assert_int_eq(explain_nothing(h, &outcome, &err), 0);
        ck_assert_int_eq(outcome.decision, VERDICT_NONE);
        ck_assert_msg((strstr(outcome.reason, part) != NULL) == is, "%s",
                      outcome.reason);
        ck_assert_ptr_null(strchr(outcome.reason, '\n'));
        free(outcome.reason);
}

START_TEST(the_first_refusal_is_told)
{
        struct hunt h = {0};

        count_refused(&h, false, "build: does not build: x.c:3: no\nmore of");
        count_refused(&h, false, "oracle: y[7] is 2, should be 1");
        ck_assert_int_eq(h.state.wrong, 2);
        ck_assert_int_eq(h.state.late, 0);
        said(&h, "none of 2 candidates was right", true);
        said(&h, "x.c:3: no", true);
        said(&h, "more of", false);
        said(&h, "y[7]", false);
}
END_TEST

START_TEST(time_is_counted_apart)
{
        struct hunt h = {0};

        count_refused(&h, true, "runs: workload big: 1 call did not end");
        ck_assert_int_eq(h.state.wrong, 0);
        ck_assert_int_eq(h.state.late, 1);
        said(&h, "no candidate ended in the 60 s that one has", true);
        said(&h, "1 call did not end", true);
        said(&h, "smaller sizes", true);
        count_refused(&h, false, "oracle: y[7] is 2, should be 1");
        said(&h, "none of 2 candidates was right and in time", true);
        said(&h, "1 call did not end", true);
        said(&h, "smaller sizes", false);
}
END_TEST

/* Of a worker that gave no result only its error is known. */
START_TEST(a_lost_trial_has_its_reason)
{
        struct hunt h = {.state.candidates = 2};

        error_set(&h.lost, ERR_TIMEOUT, "no answer within 90 s");
        trial_count_refused(&h, NULL);
        error_set(&h.lost, ERR_LOST, "the worker ended");
        trial_count_refused(&h, NULL);
        ck_assert_int_eq(h.state.late, 1);
        ck_assert_int_eq(h.state.wrong, 1);
        said(&h, "no answer within 90 s", true);
}
END_TEST

START_TEST(nothing_was_tried)
{
        struct hunt h = {0};

        said(&h, "--seconds", true);
}
END_TEST

/* A late check beside one that found something is no matter of time. */
START_TEST(late_is_what_failed_by_time_alone)
{
        struct evaluate_check check[3] = {
                {.passed = true}, {.late = true}, {.passed = true}};
        struct evaluate_result result = {.check_count = 3, .check = check};

        ck_assert(evaluate_was_late(&result));
        check[2].passed = false;
        ck_assert(!evaluate_was_late(&result));
        check[1].passed = check[2].passed = true;
        ck_assert(!evaluate_was_late(&result));
}
END_TEST

START_TEST(a_lost_proof_is_told)
{
        struct campaign_outcome outcome = {.reason = strdup("older")};
        struct graph_node node = {.fitness = 3.25};
        struct error err = {0};
        struct hunt h = {0};

        error_set(&h.lost, ERR_TIMEOUT, "no answer within 930 s");
        ck_assert_int_eq(explain_lost(&h, &node, &outcome, &err), 0);
        ck_assert_ptr_nonnull(strstr(outcome.reason, "3.25"));
        ck_assert_ptr_nonnull(
                strstr(outcome.reason, "no answer within 930 s"));
        free(outcome.reason);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                the_first_refusal_is_told,         time_is_counted_apart,
                a_lost_trial_has_its_reason,       nothing_was_tried,
                late_is_what_failed_by_time_alone, a_lost_proof_is_told};

        return check_main("explain", tests, 6);
}
