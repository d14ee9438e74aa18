/*
 * See texts.h. Environments also keep when they were seen on which hardware:
 * the newest is the one recorded last, so that going back to an old compiler
 * is a change too.
 */
#include "store/texts.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "store/packed.h"
#include "store/query.h"
#include "store/samples.h"

enum {
        EXPIRE_ROWS = 100,   /* a transaction of record_expire */
        EXPIRE_FITTEST = 24, /* of a campaign that goes on: all that its proof
                                may look at */
        DAY_SECONDS = 86400
};

int record_spec(struct store *store, const char *hash, const char *name,
                const char *text, struct error *err)
{
        struct query query;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "INSERT INTO spec (hash, name, text, created)"
                   " VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING");
        query_put_text(&query, hash);
        query_put_text(&query, name);
        query_put_text(&query, text);
        query_put_int(&query, clock_wall_seconds());
        return sql_end(store, query_run(&query, NULL, err), err);
}

int record_spec_text(struct store *store, const char *hash, char **text,
                     struct error *err)
{
        struct query query;
        int rc;

        *text = NULL;
        query_open(&query, store, "SELECT text FROM spec WHERE hash = ?1");
        query_put_text(&query, hash);
        rc = query_step(&query, err);
        if (rc > 0) {
                *text = query_get_text(&query);
                rc = query_check(&query, err);
        } else if (rc == 0) {
                rc = error_set(err, ERR_NOT_FOUND, "there is no spec %s",
                               hash);
        }
        query_close(&query);
        return rc;
}

/* An expired text comes back; one that is there stays as it is. A known hash
 * with another length meets no row, and that is the error. */
static int insert_source(struct store *store, const char *hash,
                         const char *language, const void *packed,
                         size_t packed_length, size_t length,
                         struct error *err)
{
        struct query query;
        int changed = 0, rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "INSERT INTO source (hash, language, bytes, text, used)"
                   " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (hash)"
                   " DO UPDATE SET used = max(used, ?5),"
                   " text = ifnull(text, ?4) WHERE bytes = ?3");
        query_put_text(&query, hash);
        query_put_text(&query, language);
        query_put_int(&query, (int64_t)length);
        query_put_blob(&query, packed, packed_length);
        query_put_int(&query, clock_wall_seconds());
        rc = query_run(&query, &changed, err);
        if (!rc && !changed)
                rc = error_set(err, ERR_INPUT,
                               "source %s is stored with another text; its "
                               "hash is not of its content",
                               hash);
        return sql_end(store, rc, err);
}

int record_source(struct store *store, const char *hash, const char *language,
                  const char *text, struct error *err)
{
        size_t length = strlen(text), packed_length = 0;
        void *packed = NULL;
        int rc;

        if (length > LIMIT_SOURCE_BYTES)
                return error_set(err, ERR_LIMIT,
                                 "a source has %zu bytes, more than %d",
                                 length, LIMIT_SOURCE_BYTES);
        rc = packed_make(text, length, &packed, &packed_length, err);
        if (!rc)
                rc = insert_source(store, hash, language, packed,
                                   packed_length, length, err);
        free(packed);
        return rc;
}

/* The text of the current row (bytes, text). */
static int unpack_source(struct query *query, char **text, struct error *err)
{
        int64_t length = query_get_int(query);
        size_t packed_length;
        const void *packed = query_get_blob(query, &packed_length);
        char *plain;
        int rc;

        if (length < 0 || length > LIMIT_SOURCE_BYTES)
                return error_set(err, ERR_IO,
                                 "the size of a source is "
                                 "damaged; run `kevo store "
                                 "check`");
        plain = malloc((size_t)length + 1);
        if (!plain)
                return error_memory(err);
        rc = packed_open(packed, packed_length, plain, (size_t)length, err);
        if (rc) {
                free(plain);
                return rc;
        }
        plain[length] = 0;
        *text = plain;
        return 0;
}

int record_source_text(struct store *store, const char *hash, char **text,
                       struct error *err)
{
        struct query query;
        int rc;

        *text = NULL;
        query_open(&query, store,
                   "SELECT bytes, text FROM source"
                   " WHERE hash = ?1 AND text IS NOT NULL");
        query_put_text(&query, hash);
        rc = query_step(&query, err);
        if (rc > 0)
                rc = unpack_source(&query, text, err);
        else if (rc == 0)
                rc = error_set(err, ERR_NOT_FOUND,
                               "source %s is not stored, or its text "
                               "expired",
                               hash);
        query_close(&query);
        return rc;
}

/* Only when it is not the newest of its hardware already: a worker reports
 * its environment with every run. The serial orders what happens within a
 * second. */
