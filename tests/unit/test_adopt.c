/*
 * A search that ended is not repeated: whoever asks for its key gets its
 * verdict, and another repository a verdict of its own, on the same run, for
 * a file at its own place. Nothing is measured for that.
 */
#include "store_fixture.h"

#include "core/clock.h"
#include "core/text.h"
#include "propose/propose.h"
#include "search/campaign.h"
#include "subject_fixture.h"

static const char spec_text[] = "kernel twice {\n"
                                "    size N\n"
                                "    in  x: f32[N]\n"
                                "    out y: f32[N]\n"
                                "    y[i] = x[i] * 2\n"
                                "    workload big N=4096\n"
                                "}\n";

struct bed {
        struct ground ground;
        struct candidate candidate;
        char source_hash[HASH_TEXT_BYTES];
};

static void make_candidate(struct bed *bed)
{
        struct propose_context context = {.parent = -1, .mate = -1};
        struct propose_task task = {
                .spec = bed->ground.subject->kernel->spec,
                .workload = &bed->ground.subject->workload[0].binding,
                .backend = backend_find("c")};
        struct proposer *proposer;
        struct rng rng = {1, 0};

        task.backend->target(&bed->ground.machine, &task.target);
        OK(propose_open(&proposer, &task, ERR));
        OK(propose(proposer, &context, &rng, &bed->candidate, ERR));
        propose_close(proposer);
        hash_bytes(bed->candidate.text, strlen(bed->candidate.text),
                   bed->source_hash);
}

static void lay(struct bed *bed)
{
        fixture_setup();
        ground_lay(&bed->ground, "kernels/twice/twice.kernel", spec_text);
        OK(ground_look(&bed->ground, "twice", ERR));
        make_candidate(bed);
}

static void clear(struct bed *bed)
{
        candidate_dispose(&bed->candidate);
        ground_remove(&bed->ground);
        fixture_teardown();
}

/* What a search of repository "first" left: a campaign that stalled, its
 * node, run, verification and verdict. */
static int64_t leave_results(const struct bed *bed, const char *verdict,
                             const char *source_hash)
{
        const struct spec *spec = bed->ground.subject->kernel->spec;
        struct campaign *campaign = NULL,
                        wanted = {.key = (char *)bed->ground.subject->key,
                                  .repository = "first",
                                  .commit = "",
                                  .kernel = "twice",
                                  .hardware = "here",
                                  .spec_hash = (char *)spec->hash,
                                  .environment_hash =
                                          (char *)bed->ground.environment,
                                  .workloads = "[]",
                                  .policy = "auto"};
        struct node node = {.phase = "draft",
                            .origin = "schedule",
                            .move = "",
                            .language = "c",
                            .source_hash = (char *)source_hash,
                            .schedule = bed->candidate.schedule};
        struct record_run run = fixture_run(0, source_hash);
        struct record_verdict v = fixture_verdict(verdict, source_hash, 0);
        int64_t id;

        OK(record_spec(fixture_store, spec->hash, "twice", spec->text, ERR));
        OK(record_environment(fixture_store, bed->ground.environment, "here",
                              "{}", ERR));
        OK(record_source(fixture_store, source_hash, "c",
                         text_equal(source_hash, bed->source_hash)
                                 ? bed->candidate.text
                                 : "void other(void) {}",
                         ERR));
        OK(campaign_begin(fixture_store, &wanted, &campaign, NULL, ERR));
        node.campaign = v.campaign = campaign->id;
        OK(node_add(fixture_store, &node, &v.node, NULL, ERR));
        run.node = v.node;
        run.spec_hash = v.spec_hash = (char *)spec->hash;
        run.environment_hash = v.environment_hash =
                (char *)bed->ground.environment;
        OK(record_run_add(fixture_store, &run, &v.run, &v.verification, ERR));
        v.kernel = "twice";
        v.hardware = "here";
        v.repository = "first";
        OK(record_verdict_add(fixture_store, &v, &id, ERR));
        OK(campaign_end(fixture_store, campaign->id, "stall", ERR));
        campaign_free(campaign);
        return id;
}

