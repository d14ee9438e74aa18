/*
 * The narrow door to SQLite for the modules of this room: a handle with its
 * prepared statements, transactions that nest, and one place that turns
 * SQLite's codes into sentences. query.h has the statements themselves.
 *
 * Other rooms never include this header: SQL stays here.
 */
#ifndef KEVO_STORE_SQL_H
#define KEVO_STORE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "store/store.h"

enum {
        SQL_STATEMENTS = 128,      /* cached; more is a defect of this room */
        SQL_LIST_ROWS = 1 << 20,   /* the longest list handed out */
        SQL_VALUE_BYTES = 64 << 20 /* the largest single value stored */
};

struct sql_statement {
        const char *text; /* a literal: the cache goes by its address */
        sqlite3_stmt *stmt;
};

struct store {
        sqlite3 *db;
        char *path;
        bool readonly;
        int patience_ms; /* how long a lock is waited for */
        int depth;       /* of nested transactions */
        int doomed;      /* what failed inside the current one, or 0 */
        int statement_count;
        struct sql_statement statement[SQL_STATEMENTS];
};

/* Turn the code of the last SQLite call into an error that says what to do;
 * returns the ERR_* code. */
int sql_fail(struct store *store, int code, struct error *err);
/* Run text that returns no rows and is not worth caching. */
int sql_execute(struct store *store, const char *text,
                struct error *err) KEVO_MUST_CHECK;
/* First column of the first row as a number; for pragmas. */
int sql_read_int(struct store *store, const char *text, int64_t *value,
                 struct error *err) KEVO_MUST_CHECK;
/* Close every cached statement; before the handle is closed. */
void sql_forget_statements(struct store *store);
/* Steps of SQLite's machine that cached statements took since the store was
 * opened: how much work a list is, without a clock. */
int64_t sql_steps(const struct store *store);

/*
 * A write transaction (BEGIN IMMEDIATE) or, on a store opened for reading
 * and with sql_begin_read, one snapshot for several reads. They nest: only
 * the outermost commits, and a failure inside dooms it. sql_end takes the
 * code so far, commits on 0, rolls back otherwise, and returns the code or
 * why the commit failed.
 */
int sql_begin(struct store *store, struct error *err) KEVO_MUST_CHECK;
int sql_begin_read(struct store *store, struct error *err) KEVO_MUST_CHECK;
int sql_end(struct store *store, int code, struct error *err) KEVO_MUST_CHECK;

#endif
