/*
 * The second pass of a search: one, of the lowest priority, in the order of
 * the first pass's score; none after itself, none where the host wants none.
 */
#include "store_fixture.h"

#include "core/text.h"
#include "plan/planning.h"
#include "plan/second.h"

static struct job first_pass(char *key)
{
        return (struct job){.kind = "search",
                            .repository = "r",
                            .kernel = "softmax",
                            .hardware = "zen",
                            .key = key,
                            .payload = "{\"commit\":\"c0\",\"seconds\":120}",
                            .priority = PRIORITY_SEARCH,
                            .score = 42,
                            .note = ""};
}

START_TEST(a_second_pass_follows_the_first)
{
        struct host host = {.second_seconds = 1800};
        struct job first = first_pass("search r k"), *second = NULL;
        bool added = false;

        fixture_setup();
        OK(job_add(fixture_store, &first, &first.id, NULL, ERR));
        OK(job_claim(fixture_store, 1, &second, ERR));
        job_free(second);
        OK(second_pass_add(fixture_store, &host, &first, "k", &added, ERR));
        ck_assert(added);
        /* A second time it is there already. */
        OK(second_pass_add(fixture_store, &host, &first, "k", &added, ERR));
        ck_assert(!added);
        OK(job_claim(fixture_store, INT64_MAX / 2, &second, ERR));
        ck_assert_str_eq(second->key, "search r k second");
        ck_assert_int_eq(second->priority, PRIORITY_BACKFILL);
        ck_assert(second->score == 42);
        ck_assert_ptr_nonnull(strstr(second->payload, "\"seconds\":1800"));
        ck_assert_ptr_nonnull(strstr(second->payload, "\"commit\":\"c0\""));
        /* And no third. */
        OK(second_pass_add(fixture_store, &host, second, "k", &added, ERR));
        ck_assert(!added);
        job_free(second);
        fixture_teardown();
}
END_TEST

START_TEST(a_host_may_want_none)
{
        struct host host = {.second_seconds = 0};
        struct job first = first_pass("search r k"), *second;
        bool added = true;

        fixture_setup();
        OK(second_pass_add(fixture_store, &host, &first, "k", &added, ERR));
        ck_assert(!added);
        OK(job_claim(fixture_store, INT64_MAX / 2, &second, ERR));
        ck_assert_ptr_null(second);
        fixture_teardown();
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {a_second_pass_follows_the_first,
                                      a_host_may_want_none};

        return check_main("second", tests, 2);
}
