/* From ready to a branch: one commit, limits, and kill -9 at every step. */
#include "proposal_fixture.h"

static void ready(void)
{
        verdict_for("accepted", 1.5, OUR_C);
        look_again();
        OK(collect_verdicts(&site, NULL, ERR));
        ck_assert_str_eq(newest()->state, "ready");
}

static int open_all(void)
{
        int opened;

        look_again();
        OK(open_repair(&site, NULL, ERR));
        OK(open_ready(&site, &opened, ERR));
        return opened;
}

/* The files that differ between a commit and its parent. */
static int count_files(const char *commit, const char *path)
{
        git_commit *ours = NULL, *parent = NULL;
        git_tree *a = NULL, *b = NULL;
        git_diff *diff = NULL;
        git_oid id;
        int count;

        ck_assert_int_eq(git_oid_fromstr(&id, commit), 0);
        ck_assert_int_eq(git_commit_lookup(&ours, git, &id), 0);
        ck_assert_int_eq(git_commit_parentcount(ours), 1);
        ck_assert_int_eq(git_commit_parent(&parent, ours, 0), 0);
        git_commit_tree(&a, parent);
        git_commit_tree(&b, ours);
        ck_assert_int_eq(git_diff_tree_to_tree(&diff, git, a, b, NULL), 0);
        count = (int)git_diff_num_deltas(diff);
        if (count == 1)
                ck_assert_str_eq(git_diff_get_delta(diff, 0)->new_file.path,
                                 path);
        git_diff_free(diff);
        git_tree_free(a);
        git_tree_free(b);
        git_commit_free(parent);
        git_commit_free(ours);
        return count;
}

START_TEST(one_commit_with_one_file)
{
        ready();
        ck_assert_int_eq(open_all(), 1);
        ck_assert_str_eq(newest()->state, "open");
        ck_assert_str_eq(newest()->base, tip("refs/heads/main"));
        ck_assert_str_eq(newest()->commit, tip(our_ref()));
        ck_assert_str_eq(newest()->intent, "");
        ck_assert_int_eq(count_files(tip(our_ref()), our_path()), 1);
        ck_assert_int_eq(open_all(), 0);
}
END_TEST

START_TEST(a_retry_has_the_same_id)
{
        char first[OID_BYTES], second[OID_BYTES];

        ready();
        OK(open_intend(&site, newest(), first, ERR));
        restart();
        look_again();
        OK(open_intend(&site, newest(), second, ERR));
        ck_assert_str_eq(first, second);
        ck_assert_str_eq(newest()->intent, first);
        ck_assert_str_eq(tip(our_ref()), "");
}
END_TEST

START_TEST(killed_after_the_intent)
{
        char commit[OID_BYTES];

        ready();
        OK(open_intend(&site, newest(), commit, ERR));
        restart();
        ck_assert_int_eq(open_all(), 1);
        ck_assert_str_eq(newest()->state, "open");
        ck_assert_str_eq(tip(our_ref()), commit);
}
END_TEST

START_TEST(killed_after_the_ref)
{
        char commit[OID_BYTES];

        ready();
        OK(open_intend(&site, newest(), commit, ERR));
        OK(branch_set(git, our_branch(), "", commit, ERR));
        restart();
        pass();
        ck_assert_str_eq(newest()->state, "open");
        ck_assert_str_eq(newest()->commit, commit);
        ck_assert_str_eq(newest()->intent, "");
        ck_assert_int_eq(count_in(NULL), 1);
}
END_TEST

START_TEST(killed_after_the_commit_was_stored)
{
        char commit[OID_BYTES];

        ready();
        OK(open_intend(&site, newest(), commit, ERR));
        OK(branch_set(git, our_branch(), "", commit, ERR));
        OK(proposal_set_commit(store, newest()->id, site.base.tip, commit,
                               ERR));
        restart();
        pass();
        ck_assert_str_eq(newest()->state, "open");
        ck_assert_str_eq(tip(our_ref()), commit);
}
END_TEST

/* The base moved between the crash and the next start: the old commit is
 * given up, the new one stands on today's base. */
START_TEST(the_base_moved_after_the_intent)
{
        char commit[OID_BYTES];

        ready();
        OK(open_intend(&site, newest(), commit, ERR));
        put("README.md", "moved on");
        commit_main();
        restart();
        ck_assert_int_eq(open_all(), 1);
        ck_assert_str_ne(newest()->commit, commit);
        ck_assert_str_eq(newest()->base, tip("refs/heads/main"));
        ck_assert_str_eq(tip(our_ref()), newest()->commit);
}
END_TEST

