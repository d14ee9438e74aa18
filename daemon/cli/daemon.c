/*
 * See daemon.h. daemon_turn is the one place that decides what happens next;
 * everything else (timers, hints, children that end) changes what is known
 * and calls it. The loop itself never blocks: whatever may take long or may
 * crash is a child.
 */
#include "cli/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/daemon_state.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"

void daemon_log(const struct daemon *d, const char *what, const char *format,
                ...)
{
        time_t now = (time_t)clock_wall_seconds();
        bool bad = text_equal(what, "error") || text_equal(what, "missing") ||
                   text_equal(what, "space");
        char date[32], text[2048];
        struct tm utc;
        va_list args;

        if (d->options->quiet && !bad)
                return;
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        gmtime_r(&now, &utc);
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
        fprintf(stderr, "%s %-7s %s\n", date, what, text);
}

static void lock_path(const char *store_path, char path[LIMIT_PATH_BYTES + 8])
{
        snprintf(path, LIMIT_PATH_BYTES + 8, "%s.lock", store_path);
}

long daemon_find(const char *store_path)
{
        char path[LIMIT_PATH_BYTES + 8], text[32] = "";
        long pid = 0;
        int fd;

        lock_path(store_path, path);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return 0;
        if (flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK &&
            read(fd, text, sizeof text - 1) > 0)
                pid = strtol(text, NULL, 10);
        close(fd);
        return pid;
}

/* One daemon a store, before the store is opened: a newer program must not
 * migrate it under an older one. The lock goes with the process, however it
 * ends. */
static int take_lock(struct daemon *d, struct error *err)
{
        char path[LIMIT_PATH_BYTES + 8], text[32], *slash;
        int rc = 0;

        lock_path(d->host->store, path);
        slash = strrchr(path, '/');
        if (slash && slash != path) {
                *slash = 0;
                rc = file_make_directories(path, 0700, err);
                *slash = '/';
        }
        if (rc < 0)
                return rc;
        d->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (d->lock < 0)
                return error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
        if (flock(d->lock, LOCK_EX | LOCK_NB) < 0) {
                long other = daemon_find(d->host->store);

                close(d->lock);
                d->lock = -1;
                return error_set(err, ERR_BUSY,
                                 "a daemon (pid %ld) works on %s already; "
                                 "stop it, or name another \"store\" in the "
                                 "host file",
                                 other, d->host->store);
        }
        snprintf(text, sizeof text, "%ld\n", (long)getpid());
        if (ftruncate(d->lock, 0) < 0 ||
            pwrite(d->lock, text, strlen(text), 0) < 0)
                return error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
        return 0;
}

void daemon_want(struct daemon *d, enum step step, int64_t after_ms)
{
        int64_t due = (int64_t)uv_now(&d->loop) + after_ms + 1;

        if (!d->wanted_ms[step] || d->wanted_ms[step] > due)
                d->wanted_ms[step] = due;
}

/* The next step that is due; -1 when none is. *soonest_ms is brought down to
 * when the next one will be. Steps have an order: what is planned before what
 * is delivered. */
static int due_step(struct daemon *d, int64_t *soonest_ms)
{
        int64_t now = (int64_t)uv_now(&d->loop);
        int found = -1;

        for (int i = 0; i < STEPS; i++) {
                if (!d->wanted_ms[i])
                        continue;
                if (d->wanted_ms[i] <= now + 1) {
                        if (found < 0)
                                found = i;
                } else if (d->wanted_ms[i] - now < *soonest_ms) {
                        *soonest_ms = d->wanted_ms[i] - now;
                }
        }
        return found;
}

static void on_turn(uv_timer_t *timer)
{
        daemon_turn(timer->data);
}

static void begin_stop(struct daemon *d);

/* Nothing runs and nothing is due: sleep until something is, or be done. */
static void rest(struct daemon *d, int64_t soonest_ms)
{
        int64_t now = (int64_t)uv_now(&d->loop), seconds = -1;
        struct error err = {0};

        if (d->refused_ms <= now &&
            job_next_due(d->store, clock_wall_seconds(), &seconds, &err) < 0)
                daemon_refused(d, &err);
        if (d->refused_ms > now && d->refused_ms - now < soonest_ms)
                soonest_ms = d->refused_ms - now;
        if (daemon_gives_up(d) || (d->options->once && !d->step &&
                                   !d->worker && soonest_ms == INT64_MAX)) {
                begin_stop(d);
                return;
        }
        /* What runs takes a turn when it ends: a job waits for that. */
        if (seconds >= 0 && !d->worker && !d->step && !d->low_space &&
            seconds * 1000 < soonest_ms)
                soonest_ms = seconds * 1000 + 1;
        if (soonest_ms < INT64_MAX)
                uv_timer_start(&d->turn, on_turn, (uint64_t)soonest_ms, 0);
}

