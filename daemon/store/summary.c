/*
 * See summary.h. The view kernel_summary_now states once what a row is; the
 * table holds its rows. A refresh asks the view for one key, a rebuild for
 * all of them, so the two cannot drift apart.
 */
#include "store/summary.h"

#include <stdlib.h>

#include "store/query.h"

#define COLUMNS \
        "repository, kernel, hardware, verdicts, wins, latest, best, updated"

/* Delete and insert: when the last verdict that counts was excluded, no row
 * is left. */
int summary_refresh(struct store *store, const char *repository,
                    const char *kernel, const char *hardware,
                    struct error *err)
{
        struct query query;
        int rc;

        query_open(&query, store,
                   "DELETE FROM kernel_summary WHERE repository = ?1"
                   " AND kernel = ?2 AND hardware = ?3");
        query_put_text(&query, repository);
        query_put_text(&query, kernel);
        query_put_text(&query, hardware);
        rc = query_run(&query, NULL, err);
        if (rc)
                return rc;
        query_open(&query, store,
                   "INSERT INTO kernel_summary (" COLUMNS ") SELECT " COLUMNS
                   " FROM kernel_summary_now WHERE repository = ?1"
                   " AND kernel = ?2 AND hardware = ?3");
        query_put_text(&query, repository);
        query_put_text(&query, kernel);
        query_put_text(&query, hardware);
        return query_run(&query, NULL, err);
}

int summary_rebuild(struct store *store, struct error *err)
{
        struct query query;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store, "DELETE FROM kernel_summary");
        rc = query_run(&query, NULL, err);
        if (!rc) {
                query_open(&query, store,
                           "INSERT INTO kernel_summary (" COLUMNS ")"
                           " SELECT " COLUMNS " FROM kernel_summary_now");
                rc = query_run(&query, NULL, err);
        }
        return sql_end(store, rc, err);
}

/* Rows of one side that the other has not, both ways. */
int summary_check(struct store *store, struct error *err)
{
        struct query query;
        int64_t differing = 0;
        int rc;

        query_open(&query, store,
                   "SELECT count(*) FROM ("
                   "  SELECT * FROM (SELECT " COLUMNS " FROM kernel_summary"
                   "    EXCEPT SELECT " COLUMNS " FROM kernel_summary_now)"
                   "  UNION ALL"
                   "  SELECT * FROM (SELECT " COLUMNS
                   "    FROM kernel_summary_now"
                   "    EXCEPT SELECT " COLUMNS " FROM kernel_summary))");
        rc = query_read_id(&query, &differing, err);
        if (!rc && differing)
                rc = error_set(err, ERR_INTERNAL,
                               "%s: %lld derived rows differ from the "
                               "records; run `kevo store rebuild`",
                               store->path, (long long)differing);
        return rc;
}

static void summary_free(struct kernel_summary *summary)
{
        if (!summary)
                return;
        free(summary->repository);
        free(summary->kernel);
        free(summary->hardware);
        free(summary->latest_verdict);
        free(summary->latest_reason);
        free(summary);
}

static void *read_summary(struct query *query)
{
        struct kernel_summary *summary = calloc(1, sizeof *summary);

        if (!summary) {
                query->failed = SQLITE_NOMEM;
                return NULL;
        }
        summary->repository = query_get_text(query);
        summary->kernel = query_get_text(query);
        summary->hardware = query_get_text(query);
        summary->verdicts = (int)query_get_int(query);
        summary->wins = (int)query_get_int(query);
        summary->latest = query_get_int(query);
        summary->latest_verdict = query_get_text(query);
        summary->latest_reason = query_get_text(query);
        summary->latest_ratio = query_get_double(query);
        summary->best = query_get_int(query);
        summary->best_ratio = query_get_double(query);
        summary->best_low = query_get_double(query);
        summary->best_high = query_get_double(query);
        summary->updated = query_get_int(query);
        return summary;
}

static void drop_summary(void *summary)
{
        summary_free(summary);
}

static const struct query_shape shape = {read_summary, drop_summary};

int summary_list(struct store *store, const char *repository,
                 const char *kernel, const char *hardware,
                 struct kernel_summary ***summaries, int *count,
                 struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "SELECT s.repository, s.kernel, s.hardware, s.verdicts,"
                   " s.wins, s.latest, l.verdict, l.reason, l.ratio, s.best,"
                   " b.ratio, b.low, b.high, s.updated"
                   " FROM kernel_summary s JOIN verdict l ON l.id = s.latest"
                   " LEFT JOIN verdict b ON b.id = s.best"
                   " WHERE (?1 IS NULL OR s.repository = ?1)"
                   " AND (?2 IS NULL OR s.kernel = ?2)"
                   " AND (?3 IS NULL OR s.hardware = ?3)"
                   " ORDER BY s.updated DESC, s.latest DESC");
        query_put_filter(&query, repository);
        query_put_filter(&query, kernel);
        query_put_filter(&query, hardware);
        return query_list(&query, &shape, summaries, count, err);
}

void summary_list_free(struct kernel_summary **summaries, int count)
{
        for (int i = 0; i < count; i++)
                summary_free(summaries[i]);
        free(summaries);
}
