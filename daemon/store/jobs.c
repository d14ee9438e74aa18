/*
 * See jobs.h. The rules of the queue are in SQL, so that two processes that
 * ask at once get two answers: a claim is one UPDATE.
 *
 * Waiting raises a job's priority by one level a day, but never above 2:
 * what a person waits for stays in front of what merely waited.
 */
#include "store/jobs.h"

#include <stdlib.h>

#include "core/clock.h"
#include "store/query.h"

#define COLUMNS                                                            \
        "id, kind, repository, kernel, hardware, key, payload, priority,"  \
        " score, state, attempts, created, not_before, started, finished," \
        " pid, note"

void job_free(struct job *job)
{
        if (!job)
                return;
        free(job->kind);
        free(job->repository);
        free(job->kernel);
        free(job->hardware);
        free(job->key);
        free(job->payload);
        free(job->state);
        free(job->note);
        free(job);
}

void jobs_free(struct job **jobs, int count)
{
        for (int i = 0; i < count; i++)
                job_free(jobs[i]);
        free(jobs);
}

/* Columns in the order of COLUMNS; so do all readers of this room. */
static void *read_job(struct query *query)
{
        struct job *job = calloc(1, sizeof *job);

        if (!job) {
                query->failed = SQLITE_NOMEM;
                return NULL;
        }
        job->id = query_get_int(query);
        job->kind = query_get_text(query);
        job->repository = query_get_text(query);
        job->kernel = query_get_text(query);
        job->hardware = query_get_text(query);
        job->key = query_get_text(query);
        job->payload = query_get_text(query);
        job->priority = (int)query_get_int(query);
        job->score = query_get_double(query);
        job->state = query_get_text(query);
        job->attempts = (int)query_get_int(query);
        job->created = query_get_int(query);
        job->not_before = query_get_int(query);
        job->started = query_get_int(query);
        job->finished = query_get_int(query);
        job->pid = query_get_int(query);
        job->note = query_get_text(query);
        return job;
}

static void drop_job(void *job)
{
        job_free(job);
}

static const struct query_shape shape = {read_job, drop_job};

/* The live job of a key, made more urgent when the new wish is. */
static int find_live(struct store *store, const struct job *job, int64_t *id,
                     struct error *err)
{
        struct query query;
        int rc;

        query_open(&query, store,
                   "SELECT id FROM job WHERE key = ?1 AND key <> ''"
                   " AND state IN ('queued', 'running')");
        query_put_text(&query, job->key);
        rc = query_read_id(&query, id, err);
        if (rc)
                return rc;
        query_open(&query, store,
                   "UPDATE job SET priority = min(priority, ?2),"
                   " score = iif(?2 < priority, ?3, max(score, ?3))"
                   " WHERE id = ?1 AND state = 'queued' AND ?2 <= priority");
        query_put_int(&query, *id);
        query_put_int(&query, job->priority);
        query_put_double(&query, job->score);
        return query_run(&query, NULL, err);
}

/* Always queued and never tried: a job is not born in another state. */
static int insert_job(struct store *store, const struct job *job, int64_t *id,
                      struct error *err)
{
        struct query query;
        int64_t now = clock_wall_seconds();

        query_open(&query, store,
                   "INSERT INTO job (kind, repository, kernel, hardware, key,"
                   " payload, priority, score, created, not_before, note,"
                   " state, attempts, started, finished, pid)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                   " 'queued', 0, 0, 0, 0)");
        query_put_text(&query, job->kind);
        query_put_text(&query, job->repository);
        query_put_text(&query, job->kernel);
        query_put_text(&query, job->hardware);
        query_put_text(&query, job->key);
        query_put_text(&query, job->payload);
        query_put_int(&query, job->priority);
        query_put_double(&query, job->score);
        query_put_int(&query, job->created ? job->created : now);
        query_put_int(&query, job->not_before);
        query_put_text(&query, job->note);
        return query_insert(&query, id, err);
}

int job_add(struct store *store, const struct job *job, int64_t *id,
            bool *added, struct error *err)
{
        int64_t found = 0;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        rc = find_live(store, job, &found, err);
        if (added)
                *added = rc == ERR_NOT_FOUND;
        if (rc == ERR_NOT_FOUND)
                rc = insert_job(store, job, &found, err);
        if (!rc && id)
                *id = found;
        return sql_end(store, rc, err);
}

/* Is it the turn of what was never searched? One search in JOB_ROUND is
 * claimed in the order of waiting, not of scores. */
static int is_turn(struct store *store, bool *turn, struct error *err)
{
        struct query query;
        int64_t claims = 0;
        int rc;

        query_open(&query, store,
                   "SELECT ifnull(sum(attempts), 0) FROM job"
                   " WHERE kind = 'search'");
        rc = query_read_id(&query, &claims, err);
        *turn = claims % JOB_ROUND == JOB_ROUND - 1;
        return rc;
}

/* Choosing and marking are one statement: no other claimer can come between.
 * The first term of the order is the priority raised by days of waiting; the
 * next two hold in a turn only. */
static int claim_best(struct store *store, int64_t now, bool turn,
                      struct job **job, struct error *err)
{
        struct query query;
        int rc;

