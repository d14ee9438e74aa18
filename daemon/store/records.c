/*
 * See records.h. A run is written with everything that belongs to it in one
 * transaction, its verification last: the triggers of the schema look at the
 * checks that are there by then.
 */
#include "store/records.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "store/samples.h"
#include "store/query.h"
#include "store/summary.h"

/* The run itself; what belongs to it follows with its id. */
static int insert_run(struct store *store, const struct record_run *run,
                      int64_t *id, struct error *err)
{
        char grade[2] = {run->grade, 0};
        struct query query;

        query_open(&query, store,
                   "INSERT INTO run (time, node, spec, source, environment,"
                   " stage, correct, fitness, ratio, low, high, method,"
                   " threads, grade, cold, wall_ns, compile_ns, calls_ns,"
                   " identity, seeds, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?,"
                   " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        query_put_int(&query, clock_wall_seconds());
        query_put_id(&query, run->node);
        query_put_text(&query, run->spec_hash);
        query_put_text(&query, run->source_hash);
        query_put_text(&query, run->environment_hash);
        query_put_text(&query, run->stage);
        query_put_int(&query, run->correct);
        query_put_double(&query, run->fitness);
        query_put_double(&query, run->ratio);
        query_put_double(&query, run->low);
        query_put_double(&query, run->high);
        query_put_int(&query, run->method);
        query_put_int(&query, run->threads);
        query_put_text(&query, grade);
        query_put_int(&query, run->cold);
        query_put_int(&query, run->wall_ns);
        query_put_int(&query, run->compile_ns);
        query_put_int(&query, run->calls_ns);
        query_put_text(&query, run->identity);
        query_put_text(&query, run->seeds);
        query_put_text(&query, run->reason);
        return query_insert(&query, id, err);
}

static int insert_check(struct store *store, int64_t run, int position,
                        const struct record_check *check, struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "INSERT INTO run_check"
                   " (run, position, name, stage, passed, detail)"
                   " VALUES (?, ?, ?, ?, ?, ?)");
        query_put_int(&query, run);
        query_put_int(&query, position);
        query_put_text(&query, check->name);
        query_put_text(&query, check->stage);
        query_put_int(&query, check->passed);
        query_put_text(&query, check->detail);
        return query_run(&query, NULL, err);
}

/* A workload that was not measured has no samples, and no rows for them. */
static int insert_measure(struct store *store, int64_t run,
                          const struct record_measure *measure,
                          struct error *err)
{
        struct query query;
        int64_t id = 0;
        int rc;

        query_open(&query, store,
                   "INSERT INTO measure (run, workload, stage, baseline,"
                   " identical, ratio, low, high, null_low, null_high,"
                   " candidate_ns, baseline_ns, rounds)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        query_put_int(&query, run);
        query_put_text(&query, measure->workload);
        query_put_text(&query, measure->stage);
        query_put_text(&query, measure->baseline);
        query_put_int(&query, measure->identical);
        query_put_double(&query, measure->ratio);
        query_put_double(&query, measure->low);
        query_put_double(&query, measure->high);
        query_put_double(&query, measure->null_low);
        query_put_double(&query, measure->null_high);
        query_put_double(&query, measure->candidate_ns);
        query_put_double(&query, measure->baseline_ns);
        query_put_int(&query, measure->rounds);
        rc = query_insert(&query, &id, err);
        if (!rc)
                rc = sample_add(store, id, "candidate",
                                measure->candidate_sample,
                                measure->sample_count, err);
        if (!rc)
                rc = sample_add(store, id, "baseline",
                                measure->baseline_sample,
                                measure->sample_count, err);
        return rc;
}

static int insert_outside(struct store *store, int64_t run,
                          const struct record_outside *outside,
                          struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "INSERT INTO outside (run, workload, name, version,"
                   " skipped, ratio, low, high, outside_ns, candidate_ns,"
                   " rounds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        query_put_int(&query, run);
        query_put_text(&query, outside->workload);
        query_put_text(&query, outside->name);
        query_put_text(&query, outside->version);
        query_put_text(&query, outside->skipped);
        query_put_double(&query, outside->ratio);
        query_put_double(&query, outside->low);
        query_put_double(&query, outside->high);
        query_put_double(&query, outside->outside_ns);
        query_put_double(&query, outside->candidate_ns);
        query_put_int(&query, outside->rounds);
        return query_run(&query, NULL, err);
}

/* After the checks: the trigger looks at them. */
static int insert_verification(struct store *store, int64_t run, bool passed,
                               int64_t *id, struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "INSERT INTO verification (run, passed) VALUES (?, ?)");
        query_put_int(&query, run);
        query_put_int(&query, passed);
        return query_insert(&query, id, err);
}

/* One failed check settles it at any stage; to pass takes all of them. What
 * ends at S3 (a measurement, `kevo bench`) may have skipped its proof. */
static bool is_verification(const struct record_run *run)
{
        return !run->correct || text_equal(run->stage, "S4");
}

