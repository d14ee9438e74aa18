/* From verdicts to proposals that are ready, and why some are not. */
#include "proposal_fixture.h"

#include "watch/environment_probe.h"

static int collect(void)
{
        int added;

        look_again();
        OK(collect_verdicts(&site, &added, ERR));
        return added;
}

START_TEST(an_accepted_verdict_becomes_ready_once)
{
        int64_t id = verdict_for("accepted", 1.5, OUR_C);

        ck_assert_int_eq(collect(), 1);
        ck_assert_str_eq(newest()->state, "ready");
        ck_assert_int_eq(newest()->verdict, id);
        ck_assert_str_eq(newest()->path, our_path());
        ck_assert_str_eq(newest()->content, OUR_C);
        ck_assert_double_eq_tol(newest()->low, 1.5, 1e-9);
        ck_assert_int_eq(collect(), 0);
        restart();
        ck_assert_int_eq(collect(), 0);
        ck_assert(was_said("propose", "ready"));
}
END_TEST

START_TEST(a_first_verdict_is_proposed_too)
{
        verdict_for("first", 1.0, OUR_C);
        ck_assert_int_eq(collect(), 1);
}
END_TEST

START_TEST(other_verdicts_are_not_proposed)
{
        verdict_for("rejected", 1.5, OUR_C);
        verdict_for("inconclusive", 1.5, OUR_C "a");
        verdict_for("suspect", 1.5, OUR_C "b");
        ck_assert_int_eq(collect(), 0);
}
END_TEST

/* As if the process had ended between the proposal and the marker. */
START_TEST(a_crash_before_the_marker_repeats_nothing)
{
        char name[LIMIT_PATH_BYTES + 64];

        verdict_for("accepted", 1.5, OUR_C);
        ck_assert_int_eq(collect(), 1);
        snprintf(name, sizeof name, "collected %s", git_path);
        OK(store_set(store, name, "0", ERR));
        ck_assert_int_eq(collect(), 0);
        ck_assert_int_eq(count_in(NULL), 1);
}
END_TEST

START_TEST(many_verdicts_are_all_seen)
{
        for (int i = 0; i < 70; i++)
                verdict_for("rejected", 1.1, OUR_C);
        collect();
        verdict_for("accepted", 1.5, OUR_C);
        for (int i = 0; i < 70; i++)
                verdict_for("rejected", 1.1, OUR_C);
        ck_assert_int_eq(collect(), 1);
}
END_TEST

START_TEST(a_better_one_takes_the_place_of_a_ready_one)
{
        verdict_for("accepted", 1.5, OUR_C);
        collect();
        verdict_for("accepted", 1.4, OUR_C "worse");
        ck_assert_int_eq(collect(), 0);
        verdict_for("accepted", 1.6, OUR_C "better");
        ck_assert_int_eq(collect(), 1);
        ck_assert_int_eq(count_in("ready"), 1);
        ck_assert_int_eq(count_in("superseded"), 1);
        ck_assert_str_eq(newest()->content, OUR_C "better");
}
END_TEST

START_TEST(an_open_one_is_replaced_by_three_percent)
{
        open_one();
        verdict_for("accepted", 1.5 * 1.029, OUR_C "hardly");
        ck_assert_int_eq(collect(), 0);
        ck_assert(was_said("ignore", "3 %"));
        verdict_for("accepted", 1.5 * 1.031, OUR_C "clearly");
        ck_assert_int_eq(collect(), 1);
}
END_TEST

START_TEST(the_same_file_is_not_proposed_twice)
{
        open_one();
        verdict_for("accepted", 2.5, OUR_C);
        ck_assert_int_eq(collect(), 0);
        ck_assert(was_said("ignore", "carries this file already"));
}
END_TEST

START_TEST(a_refusal_is_remembered)
{
        open_one();
        OK(proposal_apply(&site, newest(), PROPOSAL_CLOSED, "too clever", NULL,
                          ERR));
        verdict_for("accepted", 3.0, OUR_C);
        ck_assert_int_eq(collect(), 0);
        ck_assert(was_said("ignore", "too clever"));
        verdict_for("accepted", 1.5 * 1.049, OUR_C "other");
        ck_assert_int_eq(collect(), 0);
        verdict_for("accepted", 1.5 * 1.051, OUR_C "much better");
        ck_assert_int_eq(collect(), 1);
}
END_TEST

START_TEST(a_new_compiler_forgives_a_refusal)
{
        int64_t id;

        open_one();
        OK(proposal_apply(&site, newest(), PROPOSAL_CLOSED, "no", NULL, ERR));
        /* The refused one was measured with another compiler: its verdict's
         * environment is not the one of today. */
        OK(environment_remember(store, site.environment_hash,
                                "{\"compiler\": \"gcc 12.2\"}", ERR));
        id = verdict_for("accepted", 1.4, OUR_C "other");
        ck_assert_int_gt(id, 0);
        ck_assert_int_eq(collect(), 0);
        ck_assert(was_said("ignore", "5 %"));
}
END_TEST

START_TEST(a_frozen_kernel_is_not_proposed)
{
        put("kevo.json",
            "{\"kevo\": 1, \"kernels\": {\"softmax\": {\"freeze\": true}}}");
        commit_main();
        verdict_for("accepted", 1.5, OUR_C);
        ck_assert_int_eq(collect(), 0);
        ck_assert(was_said("ignore", "freezes"));
}
END_TEST

/* A verdict without its file, from an older or broken kevo. */
START_TEST(a_verdict_without_a_file_is_said)
{
        struct record_verdict *old = NULL;
        int64_t id = verdict_for("accepted", 1.5, OUR_C);

        OK(record_verdict_get(store, id, &old, ERR));
        free(old->inputs);
        old->inputs = strdup("{\"path\": \"x\"}");
        OK(record_verdict_add(store, old, &id, ERR));
        free(old->inputs);
        old->inputs = strdup("this is no JSON");
        OK(record_verdict_add(store, old, &id, ERR));
        record_verdict_free(old);
        ck_assert_int_eq(collect(), 1);
        ck_assert(was_said("error", "file"));
        ck_assert_int_eq(collect(), 0);
}
END_TEST

START_TEST(verdicts_of_other_repositories_are_left)
{
        struct record_verdict *old = NULL;
        int64_t id = verdict_for("rejected", 1.5, OUR_C);

        OK(record_verdict_get(store, id, &old, ERR));
        free(old->repository);
        free(old->verdict);
        old->repository = strdup("/somewhere/else");
        old->verdict = strdup("accepted");
        OK(record_verdict_add(store, old, &id, ERR));
        record_verdict_free(old);
        ck_assert_int_eq(collect(), 0);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                an_accepted_verdict_becomes_ready_once,
                a_first_verdict_is_proposed_too,
                other_verdicts_are_not_proposed,
                a_crash_before_the_marker_repeats_nothing,
                many_verdicts_are_all_seen,
                a_better_one_takes_the_place_of_a_ready_one,
                an_open_one_is_replaced_by_three_percent,
                the_same_file_is_not_proposed_twice,
                a_refusal_is_remembered,
                a_new_compiler_forgives_a_refusal,
                a_frozen_kernel_is_not_proposed,
                a_verdict_without_a_file_is_said,
                verdicts_of_other_repositories_are_left,
        };

        return RUN_PROPOSAL("collect", tests);
}