START_TEST(a_branch_of_somebody_else_is_in_the_way)
{
        char foreign[OID_BYTES];
        struct proposal_step *steps = NULL;
        int count;

        put("x", "y");
        commit_onto(our_ref(), tip("refs/heads/main"));
        snprintf(foreign, sizeof foreign, "%s", tip(our_ref()));
        ready();
        for (int i = 0; i < 3; i++)
                ck_assert_int_eq(open_all(), 0);
        ck_assert_str_eq(newest()->state, "ready");
        ck_assert_ptr_nonnull(strstr(newest()->note, "delete or rename"));
        ck_assert_str_eq(tip(our_ref()), foreign);
        /* Said once, not at every pass. */
        OK(proposal_history(store, newest()->id, &steps, &count, ERR));
        ck_assert_int_eq(count, 2);
        proposal_history_free(steps, count);
        delete_ref(our_ref());
        ck_assert_int_eq(open_all(), 1);
}
END_TEST

START_TEST(a_branch_kevo_blocks_all_of_them)
{
        point_ref("refs/heads/kevo", tip("refs/heads/main"));
        ready();
        ck_assert_int_eq(open_all(), 0);
        ck_assert_ptr_nonnull(
                strstr(newest()->note, " branch -m kevo old-kevo"));
        delete_ref("refs/heads/kevo");
        ck_assert_int_eq(open_all(), 1);
}
END_TEST

START_TEST(changed_inputs_are_measured_again)
{
        ready();
        put("kernels/softmax/generic.c", SOFTMAX_C "/* new */\n");
        commit_main();
        ck_assert_int_eq(open_all(), 0);
        ck_assert_str_eq(newest()->state, "withdrawn");
        ck_assert_int_eq(count_jobs("search"), 1);
        ck_assert_str_eq(tip(our_ref()), "");
}
END_TEST

START_TEST(a_removed_kernel_is_withdrawn)
{
        ready();
        put("kernels/softmax/softmax.kernel", NULL);
        put("kernels/softmax/generic.c", NULL);
        put("x", "y");
        commit_main();
        ck_assert_int_eq(open_all(), 0);
        ck_assert_str_eq(newest()->state, "withdrawn");
        ck_assert_int_eq(count_jobs("search"), 0);
}
END_TEST

START_TEST(what_the_base_has_already_is_merged)
{
        ready();
        put(our_path(), OUR_C);
        commit_main();
        ck_assert_int_eq(open_all(), 0);
        ck_assert_str_eq(newest()->state, "merged");
}
END_TEST

START_TEST(limits_hold_and_the_best_come_first)
{
        struct proposal p = {.repository = git_path,
                             .kernel = "softmax",
                             .hardware = hardware,
                             .state = "ready",
                             .inputs_hash = "",
                             .path = (char *)our_path(),
                             .content = OUR_C,
                             .blob = "",
                             .base = "",
                             .commit = "",
                             .intent = "",
                             .low = 1.5,
                             .note = ""};
        struct subject *subject;
        char branch[64];
        int64_t id;

        put("kevo.json",
            "{\"kevo\": 1, \"proposals\": {\"open\": 2, \"per_day\": 0}}");
        commit_main();
        p.verdict = verdict_for("accepted", 1.5, OUR_C);
        OK(site_subject(&site, "softmax", hardware, &subject, ERR));
        p.inputs_hash = subject->inputs_hash;
        for (int i = 0; i < 4; i++) {
                snprintf(branch, sizeof branch, "kevo/softmax/n%d", i);
                p.branch = branch;
                p.seconds_saved = i;
                OK(proposal_add(store, &p, &id, ERR));
        }
        ck_assert_int_eq(open_all(), 2);
        ck_assert_str_ne(tip("refs/heads/kevo/softmax/n3"), "");
        ck_assert_str_ne(tip("refs/heads/kevo/softmax/n2"), "");
        ck_assert_str_eq(tip("refs/heads/kevo/softmax/n1"), "");
        ck_assert_int_eq(count_in("ready"), 2);
        ck_assert_int_eq(open_all(), 0);
        subject_free(subject);
}
END_TEST

