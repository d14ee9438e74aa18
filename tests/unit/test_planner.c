/*
 * From change to jobs: a row of docs/delivery.md each, on real commits. What
 * is checked is which decisions and jobs come of a push, and that each has a
 * reason.
 */
#include "delivery_fixture.h"

#include "plan/planner.h"
#include "plan/second.h"
#include "search/campaign.h"
#include "store/graph.h"
#include "store/records.h"
#include "watch/environment_probe.h"
#include "watch/refs.h"

static struct decision **decided;
static int decided_count;
static struct job **queued;
static int queued_count;

static void look(void)
{
        struct event **list = NULL;
        int count;

        decisions_free(decided, decided_count);
        jobs_free(queued, queued_count);
        decided = NULL;
        queued = NULL;
        OK(event_list(store, 1, &list, &count, ERR));
        OK(decision_list(store, count ? list[0]->id : -1, 0, &decided,
                         &decided_count, ERR));
        OK(job_list(store, "queued", 0, &queued, &queued_count, ERR));
        events_free(list, count);
}

/* Scan, plan, and see what was decided about the newest event. */
static struct planner_outcome push(void)
{
        struct planner_outcome outcome;

        OK(refs_scan(store, git_path, NULL, ERR));
        OK(planner_run(store, &host, &outcome, ERR));
        look();
        for (int i = 0; i < decided_count; i++)
                ck_assert_msg(strlen(decided[i]->reason) > 10,
                              "%s has no reason", decided[i]->action);
        return outcome;
}

static const struct decision *decision(const char *action, const char *kernel)
{
        for (int i = 0; i < decided_count; i++) {
                if (text_equal(decided[i]->action, action) &&
                    text_equal(decided[i]->kernel, kernel))
                        return decided[i];
        }
        return NULL;
}

static const struct job *job(const char *kind, const char *kernel)
{
        for (int i = 0; i < queued_count; i++) {
                if (text_equal(queued[i]->kind, kind) &&
                    text_equal(queued[i]->kernel, kernel))
                        return queued[i];
        }
        return NULL;
}

/* Everything in the queue has run. */
static void drain(void)
{
        struct job *next;

        for (;;) {
                OK(job_claim(store, INT64_MAX / 2, &next, ERR));
                if (!next)
                        break;
                OK(job_finish(store, next->id, "done", "", ERR));
                job_free(next);
        }
}

/* A campaign for the key of a queued search, ended in some way. */
static void end_campaign(const char *ending)
{
        const struct job *search = job("search", "softmax");
        struct campaign wanted = {.repository = git_path,
                                  .kernel = "softmax",
                                  .hardware = hardware,
                                  .spec_hash = "s",
                                  .environment_hash = "e",
                                  .workloads = "[]",
                                  .policy = "greedy"};
        struct campaign *campaign = NULL;

        ck_assert_ptr_nonnull(search);
        wanted.key = strrchr(search->key, ' ') + 1;
        OK(record_spec(store, "s", "softmax", "kernel softmax", ERR));
        OK(record_environment(store, "e", hardware, "{}", ERR));
        OK(campaign_begin(store, &wanted, &campaign, NULL, ERR));
        OK(campaign_end(store, campaign->id, ending, ERR));
        campaign_free(campaign);
}

static void start(void)
{
        put_basics();
        put_softmax();
        commit_main();
        push();
}

START_TEST(first_look_verifies_and_searches)
{
        start();
        ck_assert_ptr_nonnull(decision("verify", "softmax"));
        ck_assert_ptr_nonnull(decision("search", "softmax"));
        ck_assert_int_eq(queued_count, 2);
        ck_assert_str_eq(job("search", "softmax")->repository, git_path);
        ck_assert_str_eq(job("search", "softmax")->hardware, hardware);
        ck_assert_ptr_nonnull(
                strstr(job("search", "softmax")->payload, "\"seconds\":7"));
        ck_assert_ptr_nonnull(strstr(job("search", "softmax")->payload,
                                     tip("refs/heads/main")));
        /* Proof comes before speed. */
        ck_assert_int_lt(job("verify", "softmax")->priority,
                         job("search", "softmax")->priority);
}
END_TEST

START_TEST(nothing_of_ours_changed)
{
        start();
        drain();
        put("README.md", "hello");
        commit_main();
        push();
        ck_assert_int_eq(decided_count, 1);
        ck_assert_str_eq(decided[0]->action, "ignore");
        ck_assert_int_eq(queued_count, 0);
}
END_TEST

