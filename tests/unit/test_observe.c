/* What becomes of proposals, by real refs: merged in every style, refused,
 * taken, out of date, forgotten, reverted. */
#include "proposal_fixture.h"

static void ck_state(const char *state)
{
        ck_assert_msg(text_equal(newest()->state, state), "%s (%s), not %s",
                      newest()->state, newest()->note, state);
}

START_TEST(nothing_happened)
{
        char before[OID_BYTES];

        open_one();
        snprintf(before, sizeof before, "%s", tip(our_ref()));
        for (int i = 0; i < 3; i++)
                pass();
        ck_state("open");
        ck_assert_str_eq(tip(our_ref()), before);
}
END_TEST

START_TEST(fast_forward)
{
        open_one();
        point_ref("refs/heads/main", tip(our_ref()));
        pass();
        ck_state("merged");
        /* The tip was ours: the branch goes. */
        ck_assert_str_eq(tip(our_ref()), "");
        pass();
        ck_state("merged");
        ck_assert_int_eq(count_jobs("search"), 0);
}
END_TEST

START_TEST(squash_or_cherry_pick)
{
        open_one();
        put("README.md", "something else first");
        commit_main();
        put(our_path(), OUR_C);
        commit_main();
        pass();
        ck_state("merged");
        ck_assert_str_eq(tip(our_ref()), "");
}
END_TEST

START_TEST(merged_and_branch_deleted)
{
        open_one();
        point_ref("refs/heads/main", tip(our_ref()));
        delete_ref(our_ref());
        pass();
        ck_state("merged");
}
END_TEST

START_TEST(merged_and_edited_before_we_looked)
{
        open_one();
        put(our_path(), OUR_C);
        commit_main();
        put(our_path(), OUR_C "// a person's edit\n");
        commit_main();
        pass();
        ck_state("merged");
}
END_TEST

START_TEST(a_deleted_branch_is_a_refusal)
{
        open_one();
        delete_ref(our_ref());
        pass();
        ck_state("refused");
        ck_assert_ptr_nonnull(strstr(newest()->note, "deleted"));
        /* And stays one. */
        verdict_for("accepted", 1.52, OUR_C "again");
        pass();
        ck_assert_int_eq(count_in("refused"), 1);
        ck_assert_str_eq(tip(our_ref()), "");
}
END_TEST

START_TEST(a_persons_commit_takes_it)
{
        char theirs[OID_BYTES];

        open_one();
        put(our_path(), OUR_C "// tidied\n");
        commit_onto(our_ref(), tip(our_ref()));
        snprintf(theirs, sizeof theirs, "%s", tip(our_ref()));
        pass();
        ck_state("taken");
        /* Never written again, whatever else changes. */
        put("kernels/softmax/generic.c", SOFTMAX_C "/* new */\n");
        commit_main();
        pass();
        ck_state("taken");
        ck_assert_str_eq(tip(our_ref()), theirs);
        later = OBSERVE_FROZEN_SECONDS + 60;
        pass();
        ck_state("taken");
        later = 0;
}
END_TEST

START_TEST(a_taken_one_is_merged_with_edits)
{
        open_one();
        put(our_path(), OUR_C "// tidied\n");
        commit_onto(our_ref(), tip(our_ref()));
        pass();
        ck_state("taken");
        point_ref("refs/heads/main", tip(our_ref()));
        delete_ref(our_ref());
        pass();
        ck_state("merged");
}
END_TEST

/* Rewritten by the person, so that our commit is in no history. */
START_TEST(an_amended_one_is_merged_with_edits)
{
        open_one();
        put(our_path(), OUR_C "// amended\n");
        commit_onto(our_ref(), tip("refs/heads/main"));
        pass();
        ck_state("taken");
        point_ref("refs/heads/main", tip(our_ref()));
        pass();
        ck_state("merged");
        ck_assert_ptr_nonnull(strstr(newest()->note, "edits"));
}
END_TEST

