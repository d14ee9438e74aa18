/*
 * See verdicts.h. What makes a verdict honest is stated in the schema
 * (migrations.c): this file only fills in `passed` from the verification, so
 * that no caller can claim it.
 */
#include "store/verdicts.h"

#include <stdlib.h>

#include "core/clock.h"
#include "store/query.h"
#include "store/summary.h"

#define COLUMNS                                                               \
        "id, campaign, node, run, verification, verdict, kernel, hardware,"   \
        " repository, spec, source, environment, inputs, reason, ratio, low," \
        " high, method, threads, grade, time"

void record_verdict_free(struct record_verdict *verdict)
{
        if (!verdict)
                return;
        free(verdict->verdict);
        free(verdict->kernel);
        free(verdict->hardware);
        free(verdict->repository);
        free(verdict->spec_hash);
        free(verdict->source_hash);
        free(verdict->environment_hash);
        free(verdict->inputs);
        free(verdict->reason);
        free(verdict);
}

void record_verdicts_free(struct record_verdict **verdicts, int count)
{
        for (int i = 0; i < count; i++)
                record_verdict_free(verdicts[i]);
        free(verdicts);
}

static void *read_verdict(struct query *query)
{
        struct record_verdict *verdict = calloc(1, sizeof *verdict);
        char *grade;

        if (!verdict) {
                query->failed = SQLITE_NOMEM;
                return NULL;
        }
        verdict->id = query_get_int(query);
        verdict->campaign = query_get_int(query);
        verdict->node = query_get_int(query);
        verdict->run = query_get_int(query);
        verdict->verification = query_get_int(query);
        verdict->verdict = query_get_text(query);
        verdict->kernel = query_get_text(query);
        verdict->hardware = query_get_text(query);
        verdict->repository = query_get_text(query);
        verdict->spec_hash = query_get_text(query);
        verdict->source_hash = query_get_text(query);
        verdict->environment_hash = query_get_text(query);
        verdict->inputs = query_get_text(query);
        verdict->reason = query_get_text(query);
        verdict->ratio = query_get_double(query);
        verdict->low = query_get_double(query);
        verdict->high = query_get_double(query);
        verdict->method = (int)query_get_int(query);
        verdict->threads = (int)query_get_int(query);
        grade = query_get_text(query);
        verdict->grade = grade ? grade[0] : 0;
        free(grade);
        verdict->time = query_get_int(query);
        return verdict;
}

static void drop_verdict(void *verdict)
{
        record_verdict_free(verdict);
}

static const struct query_shape shape = {read_verdict, drop_verdict};

/* run and passed come from the verification where the caller named one. */
static int insert_verdict(struct store *store,
                          const struct record_verdict *verdict, int64_t *id,
                          struct error *err)
{
        char grade[2] = {verdict->grade, 0};
        struct query query;

        query_open(&query, store,
                   "INSERT INTO verdict (campaign, node, verification, run,"
                   " passed, verdict, kernel, hardware, repository, spec,"
                   " source, environment, inputs, reason, ratio, low, high,"
                   " method, threads, grade, time) VALUES (?1, ?2, ?3,"
                   " ifnull(?4, (SELECT run FROM verification"
                   "  WHERE id = ?3)),"
                   " (SELECT passed FROM verification WHERE id = ?3),"
                   " ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
                   " ?17, ?18, ?19, ?20)");
        query_put_id(&query, verdict->campaign);
        query_put_id(&query, verdict->node);
        query_put_id(&query, verdict->verification);
        query_put_id(&query, verdict->run);
        query_put_text(&query, verdict->verdict);
        query_put_text(&query, verdict->kernel);
        query_put_text(&query, verdict->hardware);
        query_put_text(&query, verdict->repository);
        query_put_text(&query, verdict->spec_hash);
        query_put_reference(&query, verdict->source_hash);
        query_put_text(&query, verdict->environment_hash);
        query_put_text(&query, verdict->inputs);
        query_put_text(&query, verdict->reason);
        query_put_double(&query, verdict->ratio);
        query_put_double(&query, verdict->low);
        query_put_double(&query, verdict->high);
        query_put_int(&query, verdict->method);
        query_put_int(&query, verdict->threads);
        query_put_text(&query, grade);
        query_put_int(&query,
                      verdict->time ? verdict->time : clock_wall_seconds());
        return query_insert(&query, id, err);
}

int record_verdict_add(struct store *store,
                       const struct record_verdict *verdict, int64_t *id,
                       struct error *err)
{
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        rc = insert_verdict(store, verdict, id, err);
        if (!rc)
                rc = summary_refresh(store, verdict->repository,
                                     verdict->kernel, verdict->hardware, err);
        return sql_end(store, rc, err);
}

int record_verdict_get(struct store *store, int64_t id,
                       struct record_verdict **verdict, struct error *err)
{
        struct query query;
        int rc;

        query_open(&query, store,
                   "SELECT " COLUMNS " FROM verdict WHERE id = ?1");
        query_put_int(&query, id);
        rc = query_object(&query, &shape, verdict, err);
        if (rc == ERR_NOT_FOUND)
                error_set(err, rc, "there is no verdict %lld", (long long)id);
        return rc;
}

int record_verdict_of(struct store *store, int64_t campaign,
                      const char *repository, const char *kernel,
                      const char *hardware, struct record_verdict **verdict,
                      struct error *err)
{
        struct query query;
        int rc;

        query_open(&query, store,
                   "SELECT " COLUMNS " FROM verdict"
                   " WHERE kernel = ?1 AND hardware = ?2 AND campaign = ?3"
                   " AND (?4 IS NULL OR repository = ?4)"
                   " ORDER BY id DESC LIMIT 1");
        query_put_text(&query, kernel);
        query_put_text(&query, hardware);
        query_put_int(&query, campaign);
        query_put_filter(&query, repository);
        rc = query_object(&query, &shape, verdict, err);
        if (rc == ERR_NOT_FOUND)
                error_set(err, rc, "campaign %lld has no verdict on %s",
                          (long long)campaign, kernel);
        return rc;
}

int record_verdict_list(struct store *store, const char *repository,
                        const char *kernel, const char *hardware, int limit,
                        struct record_verdict ***verdicts, int *count,
                        struct error *err)
{
        struct query query;

        /* Two statements, so that an index finds the rows of one kernel. */
        if (kernel)
                query_open(&query, store,
                           "SELECT " COLUMNS " FROM verdict"
                           " WHERE kernel = ?4"
                           " AND (?2 IS NULL OR repository = ?2)"
                           " AND (?3 IS NULL OR hardware = ?3)"
                           " ORDER BY id DESC LIMIT ?1");
        else
                query_open(&query, store,
                           "SELECT " COLUMNS " FROM verdict"
                           " WHERE (?2 IS NULL OR repository = ?2)"
                           " AND (?3 IS NULL OR hardware = ?3)"
                           " ORDER BY id DESC LIMIT ?1");
        query_put_int(&query, query_limit(limit));
        query_put_filter(&query, repository);
        query_put_filter(&query, hardware);
        if (kernel)
                query_put_text(&query, kernel);
        return query_list(&query, &shape, verdicts, count, err);
}
