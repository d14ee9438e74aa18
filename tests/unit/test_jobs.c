/*
 * The queue against a model of it: random adds, claims, endings and the
 * passing of days, after each of which the store must say what the model
 * says. Then the claims that only several processes can break.
 */
#include "store_fixture.h"

#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/rng.h"
#include "core/text.h"
#include "store/jobs.h"
#include "store/sql.h"

enum { DAY = 86400, MODEL_JOBS = 512 };

/* --- the model ----------------------------------------------------------- */

struct model_job {
        int64_t id, created, not_before;
        char key[8];
        int priority, attempts;
        double score;
        const char *state;
};

static struct model_job model[MODEL_JOBS];
static int model_count;

static bool is_live(const struct model_job *job)
{
        return text_equal(job->state, "queued") ||
               text_equal(job->state, "running");
}

static struct model_job *model_find_live(const char *key)
{
        for (int i = 0; i < model_count; i++)
                if (*key && text_equal(model[i].key, key) &&
                    is_live(&model[i]))
                        return &model[i];
        return NULL;
}

/* One level up a day of waiting, never above 2 by waiting. */
static int urgency(const struct model_job *job, int64_t now)
{
        int level = job->priority;

        for (int64_t t = job->created + DAY; t <= now && level > 2; t += DAY)
                level--;
        return level;
}

/* Every fifth claim goes by waiting: no campaign is stored here. */
static bool is_turn(void)
{
        int claims = 0;

        for (int i = 0; i < model_count; i++)
                claims += model[i].attempts;
        return claims % JOB_ROUND == JOB_ROUND - 1;
}

static bool comes_before(const struct model_job *a, const struct model_job *b,
                         int64_t now)
{
        if (urgency(a, now) != urgency(b, now))
                return urgency(a, now) < urgency(b, now);
        if (is_turn() && a->created != b->created)
                return a->created < b->created;
        if (a->score != b->score)
                return a->score > b->score;
        if (a->created != b->created)
                return a->created < b->created;
        return a->id < b->id;
}

/* Nothing waits for longer than it was ever told to: then it was told by a
 * clock that was ahead, and is due. */
static int64_t model_wait(const struct model_job *job, int64_t now)
{
        int64_t wait = job->not_before - now;

        return wait > 0 && wait <= JOB_WAIT_SECONDS ? wait : 0;
}

static struct model_job *model_next(int64_t now)
{
        struct model_job *best = NULL;

        for (int i = 0; i < model_count; i++) {
                struct model_job *job = &model[i];

                if (!text_equal(job->state, "queued") ||
                    model_wait(job, now) > 0)
                        continue;
                if (!best || comes_before(job, best, now))
                        best = job;
        }
        return best;
}

static int64_t model_due(int64_t now)
{
        int64_t due = -1;

        for (int i = 0; i < model_count; i++) {
                int64_t wait = model_wait(&model[i], now);

                if (!text_equal(model[i].state, "queued"))
                        continue;
                if (due < 0 || wait < due)
                        due = wait;
        }
        return due;
}

/* --- one random step in both --------------------------------------------- */

static void do_add(struct rng *rng, int64_t now)
{
        static const char *const keys[] = {"", "a", "b", "c", "d", "e"};
        struct job job = {.kind = "search",
                          .key = (char *)keys[rng_below(rng, 6)]};
        struct model_job *live;
        bool added;
        int64_t id;

        job.priority = (int)rng_below(rng, 6);
        job.score = (double)rng_below(rng, 3);
        job.created = now;
        if (rng_below(rng, 3) == 0)
                job.not_before = now + (int64_t)rng_below(rng, 1801);
        live = model_find_live(job.key);
        OK(job_add(fixture_store, &job, &id, &added, ERR));
        ck_assert_int_eq(added, live == NULL);
        if (!live) {
                ck_assert_int_lt(model_count, MODEL_JOBS);
                live = &model[model_count++];
                *live = (struct model_job){
                        id,           now, job.not_before, "",
                        job.priority, 0,   job.score,      "queued"};
                strcpy(live->key, job.key);
                return;
        }
        ck_assert_int_eq(id, live->id);
        if (!text_equal(live->state, "queued"))
                return;
        /* It takes the more urgent of both. */
        if (job.priority < live->priority ||
            (job.priority == live->priority && job.score > live->score)) {
                live->priority = job.priority;
                live->score = job.score;
        }
}

