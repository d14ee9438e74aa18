/*
 * Runs as JSON: record_run_json of records.h, apart because it only reads
 * and knows the names that people and pages see. All its reads are of one
 * snapshot.
 */
#include "store/records.h"

#include <stdlib.h>

#include "core/json.h"
#include "store/exact.h"
#include "store/samples.h"
#include "store/query.h"

/* Text columns of the current row, in order, under these names. */
static void put_texts(struct query *query, cJSON *json,
                      const char *const *names)
{
        for (; *names; names++) {
                char *text = query_get_text(query);

                if (text)
                        cJSON_AddStringToObject(json, *names, text);
                free(text);
        }
}

static int put_numbers(struct query *query, cJSON *json,
                       const char *const *names, struct error *err)
{
        int rc = 0;

        for (; *names && !rc; names++)
                rc = exact_add(json, *names, query_get_double(query), err);
        return rc;
}

static void put_bools(struct query *query, cJSON *json,
                      const char *const *names)
{
        for (; *names; names++)
                cJSON_AddBoolToObject(json, *names, query_get_int(query) != 0);
}

/* The seeds column holds JSON that the worker wrote. */
static void put_seeds(struct query *query, cJSON *json)
{
        char *text = query_get_text(query);
        cJSON *seeds = text && *text ? cJSON_Parse(text) : NULL;

        if (seeds)
                cJSON_AddItemToObject(json, "seeds", seeds);
        else if (text && *text)
                cJSON_AddStringToObject(json, "seeds", text);
        free(text);
}

/* The columns come in groups of a type, in the order of the name tables. */
static int put_run(struct store *store, int64_t run, cJSON *json,
                   struct error *err)
{
        static const char *const bools[] = {"correct", "cold", NULL};
        static const char *const numbers[] = {
                "run",        "time",     "node",   "fitness", "ratio",
                "low",        "high",     "method", "threads", "wall_ns",
                "compile_ns", "calls_ns", NULL};
        static const char *const texts[] = {"spec",   "source", "environment",
                                            "stage",  "grade",  "identity",
                                            "reason", NULL};
        struct query query;
        int rc;

        query_open(&query, store,
                   "SELECT correct, cold, id, time, node, fitness, ratio,"
                   " low, high, method, threads, wall_ns, compile_ns,"
                   " calls_ns, spec, source, environment, stage, grade,"
                   " identity, reason, seeds, NOT EXISTS (SELECT 1 FROM node"
                   "  JOIN campaign c ON c.id = node.campaign"
                   "  WHERE node.id = run.node AND c.state = 'running')"
                   " FROM run WHERE id = ?1");
        query_put_int(&query, run);
        rc = query_step(&query, err);
        if (rc > 0) {
                put_bools(&query, json, bools);
                rc = put_numbers(&query, json, numbers, err);
                put_texts(&query, json, texts);
                /* Secret while candidates may still learn from them. */
                if (sqlite3_column_int(query.stmt, query.column + 1))
                        put_seeds(&query, json);
                if (!rc)
                        rc = query_check(&query, err);
        } else if (rc == 0) {
                rc = error_set(err, ERR_NOT_FOUND, "there is no run %lld",
                               (long long)run);
        }
        query_close(&query);
        return rc;
}

/* In the order in which they ran. */
static int put_checks(struct store *store, int64_t run, cJSON *json,
                      struct error *err)
{
        static const char *const texts[] = {"name", "stage", "detail", NULL};
        static const char *const bools[] = {"passed", NULL};
        cJSON *array = cJSON_AddArrayToObject(json, "checks"), *check;
        struct query query;
        int rc;

        query_open(&query, store,
                   "SELECT name, stage, detail, passed FROM run_check"
                   " WHERE run = ?1 ORDER BY position");
        query_put_int(&query, run);
        while ((rc = query_step(&query, err)) > 0) {
                check = cJSON_CreateObject();
                cJSON_AddItemToArray(array, check);
                put_texts(&query, check, texts);
                put_bools(&query, check, bools);
        }
        query_close(&query);
        return rc;
}

