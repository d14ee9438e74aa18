/*
 * The working part of the daemon; see daemon_state.h. One job has the device
 * at a time. What a job's exit status means:
 *
 *   0   done
 *   1   done, and the answer is no (a wrong source): planned as an event
 *   75  try again later (EXIT_TRANSIENT), or it gave way when asked to
 *   2   failed for good; its last line says why
 *   killed: tried again; one that crashes twice is left alone
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/daemon_state.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"
#include "plan/planner.h"
#include "plan/planning.h"

static const char *const step_names[STEPS] = {"probe", "plan", "deliver",
                                              "tidy"};

static void show_line(const char *line, void *data)
{
        const struct daemon *d = data;

        if (!d->options->quiet)
                fprintf(stderr, "  %s\n", line);
}

/* What a step decided. Its error is logged when it ended. */
static void show_decision(const char *line, void *data)
{
        if (!text_starts(line, "kevo: "))
                show_line(line, data);
}

/* A step that fails for the same reason at every try is said once. */
static void log_step(struct daemon *d, enum step step, int status,
                     const char *last)
{
        char *said = d->step_problem[step];
        char text[CHILD_LINE_BYTES];

        if (status == EXIT_TRANSIENT || status == 2)
                snprintf(text, sizeof text, "%s",
                         text_starts(last, "kevo: ") ? last + 6 : last);
        else
                snprintf(text, sizeof text, "ended with %d: %.900s", status,
                         last);
        if (text_equal(text, said))
                return;
        snprintf(said, CHILD_LINE_BYTES, "%s", text);
        daemon_log(d, "error", "%s: %s", step_names[step], text);
}

/* A step that failed is tried again after a minute; with --once the caller
 * learns of it by the exit status. */
static void step_ended(int status, const char *last, void *data)
{
        struct daemon *d = data;
        enum step step = d->step_kind;

        d->step = NULL;
        if (status == 0 && step == STEP_PROBE) {
                daemon_want(d, STEP_PLAN, 0);
                daemon_want(d, STEP_DELIVER, 0);
        }
        if (status == 0) {
                d->step_problem[step][0] = 0;
        } else if (step == STEP_PROBE && status == EXIT_TRANSIENT) {
                /* A change was seen once: is it still so? */
                daemon_want(d, STEP_PROBE,
                            d->options->once ? 0 : DAEMON_CONFIRM_MS);
        } else {
                log_step(d, step, status, last);
                d->failed = true;
                if (!d->options->once)
                        daemon_want(d, step, DAEMON_RETRY_MS);
        }
        /* Our own moves of refs are events like any other, also when another
         * repository could not be served. */
        if (step == STEP_DELIVER)
                daemon_scan(d, NULL);
        else
                daemon_turn(d);
}

void daemon_start_step(struct daemon *d, enum step step)
{
        const char *arguments[] = {"daemon", "--step", step_names[step], NULL};
        struct child_handlers handlers = {show_decision, step_ended, d};
        struct error err = {0};

        d->step_kind = step;
        if (child_start(&d->step, &d->loop, arguments, DAEMON_STEP_MS, 5,
                        &handlers, &err) == 0)
                return;
        d->step = NULL;
        d->failed = true;
        daemon_log(d, "error", "%s", err.text);
        if (!d->options->once)
                daemon_want(d, step, DAEMON_RETRY_MS);
}

/* Its own doing, unlike a kill from outside or for memory. */
static bool is_crash(int signal)
{
        return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL ||
               signal == SIGFPE || signal == SIGABRT;
}

/* Why a job that was asked to stop waits again. */
static const char *why_stopped(const struct daemon *d)
{
        return d->stopping ? "interrupted: the daemon was stopped; it is "
                             "taken up again at its next start"
                           : "gave way to what is more urgent; it is taken "
                             "up again afterwards";
}

/* Store how a job ended. The event comes first: after a crash in between,
 * the job runs again and finds it recorded. */
static int settle_job(struct daemon *d, int status, const char *last,
                      struct error *err)
{
        const struct job *job = d->job;
        char note[CHILD_LINE_BYTES + 64];
        int rc = 0;