static void do_claim(int64_t now)
{
        struct model_job *next = model_next(now);
        struct job *job = NULL;

        OK(job_claim(fixture_store, now, &job, ERR));
        if (!next) {
                ck_assert_ptr_null(job);
                return;
        }
        ck_assert_ptr_nonnull(job);
        ck_assert_int_eq(job->id, next->id);
        next->state = "running";
        next->attempts++;
        ck_assert_str_eq(job->state, "running");
        ck_assert_int_eq(job->attempts, next->attempts);
        ck_assert_int_eq(job->started, now);
        job_free(job);
        OK(job_set_pid(fixture_store, next->id, 4711, ERR));
}

/* 1, 5, 25 minutes after its end; parked after the last try. */
static void do_retry(struct model_job *at)
{
        static const int64_t delay[] = {60, 300, 1500};
        bool running = text_equal(at->state, "running");
        struct job *job = NULL;
        int tries = at->attempts;

        OK(job_retry(fixture_store, at->id, "worker lost", ERR));
        OK(job_get(fixture_store, at->id, &job, ERR));
        if (running) {
                at->state = tries >= 8 ? "parked" : "queued";
                at->not_before = job->not_before;
                ck_assert_int_eq(job->not_before - job->finished,
                                 delay[tries > 3 ? 2 : tries - 1]);
                ck_assert_str_eq(job->note, "worker lost");
                ck_assert_int_eq(job->pid, 0);
        }
        job_free(job);
}

static void do_ending(struct rng *rng)
{
        static const char *const endings[] = {"done", "failed", "parked"};
        struct model_job *at;
        const char *ending = endings[rng_below(rng, 3)];
        bool running;

        if (!model_count)
                return;
        at = &model[rng_below(rng, (uint64_t)model_count)];
        running = text_equal(at->state, "running");
        switch (rng_below(rng, 8)) {
        case 0:
                OK(job_finish(fixture_store, at->id, ending, "note", ERR));
                if (is_live(at) || text_equal(at->state, "parked"))
                        at->state = ending;
                break;
        case 1:
                OK(job_yield(fixture_store, at->id, "gave way", ERR));
                if (running) {
                        at->state = "queued";
                        at->attempts--;
                }
                break;
        default:
                do_retry(at);
        }
}

static void do_requeue(void)
{
        int expected = 0, count = -1;

        for (int i = 0; i < model_count; i++) {
                if (!text_equal(model[i].state, "running"))
                        continue;
                expected++;
                model[i].state = model[i].attempts >= 8 ? "parked" : "queued";
        }
        OK(job_requeue_running(fixture_store, &count, ERR));
        ck_assert_int_eq(count, expected);
}

static void compare_all(int64_t now)
{
        struct job **jobs = NULL;
        int64_t due;
        int count;

        OK(job_next_due(fixture_store, now, &due, ERR));
        ck_assert_int_eq(due, model_due(now));
        OK(job_list(fixture_store, NULL, 0, &jobs, &count, ERR));
        ck_assert_int_eq(count, model_count);
        for (int i = 0; i < count; i++) {
                const struct model_job *m = &model[model_count - 1 - i];

                ck_assert_int_eq(jobs[i]->id, m->id);
                ck_assert_str_eq(jobs[i]->state, m->state);
                ck_assert_int_eq(jobs[i]->attempts, m->attempts);
                ck_assert_int_eq(jobs[i]->priority, m->priority);
                ck_assert_int_eq(jobs[i]->pid,
                                 text_equal(m->state, "running") ? 4711 : 0);
        }
        jobs_free(jobs, count);
}