START_TEST(a_kernel_without_workload_waits)
{
        put_basics();
        put("kernels/scale/scale.kernel", SCALE_SPEC);
        commit_main();
        push();
        ck_assert_ptr_nonnull(decision("wait", "scale"));
        ck_assert_int_eq(queued_count, 0);
        /* A model that calls it is what it waited for. */
        put("models/m.json",
            "{\"kevo\": 1, \"model\": \"m\", \"source\": \"a test\", "
            "\"calls\": [{\"kernel\": "
            "\"scale\", \"sizes\": {\"N\": 4096}, \"count\": 3}]}");
        commit_main();
        push();
        ck_assert_ptr_nonnull(decision("verify", "scale"));
        ck_assert_ptr_nonnull(decision("search", "scale"));
        ck_assert_ptr_nonnull(
                strstr(decision("search", "scale")->reason, "models/m.json"));
        ck_assert_int_eq(job("verify", "scale")->priority, 1);
        ck_assert_int_eq(job("search", "scale")->priority, 4);
}
END_TEST

START_TEST(a_model_touches_what_it_calls)
{
        put_basics();
        put_softmax();
        put("kernels/scale/scale.kernel", SCALE_SPEC);
        commit_main();
        push();
        drain();
        put("models/m.json",
            "{\"kevo\": 1, \"model\": \"m\", \"source\": \"a test\", "
            "\"calls\": [{\"kernel\": "
            "\"softmax\", \"sizes\": {\"M\": 8, \"N\": 128}, \"count\": 3}]}");
        commit_main();
        push();
        ck_assert_ptr_nonnull(job("search", "softmax"));
        ck_assert_ptr_null(job("search", "scale"));
        /* Its spec did not change and was verified. */
        ck_assert_ptr_null(job("verify", "softmax"));
        drain();
        put("models/m.json", NULL);
        commit_main();
        push();
        ck_assert_ptr_nonnull(decision("ignore", ""));
        ck_assert_int_eq(queued_count, 0);
}
END_TEST

START_TEST(a_broken_model_is_refused_with_its_field)
{
        start();
        drain();
        put("models/m.json", "{\"kevo\": 1, \"model\": \"m\", \"source\": "
                             "\"a test\", \"calls\": [{\"kernel\": \"sofmax\","
                             " \"sizes\": {\"N\": 1}}]}");
        commit_main();
        push();
        ck_assert_ptr_nonnull(decision("refuse", ""));
        ck_assert_ptr_nonnull(
                strstr(decision("refuse", "")->reason, "models/m.json"));
        ck_assert_int_eq(queued_count, 0);
}
END_TEST

START_TEST(a_changed_spec_is_verified_then_searched)
{
        start();
        drain();
        put("kernels/softmax/softmax.kernel",
            "kernel softmax {\n size M, N in 1..=4096\n in x: f32[M, N]\n"
            " out y: f32[M, N]\n y[i, j] = exp(x[i, j])\n"
            " workload serving M=64 N=4096\n}\n");
        commit_main();
        push();
        ck_assert_ptr_nonnull(job("verify", "softmax"));
        ck_assert_ptr_nonnull(job("search", "softmax"));
        ck_assert_int_eq(job("verify", "softmax")->priority, 1);
}
END_TEST

/* The C code that states a kernel is its spec as much as the spec is. */
START_TEST(a_changed_reference_is_a_changed_spec)
{
        const char *code = "#include <stdint.h>\n"
                           "void scan(const float *x, double *y, int64_t N)\n"
                           "{\n for (int64_t i = 0; i < N; i++) y[i] = x[i];\n"
                           "}\n";
        char changed[256];

        start();
        drain();
        put("kernels/scan/scan.kernel",
            "kernel scan {\n size N\n in x: f32[N]\n out y: f32[N]\n"
            " reference c \"ref.c\" tolerance 1e-5 1e-5\n"
            " workload w N=8\n}\n");
        put("kernels/scan/ref.c", code);
        commit_main();
        push();
        ck_assert_ptr_null(job("verify", "scan"));
        ck_assert_ptr_null(job("search", "scan"));
        ck_assert_ptr_nonnull(strstr(decision("wait", "scan")->reason,
                                     "kernels/scan/generic.c"));
        put("kernels/scan/generic.c",
            "void scan(const float *x, float *y, long N)\n"
            "{\n for (long i = 0; i < N; i++) y[i] = x[i];\n}\n");
        commit_main();
        push();
        ck_assert_ptr_nonnull(job("verify", "scan"));
        ck_assert_ptr_null(job("search", "scan"));
        drain();
        snprintf(changed, sizeof changed, "%s/* again */\n", code);
        put("kernels/scan/ref.c", changed);
        commit_main();
        push();
        ck_assert_ptr_nonnull(job("verify", "scan"));
}
END_TEST

