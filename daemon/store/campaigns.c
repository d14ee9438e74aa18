/*
 * See campaigns.h. A campaign that was decided (stall, target, floor) is not
 * searched again for its key; every other ending only paused it.
 */
#include "store/campaigns.h"

#include <stdlib.h>

#include "core/clock.h"
#include "store/query.h"

#define COLUMNS                                                               \
        "id, key, repository, revision, kernel, hardware, spec, environment," \
        " workloads, policy, seed, state, ending, seconds, best, started,"    \
        " ended"

void campaign_free(struct campaign *campaign)
{
        if (!campaign)
                return;
        free(campaign->key);
        free(campaign->repository);
        free(campaign->commit);
        free(campaign->kernel);
        free(campaign->hardware);
        free(campaign->spec_hash);
        free(campaign->environment_hash);
        free(campaign->workloads);
        free(campaign->policy);
        free(campaign->state);
        free(campaign->ending);
        free(campaign);
}

void campaigns_free(struct campaign **campaigns, int count)
{
        for (int i = 0; i < count; i++)
                campaign_free(campaigns[i]);
        free(campaigns);
}

static void *read_campaign(struct query *query)
{
        struct campaign *campaign = calloc(1, sizeof *campaign);

        if (!campaign) {
                query->failed = SQLITE_NOMEM;
                return NULL;
        }
        campaign->id = query_get_int(query);
        campaign->key = query_get_text(query);
        campaign->repository = query_get_text(query);
        campaign->commit = query_get_text(query);
        campaign->kernel = query_get_text(query);
        campaign->hardware = query_get_text(query);
        campaign->spec_hash = query_get_text(query);
        campaign->environment_hash = query_get_text(query);
        campaign->workloads = query_get_text(query);
        campaign->policy = query_get_text(query);
        campaign->seed = query_get_int(query);
        campaign->state = query_get_text(query);
        campaign->ending = query_get_text(query);
        campaign->seconds = query_get_double(query);
        campaign->best = query_get_int(query);
        campaign->started = query_get_int(query);
        campaign->ended = query_get_int(query);
        return campaign;
}

static void drop_campaign(void *campaign)
{
        campaign_free(campaign);
}

static const struct query_shape shape = {read_campaign, drop_campaign};

/* Whoever comes first with a key inserts; everybody else finds it. */
static int insert_campaign(struct store *store, const struct campaign *wanted,
                           int *inserted, struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "INSERT INTO campaign (key, repository, revision, kernel,"
                   " hardware, spec, environment, workloads, policy, seed,"
                   " started, state, ending, seconds, ended)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                   " 'running', '', 0, 0) ON CONFLICT (key) DO NOTHING");
        query_put_text(&query, wanted->key);
        query_put_text(&query, wanted->repository);
        query_put_text(&query, wanted->commit);
        query_put_text(&query, wanted->kernel);
        query_put_text(&query, wanted->hardware);
        query_put_reference(&query, wanted->spec_hash);
        query_put_text(&query, wanted->environment_hash);
        query_put_text(&query, wanted->workloads);
        query_put_text(&query, wanted->policy);
        query_put_int(&query, wanted->seed);
        query_put_int(&query, clock_wall_seconds());
        return query_run(&query, inserted, err);
}

/* Endings that are not in this list left something to search. */
static int resume_campaign(struct store *store, const char *key,
                           struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "UPDATE campaign SET state = 'running', ending = '',"
                   " ended = 0 WHERE key = ?1 AND state = 'ended'"
                   " AND ending NOT IN ('stall', 'target', 'floor')");
        query_put_text(&query, key);
        return query_run(&query, NULL, err);
}

int campaign_begin(struct store *store, const struct campaign *wanted,
                   struct campaign **campaign, bool *resumed,
                   struct error *err)
{
        int inserted = 0, rc;