START_TEST(the_queue_behaves_like_its_model)
{
        struct rng rng = {20, 0};
        int64_t now;
        int claimed = 0;

        for (int round = 0; round < 6; round++) {
                fixture_setup();
                model_count = 0;
                now = clock_wall_seconds();
                for (int step = 0; step < 250; step++) {
                        switch (rng_below(&rng, 8)) {
                        case 0:
                        case 1:
                        case 2:
                                do_add(&rng, now);
                                break;
                        case 3:
                        case 4:
                                claimed += model_next(now) != NULL;
                                do_claim(now);
                                break;
                        case 5:
                        case 6:
                                do_ending(&rng);
                                break;
                        default:
                                /* Time passes, or the clock is set, either
                                 * way. */
                                now += (int64_t)rng_below(
                                        &rng, rng_below(&rng, 4) ? 900 : DAY);
                                if (rng_below(&rng, 4) == 0)
                                        now -= (int64_t)rng_below(&rng,
                                                                  90 * DAY);
                                if (rng_below(&rng, 8) == 0)
                                        do_requeue();
                        }
                        if (step % 10 == 0)
                                compare_all(now);
                }
                compare_all(now);
                fixture_teardown();
        }
        ck_assert_int_gt(claimed, 100);
}
END_TEST

/* --- what the model does not reach ----------------------------------------
 */

static int64_t add(const char *key, int priority, double score,
                   int64_t created)
{
        struct job job = {.kind = "search",
                          .repository = "r",
                          .kernel = (char *)key,
                          .hardware = "cpu",
                          .key = (char *)key,
                          .payload = "{\"x\": 1}",
                          .priority = priority,
                          .score = score,
                          .created = created};
        int64_t id = 0;

        OK(job_add(fixture_store, &job, &id, NULL, ERR));
        return id;
}

static int64_t claim(int64_t now)
{
        struct job *job = NULL;
        int64_t id = 0;

        OK(job_claim(fixture_store, now, &job, ERR));
        if (job)
                id = job->id;
        job_free(job);
        return id;
}

START_TEST(waiting_never_overtakes_a_person)
{
        int64_t now = clock_wall_seconds(), old, person, status;

        fixture_setup();
        old = add("old", 5, 1e9, now - 400 * DAY);
        status = add("status", 1, 0, now);
        person = add("person", 0, 0, now);
        ck_assert_int_eq(claim(now), person);
        ck_assert_int_eq(claim(now), status);
        ck_assert_int_eq(claim(now), old);
        ck_assert_int_eq(claim(now), 0);
        fixture_teardown();
}
END_TEST

/* Four searches by score, then the one that waits longest for what was never
 * searched; what has a campaign keeps its place by score. */
START_TEST(one_search_in_five_goes_by_waiting)
{
        int64_t now = clock_wall_seconds(), old, older, worse;
        struct campaign wanted = {.key = "k",
                                  .repository = "r",
                                  .commit = "",
                                  .kernel = "older",
                                  .hardware = "cpu",
                                  .environment_hash = "e",
                                  .workloads = "[]",
                                  .policy = "auto"};
        struct campaign *campaign;

        fixture_setup();
        OK(campaign_begin(fixture_store, &wanted, &campaign, NULL, ERR));
        campaign_free(campaign);
        older = add("older", 4, 1, now - 200);
        old = add("old", 4, 2, now - 100);
        worse = add("worse", 4, 3, now - 50);
        for (int i = 0; i < JOB_ROUND - 1; i++) {
                char key[16];

                snprintf(key, sizeof key, "good %d", i);
                add(key, 4, 100, now);
        }
        for (int i = 0; i < JOB_ROUND - 1; i++) {
                int64_t id = claim(now);

                ck_assert(id != older && id != old && id != worse);
        }
        add("late", 4, 1000, now);
        ck_assert_int_eq(claim(now), old);
        ck_assert_int_ne(claim(now), worse);
        ck_assert_int_eq(claim(now), worse);
        ck_assert_int_eq(claim(now), older);
        fixture_teardown();
}
END_TEST

