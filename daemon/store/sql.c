/*
 * See sql.h. Every statement is prepared once per handle and bound, never
 * printed: no value that came from outside is ever part of an SQL text.
 *
 * The connection waits for locks by itself (sqlite3_busy_timeout), and every
 * write begins with BEGIN IMMEDIATE, so that a busy store shows at the
 * begin, where nothing is lost, and not in the middle.
 */
#include "store/sql.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int fail_constraint(struct store *store, int extended,
                           struct error *err)
{
        const char *text = sqlite3_errmsg(store->db);

        if (extended == SQLITE_CONSTRAINT_FOREIGNKEY)
                return error_set(err, ERR_INPUT,
                                 "the store refused a row: it refers to a "
                                 "spec, source, environment or other row "
                                 "that is not stored; record that first");
        return error_set(err, ERR_INPUT, "the store refused a row: %s", text);
}

static int fail_system(struct store *store, int extended, struct error *err)
{
        int number = sqlite3_system_errno(store->db);

        if (extended == SQLITE_IOERR_NOMEM)
                return error_memory(err);
        if ((extended & 0xff) == SQLITE_FULL || number == ENOSPC ||
            number == EDQUOT)
                return error_set(err, ERR_IO,
                                 "%s: the disk is full; nothing was stored. "
                                 "Free some space and try again",
                                 store->path);
        return error_set(err, ERR_IO,
                         "%s: the disk refused (%s, %s); nothing was stored. "
                         "Check the disk and the limits, then try again",
                         store->path, sqlite3_errstr(extended),
                         number ? strerror(number) : "no more is known");
}

static int fail_permission(struct store *store, int extended,
                           struct error *err)
{
        if (!store->readonly)
                return error_set(err, ERR_DENIED,
                                 "%s: the store cannot be written (%s); "
                                 "check who owns the file and its folder",
                                 store->path, sqlite3_errstr(extended));
        if (extended == SQLITE_READONLY)
                return error_set(err, ERR_DENIED,
                                 "%s: the store was opened for reading only",
                                 store->path);
        return error_set(err, ERR_DENIED,
                         "%s: another user's store cannot be read while no "
                         "kevo has it open (SQLite keeps files beside it); "
                         "start the daemon or read it as its owner",
                         store->path);
}

int sql_fail(struct store *store, int code, struct error *err)
{
        int extended = store->db ? sqlite3_extended_errcode(store->db) : code;

        /* Codes that stuck before the last call count more than its own. */
        if ((extended & 0xff) != (code & 0xff))
                extended = code;
        switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return error_set(err, ERR_BUSY,
                                 "%s: another process has kept the store "
                                 "busy for %d ms; try again",
                                 store->path, store->patience_ms);
        case SQLITE_FULL:
        case SQLITE_IOERR:
                return fail_system(store, extended, err);
        case SQLITE_READONLY:
        case SQLITE_PERM:
                return fail_permission(store, extended, err);
        case SQLITE_CANTOPEN:
                return error_set(err, ERR_IO,
                                 "%s: the store cannot be opened (%s); check "
                                 "that the folder exists and is yours",
                                 store->path,
                                 strerror(sqlite3_system_errno(store->db)));
        case SQLITE_NOTADB:
                return error_set(err, ERR_INPUT,
                                 "%s: this is not a store of kevo (not an "
                                 "SQLite file); name another file",
                                 store->path);
        case SQLITE_CORRUPT:
                return error_set(err, ERR_IO,
                                 "%s: the store is damaged (%s); bring back "
                                 "a copy",
                                 store->path, sqlite3_errmsg(store->db));
        case SQLITE_CONSTRAINT:
                return fail_constraint(store, extended, err);
        case SQLITE_MISMATCH:
                return error_set(err, ERR_INPUT,
                                 "the store refused a row: a measured value "
                                 "is not a number");
        case SQLITE_NOMEM:
                return error_memory(err);
        case SQLITE_TOOBIG:
                return error_set(err, ERR_LIMIT,
                                 "a value is larger than the %d bytes that "
                                 "the store takes",
                                 SQL_VALUE_BYTES);
        default:
                return error_set(err, ERR_INTERNAL, "%s: SQLite: %s",
                                 store->path,
                                 store->db ? sqlite3_errmsg(store->db)
                                           : sqlite3_errstr(code));
        }
}

int sql_execute(struct store *store, const char *text, struct error *err)
{
        int code = sqlite3_exec(store->db, text, NULL, NULL, NULL);

        return code == SQLITE_OK ? 0 : sql_fail(store, code, err);
}

int sql_read_int(struct store *store, const char *text, int64_t *value,
                 struct error *err)
{
        sqlite3_stmt *stmt = NULL;
        int code, rc = 0;

