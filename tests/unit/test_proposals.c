/*
 * Proposals move only from the state that their mover saw, leave their
 * history behind, and rest on a verdict that was accepted.
 */
#include "store_fixture.h"

#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/rng.h"
#include "core/text.h"
#include "store/proposals.h"

enum { DAY = 86400 };

static int64_t make_verdict(const char *name)
{
        struct record_run run = fixture_run(0, name);
        struct record_verdict verdict;
        int64_t verification, id;

        fixture_texts();
        fixture_source(name);
        OK(record_run_add(fixture_store, &run, NULL, &verification, ERR));
        verdict = fixture_verdict(name, name, verification);
        OK(record_verdict_add(fixture_store, &verdict, &id, ERR));
        return id;
}

static struct proposal ready(int64_t verdict, const char *branch)
{
        return (struct proposal){
                .repository = "/srv/kernels.git",
                .kernel = "softmax",
                .hardware = "cpu",
                .branch = (char *)branch,
                .state = "ready",
                .verdict = verdict,
                .inputs_hash = "inputs",
                .path = "kernels/softmax/cpu.c",
                .content = "// kevo: kernel softmax\n",
                .blob = "b10b",
                .low = 1.05,
                .seconds_saved = 12.5,
                .note = "waiting",
        };
}

static int64_t add(int64_t verdict, const char *branch)
{
        struct proposal proposal = ready(verdict, branch);
        int64_t id = 0;

        OK(proposal_add(fixture_store, &proposal, &id, ERR));
        return id;
}

START_TEST(everything_given_comes_back)
{
        struct proposal *proposal = NULL;
        int64_t verdict, id;

        fixture_setup();
        verdict = make_verdict("accepted");
        id = add(verdict, "kevo/softmax/cpu");
        OK(proposal_get(fixture_store, id, &proposal, ERR));
        ck_assert_str_eq(proposal->repository, "/srv/kernels.git");
        ck_assert_str_eq(proposal->kernel, "softmax");
        ck_assert_str_eq(proposal->hardware, "cpu");
        ck_assert_str_eq(proposal->branch, "kevo/softmax/cpu");
        ck_assert_str_eq(proposal->state, "ready");
        ck_assert_int_eq(proposal->verdict, verdict);
        ck_assert_str_eq(proposal->inputs_hash, "inputs");
        ck_assert_str_eq(proposal->path, "kernels/softmax/cpu.c");
        ck_assert_str_eq(proposal->content, "// kevo: kernel softmax\n");
        ck_assert_str_eq(proposal->blob, "b10b");
        ck_assert_str_eq(proposal->base, "");
        ck_assert_str_eq(proposal->commit, "");
        ck_assert_str_eq(proposal->intent, "");
        ck_assert(proposal->low == 1.05);
        ck_assert(proposal->seconds_saved == 12.5);
        ck_assert_int_gt(proposal->created, 1600000000);
        ck_assert_int_eq(proposal->opened, 0);
        ck_assert_str_eq(proposal->note, "waiting");
        proposal_free(proposal);
        ck_assert_int_eq(proposal_get(fixture_store, 99, &proposal, ERR),
                         ERR_NOT_FOUND);
        ck_assert_ptr_null(proposal);
        fixture_teardown();
}
END_TEST

START_TEST(only_an_accepted_verdict_is_proposed)
{
        static const char *const refused[] = {"rejected", "inconclusive",
                                              "suspect"};
        struct proposal proposal;

        fixture_setup();
        for (int i = 0; i < 3; i++) {
                proposal = ready(make_verdict(refused[i]), "b");
                ck_assert_int_eq(
                        proposal_add(fixture_store, &proposal, NULL, ERR),
                        ERR_INPUT);
        }
        proposal = ready(0, "b");
        ck_assert_int_eq(proposal_add(fixture_store, &proposal, NULL, ERR),
                         ERR_INPUT);
        proposal = ready(4711, "b");
        ck_assert_int_eq(proposal_add(fixture_store, &proposal, NULL, ERR),
                         ERR_INPUT);
        proposal = ready(0, "kevo/knowledge/skills");
        proposal.kernel = "knowledge";
        OK(proposal_add(fixture_store, &proposal, NULL, ERR));
        add(make_verdict("first"), "c");
        fixture_teardown();
}
END_TEST

