/*
 * See query.h. No value that came from outside is ever part of an SQL text,
 * so the texts are literals and the cache can go by their addresses.
 *
 * A failure sticks to its query until the next step reports it: binding
 * twenty columns is twenty lines, not sixty.
 */
#include "store/query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* The first failure is the one worth telling. */
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

/* Steps over rows that nobody reads: of an INSERT with RETURNING, say. */
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

static void *read_text(struct query *query)
{
        return query_get_text(query);
}

const struct query_shape query_texts = {read_text, free};

/* What was read before a list failed. */
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