        switch (status) {
        case 0:
                return job_finish(d->store, job->id, "done", last, err);
        case 1:
                if (text_equal(job->kind, "verify"))
                        rc = planner_note_result(d->store, job->id,
                                                 job->repository, last, err);
                return rc < 0 ? rc
                              : job_finish(d->store, job->id, "done", last,
                                           err);
        case EXIT_TRANSIENT:
                if (d->yielding || d->stopping)
                        return job_yield(d->store, job->id, why_stopped(d),
                                         err);
                return job_retry(d->store, job->id, last, err);
        default:
                break;
        }
        if (status < 128)
                return job_finish(d->store, job->id, "failed", last, err);
        if (d->stopping || d->yielding)
                return job_yield(d->store, job->id, why_stopped(d), err);
        snprintf(note, sizeof note, "killed by signal %d: %s", status - 128,
                 last);
        if (job->attempts >= DAEMON_CRASHES && is_crash(status - 128))
                return job_finish(d->store, job->id, "failed", note, err);
        return job_retry(d->store, job->id, note, err);
}

bool daemon_gives_up(const struct daemon *d)
{
        return d->options->once && d->refusals >= DAEMON_LAST_REFUSAL;
}

void daemon_refused(struct daemon *d, const struct error *why)
{
        bool last;

        d->refusals++;
        d->failed = true;
        d->refused_ms = (int64_t)uv_now(&d->loop) + DAEMON_REFUSED_MS;
        last = d->stopping || daemon_gives_up(d);
        if (last || d->refusals % DAEMON_REFUSALS == 1)
                daemon_log(d, "error", "%s; %s", why->text,
                           last ? "the next start goes on from here"
                                : "tried again every 5 s");
}

static void daemon_taken(struct daemon *d)
{
        if (d->refusals)
                daemon_log(d, "store", "%s takes writes again",
                           d->host->store);
        d->refusals = 0;
        d->refused_ms = 0;
}

/* Without this a full disk or a long lock at the wrong moment would leave
 * the job running in the store, and nobody working on it. */
static void finish_job(struct daemon *d)
{
        bool gave_way = d->yielding || d->stopping;
        struct error err = {0};

        if (settle_job(d, d->status, d->last, &err) < 0) {
                daemon_refused(d, &err);
                return;
        }
        daemon_taken(d);
        daemon_budget_add(d, d->job->repository,
                          (d->ended_ms - d->started_ms) / 1000);
        if (d->status != 0 && !gave_way)
                d->failed = true;
        daemon_want(d, d->status == 1 ? STEP_PLAN : STEP_DELIVER, 0);
        job_free(d->job);
        d->job = NULL;
        d->yielding = false;
}

void daemon_settle(struct daemon *d)
{
        if (d->job && !d->worker && d->refused_ms <= (int64_t)uv_now(&d->loop))
                finish_job(d);
}

static void note_end(struct daemon *d, int status, const char *last)
{
        d->worker = NULL;
        d->ended_ms = (int64_t)uv_now(&d->loop);
        d->status = status;
        snprintf(d->last, sizeof d->last, "%s", last);
        finish_job(d);
}

static void job_ended(int status, const char *last, void *data)
{
        struct daemon *d = data;
        bool gave_way = d->yielding || d->stopping;

        daemon_log(d, "ended", "job %lld (%s %s): %s%s%s",
                   (long long)d->job->id, d->job->kind, d->job->kernel,
                   status == 0                ? "done"
                   : status == 1              ? "the answer is no"
                   : d->stopping              ? "interrupted"
                   : gave_way                 ? "gave way"
                   : status == EXIT_TRANSIENT ? "to be tried again"
                                              : "failed",
                   *last ? ": " : "", last);
        note_end(d, status, last);
        daemon_turn(d);
}