        code = sqlite3_prepare_v2(store->db, text, -1, &stmt, NULL);
        if (code == SQLITE_OK)
                code = sqlite3_step(stmt);
        if (code == SQLITE_ROW)
                *value = sqlite3_column_int64(stmt, 0);
        else
                rc = sql_fail(store, code, err);
        sqlite3_finalize(stmt);
        return rc;
}

void sql_forget_statements(struct store *store)
{
        for (int i = 0; i < store->statement_count; i++)
                sqlite3_finalize(store->statement[i].stmt);
        store->statement_count = 0;
}

int64_t sql_scan_steps(const struct store *store)
{
        int64_t steps = 0;

        for (int i = 0; i < store->statement_count; i++)
                steps += sqlite3_stmt_status(store->statement[i].stmt,
                                             SQLITE_STMTSTATUS_FULLSCAN_STEP,
                                             0);
        return steps;
}

static int begin(struct store *store, const char *text, struct error *err)
{
        int rc;

        if (store->depth > 0) {
                store->depth++;
                return 0;
        }
        rc = sql_execute(store, text, err);
        if (rc == 0) {
                store->depth = 1;
                store->doomed = 0;
        }
        return rc;
}

int sql_begin(struct store *store, struct error *err)
{
        return begin(store, "BEGIN IMMEDIATE", err);
}

int sql_begin_read(struct store *store, struct error *err)
{
        return begin(store, "BEGIN", err);
}

int sql_end(struct store *store, int code, struct error *err)
{
        if (code && !store->doomed)
                store->doomed = code;
        if (--store->depth > 0)
                return code;
        if (!code && store->doomed)
                code = error_set(err, ERR_INTERNAL,
                                 "a part of a transaction failed and its "
                                 "caller went on; nothing was stored");
        if (!code)
                code = sql_execute(store, "COMMIT", err);
        /* A full disk may have rolled back already. */
        if (code && !sqlite3_get_autocommit(store->db))
                sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
        return code;
}

/* The cached statement of a text, prepared when it is new; NULL and
 * query->failed otherwise. */
static sqlite3_stmt *find_statement(struct query *query, const char *text)
{
        struct store *store = query->store;
        struct sql_statement *found = NULL;

        for (int i = 0; i < store->statement_count && !found; i++)
                if (store->statement[i].text == text)
                        found = &store->statement[i];
        if (!found) {
                if (store->statement_count == SQL_STATEMENTS) {
                        query->failed = SQLITE_INTERNAL;
                        return NULL;
                }
                found = &store->statement[store->statement_count];
                query->failed = sqlite3_prepare_v3(store->db, text, -1,
                                                   SQLITE_PREPARE_PERSISTENT,
                                                   &found->stmt, NULL);
                if (query->failed)
                        return NULL;
                found->text = text;
                store->statement_count++;
        }
        if (sqlite3_stmt_busy(found->stmt)) {
                query->failed = SQLITE_MISUSE;
                return NULL;
        }
        return found->stmt;
}

void query_open(struct query *query, struct store *store, const char *text)
{
        *query = (struct query){.store = store};
        /* After a failure inside a transaction SQLite may have ended it:
         * nothing may be written outside of it by accident. */
        if (store->depth > 0 && store->doomed)
                query->failed = SQLITE_ABORT;
        else
                query->stmt = find_statement(query, text);
}

void query_close(struct query *query)
{
        if (!query->stmt)
                return;
        sqlite3_reset(query->stmt);
        sqlite3_clear_bindings(query->stmt);
        query->stmt = NULL;
}

static void keep_failure(struct query *query, int code)
{
        if (!query->failed && code != SQLITE_OK)
                query->failed = code;
}

void query_put_int(struct query *query, int64_t value)
{
        if (!query->failed)
                keep_failure(query, sqlite3_bind_int64(query->stmt,
                                                       ++query->bound, value));
}

static void put_null(struct query *query)
{
        if (!query->failed)
                keep_failure(query,
                             sqlite3_bind_null(query->stmt, ++query->bound));
}

void query_put_id(struct query *query, int64_t id)
{
        if (id)
                query_put_int(query, id);
        else
                put_null(query);
}

void query_put_double(struct query *query, double value)
{
        /* SQLite would store NULL. */
        if (isnan(value))
                keep_failure(query, SQLITE_MISMATCH);
        if (!query->failed)
                keep_failure(query,
                             sqlite3_bind_double(query->stmt, ++query->bound,
                                                 value));
}

void query_put_text(struct query *query, const char *text)
{
        if (!query->failed)
                keep_failure(query,
                             sqlite3_bind_text(query->stmt, ++query->bound,
                                               text ? text : "", -1,
                                               SQLITE_STATIC));
}

