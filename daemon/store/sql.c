/*
 * See sql.h. The connection waits for locks by itself (sqlite3_busy_timeout),
 * and every write begins with BEGIN IMMEDIATE: a transaction that read first
 * and wrote later could find that what it read is outdated, and would fail at
 * once instead of waiting for its turn.
 *
 * Sentences say what a person can do; the words of SQLite are inside them
 * only where they help.
 */
#include "store/sql.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A rule of the schema said no. SQLite names CHECKs and columns, and a
 * trigger brings its own sentence, but of a foreign key it says nothing. */
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

/* The disk, or a limit of the system: which one is in errno. */
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

/* A store opened for reading meets plain READONLY when it is asked to write,
 * and the extended ones when it could not set up the shared memory. */
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
        case SQLITE_PROTOCOL: /* locks of readers, tried many times */
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
                                 "%s: the store, or a file that SQLite keeps "
                                 "beside it, cannot be opened (%s); check "
                                 "that the folder exists and is yours, and "
                                 "whether the disk is full",
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

/* For pragmas, transactions and the schema: nothing here comes from
 * outside. */
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

int64_t sql_steps(const struct store *store)
{
        int64_t steps = 0;

        for (int i = 0; i < store->statement_count; i++)
                steps += sqlite3_stmt_status(store->statement[i].stmt,
                                             SQLITE_STMTSTATUS_VM_STEP, 0);
        return steps;
}

/* Inside a transaction another begin only counts. */
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
        /* An inner function failed and its caller hid it: committing would
         * store half of something. */
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