START_TEST(a_broken_spec_is_refused_with_its_line)
{
        start();
        drain();
        put("kernels/softmax/softmax.kernel",
            "kernel softmax {\n size M\n y[i] = 1\n}\n");
        put("kernels/scale/scale.kernel",
            "kernel scale {\n size N\n in x: f32[N]\n out y: f32[N]\n"
            " y[i] = 2 * x[i]\n workload w N=8\n}\n");
        commit_main();
        push();
        ck_assert_ptr_nonnull(decision("refuse", "softmax"));
        ck_assert_ptr_nonnull(strstr(decision("refuse", "softmax")->reason,
                                     "softmax.kernel:3"));
        /* The others still plan. */
        ck_assert_ptr_nonnull(job("search", "scale"));
        ck_assert_ptr_null(job("search", "softmax"));
}
END_TEST

/* The push that mends the spec does not name the source that came with the
 * broken one. */
START_TEST(a_source_pushed_with_a_broken_spec_is_verified_once_mended)
{
        start();
        drain();
        put("kernels/softmax/softmax.kernel",
            "kernel softmax {\n size M\n y[i] = 1\n}\n");
        put("kernels/softmax/generic.c", SOFTMAX_C "/* wrong */\n");
        commit_main();
        push();
        ck_assert_ptr_null(job("verify", "softmax"));
        put_softmax();
        put("kernels/softmax/generic.c", SOFTMAX_C "/* wrong */\n");
        commit_main();
        push();
        ck_assert_ptr_nonnull(job("verify", "softmax"));
}
END_TEST

START_TEST(a_changed_variant_is_verified_and_searched_last)
{
        char before[41];

        start();
        end_campaign("stall");
        drain();
        snprintf(before, sizeof before, "%s", tip("refs/heads/main"));
        put("kernels/softmax/generic.c", SOFTMAX_C "/* faster */\n");
        commit_main();
        push();
        ck_assert_ptr_nonnull(job("verify", "softmax"));
        ck_assert_ptr_nonnull(strstr(job("verify", "softmax")->payload,
                                     "kernels/softmax/generic.c"));
        ck_assert_ptr_nonnull(
                strstr(job("verify", "softmax")->payload, before));
        ck_assert_ptr_nonnull(job("search", "softmax"));
        ck_assert_int_eq(job("search", "softmax")->priority, 5);
}
END_TEST

/* What was planned on an older commit would search against a source that is
 * not there any more. */
START_TEST(a_later_push_cancels_outdated_searches)
{
        struct job *running, *now = NULL;

        start();
        OK(job_finish(store, job("verify", "softmax")->id, "done", "", ERR));
        OK(job_claim(store, INT64_MAX / 2, &running, ERR));
        ck_assert_str_eq(running->kind, "search");
        put("kernels/softmax/generic.c", SOFTMAX_C "/* 1 */\n");
        commit_main();
        push();
        OK(job_get(store, running->id, &now, ERR));
        ck_assert_str_eq(now->state, "cancelled");
        job_free(now);
        put("kernels/softmax/generic.c", SOFTMAX_C "/* 2 */\n");
        commit_main();
        push();
        ck_assert_ptr_nonnull(job("search", "softmax"));
        for (int i = 0, searches = 0; i < queued_count; i++) {
                searches += text_equal(queued[i]->kind, "search");
                ck_assert_int_le(searches, 1);
        }
        job_free(running);
}
END_TEST

START_TEST(a_variant_of_another_machine_changes_no_key)
{
        put("hardware/other.json",
            "{\"kevo\": 1, \"hardware\": \"other\", \"kind\": \"cpu\", "
            "\"match\": {\"vendor\": \"Nobody\"}}");
        start();
        end_campaign("time");
        drain();
        put("kernels/softmax/other.c", SOFTMAX_C);
        commit_main();
        push();
        ck_assert_ptr_null(job("search", "softmax"));
        ck_assert_ptr_nonnull(decision("ignore", "softmax"));
}
END_TEST