/* Random moves against a variable that says what the state is. */
START_TEST(moves_are_guarded_and_remembered)
{
        static const char *const states[] = {
                "ready",  "open",    "taken",     "frozen",
                "merged", "refused", "withdrawn", "superseded"};
        struct proposal *proposal = NULL;
        struct proposal_step *steps = NULL;
        const char *is = "ready", *path[64] = {"ready"};
        struct rng rng = {9, 0};
        int64_t id;
        int moved = 0, count;
        char note[32];

        fixture_setup();
        id = add(make_verdict("accepted"), "b");
        for (int i = 0; i < 200 && moved < 60; i++) {
                const char *from = states[rng_below(&rng, 8)];
                const char *to = states[rng_below(&rng, 8)];
                int rc;

                snprintf(note, sizeof note, "note %d", moved + 1);
                rc = proposal_move(fixture_store, id, from, to, "event", note,
                                   ERR);
                if (!text_equal(from, is)) {
                        ck_assert_int_eq(rc, ERR_BUSY);
                        ck_assert_ptr_nonnull(strstr(fixture_error.text, is));
                        continue;
                }
                OK(rc);
                is = to;
                path[++moved] = to;
        }
        ck_assert_int_gt(moved, 5);
        OK(proposal_get(fixture_store, id, &proposal, ERR));
        ck_assert_str_eq(proposal->state, is);
        snprintf(note, sizeof note, "note %d", moved);
        ck_assert_str_eq(proposal->note, note);
        proposal_free(proposal);
        OK(proposal_history(fixture_store, id, &steps, &count, ERR));
        ck_assert_int_eq(count, moved + 1);
        ck_assert_str_eq(steps[0].from, "");
        ck_assert_str_eq(steps[0].event, "added");
        for (int i = 0; i < count; i++) {
                ck_assert_str_eq(steps[i].to, path[i]);
                if (i)
                        ck_assert_str_eq(steps[i].from, path[i - 1]);
        }
        proposal_history_free(steps, count);
        ck_assert_int_eq(
                proposal_move(fixture_store, id, is, "sold", "e", "", ERR),
                ERR_INPUT);
        ck_assert_int_eq(proposal_move(fixture_store, 99, "ready", "open", "e",
                                       "", ERR),
                         ERR_NOT_FOUND);
        fixture_teardown();
}
END_TEST

static int try_move(int64_t id)
{
        struct store *store = NULL;
        int rc;

        if (store_open(&store, fixture_path, NULL))
                return 2;
        rc = proposal_move(store, id, "ready", "open", "limits allow", "",
                           NULL);
        return rc == 0 ? 1 : rc == ERR_BUSY ? 0 : 3;
}

START_TEST(one_of_many_movers_wins)
{
        int64_t id;
        int status, winners = 0;

        fixture_setup();
        id = add(make_verdict("accepted"), "b");
        store_close(fixture_store);
        fixture_store = NULL;
        for (int i = 0; i < 6; i++)
                if (fork() == 0)
                        _exit(try_move(id));
        for (int i = 0; i < 6; i++) {
                ck_assert_int_gt(wait(&status), 0);
                ck_assert(WIFEXITED(status) && WEXITSTATUS(status) < 2);
                winners += WEXITSTATUS(status);
        }
        ck_assert_int_eq(winners, 1);
        fixture_teardown();
}
END_TEST

