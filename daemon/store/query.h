/*
 * Statements: bind in order, step, read columns in order. A statement is
 * prepared once per store and kept; values are bound, never printed.
 */
#ifndef KEVO_STORE_QUERY_H
#define KEVO_STORE_QUERY_H

#include "store/sql.h"

/*
 * One use of a cached statement: open, bind in order, step, read columns in
 * order, close. Failures of open, bind and get stick and come out of the
 * next step (or of query_check), so the code between needs no tests.
 */
struct query {
        struct store *store;
        sqlite3_stmt *stmt;
        int bound, column; /* next position */
        int failed;        /* SQLite's code */
};

void query_open(struct query *query, struct store *store, const char *text);
void query_close(struct query *query);

void query_put_int(struct query *query, int64_t value);
/* An id that is 0 when there is none: NULL. */
void query_put_id(struct query *query, int64_t id);
void query_put_double(struct query *query, double value);
/* NULL is stored as "". Borrowed until the query is closed. */
void query_put_text(struct query *query, const char *text);
/* A reference or filter: NULL and "" are NULL. */
void query_put_reference(struct query *query, const char *text);
/* A filter that may be "": only NULL is NULL. */
void query_put_filter(struct query *query, const char *text);
void query_put_blob(struct query *query, const void *data, size_t length);

/* 1 a row, 0 the end, or an error. */
int query_step(struct query *query, struct error *err) KEVO_MUST_CHECK;
/* Step to the end and close; *changed (may be NULL): rows changed. */
int query_run(struct query *query, int *changed,
              struct error *err) KEVO_MUST_CHECK;
/* For inserts: run, and the new row's id (may be NULL). */
int query_insert(struct query *query, int64_t *id,
                 struct error *err) KEVO_MUST_CHECK;
/* One row: its first column (*value untouched and ERR_NOT_FOUND without
 * filling err when there is none). Closes. */
int query_read_id(struct query *query, int64_t *value,
                  struct error *err) KEVO_MUST_CHECK;

/* Columns in order; NULL reads as 0, 0.0 and "". */
int64_t query_get_int(struct query *query);
double query_get_double(struct query *query);
char *query_get_text(struct query *query); /* caller frees */
/* Borrowed until the next step. */
const void *query_get_blob(struct query *query, size_t *length);
/* 0, or the failure that stuck while reading columns. */
int query_check(struct query *query, struct error *err) KEVO_MUST_CHECK;

/*
 * Rows as objects: read makes one from the current row (its memory failures
 * stick to the query), drop frees one.
 */
struct query_shape {
        void *(*read)(struct query *query);
        void (*drop)(void *object);
};
/* Rows of one text each: char * that the caller frees. */
extern const struct query_shape query_texts;
/* All rows: *(T ***)list and *count; NULL and 0 on errors. Closes. */
int query_list(struct query *query, const struct query_shape *shape,
               void *list, int *count, struct error *err) KEVO_MUST_CHECK;
/* The only row: *(T **)object; ERR_NOT_FOUND without filling err. Closes. */
int query_object(struct query *query, const struct query_shape *shape,
                 void *object, struct error *err) KEVO_MUST_CHECK;
/* A caller's limit made sane: 0 or less is all that may be handed out. */
int query_limit(int limit);

#endif
