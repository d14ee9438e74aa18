/*
 * See store.h. Opening is careful in this order: the place (no network file
 * system), the file (ours, not newer), the settings, the migration; nothing
 * is written to a file that turns out not to be a store.
 *
 * synchronous=FULL: an answer "stored" also survives a power cut, at the
 * price of one fsync a transaction, which is nothing beside a compilation.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/limits.h"
#include "store/place.h"
#include "store/query.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/summary.h"

enum {
        PATIENCE_MS = 5000,      /* default wait for a lock */
        WAL_PAUSE_NS = 10000000, /* between tries to enter WAL mode */
        LOG_BYTES = 64 << 20,    /* the log shrinks to this after use */
        PATH_ROOM = 64           /* for "-wal", ".v3.part.<pid>" */
};

int store_schema_version(void)
{
        return schema_version();
}

const char *store_path(const struct store *store)
{
        return store->path;
}

void store_set_patience_ms(struct store *store, int patience_ms)
{
        store->patience_ms = patience_ms;
        sqlite3_busy_timeout(store->db, patience_ms);
}

void store_close(struct store *store)
{
        if (!store)
                return;
        sql_forget_statements(store);
        sqlite3_close(store->db);
        free(store->path);
        free(store);
}

static int check_path(const char *path, struct error *err)
{
        if (strlen(path) + PATH_ROOM > LIMIT_PATH_BYTES)
                return error_set(err, ERR_LIMIT,
                                 "the path of the store is longer than %d "
                                 "bytes; choose a shorter one",
                                 LIMIT_PATH_BYTES - PATH_ROOM);
        return place_check(path, err);
}

/* The file and its folder, private: seeds of verifications are in it. The
 * log files take the mode of the file. */
static int make_file(const char *path, struct error *err)
{
        char folder[LIMIT_PATH_BYTES];
        int fd, rc;

        snprintf(folder, sizeof folder, "%s", path);
        rc = check_path(path, err);
        if (!rc)
                rc = file_make_directories(dirname(folder), 0700, err);
        if (rc)
                return rc;
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0)
                close(fd);
        /* A read-only file is reported by SQLite, with the rest. */
        else if (errno != EACCES && errno != EROFS && errno != EISDIR)
                return error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
        return 0;
}

/* Settings of the connection, not of the file. DEFENSIVE and an untrusted
 * schema: a prepared file cannot make SQLite run functions of its choice. */
static int configure(struct store *store, struct error *err)
{
        char text[256];

        sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, SQL_VALUE_BYTES);
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        /* recursive_triggers: REPLACE too must meet the delete triggers. */
        snprintf(text, sizeof text,
                 "PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON;"
                 " PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
                 " PRAGMA journal_size_limit = %d",
                 LOG_BYTES);
        return sql_execute(store, text, err);
}

/* The connection, with its settings; nothing is known of the file yet. */
static int open_handle(struct store **result, const char *path, int flags,
                       struct error *err)
{
        struct store *store;
        char *full = NULL;
        int code, rc;

        store = calloc(1, sizeof *store);
        if (!store)
                return error_memory(err);
        store->readonly = (flags & SQLITE_OPEN_READONLY) != 0;
        store->path = strdup(path);
        /* SQLite gives names such as ":memory:" a meaning of their own. */
        if (!store->path ||
            asprintf(&full, "%s%s", *path == '/' ? "" : "./", path) < 0) {
                full = NULL;
                rc = error_memory(err);
                goto out;
        }
        code = sqlite3_open_v2(full, &store->db, flags | SQLITE_OPEN_NOMUTEX,
                               NULL);
        if (code != SQLITE_OK) {
                rc = sql_fail(store, code, err);
                goto out;
        }
        sqlite3_extended_result_codes(store->db, 1);
        store_set_patience_ms(store, PATIENCE_MS);
        rc = configure(store, err);
out:
        free(full);
        if (rc) {
                store_close(store);
                store = NULL;
        }
        *result = store;
        return rc;
}

/* A change of the journal mode does not wait for locks by itself. */
static int enter_wal(struct store *store, struct error *err)
{
        int64_t deadline =
                clock_monotonic_ns() + (int64_t)store->patience_ms * 1000000;
        int rc;

        for (;;) {
                rc = sql_execute(store, "PRAGMA journal_mode = WAL", err);
                if (rc != ERR_BUSY || clock_monotonic_ns() > deadline)
                        return rc;
                clock_sleep_ns(WAL_PAUSE_NS);
        }
}

