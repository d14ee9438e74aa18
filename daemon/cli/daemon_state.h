/*
 * What the parts of the daemon share. daemon.c decides what is next
 * (daemon_turn), daemon_watch.c finds out what changed, daemon_jobs.c runs
 * jobs and steps, daemon_budget.c says when a repository has had its share.
 * Not for others: they see daemon.h.
 */
#ifndef KEVO_CLI_DAEMON_STATE_H
#define KEVO_CLI_DAEMON_STATE_H

#include <uv.h>

#include "cli/child.h"
#include "cli/daemon.h"
#include "store/jobs.h"
#include "watch/refs.h"
#include "watch/socket.h"

enum {
        DAEMON_COALESCE_MS = 5000, /* later pushes of one repository */
        DAEMON_SETTLE_MS = 30,     /* a push writes several files */
        DAEMON_PROBE_MS = 600000,  /* between two looks at the machine */
        DAEMON_TIDY_MS = 86400000, /* between two looks at what grows */
        DAEMON_SPACE_MS = 600000,  /* the same while space is missing */
        DAEMON_CONFIRM_MS = 5000,  /* until a change is probed again */
        DAEMON_STEP_MS = 300000,   /* longest step */
        DAEMON_GRACE_MS = 15000,   /* for a job to stop on its own */
        DAEMON_RETRY_MS = 60000,   /* after a failed step */
        DAEMON_CRASHES = 2,        /* of a job before it is left alone */
        DAEMON_REFUSED_MS = 5000,  /* after a write that the store refused */
        DAEMON_REFUSALS = 12,      /* in a row: said again */
        DAEMON_LAST_REFUSAL = 2    /* with --once: given up */
};

enum step { STEP_PROBE, STEP_PLAN, STEP_DELIVER, STEP_TIDY, STEPS };

struct watched {
        struct daemon *daemon;
        const char *path;
        bool missing;   /* said once */
        bool unwatched; /* some of its folders; said once */
        int64_t planned_ms;
        uv_timer_t settle;
        int folder_count;
        struct folder {
                struct watched *watched;
                char *path;
                uv_fs_event_t event;
        } * folder[REFS_FOLDERS_MAX];
};

struct daemon {
        const struct host *host;
        const struct daemon_options *options;
        struct store *store;
        uv_loop_t loop;
        int lock;
        struct socket_server *server;
        uv_signal_t terminate, interrupt;
        uv_timer_t poll, turn, probe;
        int watched_count;
        struct watched *watched;

        /* Steps: what is wanted, when, and which one runs. */
        int64_t wanted_ms[STEPS]; /* uv_now when due; 0: not wanted */
        int64_t tidied_ms;        /* when STEP_TIDY was wanted last */
        struct child *step;
        enum step step_kind;
        char step_problem[STEPS][CHILD_LINE_BYTES]; /* said last, "" none */

        /* The one job that has the device. Without a worker it has ended, and
         * the store has not taken its ending yet. */
        struct child *worker;
        struct job *job;
        int64_t started_ms, ended_ms;
        bool yielding;
        int status; /* its exit status, and its last line */
        char last[CHILD_LINE_BYTES];

        /* The store refused a write: how often in a row, and until when no
         * other is tried. */
        int refusals;
        int64_t refused_ms;

        bool stopping, low_space, failed;
};

/* One line on standard error: time, what, text. */
void daemon_log(const struct daemon *d, const char *what, const char *format,
                ...) KEVO_PRINTF(3, 4);

/* Look at everything that could be done now; safe to call at any time. */
void daemon_turn(struct daemon *d);
/* Ask for a step, after_ms from now; an earlier wish stands. */
void daemon_want(struct daemon *d, enum step step, int64_t after_ms);

/* daemon_watch.c */
int daemon_watch_start(struct daemon *d, struct error *err) KEVO_MUST_CHECK;
void daemon_watch_stop(struct daemon *d);
void daemon_watch_free(struct daemon *d);
/* Compare the refs of one repository (NULL: of all) with what was seen. */
void daemon_scan(struct daemon *d, struct watched *watched);

/* daemon_jobs.c */
void daemon_start_step(struct daemon *d, enum step step);
/* Claim and start the next job that is due, if any. */
void daemon_start_job(struct daemon *d);
/* Ask the running job to give way to a more urgent one, or to stop when it
 * was cancelled. */
void daemon_check_job(struct daemon *d);
int daemon_requeue(struct daemon *d, struct error *err) KEVO_MUST_CHECK;
/* The store refused what the queue needs: tried again soon. */
void daemon_refused(struct daemon *d, const struct error *why);
/* Too often, for a daemon that is to end. */
bool daemon_gives_up(const struct daemon *d);
/* Store again how a job ended, if that was refused. */
void daemon_settle(struct daemon *d);

/* daemon_budget.c: device seconds a day of a repository. */
void daemon_budget_add(const struct daemon *d, const char *repository,
                       int64_t seconds);
/* False when they are used up: the job is parked until another day. */
bool daemon_budget_allows(const struct daemon *d, const struct job *job);
/* Queue again what waited for another day, if it has come. */
void daemon_budget_release(const struct daemon *d);

#endif