START_TEST(a_taken_one_is_refused)
{
        open_one();
        put(our_path(), OUR_C "// tidied\n");
        commit_onto(our_ref(), tip(our_ref()));
        pass();
        delete_ref(our_ref());
        pass();
        ck_state("refused");
}
END_TEST

START_TEST(a_moved_base_changes_nothing)
{
        char before[OID_BYTES];

        open_one();
        snprintf(before, sizeof before, "%s", tip(our_ref()));
        put("README.md", "more");
        put("kernels/scale/scale.kernel", SCALE_SPEC);
        commit_main();
        pass();
        ck_state("open");
        ck_assert_str_eq(tip(our_ref()), before);
        ck_assert_int_eq(count_jobs("search"), 0);
}
END_TEST

static void change_inputs(void)
{
        put("kernels/softmax/generic.c", SOFTMAX_C "/* new */\n");
        commit_main();
}

/* The campaign of today's inputs, ended without a verdict. */
static void end_search(void)
{
        struct campaign wanted = {.repository = git_path,
                                  .kernel = "softmax",
                                  .hardware = hardware,
                                  .workloads = "[]",
                                  .policy = "greedy"};
        struct campaign *campaign = NULL;
        struct subject *subject;

        look_again();
        OK(site_subject(&site, "softmax", hardware, &subject, ERR));
        wanted.key = subject->key;
        wanted.spec_hash = subject->kernel->spec->hash;
        wanted.environment_hash = site.environment_hash;
        OK(campaign_begin(store, &wanted, &campaign, NULL, ERR));
        OK(campaign_end(store, campaign->id, "stall", ERR));
        campaign_free(campaign);
        subject_free(subject);
}

START_TEST(changed_inputs_are_searched_again_once)
{
        open_one();
        change_inputs();
        pass();
        ck_state("open");
        ck_assert_int_eq(count_jobs("search"), 1);
        for (int i = 0; i < 3; i++)
                pass();
        ck_assert_int_eq(count_jobs("search"), 1);
        ck_state("open");
}
END_TEST

START_TEST(a_lost_win_is_withdrawn)
{
        open_one();
        change_inputs();
        pass();
        end_search();
        pass();
        ck_state("withdrawn");
        ck_assert_str_eq(tip(our_ref()), "");
}
END_TEST

START_TEST(a_kept_win_is_regenerated)
{
        char old[OID_BYTES];

        open_one();
        snprintf(old, sizeof old, "%s", tip(our_ref()));
        change_inputs();
        pass();
        /* Less than before, but against a better incumbent. */
        verdict_for("accepted", 1.2, OUR_C "new");
        end_search();
        pass();
        ck_state("open");
        ck_assert_str_eq(newest()->content, OUR_C "new");
        ck_assert_str_eq(tip(our_ref()), newest()->commit);
        ck_assert_str_ne(tip(our_ref()), old);
        ck_assert_int_eq(count_in("superseded"), 1);
        /* A second time on the same day is held. */
        put("kernels/softmax/generic.c", SOFTMAX_C "/* newer */\n");
        commit_main();
        verdict_for("accepted", 1.3, OUR_C "newest");
        pass();
        ck_assert_int_eq(count_in("ready"), 1);
        ck_assert_int_eq(count_in("open"), 1);
        later = 86400 + 60;
        pass();
        ck_assert_int_eq(count_in("ready"), 0);
        ck_state("open");
        later = 0;
}
END_TEST

/* The change is a person's wrong file, or is not verified yet. */
START_TEST(unsettled_inputs_wait)
{
        struct job verify = {.kind = "verify",
                             .repository = git_path,
                             .kernel = "softmax",
                             .hardware = "",
                             .key = "v",
                             .payload = "{}"};
        int64_t id;

        open_one();
        change_inputs();
        OK(job_add(store, &verify, &id, NULL, ERR));
        pass();
        ck_assert_int_eq(count_jobs("search"), 0);
        OK(job_finish(store, id, "done", "", ERR));
        pass();
        ck_assert_int_eq(count_jobs("search"), 1);
}
END_TEST