static int see_environment(struct store *store, const char *hash,
                           const char *hardware, struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "INSERT INTO environment_seen"
                   " (hardware, environment, first, last, serial)"
                   " SELECT ?1, ?2, ?3, ?3,"
                   "  (SELECT ifnull(max(serial), 0) + 1"
                   "   FROM environment_seen)"
                   " WHERE ?2 IS NOT (SELECT environment"
                   "  FROM environment_seen WHERE hardware = ?1"
                   "  ORDER BY serial DESC LIMIT 1)"
                   " ON CONFLICT (hardware, environment) DO UPDATE"
                   " SET last = excluded.last, serial = excluded.serial");
        query_put_text(&query, hardware);
        query_put_text(&query, hash);
        query_put_int(&query, clock_wall_seconds());
        return query_run(&query, NULL, err);
}

int record_environment(struct store *store, const char *hash,
                       const char *hardware, const char *fields,
                       struct error *err)
{
        struct query query;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "INSERT INTO environment (hash, fields, created)"
                   " VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING");
        query_put_text(&query, hash);
        query_put_text(&query, fields);
        query_put_int(&query, clock_wall_seconds());
        rc = query_run(&query, NULL, err);
        if (!rc)
                rc = see_environment(store, hash, hardware, err);
        return sql_end(store, rc, err);
}

int record_latest_environment(struct store *store, const char *hardware,
                              char *hash, char **fields, struct error *err)
{
        struct query query;
        char *found = NULL;
        int rc;

        *fields = NULL;
        query_open(&query, store,
                   "SELECT hash, fields FROM environment_seen"
                   " JOIN environment ON hash = environment"
                   " WHERE hardware = ?1 ORDER BY serial DESC LIMIT 1");
        query_put_text(&query, hardware);
        rc = query_step(&query, err);
        if (rc > 0) {
                found = query_get_text(&query);
                *fields = query_get_text(&query);
                rc = query_check(&query, err);
        } else if (rc == 0) {
                rc = error_set(err, ERR_NOT_FOUND,
                               "no environment of %s was seen yet", hardware);
        }
        query_close(&query);
        if (!rc) {
                size_t length = strnlen(found, HASH_TEXT_BYTES - 1);

                memcpy(hash, found, length);
                hash[length] = 0;
        } else {
                free(*fields);
                *fields = NULL;
        }
        free(found);
        return rc;
}

/* Only texts of nodes: a source without a node is a file of a repository,
 * and those are few. A campaign that was only paused (campaigns.c) takes its
 * untried nodes up again and proves its fittest. */
static int expire_texts(struct store *store, int64_t before, char ***hashes,
                        int *count, struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "UPDATE source SET text = NULL WHERE hash IN ("
                   " SELECT s.hash FROM source s"
                   " WHERE s.used < ?1 AND s.text IS NOT NULL"
                   " AND EXISTS (SELECT 1 FROM node WHERE source = s.hash)"
                   " AND NOT EXISTS (SELECT 1 FROM node n JOIN campaign c"
                   "  ON c.id = n.campaign WHERE n.source = s.hash"
                   "  AND (c.state = 'running' OR c.best = n.id"
                   "   OR (c.ending NOT IN ('stall', 'target', 'floor')"
                   "    AND (n.state = 'new' OR (n.fitness > 0 AND n.fitness"
                   "     >= ifnull((SELECT m.fitness FROM node m"
                   "      WHERE m.campaign = c.id ORDER BY m.fitness DESC"
                   "      LIMIT 1 OFFSET ?3 - 1), 0))))))"
                   " AND NOT EXISTS (SELECT 1 FROM verdict v"
                   "  WHERE v.source = s.hash"
                   "  AND v.verdict IN ('accepted', 'first', 'suspect'))"
                   " LIMIT ?2) RETURNING hash");
        query_put_int(&query, before);
        query_put_int(&query, EXPIRE_ROWS);
        query_put_int(&query, EXPIRE_FITTEST);
        return query_list(&query, &query_texts, hashes, count, err);
}

/* Texts, and the samples that were taken of them. */
static int expire_some(struct store *store, int64_t before, int *dropped,
                       struct error *err)
{
        char **hashes = NULL;
        int count = 0, rc = sql_begin(store, err);

        if (rc)
                return rc;
        rc = expire_texts(store, before, &hashes, &count, err);
        for (int i = 0; i < count; i++) {
                if (!rc)
                        rc = sample_expire(store, hashes[i], err);
                free(hashes[i]);
        }
        free(hashes);
        *dropped = count;
        return sql_end(store, rc, err);
}

/* Short transactions, so that a campaign that wants to write meanwhile does
 * not wait for the whole of it. */
int record_expire(struct store *store, int days, int *dropped,
                  struct error *err)
{
        int64_t before = clock_wall_seconds() - (int64_t)days * DAY_SECONDS;
        int some, total = 0, rc;

        do {
                some = 0;
                rc = expire_some(store, before, &some, err);
                total += some;
        } while (!rc && some == EXPIRE_ROWS);
        if (!rc && total > 0)
                rc = sql_execute(store, "PRAGMA incremental_vacuum", err);
        if (dropped)
                *dropped = total;
        return rc;
}