START_TEST(a_day_is_one_level_and_a_second_less_is_none)
{
        int64_t now = clock_wall_seconds(), waited, fresh;

        fixture_setup();
        waited = add("waited", 5, 0, now - DAY + 1);
        fresh = add("fresh", 4, 0, now);
        ck_assert_int_eq(claim(now), fresh);
        OK(job_finish(fixture_store, fresh, "done", "", ERR));
        fresh = add("fresh", 4, 0, now + 1);
        /* The same level now, and it is older. */
        ck_assert_int_eq(claim(now + 1), waited);
        fixture_teardown();
}
END_TEST

START_TEST(a_job_is_due_at_its_second)
{
        int64_t now = clock_wall_seconds(), seconds, id = 0;
        struct job job = {.kind = "search", .not_before = now + 100};

        fixture_setup();
        OK(job_next_due(fixture_store, now, &seconds, ERR));
        ck_assert_int_eq(seconds, -1);
        OK(job_add(fixture_store, &job, &id, NULL, ERR));
        OK(job_next_due(fixture_store, now, &seconds, ERR));
        ck_assert_int_eq(seconds, 100);
        ck_assert_int_eq(claim(now + 99), 0);
        OK(job_next_due(fixture_store, now + 200, &seconds, ERR));
        ck_assert_int_eq(seconds, 0);
        ck_assert_int_eq(claim(now + 100), id);
        fixture_teardown();
}
END_TEST

/* A retry was stored while the clock was years ahead; then it was set. */
START_TEST(a_clock_that_was_ahead_holds_nothing_back)
{
        int64_t now = clock_wall_seconds(), seconds, id, late;
        struct job *job = NULL;

        fixture_setup();
        id = add("a", 3, 0, now);
        ck_assert_int_eq(claim(now), id);
        OK(job_retry(fixture_store, id, "lost", ERR));
        ck_assert_int_eq(claim(now), 0);
        /* For a clock that is set back to long before, it is due. */
        late = now - 9 * 365 * (int64_t)DAY;
        OK(job_next_due(fixture_store, late, &seconds, ERR));
        ck_assert_int_eq(seconds, 0);
        OK(job_get(fixture_store, id, &job, ERR));
        ck_assert(job_is_due(job, late));
        ck_assert(!job_is_due(job, now));
        job_free(job);
        ck_assert_int_eq(claim(late), id);
        /* For one that goes ahead it is due too, and claimed once. */
        OK(job_retry(fixture_store, id, "lost", ERR));
        ck_assert_int_eq(claim(now + 9 * 365 * (int64_t)DAY), id);
        ck_assert_int_eq(claim(now + 9 * 365 * (int64_t)DAY), 0);
        fixture_teardown();
}
END_TEST

START_TEST(a_job_tried_eight_times_is_parked)
{
        int64_t now = clock_wall_seconds(), id;
        struct job *job = NULL;

        fixture_setup();
        id = add("k", 3, 0, now);
        for (int i = 0; i < 8; i++) {
                ck_assert_int_eq(claim(now + 100000), id);
                OK(job_retry(fixture_store, id, "lost", ERR));
        }
        ck_assert_int_eq(claim(now + 1000000), 0);
        OK(job_get(fixture_store, id, &job, ERR));
        ck_assert_str_eq(job->state, "parked");
        ck_assert_int_eq(job->attempts, JOB_ATTEMPTS);
        job_free(job);
        /* Its key is free again. */
        ck_assert_int_ne(add("k", 3, 0, now), id);
        fixture_teardown();
}
END_TEST