START_TEST(a_removed_kernel_withdraws)
{
        open_one();
        put("kernels/softmax/softmax.kernel", NULL);
        put("kernels/softmax/generic.c", NULL);
        commit_main();
        pass();
        ck_state("withdrawn");
        ck_assert_str_eq(tip(our_ref()), "");
}
END_TEST

START_TEST(a_broken_spec_withdraws_nothing)
{
        open_one();
        put("kernels/softmax/softmax.kernel", "kernel softmax {");
        commit_main();
        pass();
        ck_state("open");
        put("kernels/softmax/softmax.kernel", SOFTMAX_SPEC);
        commit_main();
        pass();
        ck_state("open");
}
END_TEST

START_TEST(thirty_days_freeze)
{
        open_one();
        later = OBSERVE_FROZEN_SECONDS - 3600;
        pass();
        ck_state("open");
        later = OBSERVE_FROZEN_SECONDS + 3600;
        pass();
        ck_state("frozen");
        ck_assert_str_ne(tip(our_ref()), "");
        /* A person comes after all. */
        point_ref("refs/heads/main", tip(our_ref()));
        pass();
        ck_state("merged");
        later = 0;
}
END_TEST

START_TEST(a_frozen_one_is_refused_or_taken)
{
        open_one();
        later = OBSERVE_FROZEN_SECONDS + 3600;
        pass();
        put(our_path(), OUR_C "// mine\n");
        commit_onto(our_ref(), tip(our_ref()));
        pass();
        ck_state("taken");
        delete_ref(our_ref());
        pass();
        ck_state("refused");
        later = 0;
}
END_TEST

START_TEST(a_revert_is_a_refusal)
{
        open_one();
        point_ref("refs/heads/main", tip(our_ref()));
        pass();
        ck_state("merged");
        put(our_path(), NULL);
        commit_main();
        pass();
        ck_state("refused");
        ck_assert_ptr_nonnull(strstr(newest()->note, "out of the base"));
}
END_TEST

START_TEST(an_edit_after_the_merge_is_no_revert)
{
        open_one();
        point_ref("refs/heads/main", tip(our_ref()));
        pass();
        put(our_path(), OUR_C "// a person's edit\n");
        commit_main();
        pass();
        ck_state("merged");
}
END_TEST

START_TEST(a_second_merge_is_no_revert_of_the_first)
{
        open_one();
        point_ref("refs/heads/main", tip(our_ref()));
        pass();
        ck_state("merged");
        verdict_for("accepted", 1.3, OUR_C "second");
        pass();
        ck_state("open");
        point_ref("refs/heads/main", tip(our_ref()));
        pass();
        ck_assert_int_eq(count_in("merged"), 2);
        pass();
        ck_assert_int_eq(count_in("merged"), 2);
}
END_TEST

START_TEST(merged_then_reverted_before_we_looked)
{
        open_one();
        point_ref("refs/heads/main", tip(our_ref()));
        put(our_path(), NULL);
        commit_main();
        pass();
        pass();
        ck_state("refused");
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                nothing_happened,
                fast_forward,
                squash_or_cherry_pick,
                merged_and_branch_deleted,
                merged_and_edited_before_we_looked,
                a_deleted_branch_is_a_refusal,
                a_persons_commit_takes_it,
                a_taken_one_is_merged_with_edits,
                an_amended_one_is_merged_with_edits,
                a_taken_one_is_refused,
                a_moved_base_changes_nothing,
                changed_inputs_are_searched_again_once,
                a_lost_win_is_withdrawn,
                a_kept_win_is_regenerated,
                unsettled_inputs_wait,
                a_removed_kernel_withdraws,
                a_broken_spec_withdraws_nothing,
                thirty_days_freeze,
                a_frozen_one_is_refused_or_taken,
                a_revert_is_a_refusal,
                an_edit_after_the_merge_is_no_revert,
                a_second_merge_is_no_revert_of_the_first,
                merged_then_reverted_before_we_looked,
        };

        return RUN_PROPOSAL("observe", tests);
}
