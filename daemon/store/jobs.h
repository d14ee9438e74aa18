/*
 * The queue. The daemon owns it: it alone claims. A job is what one child
 * process does (`kevo search --job N`, `kevo verify --job N`).
 *
 * States: queued -> running -> done | failed | parked | cancelled; a
 * transient failure goes back to queued with a later not_before (1, 5, 25
 * minutes; after 8 tries parked). An ending stands: what finishes or retries
 * a job that is over (cancelled meanwhile, say) changes nothing and succeeds.
 */
#ifndef KEVO_STORE_JOBS_H
#define KEVO_STORE_JOBS_H

#include "store/store.h"

enum {
        JOB_ATTEMPTS = 8,       /* claims before a job is parked */
        JOB_ROUND = 5,          /* one search in so many by its turn */
        JOB_WAIT_SECONDS = 1800 /* longer than any back-off: a job that is to
                                   wait longer was told so by a wrong clock */
};

struct job {
        int64_t id;
        char *kind;       /* "search", "verify", "measure", "reselect" */
        char *repository; /* path */
        char *kernel, *hardware;
        char *key;     /* dedupe: one live job a key; "" is no key */
        char *payload; /* JSON: what the child needs, fixed at planning */
        int priority;  /* 0 a person waits ... 5 backfill */
        double score;  /* within a priority, higher first */
        char *state;
        int attempts;                                   /* times claimed */
        int64_t created, not_before, started, finished; /* wall seconds */
        int64_t pid; /* of the running child, 0 otherwise */
        char *note;  /* last error, or how it ended */
};

void job_free(struct job *job);
void jobs_free(struct job **jobs, int count);

/* Queue a job unless a live one (queued or running) has its key: then
 * *id is that job's, *added false, and while that one is queued it takes the
 * more urgent of both priorities. Used: the texts but state, priority, score,
 * not_before (0: at once, at most JOB_WAIT_SECONDS from now) and created (0:
 * now). id and added may be NULL. */
int job_add(struct store *store, const struct job *job, int64_t *id,
            bool *added, struct error *err) KEVO_MUST_CHECK;
/* Claim the best queued job that is due at `now`: state running. *job NULL
 * when there is none. One level of priority up per 24 h of waiting, never
 * above 2 by waiting. One search in JOB_ROUND is, among those of its
 * priority, the one that waits longest for a kernel and hardware that were
 * never searched, whatever its score. */
int job_claim(struct store *store, int64_t now, struct job **job,
              struct error *err) KEVO_MUST_CHECK;
/* Is a queued job due? One whose time is further ahead than any back-off is:
 * the clock was ahead when it was set, and has been put right. */
bool job_is_due(const struct job *job, int64_t now);
int job_set_pid(struct store *store, int64_t id, int64_t pid,
                struct error *err) KEVO_MUST_CHECK;
/* state: done, failed, parked or cancelled. */
int job_finish(struct store *store, int64_t id, const char *state,
               const char *note, struct error *err) KEVO_MUST_CHECK;
/* A transient failure: back to the queue with back-off, or parked. */
int job_retry(struct store *store, int64_t id, const char *note,
              struct error *err) KEVO_MUST_CHECK;
/* A running job gives way to a more urgent one: back to the queue at once,
 * and the attempt is not counted. */
int job_yield(struct store *store, int64_t id, const char *note,
              struct error *err) KEVO_MUST_CHECK;
/* Set aside the running job `id` (its attempt is not counted) and all that is
 * queued for a repository, with a note. *count may be NULL. */
int job_park(struct store *store, int64_t id, const char *repository,
             const char *note, int *count, struct error *err) KEVO_MUST_CHECK;
/* Of which repositories are jobs parked with a note that begins with mark?
 * The caller frees the paths and the list. */
int job_parked_repositories(struct store *store, const char *mark,
                            char ***repositories, int *count,
                            struct error *err) KEVO_MUST_CHECK;
/* Queue again what a repository's jobs were parked with a note that begins
 * with mark; of two with the same key the later one. */
int job_unpark(struct store *store, const char *repository, const char *mark,
               struct error *err) KEVO_MUST_CHECK;
/* At start of the daemon: running jobs of a dead daemon are queued again
 * (an attempt is counted). *count may be NULL. */
int job_requeue_running(struct store *store, int *count,
                        struct error *err) KEVO_MUST_CHECK;
/* Cancel live jobs; NULL matches any. */
int job_cancel(struct store *store, const char *repository, const char *kernel,
               const char *hardware, const char *reason,
               struct error *err) KEVO_MUST_CHECK;
int job_get(struct store *store, int64_t id, struct job **job,
            struct error *err) KEVO_MUST_CHECK;
/* Jobs in a state (NULL: any), newest first; limit 0: all. */
int job_list(struct store *store, const char *state, int limit,
             struct job ***jobs, int *count,
             struct error *err) KEVO_MUST_CHECK;
/* Seconds until the next queued job is due: 0 now, -1 none. */
int job_next_due(struct store *store, int64_t now, int64_t *seconds,
                 struct error *err) KEVO_MUST_CHECK;

#endif