START_TEST(a_finished_key_is_not_searched_again)
{
        static const char *const endings[] = {"stall", "floor", "target"};

        start();
        end_campaign(endings[_i]);
        drain();
        /* A comment changes the file and not what it says. */
        put("kernels/softmax/softmax.kernel", "# words\n" SOFTMAX_SPEC);
        commit_main();
        push();
        ck_assert_ptr_null(job("search", "softmax"));
        ck_assert_ptr_nonnull(decision("ignore", "softmax"));
        ck_assert_ptr_nonnull(
                strstr(decision("ignore", "softmax")->reason, endings[_i]));
}
END_TEST

START_TEST(a_search_that_ran_out_of_time_goes_on)
{
        start();
        end_campaign("time");
        drain();
        put("kernels/softmax/softmax.kernel", "# words\n" SOFTMAX_SPEC);
        commit_main();
        push();
        ck_assert_ptr_nonnull(job("search", "softmax"));
        ck_assert_ptr_nonnull(
                strstr(decision("search", "softmax")->reason, "goes on"));
}
END_TEST

/* A verdict on the campaign that end_campaign ended. */
static void add_verdict(const char *repository)
{
        struct record_check check = {"oracle", "S1", "", true};
        struct record_run run = {.spec_hash = "s",
                                 .source_hash = "source",
                                 .environment_hash = "e",
                                 .stage = "S4",
                                 .correct = true,
                                 .grade = 'A',
                                 .identity = "i",
                                 .seeds = "[]",
                                 .reason = "",
                                 .check_count = 1,
                                 .check = &check};
        struct record_verdict verdict = {.verdict = "accepted",
                                         .kernel = "softmax",
                                         .hardware = hardware,
                                         .repository = (char *)repository,
                                         .spec_hash = "s",
                                         .source_hash = "source",
                                         .environment_hash = "e",
                                         .inputs = "{}",
                                         .reason = "",
                                         .grade = 'A'};
        struct campaign **list = NULL;
        int count;
        int64_t id;

        OK(campaign_list(store, "softmax", NULL, 1, &list, &count, ERR));
        verdict.campaign = list[0]->id;
        campaigns_free(list, count);
        OK(record_source(store, "source", "c", "void f(void) {}", ERR));
        OK(record_run_add(store, &run, NULL, &verdict.verification, ERR));
        OK(record_verdict_add(store, &verdict, &id, ERR));
}

/* What another repository won for the same key is taken over by a job that
 * measures nothing; once it is, there is nothing to do. */
START_TEST(a_win_elsewhere_is_taken_over)
{
        start();
        end_campaign("stall");
        add_verdict("/srv/another.git");
        drain();
        put("kernels/softmax/softmax.kernel", "# words\n" SOFTMAX_SPEC);
        commit_main();
        push();
        ck_assert_ptr_nonnull(job("search", "softmax"));
        ck_assert_ptr_nonnull(
                strstr(decision("search", "softmax")->reason, "taken over"));
        drain();
        add_verdict(git_path);
        put("kernels/softmax/softmax.kernel", "# more words\n" SOFTMAX_SPEC);
        commit_main();
        push();
        ck_assert_ptr_null(job("search", "softmax"));
}
END_TEST

/* A second pass outlives a push that changes nothing of what it searches,
 * and no other. */
START_TEST(a_second_pass_is_cancelled_with_its_key)
{
        struct job *first = NULL, *second = NULL;
        const char *key;
        bool added;

        start();
        host.second_seconds = 77;
        OK(job_finish(store, job("verify", "softmax")->id, "done", "", ERR));
        OK(job_claim(store, INT64_MAX / 2, &first, ERR));
        key = strrchr(first->key, ' ') + 1;
        OK(second_pass_add(store, &host, first, key, &added, ERR));
        ck_assert(added);
        OK(job_finish(store, first->id, "done", "", ERR));
        put("kernels/softmax/softmax.kernel", "# words\n" SOFTMAX_SPEC);
        commit_main();
        push();
        for (int i = 0; i < queued_count; i++) {
                if (text_ends(queued[i]->key, " second"))
                        OK(job_get(store, queued[i]->id, &second, ERR));
        }
        ck_assert_ptr_nonnull(second);
        ck_assert_ptr_nonnull(strstr(second->payload, "\"seconds\":77"));
        put("kernels/softmax/generic.c", SOFTMAX_C "/* 1 */\n");
        commit_main();
        push();
        job_free(first);
        OK(job_get(store, second->id, &first, ERR));
        ck_assert_str_eq(first->state, "cancelled");
        job_free(first);
        job_free(second);
}
END_TEST