/* Parked together, and back as the same rows; of two with one key the later
 * one. */
START_TEST(parked_jobs_come_back_as_themselves)
{
        int64_t now = clock_wall_seconds(), a, b, c, later, kept;
        struct job *job = NULL;
        int count = 0;

        fixture_setup();
        a = add("a", 3, 0, now);
        b = add("b", 3, 0, now + 1);
        kept = add("failing", 3, 0, now + 2);
        OK(job_finish(fixture_store, kept, "parked", "tried too often", ERR));
        ck_assert_int_eq(claim(now), a);
        OK(job_park(fixture_store, a, "r", "tomorrow: spent", &count, ERR));
        ck_assert_int_eq(count, 2);
        ck_assert_int_eq(claim(now), 0);
        /* Meanwhile the same is wanted again. */
        later = add("b", 3, 0, now + 3);
        ck_assert_int_ne(later, b);
        c = add("c", 3, 0, now + 4);
        ck_assert_int_eq(claim(now), later);
        OK(job_park(fixture_store, later, "r", "tomorrow: spent", &count,
                    ERR));
        ck_assert_int_eq(count, 2);
        OK(job_unpark(fixture_store, "other", "tomorrow: ", ERR));
        OK(job_unpark(fixture_store, "r", "yesterday: ", ERR));
        ck_assert_int_eq(claim(now), 0);
        OK(job_unpark(fixture_store, "r", "tomorrow: ", ERR));
        ck_assert_int_eq(claim(now), a);
        ck_assert_int_eq(claim(now), later);
        ck_assert_int_eq(claim(now), c);
        ck_assert_int_eq(claim(now), 0);
        OK(job_get(fixture_store, a, &job, ERR));
        ck_assert_int_eq(job->attempts, 1);
        job_free(job);
        OK(job_get(fixture_store, b, &job, ERR));
        ck_assert_str_eq(job->state, "cancelled");
        job_free(job);
        OK(job_get(fixture_store, kept, &job, ERR));
        ck_assert_str_eq(job->state, "parked");
        job_free(job);
        fixture_teardown();
}
END_TEST

/* Also those of a repository that the host file has ceased to name. */
START_TEST(repositories_of_parked_jobs_are_known)
{
        char **repository = NULL;
        int count = 0;

        fixture_setup();
        for (int i = 0; i < 5; i++) {
                struct job job = {.kind = "search",
                                  .repository = i < 4 ? "r" : "gone",
                                  .priority = 3};

                OK(job_add(fixture_store, &job, NULL, NULL, ERR));
        }
        OK(job_finish(fixture_store, 1, "parked", "tried too often", ERR));
        OK(job_park(fixture_store, 0, "gone", "tomorrow: spent", NULL, ERR));
        OK(job_parked_repositories(fixture_store, "tomorrow: ", &repository,
                                   &count, ERR));
        ck_assert_int_eq(count, 1);
        ck_assert_str_eq(repository[0], "gone");
        free(repository[0]);
        free(repository);
        fixture_teardown();
}
END_TEST

/* What it takes to queue that many parked jobs again, half of them under a key
 * that is parked twice, while as many others are live. */
static int64_t steps_to_unpark(int jobs)
{
        struct job **back = NULL;
        int64_t before;
        char key[16];
        int count = 0;

        OK(sql_begin(fixture_store, ERR));
        for (int i = 0; i < jobs; i++) {
                if (i == jobs / 2)
                        OK(job_park(fixture_store, 0, "r", "tomorrow: ", NULL,
                                    ERR));
                snprintf(key, sizeof key, "%d", i % (jobs - jobs / 4));
                add(key, 3, 0, i);
        }
        OK(job_park(fixture_store, 0, "r", "tomorrow: ", NULL, ERR));
        for (int i = 0; i < jobs; i++) {
                snprintf(key, sizeof key, "other %d", i);
                add(key, 3, 0, i);
        }
        OK(sql_end(fixture_store, 0, ERR));
        before = sql_steps(fixture_store);
        OK(job_unpark(fixture_store, "r", "tomorrow: ", ERR));
        before = sql_steps(fixture_store) - before;
        OK(job_list(fixture_store, "queued", 0, &back, &count, ERR));
        jobs_free(back, count);
        ck_assert_int_eq(count, 2 * jobs - jobs / 4);
        OK(job_cancel(fixture_store, "r", NULL, NULL, "", ERR));
        return before;
}