        query_open(&query, store,
                   "UPDATE job SET state = 'running', started = ?1,"
                   " attempts = attempts + 1, finished = 0, pid = 0"
                   " WHERE id = (SELECT j.id FROM job j"
                   "  WHERE j.state = 'queued'"
                   "  AND j.not_before NOT BETWEEN ?1 + 1 AND ?1 + ?3"
                   "  ORDER BY iif(j.priority <= 2, j.priority,"
                   "    max(2, j.priority - max(0, ?1 - j.created) / 86400)),"
                   "   iif(?2 AND j.kind = 'search' AND NOT EXISTS"
                   "    (SELECT 1 FROM campaign c WHERE c.kernel = j.kernel"
                   "     AND c.hardware = j.hardware"
                   "     AND c.repository = j.repository), 0, 1),"
                   "   iif(?2, j.created, 0),"
                   "   j.score DESC, j.created, j.id LIMIT 1)"
                   " RETURNING " COLUMNS);
        query_put_int(&query, now);
        query_put_int(&query, turn);
        query_put_int(&query, JOB_WAIT_SECONDS);
        rc = query_object(&query, &shape, job, err);
        return rc == ERR_NOT_FOUND ? 0 : rc;
}

bool job_is_due(const struct job *job, int64_t now)
{
        return job->not_before <= now ||
               job->not_before > now + JOB_WAIT_SECONDS;
}

int job_claim(struct store *store, int64_t now, struct job **job,
              struct error *err)
{
        bool turn = false;
        int rc;

        *job = NULL;
        rc = sql_begin(store, err);
        if (rc)
                return rc;
        rc = is_turn(store, &turn, err);
        if (!rc)
                rc = claim_best(store, now, turn, job, err);
        rc = sql_end(store, rc, err);
        if (rc) {
                job_free(*job);
                *job = NULL;
        }
        return rc;
}

/* The end of a change by id: it must have met the job, or the job must
 * exist in a state that the change leaves alone. */
static int end_change(struct store *store, int64_t id, int rc, int changed,
                      struct error *err)
{
        struct query query;
        int64_t found = 0;

        if (!rc && !changed) {
                query_open(&query, store, "SELECT id FROM job WHERE id = ?1");
                query_put_int(&query, id);
                rc = query_read_id(&query, &found, err);
                if (rc == ERR_NOT_FOUND)
                        error_set(err, rc, "there is no job %lld",
                                  (long long)id);
        }
        return sql_end(store, rc, err);
}

/* Only of a running job: one that was cancelled meanwhile keeps pid 0, and
 * the daemon sees from that that the child is to be ended. */
int job_set_pid(struct store *store, int64_t id, int64_t pid,
                struct error *err)
{
        struct query query;
        int changed = 0, rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "UPDATE job SET pid = ?2"
                   " WHERE id = ?1 AND state = 'running'");
        query_put_int(&query, id);
        query_put_int(&query, pid);
        rc = query_run(&query, &changed, err);
        return end_change(store, id, rc, changed, err);
}

int job_finish(struct store *store, int64_t id, const char *state,
               const char *note, struct error *err)
{
        struct query query;
        int changed = 0, rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "UPDATE job SET state = ?2, note = ?3, finished = ?4,"
                   " pid = 0 WHERE id = ?1"
                   " AND state IN ('queued', 'running', 'parked')");
        query_put_int(&query, id);
        query_put_text(&query, state);
        query_put_text(&query, note);
        query_put_int(&query, clock_wall_seconds());
        rc = query_run(&query, &changed, err);
        return end_change(store, id, rc, changed, err);
}

/* attempts counts claims, so the first failure comes with attempts = 1. */
int job_retry(struct store *store, int64_t id, const char *note,
              struct error *err)
{
        struct query query;
        int changed = 0, rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "UPDATE job SET pid = 0, note = ?2, finished = ?3,"
                   " state = iif(attempts >= ?4, 'parked', 'queued'),"
                   " not_before = ?3 + CASE WHEN attempts <= 1 THEN 60"
                   "  WHEN attempts = 2 THEN 300 ELSE 1500 END"
                   " WHERE id = ?1 AND state = 'running'");
        query_put_int(&query, id);
        query_put_text(&query, note);
        query_put_int(&query, clock_wall_seconds());
        query_put_int(&query, JOB_ATTEMPTS);
        rc = query_run(&query, &changed, err);
        return end_change(store, id, rc, changed, err);
}

int job_yield(struct store *store, int64_t id, const char *note,
              struct error *err)
{
        struct query query;
        int changed = 0, rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "UPDATE job SET pid = 0, note = ?2, state = 'queued',"
                   " attempts = attempts - 1"
                   " WHERE id = ?1 AND state = 'running'");
        query_put_int(&query, id);
        query_put_text(&query, note);
        rc = query_run(&query, &changed, err);
        return end_change(store, id, rc, changed, err);
}