START_TEST(hardware_without_a_device_waits)
{
        start();
        drain();
        put("hardware/nvidia-h200.json",
            "{\"kevo\": 1, \"hardware\": \"nvidia-h200\", \"kind\": \"cuda\", "
            "\"match\": {\"arch\": \"sm_90\"}}");
        commit_main();
        push();
        ck_assert_int_eq(decided_count, 1);
        ck_assert_str_eq(decided[0]->action, "wait");
        ck_assert_str_eq(decided[0]->hardware, "nvidia-h200");
        ck_assert_ptr_nonnull(
                strstr(decided[0]->reason, "waiting: no device"));
        ck_assert_int_eq(queued_count, 0);
}
END_TEST

START_TEST(hardware_of_this_machine_searches_all)
{
        char path[128];

        put("kevo.json", "{\"kevo\": 1}\n");
        put_softmax();
        commit_main();
        push();
        ck_assert_int_eq(queued_count, 0);
        ck_assert_ptr_nonnull(decision("wait", "softmax"));
        put_basics();
        commit_main();
        push();
        ck_assert_ptr_nonnull(job("search", "softmax"));
        ck_assert_ptr_nonnull(job("verify", "softmax"));
        /* And away with it: its jobs go. */
        snprintf(path, sizeof path, "hardware/%s.json", hardware);
        put(path, NULL);
        commit_main();
        push();
        ck_assert_ptr_nonnull(decision("cancel", ""));
        ck_assert_ptr_null(job("search", "softmax"));
}
END_TEST

START_TEST(a_frozen_kernel_is_left_alone)
{
        put_basics();
        put("kevo.json",
            "{\"kevo\": 1, \"kernels\": {\"softmax\": {\"freeze\": true}}}");
        put_softmax();
        commit_main();
        push();
        ck_assert_ptr_null(job("search", "softmax"));
        ck_assert_ptr_nonnull(
                strstr(decision("ignore", "softmax")->reason, "freezes"));
        drain();
        put("kevo.json", "{\"kevo\": 1}");
        commit_main();
        push();
        ck_assert_ptr_nonnull(job("search", "softmax"));
}
END_TEST

START_TEST(a_removed_kernel_cancels_its_jobs)
{
        start();
        put("kernels/softmax/softmax.kernel", NULL);
        put("kernels/softmax/generic.c", NULL);
        put("kernels/scale/scale.kernel", SCALE_SPEC);
        commit_main();
        push();
        ck_assert_ptr_nonnull(decision("cancel", "softmax"));
        ck_assert_int_eq(queued_count, 0);
}
END_TEST

START_TEST(a_deleted_branch_cancels_everything)
{
        start();
        ck_assert_int_gt(queued_count, 0);
        delete_ref("refs/heads/main");
        push();
        ck_assert_int_eq(queued_count, 0);
        ck_assert_ptr_nonnull(decision("cancel", ""));
}
END_TEST

START_TEST(a_second_branch_receives_verdicts_only)
{
        put_basics();
        put("kevo.json", "{\"kevo\": 1, \"branches\": [\"main\", \"next\"]}");
        put_softmax();
        commit_main();
        push();
        end_campaign("stall");
        drain();
        put("kernels/scale/scale.kernel",
            "kernel scale {\n size N\n in x: f32[N]\n out y: f32[N]\n"
            " y[i] = 2 * x[i]\n workload w N=8\n}\n");
        commit_onto("refs/heads/next", tip("refs/heads/main"));
        push();
        ck_assert_ptr_nonnull(job("verify", "scale"));
        ck_assert_ptr_null(job("search", "scale"));
        ck_assert_ptr_nonnull(
                strstr(decision("ignore", "scale")->reason, "verdicts only"));
}
END_TEST

START_TEST(broken_policy_is_one_refusal)
{
        start();
        drain();
        put("kevo.json", "{\"kevo\": 1, \"brnches\": []}");
        commit_main();
        push();
        ck_assert_int_eq(decided_count, 1);
        ck_assert_str_eq(decided[0]->action, "refuse");
        ck_assert_ptr_nonnull(strstr(decided[0]->reason, "brnches"));
}
END_TEST

/* Nothing of a push is planned when its policy cannot be read, and the push
 * that mends it names kevo.json alone, or nothing at all. */