/* Ten times the jobs take ten times as long, not a hundred times: the daemon
 * does nothing else meanwhile. */
START_TEST(many_parked_jobs_come_back_in_one_pass)
{
        int64_t few;

        fixture_setup();
        few = steps_to_unpark(200);
        ck_assert_int_lt(steps_to_unpark(2000), 20 * few);
        fixture_teardown();
}
END_TEST

START_TEST(everything_given_comes_back)
{
        struct job given = {.kind = "measure",
                            .repository = "/srv/a b.git",
                            .kernel = "softmax",
                            .hardware = "nvidia-h200",
                            .key = "k",
                            .payload = "{\"text\": \"\xc3\xa9'\"}",
                            .priority = 2,
                            .score = 0.1 + 0.2,
                            .created = 12345,
                            .not_before = 23456,
                            .note = "first"};
        struct job *job = NULL;
        int64_t id;

        fixture_setup();
        OK(job_add(fixture_store, &given, &id, NULL, ERR));
        OK(job_get(fixture_store, id, &job, ERR));
        ck_assert_str_eq(job->kind, given.kind);
        ck_assert_str_eq(job->repository, given.repository);
        ck_assert_str_eq(job->kernel, given.kernel);
        ck_assert_str_eq(job->hardware, given.hardware);
        ck_assert_str_eq(job->key, given.key);
        ck_assert_str_eq(job->payload, given.payload);
        ck_assert_str_eq(job->note, given.note);
        ck_assert_str_eq(job->state, "queued");
        ck_assert_int_eq(job->priority, 2);
        ck_assert(job->score == given.score);
        ck_assert_int_eq(job->created, 12345);
        ck_assert_int_eq(job->not_before, 23456);
        job_free(job);
        ck_assert_int_eq(job_get(fixture_store, id + 1, &job, ERR),
                         ERR_NOT_FOUND);
        ck_assert_ptr_null(job);
        given.priority = 6;
        given.key = "other";
        ck_assert_int_eq(job_add(fixture_store, &given, &id, NULL, ERR),
                         ERR_INPUT);
        given.priority = 2;
        given.score = 0.0 / 0.0;
        ck_assert_int_eq(job_add(fixture_store, &given, &id, NULL, ERR),
                         ERR_INPUT);
        fixture_teardown();
}
END_TEST

START_TEST(an_ending_stands)
{
        int64_t id, now = clock_wall_seconds();
        struct job *job = NULL;

        fixture_setup();
        id = add("k", 3, 0, now);
        ck_assert_int_eq(claim(now), id);
        OK(job_cancel(fixture_store, NULL, "k", NULL, "kernel removed", ERR));
        OK(job_finish(fixture_store, id, "done", "found one", ERR));
        OK(job_retry(fixture_store, id, "lost", ERR));
        OK(job_set_pid(fixture_store, id, 1, ERR));
        OK(job_get(fixture_store, id, &job, ERR));
        ck_assert_str_eq(job->state, "cancelled");
        ck_assert_str_eq(job->note, "kernel removed");
        ck_assert_int_eq(job->pid, 0);
        job_free(job);
        ck_assert_int_eq(job_finish(fixture_store, 99, "done", "", ERR),
                         ERR_NOT_FOUND);
        ck_assert_int_eq(job_finish(fixture_store, add("l", 0, 0, now),
                                    "sleeping", "", ERR),
                         ERR_INPUT);
        fixture_teardown();
}
END_TEST

