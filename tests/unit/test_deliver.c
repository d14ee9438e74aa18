/* Passes over repositories, refusing and reopening by a person. */
#include "proposal_fixture.h"

static struct deliver_outcome run(void)
{
        struct deliver_outcome outcome;

        OK(deliver_run(store, &host, NULL, &outcome, ERR));
        return outcome;
}

START_TEST(a_pass_opens_what_was_accepted)
{
        struct deliver_outcome outcome;

        verdict_for("accepted", 1.5, OUR_C);
        outcome = run();
        ck_assert_int_eq(outcome.collected, 1);
        ck_assert_int_eq(outcome.opened, 1);
        ck_assert_int_eq(outcome.problems, 0);
        ck_assert_str_ne(tip(our_ref()), "");
        outcome = run();
        ck_assert_int_eq(outcome.collected + outcome.opened + outcome.moved,
                         0);
}
END_TEST

START_TEST(one_bad_repository_stops_no_other)
{
        struct host_repository two[2] = {{.path = "/nonexistent/repository"},
                                         {.path = git_path}};
        struct deliver_outcome outcome;

        verdict_for("accepted", 1.5, OUR_C);
        host.repository = two;
        host.repository_count = 2;
        outcome = run();
        ck_assert_int_eq(outcome.problems, 1);
        ck_assert_ptr_nonnull(strstr(outcome.last_problem, "nonexistent"));
        ck_assert_int_eq(outcome.opened, 1);
}
END_TEST

START_TEST(a_repository_without_a_commit_is_no_problem)
{
        struct deliver_outcome outcome;

        host_repository.path = git_path;
        delete_ref("refs/heads/main");
        ck_assert_int_eq(run().problems, 0);
        put("README.md", "no kevo.json yet");
        commit_onto("refs/heads/main", "");
        ck_assert_int_eq(run().problems, 0);
        put("kevo.json", "{");
        commit_main();
        outcome = run();
        ck_assert_int_eq(outcome.problems, 1);
        ck_assert_ptr_nonnull(strstr(outcome.last_problem, git_path));
}
END_TEST

START_TEST(a_named_repository_that_is_none_is_an_error)
{
        struct deliver_outcome outcome;
        struct error err = {0};

        ck_assert_int_lt(deliver_run(store, &host, box, &outcome, &err), 0);
        ck_assert_ptr_nonnull(strstr(err.text, box));
}
END_TEST

START_TEST(a_person_refuses)
{
        char named[256];

        open_one();
        snprintf(named, sizeof named, "origin/%s", our_branch());
        OK(deliver_refuse(store, &host, NULL, named, "we drop it", ERR));
        ck_assert_str_eq(newest()->state, "refused");
        ck_assert_str_eq(newest()->note, "we drop it");
        ck_assert_str_eq(tip(our_ref()), "");
        pass();
        ck_assert_str_eq(newest()->state, "refused");
}
END_TEST

START_TEST(refusing_a_taken_branch_keeps_it)
{
        char theirs[OID_BYTES];

        open_one();
        put("x", "y");
        commit_onto(our_ref(), tip(our_ref()));
        snprintf(theirs, sizeof theirs, "%s", tip(our_ref()));
        pass();
        OK(deliver_refuse(store, &host, NULL, our_branch(), "no", ERR));
        ck_assert_str_eq(newest()->state, "refused");
        ck_assert_str_eq(tip(our_ref()), theirs);
}
END_TEST

START_TEST(there_is_nothing_to_refuse)
{
        struct error err = {0};

        ck_assert_int_eq(
                deliver_refuse(store, &host, NULL, "kevo/no/such", "no", &err),
                ERR_NOT_FOUND);
        open_one();
        OK(deliver_refuse(store, &host, git_path, our_branch(), "no", ERR));
        ck_assert_int_eq(deliver_refuse(store, &host, NULL, our_branch(),
                                        "twice", &err),
                         ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_refused_one_is_reopened)
{
        struct error err = {0};
        char first[OID_BYTES];
        struct proposal other;

        open_one();
        snprintf(first, sizeof first, "%s", tip(our_ref()));
        ck_assert_int_eq(deliver_reopen(store, &host, NULL, our_branch(),
                                        "why not", &err),
                         ERR_NOT_FOUND);
        OK(deliver_refuse(store, &host, NULL, our_branch(), "no", ERR));
        /* Another repository refused its own later: which one is meant? */
        other = *newest();
        other.repository = "/srv/other.git";
        OK(proposal_add(store, &other, NULL, ERR));
        ck_assert_int_eq(
                deliver_reopen(store, &host, NULL, our_branch(), "yes", &err),
                ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "--repository"));
        OK(deliver_reopen(store, &host, git_path, our_branch(),
                          "yes after all", ERR));
        ck_assert_str_eq(newest()->state, "ready");
        pass();
        ck_assert_str_eq(newest()->state, "open");
        /* The same base, verdict and file: the same commit. */
        ck_assert_str_eq(tip(our_ref()), first);
        ck_assert_int_eq(count_in(NULL), 1);
        ck_assert_int_eq(deliver_reopen(store, &host, git_path, our_branch(),
                                        "again", &err),
                         ERR_NOT_FOUND);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                a_pass_opens_what_was_accepted,
                one_bad_repository_stops_no_other,
                a_repository_without_a_commit_is_no_problem,
                a_named_repository_that_is_none_is_an_error,
                a_person_refuses,
                refusing_a_taken_branch_keeps_it,
                there_is_nothing_to_refuse,
                a_refused_one_is_reopened,
        };

        return RUN_PROPOSAL("deliver", tests);
}
