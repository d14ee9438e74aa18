/* The table of states: what it allows, what it refuses, what it leaves. */
#include "proposal_fixture.h"

static const char *const states[] = {"ready",     "open",      "taken",
                                     "frozen",    "merged",    "refused",
                                     "withdrawn", "superseded"};
enum { STATE_COUNT = 8 };

START_TEST(every_state_can_be_reached_from_ready)
{
        bool reached[STATE_COUNT] = {true};

        for (int round = 0; round < STATE_COUNT; round++) {
                for (int s = 0; s < STATE_COUNT; s++) {
                        for (int e = 0; e < PROPOSAL_EVENTS; e++) {
                                const char *to = proposal_next(
                                        states[s], (enum proposal_event)e);

                                for (int t = 0; to && t < STATE_COUNT; t++)
                                        reached[t] |=
                                                reached[s] &&
                                                text_equal(to, states[t]);
                        }
                }
        }
        for (int s = 0; s < STATE_COUNT; s++)
                ck_assert_msg(reached[s], "%s is never reached", states[s]);
}
END_TEST

START_TEST(what_is_closed_stays_closed)
{
        for (int e = 0; e < PROPOSAL_EVENTS; e++) {
                enum proposal_event event = (enum proposal_event)e;

                ck_assert_ptr_null(proposal_next("withdrawn", event));
                ck_assert_ptr_null(proposal_next("superseded", event));
                if (event != PROPOSAL_REVERTED)
                        ck_assert_ptr_null(proposal_next("merged", event));
                if (event != PROPOSAL_REOPENED)
                        ck_assert_ptr_null(proposal_next("refused", event));
                ck_assert_ptr_null(proposal_next("no state", event));
        }
        ck_assert_str_eq(proposal_next("merged", PROPOSAL_REVERTED),
                         "refused");
        ck_assert_str_eq(proposal_next("refused", PROPOSAL_REOPENED), "ready");
}
END_TEST

/* A branch that a person touched is never ours again. */
START_TEST(a_taken_branch_is_never_written_again)
{
        for (int e = 0; e < PROPOSAL_EVENTS; e++) {
                const char *to =
                        proposal_next("taken", (enum proposal_event)e);

                ck_assert(!to || text_equal(to, "merged") ||
                          text_equal(to, "refused") ||
                          text_equal(to, "withdrawn"));
        }
}
END_TEST

START_TEST(a_person_can_always_close_what_is_live)
{
        static const char *const live[] = {"ready", "open", "taken", "frozen"};

        for (int i = 0; i < 4; i++) {
                ck_assert_str_eq(proposal_next(live[i], PROPOSAL_CLOSED),
                                 "refused");
                ck_assert_str_eq(proposal_next(live[i], PROPOSAL_MERGED),
                                 "merged");
                ck_assert_str_eq(proposal_next(live[i], PROPOSAL_GONE),
                                 "withdrawn");
        }
}
END_TEST

START_TEST(an_unknown_event_is_a_row_and_no_action)
{
        bool moved = true;

        open_one();
        OK(proposal_apply(&site, newest(), PROPOSAL_REVERTED, "never", &moved,
                          ERR));
        ck_assert(!moved);
        ck_assert_str_eq(newest()->state, "open");
        ck_assert(was_said("error", "does not know the event \"reverted\""));
        ck_assert_str_eq(newest()->commit, tip(our_ref()));
}
END_TEST

START_TEST(each_move_leaves_a_step)
{
        struct proposal_step *steps = NULL;
        int count;

        open_one();
        OK(proposal_apply(&site, newest(), PROPOSAL_CLOSED, "not now", NULL,
                          ERR));
        OK(proposal_history(store, newest()->id, &steps, &count, ERR));
        ck_assert_int_eq(count, 3);
        ck_assert_str_eq(steps[1].to, "open");
        ck_assert_str_eq(steps[2].event, "closed");
        ck_assert_str_eq(steps[2].note, "not now");
        proposal_history_free(steps, count);
        ck_assert(was_said("refused", "not now"));
        /* The branch was ours, so it goes. */
        ck_assert_str_eq(tip(our_ref()), "");
}
END_TEST

/* Somebody else moved it in the store meanwhile: no second move. */
START_TEST(a_stale_view_moves_nothing)
{
        struct proposal *copy = NULL;
        struct error err = {0};

        open_one();
        OK(proposal_get(store, newest()->id, &copy, ERR));
        OK(proposal_apply(&site, newest(), PROPOSAL_TAKEN, "a person", NULL,
                          ERR));
        ck_assert_int_eq(proposal_apply(&site, copy, PROPOSAL_CLOSED, "late",
                                        NULL, &err),
                         ERR_BUSY);
        ck_assert_str_eq(newest()->state, "taken");
        ck_assert_str_ne(tip(our_ref()), "");
        proposal_free(copy);
}
END_TEST

/* A crash between state and action: the next pass cleans up. */
START_TEST(a_branch_left_behind_is_tidied)
{
        open_one();
        OK(proposal_move(store, newest()->id, "open", "withdrawn", "lost",
                         "a crash came before the branch was deleted", ERR));
        ck_assert_str_ne(tip(our_ref()), "");
        OK(proposal_tidy(&site, ERR));
        ck_assert_str_eq(tip(our_ref()), "");
        ck_assert_str_eq(newest()->state, "withdrawn");
}
END_TEST

START_TEST(a_branch_of_a_person_is_not_tidied)
{
        open_one();
        put("kernels/softmax/generic.c", "edited");
        commit_onto(our_ref(), tip(our_ref()));
        OK(proposal_move(store, newest()->id, "open", "withdrawn", "lost", "",
                         ERR));
        OK(proposal_tidy(&site, ERR));
        ck_assert_str_ne(tip(our_ref()), "");
}
END_TEST

START_TEST(names_are_complete)
{
        for (int e = 0; e < PROPOSAL_EVENTS; e++) {
                const char *name = proposal_event_name((enum proposal_event)e);

                ck_assert_ptr_nonnull(name);
                for (int k = 0; k < e; k++)
                        ck_assert_str_ne(name, proposal_event_name((
                                                       enum proposal_event)k));
        }
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                every_state_can_be_reached_from_ready,
                what_is_closed_stays_closed,
                a_taken_branch_is_never_written_again,
                a_person_can_always_close_what_is_live,
                an_unknown_event_is_a_row_and_no_action,
                each_move_leaves_a_step,
                a_stale_view_moves_nothing,
                a_branch_left_behind_is_tidied,
                a_branch_of_a_person_is_not_tidied,
                names_are_complete,
        };

        return RUN_PROPOSAL("proposal", tests);
}