static int put_measures(struct store *store, int64_t run, bool samples,
                        cJSON *json, struct error *err)
{
        static const char *const texts[] = {"workload", "stage", "baseline",
                                            NULL};
        static const char *const bools[] = {"identical", NULL};
        static const char *const numbers[] = {
                "ratio",       "low",       "high",
                "null_low",    "null_high", "candidate_ns",
                "baseline_ns", "rounds",    NULL};
        cJSON *array = cJSON_AddArrayToObject(json, "measures");
        cJSON *measure, *sides;
        struct query query;
        int64_t id;
        int rc;

        query_open(&query, store,
                   "SELECT id, workload, stage, baseline, identical, ratio,"
                   " low, high, null_low, null_high, candidate_ns,"
                   " baseline_ns, rounds FROM measure WHERE run = ?1"
                   " ORDER BY id");
        query_put_int(&query, run);
        while ((rc = query_step(&query, err)) > 0) {
                measure = cJSON_CreateObject();
                cJSON_AddItemToArray(array, measure);
                id = query_get_int(&query);
                put_texts(&query, measure, texts);
                put_bools(&query, measure, bools);
                rc = put_numbers(&query, measure, numbers, err);
                sides = cJSON_AddObjectToObject(measure, "samples");
                if (!rc)
                        rc = sample_add_json(store, id, "candidate", samples,
                                             sides, err);
                if (!rc)
                        rc = sample_add_json(store, id, "baseline", samples,
                                             sides, err);
                if (rc)
                        break;
        }
        query_close(&query);
        return rc;
}

static int put_outsides(struct store *store, int64_t run, cJSON *json,
                        struct error *err)
{
        static const char *const texts[] = {"workload", "name", "version",
                                            "skipped", NULL};
        static const char *const numbers[] = {
                "ratio",        "low",    "high", "outside_ns",
                "candidate_ns", "rounds", NULL};
        cJSON *array = cJSON_AddArrayToObject(json, "outside"), *one;
        struct query query;
        int rc;

        query_open(&query, store,
                   "SELECT workload, name, version, skipped, ratio, low,"
                   " high, outside_ns, candidate_ns, rounds FROM outside"
                   " WHERE run = ?1 ORDER BY id");
        query_put_int(&query, run);
        while ((rc = query_step(&query, err)) > 0) {
                one = cJSON_CreateObject();
                cJSON_AddItemToArray(array, one);
                put_texts(&query, one, texts);
                rc = put_numbers(&query, one, numbers, err);
                if (rc)
                        break;
        }
        query_close(&query);
        return rc;
}

/* What became of it: the verification that it is, and its exclusion. */
static int put_standing(struct store *store, int64_t run, cJSON *json,
                        struct error *err)
{
        static const char *const excluded[] = {"excluded", NULL};
        struct query query;
        cJSON *verification;
        int rc;

        query_open(&query, store,
                   "SELECT id, passed FROM verification WHERE run = ?1");
        query_put_int(&query, run);
        rc = query_step(&query, err);
        if (rc > 0) {
                verification = cJSON_AddObjectToObject(json, "verification");
                cJSON_AddNumberToObject(verification, "id",
                                        query_get_double(&query));
                cJSON_AddBoolToObject(verification, "passed",
                                      query_get_int(&query) != 0);
        }
        query_close(&query);
        if (rc < 0)
                return rc;
        query_open(&query, store,
                   "SELECT reason FROM exclusion WHERE run = ?1");
        query_put_int(&query, run);
        rc = query_step(&query, err);
        if (rc > 0)
                put_texts(&query, json, excluded);
        query_close(&query);
        return rc < 0 ? rc : 0;
}

int record_run_json(struct store *store, int64_t run, bool samples,
                    char **text, struct error *err)
{
        cJSON *json;
        int rc;

        *text = NULL;
        rc = sql_begin_read(store, err);
        if (rc)
                return rc;
        json = cJSON_CreateObject();
        rc = json ? put_run(store, run, json, err) : error_memory(err);
        if (!rc)
                rc = put_checks(store, run, json, err);
        if (!rc)
                rc = put_measures(store, run, samples, json, err);
        if (!rc)
                rc = put_outsides(store, run, json, err);
        if (!rc)
                rc = put_standing(store, run, json, err);
        rc = sql_end(store, rc, err);
        if (!rc) {
                *text = json_print(json);
                if (!*text)
                        rc = error_memory(err);
        }
        cJSON_Delete(json);
        return rc;
}
