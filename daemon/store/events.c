/*
 * See events.h. An event is stored when it is seen and planned later, in one
 * transaction with the jobs it leads to: after a crash in between it is
 * either still unplanned or completely decided, never half.
 */
#include "store/events.h"

#include <stdlib.h>

#include "core/clock.h"
#include "store/jobs.h"
#include "store/query.h"

#define EVENT_COLUMNS \
        "id, time, kind, repository, subject, before, after, dedupe, planned"
#define DECISION_COLUMNS \
        "id, event, time, kernel, hardware, workload, action, reason, job"

static void event_free(struct event *event)
{
        if (!event)
                return;
        free(event->kind);
        free(event->repository);
        free(event->subject);
        free(event->before);
        free(event->after);
        free(event->dedupe);
        free(event);
}

void events_free(struct event **events, int count)
{
        for (int i = 0; i < count; i++)
                event_free(events[i]);
        free(events);
}

static void decision_free(struct decision *decision)
{
        if (!decision)
                return;
        free(decision->kernel);
        free(decision->hardware);
        free(decision->workload);
        free(decision->action);
        free(decision->reason);
        free(decision);
}

void decisions_free(struct decision **decisions, int count)
{
        for (int i = 0; i < count; i++)
                decision_free(decisions[i]);
        free(decisions);
}

static void *read_event(struct query *query)
{
        struct event *event = calloc(1, sizeof *event);

        if (!event) {
                query->failed = SQLITE_NOMEM;
                return NULL;
        }
        event->id = query_get_int(query);
        event->time = query_get_int(query);
        event->kind = query_get_text(query);
        event->repository = query_get_text(query);
        event->subject = query_get_text(query);
        event->before = query_get_text(query);
        event->after = query_get_text(query);
        event->dedupe = query_get_text(query);
        event->planned = query_get_int(query) != 0;
        return event;
}

static void *read_decision(struct query *query)
{
        struct decision *decision = calloc(1, sizeof *decision);

        if (!decision) {
                query->failed = SQLITE_NOMEM;
                return NULL;
        }
        decision->id = query_get_int(query);
        decision->event = query_get_int(query);
        decision->time = query_get_int(query);
        decision->kernel = query_get_text(query);
        decision->hardware = query_get_text(query);
        decision->workload = query_get_text(query);
        decision->action = query_get_text(query);
        decision->reason = query_get_text(query);
        decision->job = query_get_int(query);
        return decision;
}

static void drop_event(void *event)
{
        event_free(event);
}

static void drop_decision(void *decision)
{
        decision_free(decision);
}

static const struct query_shape event_shape = {read_event, drop_event};
static const struct query_shape decision_shape = {read_decision,
                                                  drop_decision};

/* A NULL dedupe is never equal to another one: UNIQUE lets it pass. */
static int insert_event(struct store *store, const struct event *event,
                        int64_t *id, struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "INSERT INTO event (time, kind, repository, subject,"
                   " before, after, dedupe, planned)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        query_put_int(&query,
                      event->time ? event->time : clock_wall_seconds());
        query_put_text(&query, event->kind);
        query_put_text(&query, event->repository);
        query_put_text(&query, event->subject);
        query_put_text(&query, event->before);
        query_put_text(&query, event->after);
        query_put_reference(&query, event->dedupe);
        query_put_int(&query, event->planned);
        return query_insert(&query, id, err);
}

/* Looking and adding are one transaction, so that of two processes that see
 * the same push one adds it and the other is told its id. */
int event_add(struct store *store, const struct event *event, int64_t *id,
              bool *added, struct error *err)
{
        struct query query;
        int64_t found = 0;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store, "SELECT id FROM event WHERE dedupe = ?1");
        query_put_reference(&query, event->dedupe);
        rc = query_read_id(&query, &found, err);
        if (added)
                *added = rc == ERR_NOT_FOUND;
        if (rc == ERR_NOT_FOUND)
                rc = insert_event(store, event, &found, err);
        if (!rc && id)
                *id = found;
        return sql_end(store, rc, err);
}

/* Oldest first: planning goes on in the order in which things happened. */
int event_unplanned(struct store *store, struct event ***events, int *count,
                    struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "SELECT " EVENT_COLUMNS " FROM event WHERE planned = 0"
                   " ORDER BY id");
        return query_list(&query, &event_shape, events, count, err);
}

/* The job is added by job_add, inside this transaction; when its key is live
 * already the decision leads to that job. */
static int insert_decision(struct store *store, int64_t event,
                           const struct decision *decision,
                           const struct job *job, struct error *err)
{
        struct query query;
        int64_t job_id = decision->job;
        int rc;

        if (job) {
                rc = job_add(store, job, &job_id, NULL, err);
                if (rc)
                        return rc;
        }
        query_open(&query, store,
                   "INSERT INTO decision (event, time, kernel, hardware,"
                   " workload, action, reason, job)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        query_put_int(&query, event);
        query_put_int(&query,
                      decision->time ? decision->time : clock_wall_seconds());
        query_put_text(&query, decision->kernel);
        query_put_text(&query, decision->hardware);
        query_put_text(&query, decision->workload);
        query_put_text(&query, decision->action);
        query_put_text(&query, decision->reason);
        query_put_id(&query, job_id);
        return query_insert(&query, NULL, err);
}

/* Planning happens once: a second planner of the same event is refused. */
static int mark_planned(struct store *store, int64_t event, struct error *err)
{
        struct query query;
        int changed = 0, rc;

        query_open(&query, store,
                   "UPDATE event SET planned = 1"
                   " WHERE id = ?1 AND planned = 0");
        query_put_int(&query, event);
        rc = query_run(&query, &changed, err);
        if (!rc && !changed)
                rc = error_set(err, ERR_INPUT,
                               "event %lld does not exist or is planned "
                               "already",
                               (long long)event);
        return rc;
}

int event_decide(struct store *store, int64_t event,
                 const struct decision *decisions,
                 const struct job *const *jobs, int count, struct error *err)
{
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        rc = mark_planned(store, event, err);
        for (int i = 0; i < count && !rc; i++)
                rc = insert_decision(store, event, &decisions[i],
                                     jobs ? jobs[i] : NULL, err);
        return sql_end(store, rc, err);
}

int event_list(struct store *store, int limit, struct event ***events,
               int *count, struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "SELECT " EVENT_COLUMNS " FROM event"
                   " ORDER BY id DESC LIMIT ?1");
        query_put_int(&query, query_limit(limit));
        return query_list(&query, &event_shape, events, count, err);
}

int decision_list(struct store *store, int64_t event, int limit,
                  struct decision ***decisions, int *count, struct error *err)
{
        struct query query;

        if (event)
                query_open(&query, store,
                           "SELECT " DECISION_COLUMNS " FROM decision"
                           " WHERE event = ?2 ORDER BY id DESC LIMIT ?1");
        else
                query_open(&query, store,
                           "SELECT " DECISION_COLUMNS " FROM decision"
                           " ORDER BY id DESC LIMIT ?1");
        query_put_int(&query, query_limit(limit));
        if (event)
                query_put_int(&query, event);
        return query_list(&query, &decision_shape, decisions, count, err);
}