START_TEST(cancel_meets_what_it_names)
{
        int64_t now = clock_wall_seconds();
        struct job **jobs = NULL;
        int count;

        fixture_setup();
        add("a", 3, 0, now);
        add("b", 3, 0, now);
        add("c", 3, 0, now);
        OK(job_cancel(fixture_store, "other", NULL, NULL, "no", ERR));
        OK(job_cancel(fixture_store, "r", "b", "gpu", "no", ERR));
        OK(job_list(fixture_store, "queued", 0, &jobs, &count, ERR));
        ck_assert_int_eq(count, 3);
        jobs_free(jobs, count);
        OK(job_cancel(fixture_store, "r", "b", "cpu", "gone", ERR));
        OK(job_list(fixture_store, "cancelled", 0, &jobs, &count, ERR));
        ck_assert_int_eq(count, 1);
        ck_assert_str_eq(jobs[0]->key, "b");
        jobs_free(jobs, count);
        OK(job_list(fixture_store, "queued", 1, &jobs, &count, ERR));
        ck_assert_int_eq(count, 1);
        ck_assert_str_eq(jobs[0]->key, "c");
        jobs_free(jobs, count);
        OK(job_cancel(fixture_store, NULL, NULL, NULL, "all", ERR));
        OK(job_list(fixture_store, "queued", 0, &jobs, &count, ERR));
        ck_assert_int_eq(count, 0);
        jobs_free(jobs, count);
        fixture_teardown();
}
END_TEST

/* Claim until nothing is left; one byte a claimed job to the pipe. */
static int claim_all(int to, int64_t now)
{
        struct store *store = NULL;
        struct job *job = NULL;
        unsigned char id;

        if (store_open(&store, fixture_path, NULL))
                return 1;
        for (;;) {
                if (job_claim(store, now, &job, NULL))
                        return 2;
                if (!job)
                        return 0;
                id = (unsigned char)job->id;
                job_free(job);
                if (write(to, &id, 1) != 1)
                        return 3;
        }
}

START_TEST(a_job_is_claimed_once)
{
        enum { JOBS = 60, CHILDREN = 4 };
        int64_t now = clock_wall_seconds();
        int pipes[2], status, claimed[JOBS + 1] = {0};
        unsigned char id;

        fixture_setup();
        for (int i = 0; i < JOBS; i++)
                add("", 3, 0, now);
        store_close(fixture_store);
        fixture_store = NULL;
        ck_assert_int_eq(pipe(pipes), 0);
        for (int i = 0; i < CHILDREN; i++)
                if (fork() == 0)
                        _exit(claim_all(pipes[1], now));
        for (int i = 0; i < CHILDREN; i++) {
                ck_assert_int_gt(wait(&status), 0);
                ck_assert_int_eq(status, 0);
        }
        close(pipes[1]);
        while (read(pipes[0], &id, 1) == 1) {
                ck_assert_int_le(id, JOBS);
                claimed[id]++;
        }
        for (int i = 1; i <= JOBS; i++)
                ck_assert_int_eq(claimed[i], 1);
        fixture_teardown();
}
END_TEST

int main(void)
{
        const TTest *tests[] = {
                the_queue_behaves_like_its_model,
                waiting_never_overtakes_a_person,
                one_search_in_five_goes_by_waiting,
                a_day_is_one_level_and_a_second_less_is_none,
                a_job_is_due_at_its_second,
                a_clock_that_was_ahead_holds_nothing_back,
                a_job_tried_eight_times_is_parked,
                parked_jobs_come_back_as_themselves,
                repositories_of_parked_jobs_are_known,
                many_parked_jobs_come_back_in_one_pass,
                everything_given_comes_back,
                an_ending_stands,
                cancel_meets_what_it_names,
                a_job_is_claimed_once,
        };

        return check_main("jobs", tests, sizeof tests / sizeof tests[0]);
}