/* Look first, then write: a file that is not ours stays as it is. */
static int prepare(struct store *store, struct error *err)
{
        int version = 0, rc;

        rc = schema_inspect(store, &version, err);
        if (rc)
                return rc;
        if (sqlite3_db_readonly(store->db, "main") == 1)
                return sql_fail(store, SQLITE_READONLY, err);
        /* Takes effect only in a file that is still empty; in another it would
         * be a write at every opening. */
        if (version == 0)
                rc = sql_execute(store, "PRAGMA auto_vacuum = INCREMENTAL",
                                 err);
        if (!rc)
                rc = enter_wal(store, err);
        if (!rc)
                rc = schema_migrate(store, schema_version(), err);
        return rc;
}

int store_open(struct store **result, const char *path, struct error *err)
{
        struct store *store = NULL;
        int rc;

        *result = NULL;
        rc = make_file(path, err);
        if (!rc)
                rc = open_handle(&store, path, SQLITE_OPEN_READWRITE, err);
        if (!rc)
                rc = prepare(store, err);
        if (rc) {
                store_close(store);
                return rc;
        }
        *result = store;
        return 0;
}

/* A reader takes exactly the schema it knows; it cannot migrate. */
static int inspect_reader(struct store *store, struct error *err)
{
        int version = 0, rc;

        rc = schema_inspect(store, &version, err);
        if (rc || version == schema_version())
                return rc;
        if (version == 0)
                return error_set(err, ERR_NOT_FOUND,
                                 "%s: the store is still empty; a command "
                                 "that writes, such as `kevo daemon`, fills "
                                 "it",
                                 store->path);
        return error_set(err, ERR_UNSUPPORTED,
                         "%s: the store has schema %d, this kevo (%s) reads "
                         "%d; any command that writes migrates it, such as "
                         "`kevo store rebuild`",
                         store->path, version, KEVO_VERSION, schema_version());
}

int store_open_readonly(struct store **result, const char *path,
                        struct error *err)
{
        struct store *store = NULL;
        int rc;

        *result = NULL;
        if (!file_exists(path))
                return error_set(err, ERR_NOT_FOUND,
                                 "%s: there is no store yet; a command that "
                                 "writes, such as `kevo daemon`, makes it",
                                 path);
        rc = check_path(path, err);
        if (!rc)
                rc = open_handle(&store, path, SQLITE_OPEN_READONLY, err);
        if (!rc)
                rc = inspect_reader(store, err);
        if (rc) {
                store_close(store);
                return rc;
        }
        *result = store;
        return 0;
}

int store_rebuild(struct store *store, struct error *err)
{
        return summary_rebuild(store, err);
}

/* A pragma that lists what is wrong: the first row's first column says it,
 * or "ok". */
static int check_pragma(struct store *store, const char *text,
                        struct error *err)
{
        sqlite3_stmt *stmt = NULL;
        int code, rc = 0;

        code = sqlite3_prepare_v2(store->db, text, -1, &stmt, NULL);
        if (code == SQLITE_OK)
                code = sqlite3_step(stmt);
        if (code == SQLITE_ROW) {
                const char *said = (const char *)sqlite3_column_text(stmt, 0);

                if (!said || strcmp(said, "ok") != 0)
                        rc = error_set(err, ERR_IO,
                                       "%s: the store is damaged (%s: %s); "
                                       "bring back a copy",
                                       store->path, text, said ? said : "?");
        } else if (code != SQLITE_DONE) {
                rc = sql_fail(store, code, err);
        }
        sqlite3_finalize(stmt);
        return rc;
}

int store_check(struct store *store, struct error *err)
{
        int rc = check_pragma(store, "PRAGMA integrity_check", err);

        if (!rc)
                rc = check_pragma(store, "PRAGMA foreign_key_check", err);
        if (!rc)
                rc = summary_check(store, err);
        return rc;
}

int store_set(struct store *store, const char *name, const char *value,
              struct error *err)
{
        struct query query;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "INSERT INTO value (name, value) VALUES (?1, ?2)"
                   " ON CONFLICT (name) DO UPDATE SET value = ?2");
        query_put_text(&query, name);
        query_put_text(&query, value);
        return sql_end(store, query_run(&query, NULL, err), err);
}

int store_get(struct store *store, const char *name, char **value,
              struct error *err)
{
        struct query query;
        int rc;

        *value = NULL;
        query_open(&query, store, "SELECT value FROM value WHERE name = ?1");
        query_put_text(&query, name);
        rc = query_step(&query, err);
        if (rc > 0) {
                *value = query_get_text(&query);
                rc = query_check(&query, err);
        }
        query_close(&query);
        return rc;
}