START_TEST(what_came_with_a_broken_policy_is_planned_once_mended)
{
        char before[41];

        start();
        drain();
        snprintf(before, sizeof before, "%s", tip("refs/heads/main"));
        put("kevo.json", "{\"kevo\": 1, \"brnches\": []}");
        put("kernels/softmax/generic.c", SOFTMAX_C "/* wrong */\n");
        commit_main();
        push();
        put("kevo.json", "{\"kevo\": 2}");
        put("kernels/scale/scale.kernel",
            "kernel scale {\n size N\n in x: f32[N]\n out y: f32[N]\n"
            " y[i] = 2 * x[i]\n workload w N=8\n}\n");
        commit_main();
        push();
        ck_assert_int_eq(queued_count, 0);
        put("kevo.json",
            _i ? "{\"kevo\": 1, \"cache\": \"cold\"}" : "{\"kevo\": 1}\n");
        commit_main();
        push();
        ck_assert_ptr_nonnull(job("verify", "softmax"));
        ck_assert_ptr_nonnull(
                strstr(job("verify", "softmax")->payload, before));
        ck_assert_ptr_nonnull(job("verify", "scale"));
        ck_assert_ptr_nonnull(job("search", "scale"));
        /* It is over: the next push is planned for itself. */
        drain();
        put("README.md", "hello");
        commit_main();
        push();
        ck_assert_int_eq(queued_count, 0);
        ck_assert_int_eq(decided_count, 1);
        ck_assert_str_eq(decided[0]->action, "ignore");
}
END_TEST

START_TEST(a_first_look_that_was_refused_is_made_up_for)
{
        put_basics();
        put_softmax();
        put("kevo.json", "{\"kevo\": 1, \"brnches\": []}");
        commit_main();
        push();
        ck_assert_int_eq(queued_count, 0);
        put("kevo.json", "{\"kevo\": 1}");
        commit_main();
        push();
        ck_assert_ptr_nonnull(job("verify", "softmax"));
        ck_assert_ptr_nonnull(job("search", "softmax"));
        ck_assert_int_eq(queued_count, 2);
}
END_TEST

START_TEST(pushes_that_came_together_are_planned_once)
{
        struct event **list = NULL;
        int count, ignored = 0;

        start();
        drain();
        for (int i = 0; i < 3; i++) {
                char text[64];

                snprintf(text, sizeof text, SOFTMAX_C "/* %d */", i);
                put("kernels/softmax/generic.c", text);
                commit_main();
                OK(refs_scan(store, git_path, NULL, ERR));
        }
        put("README.md", "the last one changes nothing of ours");
        commit_main();
        ck_assert_int_eq(push().planned, 1);
        /* The range of all four, and one job for what is there now. */
        ck_assert_ptr_nonnull(job("verify", "softmax"));
        ck_assert_int_eq(queued_count, 2);
        OK(event_list(store, 5, &list, &count, ERR));
        for (int i = 0; i < count; i++) {
                struct decision **one = NULL;
                int n;

                ck_assert(list[i]->planned);
                OK(decision_list(store, list[i]->id, 0, &one, &n, ERR));
                ck_assert_int_ge(n, 1);
                ignored += n == 1 && strstr(one[0]->reason, "together");
                decisions_free(one, n);
        }
        ck_assert_int_eq(ignored, 3);
        events_free(list, count);
}
END_TEST

START_TEST(planning_twice_changes_nothing)
{
        struct planner_outcome outcome;
        int before;

        start();
        before = queued_count;
        OK(planner_run(store, &host, &outcome, ERR));
        ck_assert_int_eq(outcome.planned, 0);
        restart();
        OK(planner_run(store, &host, &outcome, ERR));
        look();
        ck_assert_int_eq(queued_count, before);
}
END_TEST

START_TEST(a_vanished_repository_is_tried_again)
{
        char away[LIMIT_PATH_BYTES + 64];
        struct planner_outcome outcome;
        struct event **list = NULL;
        int count;

        put_basics();
        put_softmax();
        commit_main();
        OK(refs_scan(store, git_path, NULL, ERR));
        snprintf(away, sizeof away, "%s.away", git_path);
        ck_assert_int_eq(rename(git_path, away), 0);
        OK(planner_run(store, &host, &outcome, ERR));
        ck_assert_int_eq(outcome.planned, 0);
        ck_assert_int_eq(outcome.waiting, 1);
        ck_assert_int_eq(rename(away, git_path), 0);
        OK(planner_run(store, &host, &outcome, ERR));
        ck_assert_int_eq(outcome.planned, 1);
        /* As long as it is watched, however often. */
        put("README.md", "x");
        commit_main();
        OK(refs_scan(store, git_path, NULL, ERR));
        ck_assert_int_eq(rename(git_path, away), 0);
        for (int i = 0; i <= PLANNER_TRIES; i++)
                OK(planner_run(store, &host, &outcome, ERR));
        ck_assert_int_eq(outcome.waiting, 1);
        ck_assert_ptr_nonnull(strstr(outcome.last_problem, git_path));
        /* For good: after so many tries the event ends with the reason. */
        host.repository_count = 0;
        for (int i = 0; i < PLANNER_TRIES; i++)
                OK(planner_run(store, &host, &outcome, ERR));
        OK(event_unplanned(store, &list, &count, ERR));
        ck_assert_int_eq(count, 0);
        events_free(list, count);
        look();
        ck_assert_str_eq(decided[0]->action, "refuse");
}
END_TEST