/* A search writes objects and rows: below the set free space none starts. */
static bool has_space(struct daemon *d)
{
        int64_t space = file_free_bytes(d->host->store);
        bool low = space >= 0 && space < d->host->free_bytes;

        if (low && !d->low_space)
                daemon_log(d, "space",
                           "%lld MiB free beside %s, below the %lld MiB of "
                           "the host file: jobs wait",
                           (long long)(space >> 20), d->host->store,
                           (long long)(d->host->free_bytes >> 20));
        d->low_space = low;
        d->failed = d->failed || low;
        return !low;
}

/* What to do stands in the queue: the child gets nothing but the number. */
static bool start_child(struct daemon *d, struct error *err)
{
        struct child_handlers handlers = {show_line, job_ended, d};
        bool search = text_equal(d->job->kind, "search");
        char number[32];
        /* A second pass is for a daemon that stays. */
        const char *arguments[] = {
                search ? "search" : "verify", "--job", number,
                search && d->options->once ? "--once" : NULL, NULL};

        snprintf(number, sizeof number, "%lld", (long long)d->job->id);
        return child_start(&d->worker, &d->loop, arguments, 0, 0, &handlers,
                           err) == 0 &&
               job_set_pid(d->store, d->job->id, child_pid(d->worker), err) ==
                       0;
}

/* The next job whose repository still has device seconds today. */
static bool claim(struct daemon *d)
{
        struct error err = {0};

        for (;;) {
                if (job_claim(d->store, clock_wall_seconds(), &d->job, &err) <
                    0) {
                        daemon_refused(d, &err);
                        return false;
                }
                daemon_taken(d);
                if (!d->job || daemon_budget_allows(d, d->job))
                        return d->job != NULL;
                job_free(d->job);
                d->job = NULL;
        }
}

void daemon_start_job(struct daemon *d)
{
        struct error err = {0};

        if (d->job || d->refused_ms > (int64_t)uv_now(&d->loop) ||
            !has_space(d) || !claim(d))
                return;
        d->started_ms = (int64_t)uv_now(&d->loop);
        daemon_log(d, "start", "job %lld: %s %s %s", (long long)d->job->id,
                   d->job->kind, d->job->kernel, d->job->hardware);
        if (start_child(d, &err))
                return;
        daemon_log(d, "error", "%s", err.text);
        if (!d->worker) /* else it runs; only its pid is not stored */
                note_end(d, EXIT_TRANSIENT, err.text);
}

/* The most urgent priority among what is due. */
static int most_urgent(struct daemon *d)
{
        struct job **list = NULL;
        int64_t now = clock_wall_seconds();
        int count = 0, urgent = PRIORITY_BACKFILL + 1;

        if (job_list(d->store, "queued", 0, &list, &count, NULL) < 0)
                return urgent;
        for (int i = 0; i < count; i++) {
                if (job_is_due(list[i], now) && list[i]->priority < urgent)
                        urgent = list[i]->priority;
        }
        jobs_free(list, count);
        return urgent;
}

void daemon_check_job(struct daemon *d)
{
        struct job *now = NULL;

        if (!d->worker || d->yielding ||
            job_get(d->store, d->job->id, &now, NULL) < 0)
                return;
        if (!text_equal(now->state, "running")) {
                daemon_log(d, "cancel", "job %lld: %s", (long long)now->id,
                           now->note);
                d->yielding = true;
                child_kill(d->worker);
        } else if (text_equal(now->kind, "search") &&
                   most_urgent(d) <= PRIORITY_OPEN &&
                   now->priority > PRIORITY_OPEN) {
                d->yielding = true;
                child_stop(d->worker, DAEMON_GRACE_MS);
        }
        job_free(now);
}

int daemon_requeue(struct daemon *d, struct error *err)
{
        struct job **list = NULL;
        int count = 0, rc;

        rc = job_list(d->store, "running", 0, &list, &count, err);
        for (int i = 0; i < count && rc == 0; i++)
                child_kill_stale((pid_t)list[i]->pid, list[i]->id);
        jobs_free(list, count);
        if (rc == 0)
                rc = job_requeue_running(d->store, &count, err);
        if (rc == 0 && count)
                daemon_log(d, "queue",
                           "%d job%s of an earlier daemon queued again", count,
                           count == 1 ? "" : "s");
        return rc;
}