        *campaign = NULL;
        rc = sql_begin(store, err);
        if (rc)
                return rc;
        rc = insert_campaign(store, wanted, &inserted, err);
        if (!rc && !inserted)
                rc = resume_campaign(store, wanted->key, err);
        if (!rc)
                rc = campaign_find(store, wanted->key, campaign, err);
        rc = sql_end(store, rc, err);
        if (rc) {
                campaign_free(*campaign);
                *campaign = NULL;
        } else if (resumed) {
                *resumed = !inserted;
        }
        return rc;
}

/* An update that met no row had a wrong id. */
static int need_campaign(int64_t id, int rc, int changed, struct error *err)
{
        if (!rc && !changed)
                return error_set(err, ERR_NOT_FOUND,
                                 "there is no campaign %lld", (long long)id);
        return rc;
}

int campaign_progress(struct store *store, int64_t id, double more_seconds,
                      int64_t best, struct error *err)
{
        struct query query;
        int changed = 0, rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "UPDATE campaign SET seconds = seconds + ?2,"
                   " best = ifnull(?3, best) WHERE id = ?1");
        query_put_int(&query, id);
        query_put_double(&query, more_seconds);
        query_put_id(&query, best);
        rc = query_run(&query, &changed, err);
        rc = need_campaign(id, rc, changed, err);
        return sql_end(store, rc, err);
}

static int set_state(struct store *store, int64_t id, const char *state,
                     const char *ending, int64_t ended, struct error *err)
{
        struct query query;
        int changed = 0, rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "UPDATE campaign SET state = ?2, ending = ?3, ended = ?4"
                   " WHERE id = ?1");
        query_put_int(&query, id);
        query_put_text(&query, state);
        query_put_text(&query, ending);
        query_put_int(&query, ended);
        rc = query_run(&query, &changed, err);
        rc = need_campaign(id, rc, changed, err);
        return sql_end(store, rc, err);
}

int campaign_end(struct store *store, int64_t id, const char *ending,
                 struct error *err)
{
        return set_state(store, id, "ended", ending, clock_wall_seconds(),
                         err);
}

int campaign_reopen(struct store *store, int64_t id, struct error *err)
{
        return set_state(store, id, "running", "", 0, err);
}

int campaign_get(struct store *store, int64_t id, struct campaign **campaign,
                 struct error *err)
{
        struct query query;
        int rc;

        query_open(&query, store,
                   "SELECT " COLUMNS " FROM campaign WHERE id = ?1");
        query_put_int(&query, id);
        rc = query_object(&query, &shape, campaign, err);
        return need_campaign(id, rc == ERR_NOT_FOUND ? 0 : rc,
                             rc != ERR_NOT_FOUND, err);
}

int campaign_find(struct store *store, const char *key,
                  struct campaign **campaign, struct error *err)
{
        struct query query;
        int rc;

        query_open(&query, store,
                   "SELECT " COLUMNS " FROM campaign WHERE key = ?1");
        query_put_text(&query, key);
        rc = query_object(&query, &shape, campaign, err);
        if (rc == ERR_NOT_FOUND)
                error_set(err, rc, "there is no campaign with the key %s",
                          key);
        return rc;
}

int campaign_list(struct store *store, const char *kernel,
                  const char *hardware, int limit,
                  struct campaign ***campaigns, int *count, struct error *err)
{
        struct query query;

        /* Two statements: with a kernel its index finds the rows, without
         * one the newest are at the end of the table. */
        if (kernel)
                query_open(&query, store,
                           "SELECT " COLUMNS " FROM campaign"
                           " WHERE kernel = ?3"
                           " AND (?2 IS NULL OR hardware = ?2)"
                           " ORDER BY id DESC LIMIT ?1");
        else
                query_open(&query, store,
                           "SELECT " COLUMNS " FROM campaign"
                           " WHERE ?2 IS NULL OR hardware = ?2"
                           " ORDER BY id DESC LIMIT ?1");
        query_put_int(&query, query_limit(limit));
        query_put_filter(&query, hardware);
        if (kernel)
                query_put_text(&query, kernel);
        return query_list(&query, &shape, campaigns, count, err);
}