static struct campaign_outcome *ask(const struct bed *bed,
                                    const char *repository)
{
        /* A worker that cannot start: nothing may be measured. */
        struct campaign_options options = {
                .seconds = 60, .repository = repository, .worker = "false"};
        struct campaign_outcome *outcome;

        OK(campaign_run(fixture_store, bed->ground.subject, &options, &outcome,
                        ERR));
        ck_assert_str_eq(outcome->ending, "stall");
        return outcome;
}

START_TEST(its_own_result_is_told_again)
{
        struct campaign_outcome *outcome;
        struct bed bed;
        int64_t verdict;

        lay(&bed);
        verdict = leave_results(&bed, "accepted", bed.source_hash);
        outcome = ask(&bed, "first");
        ck_assert_int_eq(outcome->verdict, verdict);
        ck_assert_int_eq(outcome->decision, VERDICT_ACCEPTED);
        campaign_outcome_free(outcome);
        clear(&bed);
}
END_TEST

START_TEST(another_repository_gets_its_own_verdict)
{
        struct record_verdict *theirs, *ours;
        struct campaign_outcome *outcome;
        struct bed bed;
        int64_t verdict, adopted;

        lay(&bed);
        verdict = leave_results(&bed, "accepted", bed.source_hash);
        outcome = ask(&bed, "second");
        adopted = outcome->verdict;
        ck_assert_int_ne(adopted, verdict);
        campaign_outcome_free(outcome);
        OK(record_verdict_get(fixture_store, verdict, &theirs, ERR));
        OK(record_verdict_get(fixture_store, adopted, &ours, ERR));
        ck_assert_str_eq(ours->repository, "second");
        ck_assert_str_eq(ours->verdict, "accepted");
        ck_assert_int_eq(ours->run, theirs->run);
        ck_assert_int_eq(ours->verification, theirs->verification);
        ck_assert_ptr_nonnull(
                strstr(ours->inputs, "\"path\":\"kernels/twice/here.c\""));
        ck_assert_ptr_nonnull(
                strstr(ours->inputs, bed.ground.subject->inputs_hash));
        record_verdict_free(theirs);
        record_verdict_free(ours);
        /* Once: the next time it is its own. */
        outcome = ask(&bed, "second");
        ck_assert_int_eq(outcome->verdict, adopted);
        campaign_outcome_free(outcome);
        clear(&bed);
}
END_TEST

/* A loss is told, not copied; and neither is a source that cannot be made
 * here. */
START_TEST(only_wins_that_can_be_made_here_are_adopted)
{
        static const char *const verdicts[] = {"rejected", "accepted"};

        for (int i = 0; i < 2; i++) {
                struct campaign_outcome *outcome;
                struct bed bed;
                int64_t verdict;

                lay(&bed);
                verdict = leave_results(&bed, verdicts[i],
                                        i ? "other" : bed.source_hash);
                outcome = ask(&bed, "second");
                ck_assert_int_eq(outcome->verdict, verdict);
                campaign_outcome_free(outcome);
                clear(&bed);
        }
}
END_TEST

/* A person who asks again gets a search, which needs a worker, unless there
 * is a win. */
START_TEST(who_asks_again_goes_on)
{
        static const char *const verdicts[] = {"accepted", "rejected"};

        for (int i = 0; i < 2; i++) {
                struct campaign_options options = {.seconds = 60,
                                                   .repository = "first",
                                                   .again = true,
                                                   .worker = "false"};
                struct campaign_outcome *outcome = NULL;
                struct campaign *campaign = NULL;
                struct error err = {0};
                struct bed bed;
                int rc;

                lay(&bed);
                leave_results(&bed, verdicts[i], bed.source_hash);
                rc = campaign_run(fixture_store, bed.ground.subject, &options,
                                  &outcome, &err);
                OK(campaign_find(fixture_store, bed.ground.subject->key,
                                 &campaign, ERR));
                ck_assert_str_eq(campaign->state, i ? "running" : "ended");
                ck_assert(i ? rc < 0 : rc == 0);
                ck_assert(i || outcome->earlier);
                campaign_free(campaign);
                campaign_outcome_free(outcome);
                clear(&bed);
        }
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                its_own_result_is_told_again,
                another_repository_gets_its_own_verdict,
                only_wins_that_can_be_made_here_are_adopted,
                who_asks_again_goes_on};

        return check_main("adopt", tests, 4);
}
