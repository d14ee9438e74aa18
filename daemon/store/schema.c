/*
 * See schema.h. The application_id, the version and the tables change in one
 * transaction, so a file is whole at some version after every crash. The
 * copy is made under a temporary name and renamed: "<path>.v3" is either
 * absent or complete.
 *
 * What is derived is rebuilt after any migration, so that no migration needs
 * to know how.
 */
#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/limits.h"
#include "store/migrations.h"
#include "store/sql.h"
#include "store/summary.h"

int schema_version(void)
{
        return migration_count;
}

/* Ours, or nobody's: without an application_id, a version and tables. */
static int check_owner(struct store *store, int64_t application,
                       int64_t version, struct error *err)
{
        int64_t tables = 0;
        int rc;

        if (application == SCHEMA_APPLICATION_ID && version > 0)
                return 0;
        rc = sql_read_int(store, "SELECT count(*) FROM sqlite_schema", &tables,
                          err);
        if (rc)
                return rc;
        if (application == 0 && version == 0 && tables == 0)
                return 0;
        return error_set(err, ERR_INPUT,
                         "%s: this database belongs to another program "
                         "(application_id %lld); name another file",
                         store->path, (long long)application);
}

int schema_inspect(struct store *store, int *version, struct error *err)
{
        int64_t application = 0, found = 0;
        int rc;

        rc = sql_read_int(store, "PRAGMA application_id", &application, err);
        if (!rc)
                rc = sql_read_int(store, "PRAGMA user_version", &found, err);
        if (!rc)
                rc = check_owner(store, application, found, err);
        if (rc)
                return rc;
        if (found > schema_version())
                return error_set(err, ERR_UNSUPPORTED,
                                 "%s: the store has schema %lld, this kevo "
                                 "(%s) knows up to %d; use the newer kevo "
                                 "that wrote it",
                                 store->path, (long long)found, KEVO_VERSION,
                                 schema_version());
        *version = (int)found;
        return 0;
}

/* VACUUM INTO beside the store, before an older schema is touched. */
static int copy_before(struct store *store, int version, struct error *err)
{
        char whole[LIMIT_PATH_BYTES + 32], part[LIMIT_PATH_BYTES + 64];
        sqlite3_stmt *stmt = NULL;
        int code, rc = 0;

        snprintf(whole, sizeof whole, "%s.v%d", store->path, version);
        snprintf(part, sizeof part, "%s.part.%d", whole, (int)getpid());
        unlink(part);
        code = sqlite3_prepare_v2(store->db, "VACUUM INTO ?1", -1, &stmt,
                                  NULL);
        if (code == SQLITE_OK)
                code = sqlite3_bind_text(stmt, 1, part, -1, SQLITE_STATIC);
        if (code == SQLITE_OK)
                code = sqlite3_step(stmt);
        if (code != SQLITE_DONE)
                rc = sql_fail(store, code, err);
        sqlite3_finalize(stmt);
        if (!rc && rename(part, whole) != 0)
                rc = error_set(err, ERR_IO, "%s: %s", whole, strerror(errno));
        if (rc) {
                unlink(part);
                error_wrap(err,
                           "copying the store before migrating it to "
                           "schema %d",
                           schema_version());
        }
        return rc;
}

/* Inside the caller's transaction. */
static int apply(struct store *store, int from, int to, struct error *err)
{
        char text[96];
        int rc = 0;

        for (int i = from; i < to && !rc; i++) {
                const char *const *statement = migrations[i].statement;

                for (; *statement && !rc; statement++)
                        rc = sql_execute(store, *statement, err);
                if (rc)
                        return error_wrap(err, "schema %d (%s)", i + 1,
                                          migrations[i].title);
        }
        snprintf(text, sizeof text,
                 "PRAGMA application_id = %d; PRAGMA user_version = %d",
                 SCHEMA_APPLICATION_ID, to);
        if (!rc)
                rc = sql_execute(store, text, err);
        if (!rc && to == schema_version())
                rc = summary_rebuild(store, err);
        return rc;
}

int schema_migrate(struct store *store, int version, struct error *err)
{
        int found = 0, copied, rc;

        rc = schema_inspect(store, &found, err);
        if (rc || found >= version)
                return rc;
        copied = found;
        if (found > 0)
                rc = copy_before(store, found, err);
        if (!rc)
                rc = sql_begin(store, err);
        if (rc)
                return rc;
        /* Another process may have migrated since: look again inside. */
        rc = schema_inspect(store, &found, err);
        if (!rc && found < version && found != copied)
                rc = error_set(err, ERR_BUSY,
                               "%s: another kevo is migrating the store; "
                               "try again",
                               store->path);
        if (!rc && found < version)
                rc = apply(store, found, version, err);
        return sql_end(store, rc, err);
}