START_TEST(an_intent_is_there_until_its_commit)
{
        struct proposal *proposal = NULL;
        int64_t id;

        fixture_setup();
        id = add(make_verdict("accepted"), "b");
        OK(proposal_set_intent(fixture_store, id, "base", "tip", ERR));
        fixture_reopen();
        OK(proposal_get(fixture_store, id, &proposal, ERR));
        ck_assert_str_eq(proposal->base, "base");
        ck_assert_str_eq(proposal->intent, "tip");
        ck_assert_str_eq(proposal->commit, "");
        proposal_free(proposal);
        OK(proposal_set_commit(fixture_store, id, "base", "tip", ERR));
        OK(proposal_get(fixture_store, id, &proposal, ERR));
        ck_assert_str_eq(proposal->intent, "");
        ck_assert_str_eq(proposal->commit, "tip");
        proposal_free(proposal);
        ck_assert_int_eq(proposal_set_intent(fixture_store, 99, "", "", ERR),
                         ERR_NOT_FOUND);
        ck_assert_int_eq(proposal_set_commit(fixture_store, 99, "", "", ERR),
                         ERR_NOT_FOUND);
        fixture_teardown();
}
END_TEST

static void expect_list(const char *repository, const char *branch,
                        const char *states, int expected)
{
        struct proposal **list = NULL;
        int count;

        OK(proposal_list(fixture_store, repository, branch, states, &list,
                         &count, ERR));
        ck_assert_int_eq(count, expected);
        for (int i = 1; i < count; i++)
                ck_assert_int_gt(list[i - 1]->id, list[i]->id);
        proposals_free(list, count);
}

START_TEST(lists_filter_by_repository_branch_and_states)
{
        int64_t verdict, first;

        fixture_setup();
        verdict = make_verdict("accepted");
        first = add(verdict, "a");
        add(verdict, "b");
        add(verdict, "b");
        OK(proposal_move(fixture_store, first, "ready", "open", "e", "", ERR));
        expect_list(NULL, NULL, NULL, 3);
        expect_list(NULL, NULL, "open", 1);
        expect_list(NULL, NULL, "ready, open", 3);
        expect_list(NULL, NULL, "taken,frozen", 0);
        /* A state is a word, not a part of one. */
        expect_list(NULL, NULL, "readying,reopened", 0);
        expect_list(NULL, "b", NULL, 2);
        expect_list(NULL, "a", "open,taken", 1);
        expect_list("/srv/kernels.git", "a", NULL, 1);
        expect_list("/srv/other.git", NULL, NULL, 0);
        fixture_teardown();
}
END_TEST

START_TEST(a_day_counts_what_it_opened)
{
        int64_t verdict, now = clock_wall_seconds(), a, b;
        const char *repository = "/srv/kernels.git";
        int count;

        fixture_setup();
        verdict = make_verdict("accepted");
        a = add(verdict, "a");
        b = add(verdict, "b");
        OK(proposal_opened_within(fixture_store, repository, now, DAY, &count,
                                  ERR));
        ck_assert_int_eq(count, 0);
        OK(proposal_move(fixture_store, a, "ready", "open", "e", "", ERR));
        OK(proposal_move(fixture_store, b, "ready", "withdrawn", "e", "",
                         ERR));
        OK(proposal_opened_within(fixture_store, repository, now, DAY, &count,
                                  ERR));
        ck_assert_int_eq(count, 1);
        /* It stays counted when it is no longer open. */
        OK(proposal_move(fixture_store, a, "open", "merged", "e", "", ERR));
        OK(proposal_opened_within(fixture_store, repository, now, DAY, &count,
                                  ERR));
        ck_assert_int_eq(count, 1);
        OK(proposal_opened_within(fixture_store, repository, now + DAY + 9,
                                  DAY, &count, ERR));
        ck_assert_int_eq(count, 0);
        /* Nor, when the clock was set back, what it opened in the future. */
        OK(proposal_opened_within(fixture_store, repository, now - 99 * DAY,
                                  DAY, &count, ERR));
        ck_assert_int_eq(count, 0);
        OK(proposal_opened_within(fixture_store, "/other", now, DAY, &count,
                                  ERR));
        ck_assert_int_eq(count, 0);
        fixture_teardown();
}
END_TEST

int main(void)
{
        const TTest *tests[] = {
                everything_given_comes_back,
                only_an_accepted_verdict_is_proposed,
                moves_are_guarded_and_remembered,
                one_of_many_movers_wins,
                an_intent_is_there_until_its_commit,
                lists_filter_by_repository_branch_and_states,
                a_day_counts_what_it_opened,
        };

        return check_main("proposals", tests, sizeof tests / sizeof tests[0]);
}