/* A blob that is missing now: a disk, a partial clone, a borrowed store. */
START_TEST(a_damaged_tip_is_planned_once_mended)
{
        char path[LIMIT_PATH_BYTES + 96], away[LIMIT_PATH_BYTES + 64];
        struct planner_outcome outcome;
        char blob[OID_BYTES];
        git_oid oid;

        put_basics();
        put_softmax();
        commit_main();
        ck_assert_int_eq(git_odb_hash(&oid, SOFTMAX_SPEC, strlen(SOFTMAX_SPEC),
                                      GIT_OBJECT_BLOB),
                         0);
        git_oid_tostr(blob, sizeof blob, &oid);
        snprintf(path, sizeof path, "%s/objects/%.2s/%s", git_path, blob,
                 blob + 2);
        snprintf(away, sizeof away, "%s/away", box);
        ck_assert_int_eq(rename(path, away), 0);
        for (int i = 0; i <= PLANNER_TRIES; i++)
                outcome = push();
        ck_assert_int_eq(outcome.waiting, 1);
        ck_assert_ptr_nonnull(strstr(outcome.last_problem, git_path));
        ck_assert_int_eq(rename(away, path), 0);
        ck_assert_int_eq(push().planned, 1);
        ck_assert_ptr_nonnull(job("search", "softmax"));
}
END_TEST

START_TEST(without_kevo_json_is_one_refusal)
{
        put("README.md", "a program of somebody");
        commit_main();
        ck_assert_int_eq(push().planned, 1);
        ck_assert_ptr_nonnull(decision("refuse", ""));
        ck_assert_ptr_nonnull(
                strstr(decision("refuse", "")->reason, "kevo init"));
        ck_assert_ptr_nonnull(
                strstr(decision("refuse", "")->reason, git_path));
        start();
        ck_assert_ptr_nonnull(job("search", "softmax"));
}
END_TEST

/* git branch -m main master: the jobs are those of the new name. */
START_TEST(a_renamed_branch_keeps_its_jobs)
{
        int before;

        start();
        before = queued_count;
        ck_assert_int_gt(before, 0);
        point_ref("refs/heads/master", tip("refs/heads/main"));
        delete_ref("refs/heads/main");
        ck_assert_int_eq(push().planned, 2);
        ck_assert_int_eq(queued_count, before);
        point_ref("refs/heads/main", tip("refs/heads/master"));
        delete_ref("refs/heads/master");
        push();
        ck_assert_int_eq(queued_count, before);
}
END_TEST

START_TEST(a_wrong_source_stops_its_searches)
{
        struct planner_outcome outcome;
        int64_t verify;

        start();
        verify = job("verify", "softmax")->id;
        OK(planner_note_result(store, verify, git_path, "element 3 differs",
                               ERR));
        OK(planner_note_result(store, verify, git_path, "element 3 differs",
                               ERR));
        OK(job_finish(store, verify, "done", "", ERR));
        OK(planner_run(store, &host, &outcome, ERR));
        ck_assert_int_eq(outcome.planned, 1);
        look();
        ck_assert_int_eq(queued_count, 0);
        ck_assert_ptr_nonnull(decision("wait", "softmax"));
        ck_assert_ptr_nonnull(strstr(decision("wait", "softmax")->reason,
                                     "element 3 differs"));
}
END_TEST