START_TEST(a_daily_limit_holds)
{
        put("kevo.json",
            "{\"kevo\": 1, \"proposals\": {\"open\": 9, \"per_day\": 1}}");
        commit_main();
        open_one();
        OK(proposal_apply(&site, newest(), PROPOSAL_CLOSED, "no", NULL, ERR));
        verdict_for("accepted", 2.0, OUR_C "better");
        pass();
        ck_assert_str_eq(newest()->state, "ready");
        ck_assert_ptr_nonnull(strstr(newest()->note, "kevo.json allows"));
        later = 86400 + 60;
        pass();
        ck_assert_str_eq(newest()->state, "open");
        later = 0;
}
END_TEST

START_TEST(a_better_one_updates_the_branch_in_place)
{
        char old[OID_BYTES];

        open_one();
        snprintf(old, sizeof old, "%s", tip(our_ref()));
        verdict_for("accepted", 1.8, OUR_C "better");
        pass();
        ck_assert_str_eq(newest()->state, "open");
        ck_assert_str_ne(tip(our_ref()), old);
        ck_assert_str_eq(newest()->commit, tip(our_ref()));
        ck_assert_int_eq(count_in("open"), 1);
        ck_assert_int_eq(count_in("superseded"), 1);
        ck_assert_int_eq(count_files(tip(our_ref()), our_path()), 1);
}
END_TEST

/* Killed while the branch moves from one of ours to the next. */
START_TEST(killed_while_replacing)
{
        char commit[OID_BYTES];

        for (int after = 0; after < 3; after++) {
                char text[512];

                if (after == 0)
                        open_one();
                snprintf(text, sizeof text, OUR_C "/* %d */", after);
                verdict_for("accepted", 2.0 + after, text);
                look_again();
                OK(collect_verdicts(&site, NULL, ERR));
                OK(open_intend(&site, newest(), commit, ERR));
                if (after > 0)
                        OK(branch_set(git, our_branch(), tip(our_ref()),
                                      commit, ERR));
                if (after > 1) {
                        OK(proposal_set_commit(store, newest()->id,
                                               site.base.tip, commit, ERR));
                        OK(proposal_move(store, newest()->id, "ready", "open",
                                         "opened", "", ERR));
                }
                restart();
                pass();
                ck_assert_str_eq(newest()->state, "open");
                ck_assert_str_eq(tip(our_ref()), commit);
                ck_assert_int_eq(count_in("open"), 1);
                ck_assert_int_eq(count_in("taken"), 0);
        }
}
END_TEST

START_TEST(a_taken_branch_holds_a_better_one)
{
        char theirs[OID_BYTES];

        open_one();
        put(our_path(), OUR_C "// with a comment\n");
        commit_onto(our_ref(), tip(our_ref()));
        snprintf(theirs, sizeof theirs, "%s", tip(our_ref()));
        verdict_for("accepted", 3.0, OUR_C "better");
        pass();
        ck_assert_int_eq(count_in("taken"), 1);
        ck_assert_str_eq(newest()->state, "ready");
        ck_assert_ptr_nonnull(strstr(newest()->note, "held"));
        ck_assert_str_eq(tip(our_ref()), theirs);
}
END_TEST

START_TEST(grouped_branches_are_named_all)
{
        put("kevo.json",
            "{\"kevo\": 1, \"proposals\": {\"group\": \"kernel\"}}");
        commit_main();
        verdict_for("accepted", 1.5, OUR_C);
        pass();
        ck_assert_str_ne(tip("refs/heads/kevo/softmax/all"), "");
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                one_commit_with_one_file,
                a_retry_has_the_same_id,
                killed_after_the_intent,
                killed_after_the_ref,
                killed_after_the_commit_was_stored,
                the_base_moved_after_the_intent,
                a_branch_of_somebody_else_is_in_the_way,
                a_branch_kevo_blocks_all_of_them,
                changed_inputs_are_measured_again,
                a_removed_kernel_is_withdrawn,
                what_the_base_has_already_is_merged,
                limits_hold_and_the_best_come_first,
                a_daily_limit_holds,
                a_better_one_updates_the_branch_in_place,
                killed_while_replacing,
                a_taken_branch_holds_a_better_one,
                grouped_branches_are_named_all,
        };

        return RUN_PROPOSAL("open", tests);
}