int job_park(struct store *store, int64_t id, const char *repository,
             const char *note, int *count, struct error *err)
{
        struct query query;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "UPDATE job SET pid = 0, note = ?3, finished = ?4,"
                   " attempts = attempts - (state = 'running'),"
                   " state = 'parked' WHERE (id = ?1 AND state = 'running')"
                   " OR (repository = ?2 AND state = 'queued')");
        query_put_int(&query, id);
        query_put_text(&query, repository);
        query_put_text(&query, note);
        query_put_int(&query, clock_wall_seconds());
        rc = query_run(&query, count, err);
        return sql_end(store, rc, err);
}

int job_parked_repositories(struct store *store, const char *mark,
                            char ***repositories, int *count,
                            struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "SELECT DISTINCT repository FROM job"
                   " WHERE state = 'parked' AND instr(note, ?1) = 1");
        query_put_text(&query, mark);
        return query_list(&query, &query_texts, repositories, count, err);
}

/* A parked job is not live: another with its key may have been queued, or
 * parked, since. The later one stays. The key in words as the index of live
 * jobs states it, and one pass for the latest of each key: there may be many
 * parked, and the store is locked meanwhile. */
int job_unpark(struct store *store, const char *repository, const char *mark,
               struct error *err)
{
        struct query query;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(
                &query, store,
                "UPDATE job SET state = 'cancelled',"
                " note = 'queued again by a later job'"
                " WHERE state = 'parked' AND repository = ?1"
                " AND instr(note, ?2) = 1 AND key <> ''"
                " AND (id NOT IN (SELECT max(id) FROM job"
                "   WHERE state = 'parked' AND repository = ?1"
                "   AND instr(note, ?2) = 1 GROUP BY key)"
                "  OR EXISTS (SELECT 1 FROM job l WHERE l.key = job.key"
                "   AND l.key <> '' AND l.state IN ('queued', 'running')))");
        query_put_text(&query, repository);
        query_put_text(&query, mark);
        rc = query_run(&query, NULL, err);
        if (!rc) {
                query_open(&query, store,
                           "UPDATE job SET state = 'queued', finished = 0,"
                           " note = '' WHERE state = 'parked'"
                           " AND repository = ?1 AND instr(note, ?2) = 1");
                query_put_text(&query, repository);
                query_put_text(&query, mark);
                rc = query_run(&query, NULL, err);
        }
        return sql_end(store, rc, err);
}

/* A job that keeps ending the daemon must not do so for ever: it is parked
 * like one that keeps failing. */
int job_requeue_running(struct store *store, int *count, struct error *err)
{
        struct query query;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "UPDATE job SET pid = 0,"
                   " state = iif(attempts >= ?1, 'parked', 'queued'),"
                   " note = 'the daemon ended while it ran'"
                   " WHERE state = 'running'");
        query_put_int(&query, JOB_ATTEMPTS);
        rc = query_run(&query, count, err);
        return sql_end(store, rc, err);
}

/* Running ones too: the daemon ends their children when it sees the state. */
int job_cancel(struct store *store, const char *repository, const char *kernel,
               const char *hardware, const char *reason, struct error *err)
{
        struct query query;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "UPDATE job SET state = 'cancelled', note = ?4,"
                   " finished = ?5 WHERE state IN ('queued', 'running')"
                   " AND (?1 IS NULL OR repository = ?1)"
                   " AND (?2 IS NULL OR kernel = ?2)"
                   " AND (?3 IS NULL OR hardware = ?3)");
        query_put_filter(&query, repository);
        query_put_filter(&query, kernel);
        query_put_filter(&query, hardware);
        query_put_text(&query, reason);
        query_put_int(&query, clock_wall_seconds());
        rc = query_run(&query, NULL, err);
        return sql_end(store, rc, err);
}

int job_get(struct store *store, int64_t id, struct job **job,
            struct error *err)
{
        struct query query;
        int rc;

        query_open(&query, store, "SELECT " COLUMNS " FROM job WHERE id = ?1");
        query_put_int(&query, id);
        rc = query_object(&query, &shape, job, err);
        if (rc == ERR_NOT_FOUND)
                error_set(err, rc, "there is no job %lld", (long long)id);
        return rc;
}

int job_list(struct store *store, const char *state, int limit,
             struct job ***jobs, int *count, struct error *err)
{
        struct query query;

        if (state)
                query_open(&query, store,
                           "SELECT " COLUMNS " FROM job WHERE state = ?2"
                           " ORDER BY id DESC LIMIT ?1");
        else
                query_open(&query, store,
                           "SELECT " COLUMNS " FROM job"
                           " ORDER BY id DESC LIMIT ?1");
        query_put_int(&query, query_limit(limit));
        if (state)
                query_put_text(&query, state);
        return query_list(&query, &shape, jobs, count, err);
}

/* min() of no rows is NULL, which becomes -1. Due as in job_is_due. */
int job_next_due(struct store *store, int64_t now, int64_t *seconds,
                 struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "SELECT ifnull(min(iif(not_before BETWEEN ?1 AND ?1 + ?2,"
                   " not_before - ?1, 0)), -1)"
                   " FROM job WHERE state = 'queued'");
        query_put_int(&query, now);
        query_put_int(&query, JOB_WAIT_SECONDS);
        return query_read_id(&query, seconds, err);
}