START_TEST(an_environment_change_alone_searches_nothing)
{
        struct event event = {.kind = "environment",
                              .repository = "",
                              .subject = "cpu",
                              .before = "old",
                              .after = "new",
                              .dedupe = "environment cpu new 0"};
        struct planner_outcome outcome;
        int64_t id;

        start();
        drain();
        OK(environment_remember(store, "old", "{\"compiler\": \"gcc 12\"}",
                                ERR));
        OK(environment_remember(store, "new", "{\"compiler\": \"gcc 13\"}",
                                ERR));
        OK(event_add(store, &event, &id, NULL, ERR));
        OK(planner_run(store, &host, &outcome, ERR));
        look();
        ck_assert_int_eq(decided_count, 1);
        ck_assert_str_eq(decided[0]->action, "ignore");
        ck_assert_ptr_nonnull(strstr(decided[0]->reason, "gcc 12 -> gcc 13"));
        ck_assert_int_eq(queued_count, 0);
}
END_TEST

/* Planning it ended the process three times, as the store remembers. */
START_TEST(a_deadly_event_is_not_planned_again)
{
        struct event **list = NULL;
        char value[32];
        int count;

        put_basics();
        put_softmax();
        commit_main();
        OK(refs_scan(store, git_path, NULL, ERR));
        OK(event_unplanned(store, &list, &count, ERR));
        ck_assert_int_eq(count, 1);
        snprintf(value, sizeof value, "%lld %d", (long long)list[0]->id,
                 PLANNER_CRASHES);
        OK(store_set(store, "planning", value, ERR));
        push();
        ck_assert_int_eq(decided_count, 1);
        ck_assert_str_eq(decided[0]->action, "refuse");
        ck_assert_int_eq(queued_count, 0);
        events_free(list, count);
        /* The next event is another one. */
        put("kernels/softmax/generic.c", SOFTMAX_C "/* 1 */\n");
        commit_main();
        push();
        ck_assert_int_gt(queued_count, 0);
}
END_TEST

START_TEST(unknown_events_are_closed_with_a_reason)
{
        struct event event = {.kind = "earthquake",
                              .repository = "",
                              .subject = "here",
                              .before = "",
                              .after = "",
                              .dedupe = "earthquake 1"};
        struct planner_outcome outcome;
        int64_t id;

        OK(event_add(store, &event, &id, NULL, ERR));
        OK(planner_run(store, &host, &outcome, ERR));
        ck_assert_int_eq(outcome.planned, 1);
        look();
        ck_assert_str_eq(decided[0]->action, "ignore");
        ck_assert_ptr_nonnull(strstr(decided[0]->reason, "earthquake"));
}
END_TEST

static void finish(void)
{
        decisions_free(decided, decided_count);
        jobs_free(queued, queued_count);
        teardown();
}

int main(void)
{
        const TTest *const tests[] = {
                first_look_verifies_and_searches,
                nothing_of_ours_changed,
                a_kernel_without_workload_waits,
                a_model_touches_what_it_calls,
                a_broken_model_is_refused_with_its_field,
                a_changed_spec_is_verified_then_searched,
                a_changed_reference_is_a_changed_spec,
                a_broken_spec_is_refused_with_its_line,
                a_source_pushed_with_a_broken_spec_is_verified_once_mended,
                a_changed_variant_is_verified_and_searched_last,
                a_later_push_cancels_outdated_searches,
                a_variant_of_another_machine_changes_no_key,
                a_search_that_ran_out_of_time_goes_on,
                a_win_elsewhere_is_taken_over,
                a_second_pass_is_cancelled_with_its_key,
                hardware_without_a_device_waits,
                hardware_of_this_machine_searches_all,
                a_frozen_kernel_is_left_alone,
                a_removed_kernel_cancels_its_jobs,
                a_deleted_branch_cancels_everything,
                a_second_branch_receives_verdicts_only,
                broken_policy_is_one_refusal,
                a_first_look_that_was_refused_is_made_up_for,
                pushes_that_came_together_are_planned_once,
                planning_twice_changes_nothing,
                a_vanished_repository_is_tried_again,
                a_damaged_tip_is_planned_once_mended,
                without_kevo_json_is_one_refusal,
                a_renamed_branch_keeps_its_jobs,
                a_wrong_source_stops_its_searches,
                an_environment_change_alone_searches_nothing,
                a_deadly_event_is_not_planned_again,
                unknown_events_are_closed_with_a_reason,
        };
        Suite *suite = suite_create("planner");
        TCase *tcase = tcase_create("planner");
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(tcase, setup_bare, finish);
        tcase_set_timeout(tcase, 240);
        for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
                tcase_add_test(tcase, tests[i]);
        tcase_add_loop_test(
                tcase, what_came_with_a_broken_policy_is_planned_once_mended,
                0, 2);
        tcase_add_loop_test(tcase, a_finished_key_is_not_searched_again, 0, 3);
        suite_add_tcase(suite, tcase);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