void query_put_reference(struct query *query, const char *text)
{
        if (text && *text)
                query_put_text(query, text);
        else
                put_null(query);
}

void query_put_filter(struct query *query, const char *text)
{
        if (text)
                query_put_text(query, text);
        else
                put_null(query);
}

void query_put_blob(struct query *query, const void *data, size_t length)
{
        if (!query->failed)
                keep_failure(query,
                             sqlite3_bind_blob64(query->stmt, ++query->bound,
                                                 data, length, SQLITE_STATIC));
}

int query_check(struct query *query, struct error *err)
{
        return query->failed ? sql_fail(query->store, query->failed, err) : 0;
}

int query_step(struct query *query, struct error *err)
{
        int code;

        if (query->failed)
                return query_check(query, err);
        query->column = 0;
        code = sqlite3_step(query->stmt);
        if (code == SQLITE_ROW)
                return 1;
        if (code == SQLITE_DONE)
                return 0;
        return sql_fail(query->store, code, err);
}

int query_run(struct query *query, int *changed, struct error *err)
{
        int rc;

        do {
                rc = query_step(query, err);
        } while (rc > 0);
        query_close(query);
        if (!rc && changed)
                *changed = sqlite3_changes(query->store->db);
        return rc;
}

int query_insert(struct query *query, int64_t *id, struct error *err)
{
        int rc = query_run(query, NULL, err);

        if (!rc && id)
                *id = sqlite3_last_insert_rowid(query->store->db);
        return rc;
}

int query_read_id(struct query *query, int64_t *value, struct error *err)
{
        int rc = query_step(query, err);

        if (rc > 0)
                *value = query_get_int(query);
        query_close(query);
        if (rc > 0)
                return 0;
        return rc < 0 ? rc : ERR_NOT_FOUND;
}

int64_t query_get_int(struct query *query)
{
        return sqlite3_column_int64(query->stmt, query->column++);
}

double query_get_double(struct query *query)
{
        return sqlite3_column_double(query->stmt, query->column++);
}

char *query_get_text(struct query *query)
{
        int column = query->column++;
        const unsigned char *text = sqlite3_column_text(query->stmt, column);
        char *copy = strdup(text ? (const char *)text : "");

        if (!copy)
                keep_failure(query, SQLITE_NOMEM);
        return copy;
}

const void *query_get_blob(struct query *query, size_t *length)
{
        int column = query->column++;
        const void *data = sqlite3_column_blob(query->stmt, column);

        *length = (size_t)sqlite3_column_bytes(query->stmt, column);
        return data;
}

static void drop_all(const struct query_shape *shape, void **items, int count)
{
        for (int i = 0; i < count; i++)
                shape->drop(items[i]);
        free(items);
}

/* Room for one more pointer: the array doubles at powers of two. */
static void **grow(void **items, int count, struct error *err)
{
        void **grown;

        if (count && (count & (count - 1)))
                return items;
        if (count >= SQL_LIST_ROWS) {
                error_set(err, ERR_LIMIT,
                          "the list has more than %d rows; ask for fewer",
                          SQL_LIST_ROWS);
                return NULL;
        }
        grown = realloc(items,
                        (count ? 2 * (size_t)count : 1) * sizeof *items);
        if (!grown)
                error_memory(err);
        return grown;
}

int query_list(struct query *query, const struct query_shape *shape,
               void *list, int *count, struct error *err)
{
        struct error own;
        void **items = NULL, **grown;
        int rc, n = 0;

        if (!err)
                err = &own;
        while ((rc = query_step(query, err)) > 0) {
                grown = grow(items, n, err);
                if (!grown) {
                        rc = err->code;
                        break;
                }
                items = grown;
                items[n] = shape->read(query);
                rc = query_check(query, err);
                if (items[n])
                        n++;
                if (rc)
                        break;
        }
        query_close(query);
        if (rc) {
                drop_all(shape, items, n);
                items = NULL;
                n = 0;
        }
        memcpy(list, &items, sizeof items);
        *count = n;
        return rc;
}

int query_object(struct query *query, const struct query_shape *shape,
                 void *object, struct error *err)
{
        void *item = NULL;
        int rc = query_step(query, err);

        if (rc > 0) {
                item = shape->read(query);
                rc = query_check(query, err);
                /* To its end: a RETURNING statement is a write. */
                if (!rc && query_step(query, err) < 0)
                        rc = err ? err->code : ERR_IO;
                if (rc && item) {
                        shape->drop(item);
                        item = NULL;
                }
        } else if (rc == 0) {
                rc = ERR_NOT_FOUND;
        }
        query_close(query);
        memcpy(object, &item, sizeof item);
        return rc;
}

int query_limit(int limit)
{
        return limit > 0 && limit < SQL_LIST_ROWS ? limit : SQL_LIST_ROWS;
}