int record_run_add(struct store *store, const struct record_run *run,
                   int64_t *run_id, int64_t *verification_id,
                   struct error *err)
{
        int64_t id = 0, verification = 0;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        rc = insert_run(store, run, &id, err);
        for (int i = 0; i < run->check_count && !rc; i++)
                rc = insert_check(store, id, i, &run->check[i], err);
        for (int i = 0; i < run->measure_count && !rc; i++)
                rc = insert_measure(store, id, &run->measure[i], err);
        for (int i = 0; i < run->outside_count && !rc; i++)
                rc = insert_outside(store, id, &run->outside[i], err);
        if (!rc && is_verification(run))
                rc = insert_verification(store, id, run->correct,
                                         &verification, err);
        rc = sql_end(store, rc, err);
        if (!rc && run_id)
                *run_id = id;
        if (!rc && verification_id)
                *verification_id = verification;
        return rc;
}

/* From the newest run back; the index run_source leads there. */
int record_last_time(struct store *store, const char *spec_hash,
                     const char *source_hash, const char *workload,
                     const char *environment_hash, double *ns,
                     struct error *err)
{
        struct query query;
        int rc;

        query_open(&query, store,
                   "SELECT m.candidate_ns FROM run r"
                   " JOIN measure m ON m.run = r.id"
                   " WHERE r.source = ?1 AND r.spec = ?2"
                   " AND r.environment = ?3 AND m.workload = ?4"
                   " AND m.candidate_ns > 0 AND NOT EXISTS"
                   "  (SELECT 1 FROM exclusion WHERE run = r.id)"
                   " ORDER BY r.id DESC, m.id DESC LIMIT 1");
        query_put_text(&query, source_hash);
        query_put_text(&query, spec_hash);
        query_put_text(&query, environment_hash);
        query_put_text(&query, workload);
        rc = query_step(&query, err);
        if (rc > 0) {
                *ns = query_get_double(&query);
                rc = 0;
        } else if (rc == 0) {
                rc = error_set(err, ERR_NOT_FOUND,
                               "no time of this source at %s is stored",
                               workload);
        }
        query_close(&query);
        return rc;
}

/* Any environment: what computed wrongly somewhere is not to be trusted
 * elsewhere until it was verified again. Only S4 takes a failure back: older
 * stores have verifications that passed at S3.
 * 1 passed, 0 failed, -1 nothing is known. */
static int newest_verification(struct store *store, const char *spec_hash,
                               const char *source_hash)
{
        struct query query;
        int64_t passed = 0;

        query_open(&query, store,
                   "SELECT v.passed FROM run r"
                   " JOIN verification v ON v.run = r.id"
                   " WHERE r.source = ?1 AND r.spec = ?2"
                   " AND (v.passed = 0 OR r.stage = 'S4') AND NOT EXISTS"
                   "  (SELECT 1 FROM exclusion WHERE run = r.id)"
                   " ORDER BY r.id DESC LIMIT 1");
        query_put_text(&query, source_hash);
        query_put_text(&query, spec_hash);
        return query_read_id(&query, &passed, NULL) == 0 ? passed != 0 : -1;
}

bool record_is_wrong(struct store *store, const char *spec_hash,
                     const char *source_hash)
{
        return newest_verification(store, spec_hash, source_hash) == 0;
}

bool record_is_right(struct store *store, const char *spec_hash,
                     const char *source_hash)
{
        return newest_verification(store, spec_hash, source_hash) == 1;
}

struct verdict_key {
        char *repository, *kernel, *hardware;
};

static void *read_key(struct query *query)
{
        struct verdict_key *key = calloc(1, sizeof *key);

        if (!key) {
                query->failed = SQLITE_NOMEM;
                return NULL;
        }
        key->repository = query_get_text(query);
        key->kernel = query_get_text(query);
        key->hardware = query_get_text(query);
        return key;
}

static void drop_key(void *object)
{
        struct verdict_key *key = object;

        free(key->repository);
        free(key->kernel);
        free(key->hardware);
        free(key);
}

static const struct query_shape key_shape = {read_key, drop_key};

/* Verdicts that rest on a run no longer count: bring their summaries up to
 * date. */
static int refresh_after(struct store *store, int64_t run, struct error *err)
{
        struct verdict_key **keys = NULL;
        struct query query;
        int count = 0, rc;

        query_open(&query, store,
                   "SELECT DISTINCT repository, kernel, hardware"
                   " FROM verdict WHERE run = ?1");
        query_put_int(&query, run);
        rc = query_list(&query, &key_shape, &keys, &count, err);
        for (int i = 0; i < count; i++) {
                if (!rc)
                        rc = summary_refresh(store, keys[i]->repository,
                                             keys[i]->kernel,
                                             keys[i]->hardware, err);
                drop_key(keys[i]);
        }
        free(keys);
        return rc;
}

int record_exclude(struct store *store, int64_t run, const char *reason,
                   struct error *err)
{
        struct query query;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "INSERT INTO exclusion (run, time, reason)"
                   " VALUES (?, ?, ?) ON CONFLICT (run) DO NOTHING");
        query_put_int(&query, run);
        query_put_int(&query, clock_wall_seconds());
        query_put_text(&query, reason);
        rc = query_run(&query, NULL, err);
        if (!rc)
                rc = refresh_after(store, run, err);
        return sql_end(store, rc, err);
}