void daemon_turn(struct daemon *d)
{
        int64_t soonest_ms = INT64_MAX;
        int step;

        if (d->stopping) {
                begin_stop(d);
                return;
        }
        uv_timer_stop(&d->turn);
        daemon_settle(d);
        step = due_step(d, &soonest_ms);
        if (!d->step && step >= 0) {
                d->wanted_ms[step] = 0;
                daemon_start_step(d, step);
        }
        /* Steps are short and come first: a plan may bring what is more
         * urgent than what is queued. */
        if (!d->step && !d->worker)
                daemon_start_job(d);
        else
                daemon_check_job(d);
        rest(d, soonest_ms);
}

/* Ask children to stop; when they are gone, close everything. */
static void begin_stop(struct daemon *d)
{
        if (!d->stopping) {
                d->stopping = true;
                if (d->worker)
                        child_stop(d->worker, DAEMON_GRACE_MS);
                if (d->step)
                        child_stop(d->step, DAEMON_GRACE_MS);
        }
        if (d->worker || d->step || uv_is_closing((uv_handle_t *)&d->poll))
                return;
        daemon_watch_stop(d);
        uv_close((uv_handle_t *)&d->poll, NULL);
        uv_close((uv_handle_t *)&d->turn, NULL);
        uv_close((uv_handle_t *)&d->probe, NULL);
        uv_close((uv_handle_t *)&d->terminate, NULL);
        uv_close((uv_handle_t *)&d->interrupt, NULL);
}

static void on_signal(uv_signal_t *signal, int number)
{
        struct daemon *d = signal->data;

        if (!d->stopping)
                daemon_log(d, "stop", "signal %d: children stop first",
                           number);
        begin_stop(d);
}

static void tidy_sometimes(struct daemon *d)
{
        int64_t now = (int64_t)uv_now(&d->loop);

        if (now - d->tidied_ms <
            (d->low_space ? DAEMON_SPACE_MS : DAEMON_TIDY_MS))
                return;
        d->tidied_ms = now;
        daemon_want(d, STEP_TIDY, 0);
}

static void on_poll(uv_timer_t *timer)
{
        tidy_sometimes(timer->data);
        daemon_budget_release(timer->data);
        daemon_scan(timer->data, NULL);
}

static void on_probe(uv_timer_t *timer)
{
        daemon_want(timer->data, STEP_PROBE, 0);
        daemon_turn(timer->data);
}

/* Every handle exists from the start, so that stopping closes them all. */
static void init_loop(struct daemon *d)
{
        uv_loop_init(&d->loop);
        uv_timer_init(&d->loop, &d->poll);
        uv_timer_init(&d->loop, &d->turn);
        uv_timer_init(&d->loop, &d->probe);
        uv_signal_init(&d->loop, &d->terminate);
        uv_signal_init(&d->loop, &d->interrupt);
        d->poll.data = d->turn.data = d->probe.data = d;
        d->terminate.data = d->interrupt.data = d;
}

/* Polling also when nothing is watched by inotify: it is what makes the rest
 * certain. */
static void start_timers(struct daemon *d)
{
        uint64_t poll_ms = (uint64_t)d->host->poll_seconds * 1000;

        uv_signal_start(&d->terminate, on_signal, SIGTERM);
        uv_signal_start(&d->interrupt, on_signal, SIGINT);
        if (d->options->once)
                return;
        uv_timer_start(&d->poll, on_poll, poll_ms, poll_ms);
        uv_timer_start(&d->probe, on_probe, DAEMON_PROBE_MS, DAEMON_PROBE_MS);
}

static int run(struct daemon *d, struct error *err)
{
        int rc = daemon_requeue(d, err);

        if (rc == 0)
                rc = daemon_watch_start(d, err);
        if (rc < 0) {
                begin_stop(d);
                uv_run(&d->loop, UV_RUN_DEFAULT);
                return rc;
        }
        start_timers(d);
        daemon_budget_release(d);
        daemon_log(d, "ready", "%d repositor%s watched, store %s",
                   d->watched_count, d->watched_count == 1 ? "y" : "ies",
                   d->host->store);
        /* The environment before anything is planned on it; then what a
         * crash left unplanned or half delivered; then room for jobs. */
        daemon_want(d, STEP_PROBE, 0);
        daemon_want(d, STEP_PLAN, 0);
        daemon_want(d, STEP_DELIVER, 0);
        daemon_want(d, STEP_TIDY, 0);
        d->tidied_ms = (int64_t)uv_now(&d->loop);
        daemon_scan(d, NULL);
        uv_run(&d->loop, UV_RUN_DEFAULT);
        return 0;
}

int daemon_run(const struct host *host, const struct daemon_options *options,
               int *status, struct error *err)
{
        struct daemon d = {.host = host, .options = options, .lock = -1};
        int rc;

        rc = take_lock(&d, err);
        if (rc == 0)
                rc = store_open(&d.store, host->store, err);
        if (rc == 0) {
                if (options->once)
                        store_set_patience_ms(d.store, CLI_PATIENCE_MS);
                init_loop(&d);
                rc = run(&d, err);
                uv_loop_close(&d.loop);
                daemon_watch_free(&d);
        }
        job_free(d.job);
        store_close(d.store);
        if (d.lock >= 0)
                close(d.lock);
        *status = options->once && d.failed;
        return rc;
}
