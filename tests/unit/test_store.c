/*
 * The file itself: what is opened and refused, that an older one migrates,
 * that two processes can share it, and that what was acknowledged survives
 * kill -9, a full disk at any write, and limits of the system.
 */
#include "store_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/rng.h"
#include "fault_vfs.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/migrations.h"
#include "store/place.h"
#include "store/proposals.h"
#include "store/schema.h"
#include "store/sql.h"

/* A connection that is not the store's. */
static sqlite3 *raw_open(const char *path)
{
        sqlite3 *db = NULL;

        ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
        sqlite3_busy_timeout(db, 5000);
        return db;
}

static void raw(sqlite3 *db, const char *text)
{
        char *message = NULL;
        int code = sqlite3_exec(db, text, NULL, NULL, &message);

        ck_assert_msg(code == SQLITE_OK, "%s: %s", text, message);
}

static int64_t raw_int(sqlite3 *db, const char *text)
{
        sqlite3_stmt *stmt = NULL;
        int64_t value;

        ck_assert_int_eq(sqlite3_prepare_v2(db, text, -1, &stmt, NULL),
                         SQLITE_OK);
        ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
        value = sqlite3_column_int64(stmt, 0);
        sqlite3_finalize(stmt);
        return value;
}

/* Every row of every table, as one hash. */
static void digest(const char *path, char text[HASH_TEXT_BYTES])
{
        sqlite3 *db = raw_open(path);
        sqlite3_stmt *tables = NULL, *rows = NULL;
        struct hash hash;
        char sql[128];

        hash_begin(&hash);
        sqlite3_prepare_v2(db,
                           "SELECT name FROM sqlite_schema"
                           " WHERE type = 'table' ORDER BY name",
                           -1, &tables, NULL);
        while (sqlite3_step(tables) == SQLITE_ROW) {
                hash_add_text(&hash,
                              (const char *)sqlite3_column_text(tables, 0));
                snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"",
                         sqlite3_column_text(tables, 0));
                ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &rows, NULL),
                                 SQLITE_OK);
                while (sqlite3_step(rows) == SQLITE_ROW)
                        for (int i = 0; i < sqlite3_column_count(rows); i++)
                                hash_add(
                                        &hash, sqlite3_column_blob(rows, i),
                                        (size_t)sqlite3_column_bytes(rows, i));
                sqlite3_finalize(rows);
        }
        sqlite3_finalize(tables);
        sqlite3_close(db);
        hash_end(&hash, text);
}

START_TEST(a_new_store_is_private_and_keeps_values)
{
        char path[sizeof fixture_path + 32];
        struct store *store = NULL;
        struct stat info;
        char *value = NULL;

        fixture_setup();
        snprintf(path, sizeof path, "%s/a/b/kevo.db", fixture_folder);
        OK(store_open(&store, path, ERR));
        ck_assert_str_eq(store_path(store), path);
        ck_assert_int_eq(stat(path, &info), 0);
        ck_assert_int_eq(info.st_mode & 0777, 0600);
        OK(store_get(store, "ref", &value, ERR));
        ck_assert_ptr_null(value);
        OK(store_set(store, "ref", "one", ERR));
        OK(store_set(store, "ref", "it's \"two\"", ERR));
        store_close(store);
        OK(store_open(&store, path, ERR));
        OK(store_get(store, "ref", &value, ERR));
        ck_assert_str_eq(value, "it's \"two\"");
        free(value);
        OK(store_check(store, ERR));
        store_close(store);
        *strrchr(path, '/') = 0;
        ck_assert_int_eq(stat(path, &info), 0);
        ck_assert_int_eq(info.st_mode & 0777, 0700);
        fixture_teardown();
}
END_TEST

START_TEST(the_file_says_what_it_is)
{
        sqlite3 *db;

        fixture_setup();
        db = raw_open(fixture_path);
        ck_assert_int_eq(raw_int(db, "PRAGMA application_id"),
                         SCHEMA_APPLICATION_ID);
        ck_assert_int_eq(raw_int(db, "PRAGMA user_version"),
                         store_schema_version());
        ck_assert_int_eq(raw_int(db, "PRAGMA auto_vacuum"), 2);
        ck_assert_int_eq(raw_int(db, "SELECT count(*) FROM pragma_table_list"
                                     " WHERE type = 'table' AND NOT strict"
                                     " AND name NOT LIKE 'sqlite%'"),
                         0);
        sqlite3_close(db);
        ck_assert_int_eq(sql_execute(fixture_store,
                                     "INSERT INTO node (campaign) VALUES (9)",
                                     ERR),
                         ERR_INPUT);
        fixture_teardown();
}
END_TEST

static void expect_refusal(int code, const char *const *words)
{
        struct store *store = NULL;

        ck_assert_int_eq(store_open(&store, fixture_path, ERR), code);
        ck_assert_ptr_null(store);
        for (; *words; words++)
                ck_assert_msg(strstr(fixture_error.text, *words) != NULL,
                              "\"%s\" is not in: %s", *words,
                              fixture_error.text);
        ck_assert_int_eq(store_open_readonly(&store, fixture_path, ERR), code);
        ck_assert_ptr_null(store);
}

START_TEST(a_newer_schema_is_refused_with_both_versions)
{
        const char *words[] = {"99999", NULL, NULL};
        char known[16];
        sqlite3 *db;

        fixture_setup();
        store_close(fixture_store);
        db = raw_open(fixture_path);
        raw(db, "PRAGMA user_version = 99999");
        sqlite3_close(db);
        snprintf(known, sizeof known, "up to %d", store_schema_version());
        words[1] = known;
        expect_refusal(ERR_UNSUPPORTED, words);
        fixture_store = NULL;
        fixture_teardown();
}
END_TEST

START_TEST(another_programs_database_is_left_alone)
{
        char before[HASH_TEXT_BYTES], after[HASH_TEXT_BYTES], *text;
        const char *words[] = {"another program", NULL};
        size_t length;
        sqlite3 *db;

        fixture_setup();
        store_close(fixture_store);
        for (int i = 0; i < 2; i++) {
                unlink(fixture_path);
                db = raw_open(fixture_path);
                raw(db, "CREATE TABLE theirs (x)");
                if (i)
                        raw(db, "PRAGMA application_id = 12345;"
                                "PRAGMA user_version = 1");
                sqlite3_close(db);
                OK(file_read(fixture_path, 1 << 20, &text, &length, ERR));
                hash_bytes(text, length, before);
                free(text);
                expect_refusal(ERR_INPUT, words);
                OK(file_read(fixture_path, 1 << 20, &text, &length, ERR));
                hash_bytes(text, length, after);
                free(text);
                ck_assert_str_eq(before, after);
        }
        fixture_store = NULL;
        fixture_teardown();
}
END_TEST

START_TEST(what_is_no_database_is_refused)
{
        const char *words[] = {"not a store", NULL};
        static const char text[] =
                "{\"kevo\": 1, \"comment\": \"a host file, named by mistake, "
                "which is long enough to have a whole header of a database "
                "in it, and more than that\"}";
        struct store *store = NULL;

        fixture_setup();
        store_close(fixture_store);
        unlink(fixture_path);
        OK(file_write(fixture_path, text, sizeof text - 1, 0600, ERR));
        expect_refusal(ERR_INPUT, words);
        /* A folder, and a path through a file. */
        ck_assert_int_eq(store_open(&store, fixture_folder, ERR), ERR_IO);
        strcat(fixture_path, "/x");
        ck_assert_int_eq(store_open(&store, fixture_path, ERR), ERR_IO);
        fixture_store = NULL;
        fixture_teardown();
}
END_TEST

START_TEST(an_empty_file_becomes_a_store)
{
        fixture_setup();
        store_close(fixture_store);
        unlink(fixture_path);
        OK(file_write(fixture_path, "", 0, 0600, ERR));
        OK(store_open(&fixture_store, fixture_path, ERR));
        OK(store_check(fixture_store, ERR));
        fixture_teardown();
}
END_TEST

START_TEST(a_reader_creates_and_writes_nothing)
{
        char path[sizeof fixture_path + 8];
        struct store *reader = NULL;
        char *value = NULL;
        int64_t id;
        struct job job = {.kind = "search", .key = "k"};

        fixture_setup();
        snprintf(path, sizeof path, "%s.no", fixture_path);
        ck_assert_int_eq(store_open_readonly(&reader, path, ERR),
                         ERR_NOT_FOUND);
        ck_assert(!file_exists(path));
        OK(store_set(fixture_store, "a", "1", ERR));
        OK(store_open_readonly(&reader, fixture_path, ERR));
        OK(store_get(reader, "a", &value, ERR));
        ck_assert_str_eq(value, "1");
        free(value);
        ck_assert_int_eq(store_set(reader, "a", "2", ERR), ERR_DENIED);
        ck_assert_int_eq(job_add(reader, &job, &id, NULL, ERR), ERR_DENIED);
        /* It sees what is written later. */
        OK(store_set(fixture_store, "a", "3", ERR));
        OK(store_get(reader, "a", &value, ERR));
        ck_assert_str_eq(value, "3");
        free(value);
        store_close(reader);
        fixture_teardown();
}
END_TEST

/* In a child without privileges: 0 when refused with ERR_DENIED; a reader
 * too, as it can put nothing beside the file. */
static int open_unprivileged(void)
{
        struct store *store = NULL;

        if (getuid() == 0 && (setgid(65534) || setuid(65534)))
                return 2;
        if (store_open(&store, fixture_path, NULL) != ERR_DENIED)
                return 1;
        return store_open_readonly(&store, fixture_path, ERR) == ERR_DENIED &&
                               strstr(fixture_error.text, "another user")
                       ? 0
                       : 3;
}

START_TEST(a_read_only_file_is_named_as_that)
{
        pid_t pid;
        int status;

        fixture_setup();
        store_close(fixture_store);
        fixture_store = NULL;
        chmod(fixture_folder, 0555);
        chmod(fixture_path, 0444);
        pid = fork();
        if (pid == 0)
                _exit(open_unprivileged());
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        chmod(fixture_folder, 0700);
        fixture_teardown();
}
END_TEST

/* A file as an older kevo left it, with something in it. */
static void make_old(int version)
{
        struct store old = {.path = fixture_path, .patience_ms = 1000};

        old.db = raw_open(fixture_path);
        raw(old.db, "PRAGMA journal_mode = WAL");
        OK(schema_migrate(&old, version, ERR));
        raw(old.db, "INSERT INTO value VALUES ('old', 'kept')");
        if (version >= 4)
                raw(old.db,
                    "INSERT INTO spec VALUES ('s', 'k', 't', 1);"
                    "INSERT INTO environment VALUES ('e', '{}', 1);"
                    "INSERT INTO verdict (time, verdict, repository, kernel,"
                    " hardware, spec, environment, inputs, reason, ratio,"
                    " low, high, method, threads, grade) VALUES (1,"
                    " 'rejected', 'r', 'k', 'h', 's', 'e', '', '', 0, 0, 0,"
                    " 1, 1, 'A')");
        sql_forget_statements(&old);
        sqlite3_close(old.db);
}

START_TEST(every_older_version_migrates_after_a_copy)
{
        char copy[sizeof fixture_path + 32], *value = NULL;
        struct store *store = NULL;
        sqlite3 *db;

        ck_assert_int_ge(store_schema_version(), 2);
        ck_assert_int_eq(store_schema_version(), migration_count);
        for (int v = 1; v < store_schema_version(); v++) {
                fixture_setup();
                store_close(fixture_store);
                unlink(fixture_path);
                make_old(v);
                /* A reader cannot migrate, and says who can. */
                ck_assert_int_eq(
                        store_open_readonly(&store, fixture_path, ERR),
                        ERR_UNSUPPORTED);
                /* What a try that was killed left behind. */
                snprintf(copy, sizeof copy, "%s.v%d.part.%d", fixture_path, v,
                         (int)getpid());
                OK(file_write(copy, "left behind", 11, 0600, ERR));
                OK(store_open(&fixture_store, fixture_path, ERR));
                ck_assert(!file_exists(copy));
                OK(store_check(fixture_store, ERR));
                OK(store_get(fixture_store, "old", &value, ERR));
                ck_assert_str_eq(value, "kept");
                free(value);
                db = raw_open(fixture_path);
                ck_assert_int_eq(raw_int(db, "PRAGMA user_version"),
                                 store_schema_version());
                /* What is derived was rebuilt. */
                ck_assert_int_eq(
                        raw_int(db, "SELECT count(*) FROM kernel_summary"),
                        v >= 4);
                sqlite3_close(db);
                snprintf(copy, sizeof copy, "%s.v%d", fixture_path, v);
                ck_assert(file_exists(copy));
                db = raw_open(copy);
                ck_assert_int_eq(raw_int(db, "PRAGMA user_version"), v);
                ck_assert_int_eq(raw_int(db, "SELECT count(*) FROM value"), 1);
                sqlite3_close(db);
                fixture_teardown();
        }
}
END_TEST

/* What was filed under a host file's "/r/" is found under "/r". */
START_TEST(a_slash_at_the_end_of_a_name_goes)
{
        static const char *const tables[] = {"event",    "job",
                                             "campaign", "verdict",
                                             "proposal", "kernel_summary"};
        char text[128], *value = NULL;
        sqlite3 *db;

        fixture_setup();
        store_close(fixture_store);
        unlink(fixture_path);
        make_old(9);
        db = raw_open(fixture_path);
        raw(db, "INSERT INTO event SELECT 1, 1, 'push', '/r/', 'main', '', '',"
                " NULL, 0;"
                "INSERT INTO value VALUES ('ref /r/ main', 'seen'),"
                " ('spent /r/', 'old'), ('spent /r', 'new'),"
                " ('ref /r/sub/ main', 'other');"
                "INSERT INTO job SELECT 1, 'search', '/r/', 'k', 'h',"
                " 'search /r/ abc second', '', 3, 0, 'queued', 0, 1, 0, 0, 0,"
                " 0, '';"
                "INSERT INTO campaign (key, repository, revision, kernel,"
                " hardware, environment, workloads, policy, seed, state,"
                " ending, seconds, started, ended) VALUES ('c', '/r/', '',"
                " 'k', 'h', '', '', '', 0, 'running', '', 0, 1, 0);"
                "INSERT INTO proposal SELECT 1, '/r/', 'knowledge', 'h', 'b',"
                " 'open', NULL, '', '', '', '', '', '', '', 0, 0, 1, 1, 1, '';"
                "INSERT INTO verdict (time, verdict, repository, kernel,"
                " hardware, spec, environment, inputs, reason, ratio,"
                " low, high, method, threads, grade) SELECT 1,"
                " 'rejected', '/r/', 'k', 'h', 's', 'e', '', '', 0, 0, 0,"
                " 1, 1, 'A'");
        sqlite3_close(db);
        OK(store_open(&fixture_store, fixture_path, ERR));
        OK(store_check(fixture_store, ERR));
        db = raw_open(fixture_path);
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
                snprintf(text, sizeof text,
                         "SELECT count(*) FROM %s WHERE repository = '/r'",
                         tables[i]);
                ck_assert_msg(raw_int(db, text) == 1, "%s", tables[i]);
        }
        ck_assert_int_eq(raw_int(db, "SELECT key = 'search /r abc second'"
                                     " FROM job"),
                         1);
        ck_assert_int_ne(sqlite3_exec(db, "UPDATE verdict SET low = 2", NULL,
                                      NULL, NULL),
                         SQLITE_OK);
        sqlite3_close(db);
        OK(store_get(fixture_store, "ref /r main", &value, ERR));
        ck_assert_str_eq(value, "seen");
        free(value);
        OK(store_get(fixture_store, "spent /r", &value, ERR));
        ck_assert_str_eq(value, "new");
        free(value);
        OK(store_get(fixture_store, "ref /r/sub/ main", &value, ERR));
        ck_assert_ptr_nonnull(value);
        free(value);
        fixture_teardown();
}
END_TEST

/* The disk fails at the n-th operation of a migration: the old store is as
 * it was, and the next try succeeds. */
START_TEST(a_migration_happens_or_does_not)
{
        char before[HASH_TEXT_BYTES], after[HASH_TEXT_BYTES];
        struct store *store;
        int old = store_schema_version() - 1, rc;

        fault_install();
        for (long n = 1;; n += 1 + n / 16) {
                fault_lift();
                fixture_setup();
                store_close(fixture_store);
                unlink(fixture_path);
                make_old(old);
                digest(fixture_path, before);
                fault_arm(n, n % 2 ? SQLITE_FULL : SQLITE_IOERR_WRITE);
                rc = store_open(&store, fixture_path, ERR);
                if (!fault.hit) {
                        OK(rc);
                        fault_lift();
                        fixture_store = store;
                        fixture_teardown();
                        ck_assert_int_gt(n, 20);
                        return;
                }
                fault_lift();
                if (rc) {
                        ck_assert_int_eq(rc, ERR_IO);
                        ck_assert_ptr_null(store);
                        digest(fixture_path, after);
                        ck_assert_str_eq(before, after);
                        OK(store_open(&store, fixture_path, ERR));
                }
                OK(store_check(store, ERR));
                fixture_store = store;
                fixture_teardown();
        }
}
END_TEST

/* A process that holds the lock of a file until it can read a byte. (A
 * connection must not be inherited: so it is not the parent's.) */
static void hold_lock(int ready, int release)
{
        sqlite3 *db;
        char byte = 0;

        if (fork() != 0)
                return;
        db = raw_open(fixture_path);
        raw(db, "PRAGMA auto_vacuum = INCREMENTAL;"
                "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE");
        if (write(ready, &byte, 1) != 1 || read(release, &byte, 1) != 1)
                _exit(1);
        raw(db, "ROLLBACK");
        sqlite3_close(db);
        _exit(0);
}

enum { OPENERS = 8 };

static int open_and_set(const char *name)
{
        struct store *store = NULL;

        if (store_open(&store, fixture_path, ERR) ||
            store_set(store, name, "here", ERR)) {
                fprintf(stderr, "%s: %s\n", name, fixture_error.text);
                return 1;
        }
        store_close(store);
        return 0;
}

/* Many processes see the file as it is before the first of them may write:
 * one makes it a store, all of them find it made. */
static void open_at_once(void)
{
        int ready[2], release[2], status;
        char name[16], *value, byte = 0;

        ck_assert_int_eq(pipe(ready) | pipe(release), 0);
        hold_lock(ready[1], release[0]);
        ck_assert_int_eq(read(ready[0], &byte, 1), 1);
        for (int i = 0; i < OPENERS; i++) {
                snprintf(name, sizeof name, "child %d", i);
                if (fork() == 0)
                        _exit(open_and_set(name));
        }
        clock_sleep_ns(300000000);
        ck_assert_int_eq(write(release[1], &byte, 1), 1);
        for (int i = 0; i < OPENERS + 1; i++) {
                ck_assert_int_gt(wait(&status), 0);
                ck_assert_int_eq(status, 0);
        }
        OK(store_open(&fixture_store, fixture_path, ERR));
        for (int i = 0; i < OPENERS; i++) {
                snprintf(name, sizeof name, "child %d", i);
                OK(store_get(fixture_store, name, &value, ERR));
                ck_assert_ptr_nonnull(value);
                free(value);
        }
        OK(store_check(fixture_store, ERR));
}

START_TEST(many_processes_may_create_it_at_once)
{
        fixture_setup();
        store_close(fixture_store);
        unlink(fixture_path);
        open_at_once();
        fixture_teardown();
}
END_TEST

START_TEST(many_processes_may_migrate_it_at_once)
{
        fixture_setup();
        store_close(fixture_store);
        unlink(fixture_path);
        make_old(store_schema_version() - 1);
        open_at_once();
        fixture_teardown();
}
END_TEST

START_TEST(a_busy_store_is_waited_for_then_named)
{
        struct job *job = NULL;
        char *value = NULL;
        sqlite3 *other;

        fixture_setup();
        OK(store_set(fixture_store, "a", "1", ERR));
        other = raw_open(fixture_path);
        raw(other, "BEGIN IMMEDIATE; DELETE FROM value");
        store_set_patience_ms(fixture_store, 30);
        ck_assert_int_eq(store_set(fixture_store, "a", "2", ERR), ERR_BUSY);
        ck_assert_ptr_nonnull(strstr(fixture_error.text, "try again"));
        ck_assert_int_eq(job_claim(fixture_store, 1, &job, ERR), ERR_BUSY);
        /* Readers are not in the way of a writer, nor it in theirs. */
        OK(store_get(fixture_store, "a", &value, ERR));
        ck_assert_str_eq(value, "1");
        free(value);
        raw(other, "ROLLBACK");
        OK(store_set(fixture_store, "a", "2", ERR));
        sqlite3_close(other);
        fixture_teardown();
}
END_TEST

START_TEST(a_lock_that_goes_away_is_waited_for)
{
        int ready[2], status;
        sqlite3 *other;
        char byte = 0;
        pid_t pid;

        fixture_setup();
        ck_assert_int_eq(pipe(ready), 0);
        pid = fork();
        if (pid == 0) {
                other = raw_open(fixture_path);
                raw(other, "BEGIN IMMEDIATE");
                if (write(ready[1], &byte, 1) != 1)
                        _exit(1);
                clock_sleep_ns(100000000);
                raw(other, "COMMIT");
                _exit(0);
        }
        ck_assert_int_eq(read(ready[0], &byte, 1), 1);
        store_set_patience_ms(fixture_store, 60000);
        OK(store_set(fixture_store, "a", "1", ERR));
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        fixture_teardown();
}
END_TEST

/* A copy that was brought back has no log yet; entering WAL mode does not
 * wait for another process by itself. */
START_TEST(a_copy_without_a_log_is_waited_for_too)
{
        int ready[2], status;
        sqlite3 *other;
        char byte = 0;
        pid_t pid;

        fixture_setup();
        store_close(fixture_store);
        ck_assert_int_eq(pipe(ready), 0);
        pid = fork();
        if (pid == 0) {
                other = raw_open(fixture_path);
                raw(other, "PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE;"
                           "INSERT INTO value VALUES ('a', '1')");
                if (write(ready[1], &byte, 1) != 1)
                        _exit(1);
                clock_sleep_ns(100000000);
                raw(other, "COMMIT");
                _exit(0);
        }
        ck_assert_int_eq(read(ready[0], &byte, 1), 1);
        OK(store_open(&fixture_store, fixture_path, ERR));
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        OK(store_check(fixture_store, ERR));
        fixture_teardown();
}
END_TEST

enum { WRITERS = 4, WRITES = 80 };

/* Look for each of the same events and add it when it is new. */
static int write_events(int to)
{
        struct store *store = NULL;
        struct event event = {.kind = "push"};
        char dedupe[16];
        bool added;

        if (store_open(&store, fixture_path, NULL))
                return 1;
        store_set_patience_ms(store, 60000);
        for (int i = 0; i < WRITES; i++) {
                snprintf(dedupe, sizeof dedupe, "%d", i);
                event.dedupe = dedupe;
                if (event_add(store, &event, NULL, &added, NULL))
                        return 2;
                if (added && write(to, "+", 1) != 1)
                        return 3;
        }
        return 0;
}

/* A transaction that reads before it writes waits for its turn at the
 * beginning, or it would find what it read outdated. */
START_TEST(many_writers_wait_for_each_other)
{
        char sign;
        int pipes[2], status, added = 0;

        fixture_setup();
        store_close(fixture_store);
        fixture_store = NULL;
        ck_assert_int_eq(pipe(pipes), 0);
        for (int i = 0; i < WRITERS; i++)
                if (fork() == 0)
                        _exit(write_events(pipes[1]));
        for (int i = 0; i < WRITERS; i++) {
                ck_assert_int_gt(wait(&status), 0);
                ck_assert_int_eq(status, 0);
        }
        close(pipes[1]);
        while (read(pipes[0], &sign, 1) == 1)
                added++;
        ck_assert_int_eq(added, WRITES);
        fixture_teardown();
}
END_TEST

/* --- every kind of write, one step after the other --------------------- */

static int64_t script_job, script_node, script_verification, script_proposal;

static int step_value(struct store *store)
{
        return store_set(store, "a", "1", ERR);
}

static int step_texts(struct store *store)
{
        int rc = record_spec(store, SPEC_HASH, "softmax", "text", ERR);

        if (!rc)
                rc = record_environment(store, ENVIRONMENT_HASH, "cpu", "{}",
                                        ERR);
        return rc;
}

static int step_source(struct store *store)
{
        char *text = malloc(100001);
        int rc;

        for (int i = 0; i < 100000; i++)
                text[i] = (char)('a' + rng_at(5, (uint64_t)i) % 26);
        text[100000] = 0;
        rc = record_source(store, "h", "c", text, ERR);
        free(text);
        return rc;
}

static int step_event(struct store *store)
{
        struct event event = {.kind = "push", .dedupe = "push 1"};

        return event_add(store, &event, NULL, NULL, ERR);
}

static int step_decide(struct store *store)
{
        struct job job = {.kind = "search", .key = "softmax", .priority = 4};
        struct decision decision = {.kernel = "softmax", .action = "search"};
        const struct job *jobs[] = {&job};

        return event_decide(store, 1, &decision, jobs, 1, ERR);
}

static int step_claim(struct store *store)
{
        struct job *job = NULL;
        int rc = job_claim(store, clock_wall_seconds(), &job, ERR);

        if (!rc)
                script_job = job->id;
        job_free(job);
        return rc;
}

static int step_campaign(struct store *store)
{
        struct campaign wanted = {.key = "key", .spec_hash = SPEC_HASH};
        struct campaign *campaign = NULL;
        int rc = campaign_begin(store, &wanted, &campaign, NULL, ERR);

        campaign_free(campaign);
        return rc;
}

static int step_node(struct store *store)
{
        struct node node = {.campaign = 1, .source_hash = "h"};

        return node_add(store, &node, &script_node, NULL, ERR);
}

static int step_run(struct store *store)
{
        static double sample[400];
        struct record_measure measure = {
                .workload = "M=1",
                .ratio = 1.2,
                .sample_count = 400,
                .candidate_sample = sample,
                .baseline_sample = sample,
        };
        struct record_run run = fixture_run(script_node, "h");

        for (int i = 0; i < 400; i++)
                sample[i] = 1e5 + (double)(rng_at(3, (uint64_t)i) % 65536);
        run.measure = &measure;
        run.measure_count = 1;
        return record_run_add(store, &run, NULL, &script_verification, ERR);
}

static int step_verdict(struct store *store)
{
        struct record_verdict verdict =
                fixture_verdict("accepted", "h", script_verification);

        return record_verdict_add(store, &verdict, NULL, ERR);
}

static int step_node_update(struct store *store)
{
        return node_update(store, script_node, "evaluated", "S4", 1.5, "",
                           ERR);
}

static int step_progress(struct store *store)
{
        return campaign_progress(store, 1, 2.5, script_node, ERR);
}

static int step_end(struct store *store)
{
        return campaign_end(store, 1, "stall", ERR);
}

static int step_proposal(struct store *store)
{
        struct proposal proposal = {
                .kernel = "softmax", .state = "ready", .verdict = 1};

        return proposal_add(store, &proposal, &script_proposal, ERR);
}

static int step_intent(struct store *store)
{
        return proposal_set_intent(store, script_proposal, "b", "c", ERR);
}

static int step_move(struct store *store)
{
        return proposal_move(store, script_proposal, "ready", "open",
                             "limits allow", "", ERR);
}

static int step_finish(struct store *store)
{
        return job_finish(store, script_job, "done", "", ERR);
}

static int step_exclude(struct store *store)
{
        return record_exclude(store, 1, "the machine was busy", ERR);
}

static int step_rebuild(struct store *store)
{
        return store_rebuild(store, ERR);
}

static int (*const script[])(struct store *) = {
        step_value,  step_texts,       step_source,   step_event,
        step_decide, step_claim,       step_campaign, step_node,
        step_run,    step_node_update, step_verdict,  step_progress,
        step_end,    step_proposal,    step_intent,   step_move,
        step_finish, step_exclude,     step_rebuild,
};

enum { SCRIPT_STEPS = sizeof script / sizeof script[0] };

/* step_texts is two transactions: its first may stay when its second
 * fails. */
static bool is_atomic(int step)
{
        return script[step] != step_texts;
}

/* Open, and when a fault prevents it, lift it and open again. */
static void open_despite(void (*lift)(void))
{
        int rc = store_open(&fixture_store, fixture_path, ERR);

        if (!rc)
                return;
        ck_assert_msg(rc == ERR_IO, "%d: %s", rc, fixture_error.text);
        ck_assert_ptr_null(fixture_store);
        lift();
        OK(store_open(&fixture_store, fixture_path, ERR));
}

/* Do a step; when a fault prevents it nothing has changed, and after the
 * fault is lifted the same store does it. */
static void step_despite(int step, void (*lift)(void))
{
        char before[HASH_TEXT_BYTES], after[HASH_TEXT_BYTES];
        int rc;

        digest(fixture_path, before);
        rc = script[step](fixture_store);
        if (!rc)
                return;
        ck_assert_msg(rc == ERR_IO, "step %d: %d: %s", step, rc,
                      fixture_error.text);
        ck_assert_msg(strstr(fixture_error.text, "try again") != NULL, "%s",
                      fixture_error.text);
        lift();
        digest(fixture_path, after);
        if (is_atomic(step))
                ck_assert_str_eq(before, after);
        OK(script[step](fixture_store));
}

static void check_script_done(void)
{
        struct proposal *proposal = NULL;
        struct job *job = NULL;

        OK(store_check(fixture_store, ERR));
        fixture_reopen();
        OK(store_check(fixture_store, ERR));
        OK(job_get(fixture_store, script_job, &job, ERR));
        ck_assert_str_eq(job->state, "done");
        ck_assert_int_eq(job->attempts, 1);
        job_free(job);
        OK(proposal_get(fixture_store, script_proposal, &proposal, ERR));
        ck_assert_str_eq(proposal->state, "open");
        proposal_free(proposal);
}

static void fresh_folder(void)
{
        OK(file_make_temporary(fixture_folder, ERR));
        snprintf(fixture_path, sizeof fixture_path, "%s/kevo.db",
                 fixture_folder);
        fixture_store = NULL;
}

static void lift_fault(void)
{
        fault_lift();
}

static void fail_at_every_operation_of_opening(int code)
{
        bool hit = true;
        long n;

        for (n = 1; hit; n++) {
                fresh_folder();
                fault_arm(n, code);
                open_despite(lift_fault);
                hit = fault.hit;
                fault_lift();
                OK(store_check(fixture_store, ERR));
                fixture_teardown();
        }
        ck_assert_int_gt(n, 20);
}

/* A closed store, whole, in memory. */
struct snapshot {
        char *data, digest[HASH_TEXT_BYTES];
        size_t length;
};

static void snapshot_take(struct snapshot *snapshot)
{
        store_close(fixture_store);
        fixture_store = NULL;
        free(snapshot->data);
        OK(file_read(fixture_path, 64 << 20, &snapshot->data,
                     &snapshot->length, ERR));
        digest(fixture_path, snapshot->digest);
        fixture_teardown();
}

static void snapshot_restore(const struct snapshot *snapshot)
{
        fresh_folder();
        OK(file_write(fixture_path, snapshot->data, snapshot->length, 0600,
                      ERR));
        OK(store_open(&fixture_store, fixture_path, ERR));
}

/* One step, failing at its n-th operation: it did nothing, and when the
 * fault is lifted the same store does it. False when it has no n-th. */
static bool step_fails_at(int step, long n, int code,
                          const struct snapshot *before)
{
        char after[HASH_TEXT_BYTES];
        bool hit;
        int rc;

        store_set_patience_ms(fixture_store, 0);
        fault_arm(n, code);
        rc = script[step](fixture_store);
        hit = fault.hit;
        fault_lift();
        if (rc) {
                ck_assert_msg(rc == (code == SQLITE_BUSY ? ERR_BUSY : ERR_IO),
                              "step %d: %d: %s", step, rc, fixture_error.text);
                ck_assert_ptr_nonnull(strstr(fixture_error.text, "try again"));
                digest(fixture_path, after);
                if (is_atomic(step))
                        ck_assert_str_eq(before->digest, after);
                OK(script[step](fixture_store));
        }
        ck_assert(rc == 0 || hit);
        OK(store_check(fixture_store, ERR));
        return hit;
}

static void fail_at_every_operation(int code)
{
        struct snapshot before = {NULL};
        long operations = 0, n;

        fresh_folder();
        OK(store_open(&fixture_store, fixture_path, ERR));
        for (int i = 0; i < SCRIPT_STEPS; i++) {
                snapshot_take(&before);
                snapshot_restore(&before);
                for (n = 1; step_fails_at(i, n, code, &before); n++) {
                        fixture_teardown();
                        snapshot_restore(&before);
                }
                operations += n - 1;
        }
        check_script_done();
        fixture_teardown();
        free(before.data);
        /* A script that never wrote would prove nothing. */
        ck_assert_int_gt(operations, code == SQLITE_BUSY ? SCRIPT_STEPS
                                                         : 4 * SCRIPT_STEPS);
}

START_TEST(the_disk_may_be_full_at_any_write)
{
        fault_install();
        fail_at_every_operation_of_opening(SQLITE_FULL);
        fail_at_every_operation(SQLITE_FULL);
}
END_TEST

START_TEST(the_disk_may_fail_at_any_write)
{
        fault_install();
        fail_at_every_operation_of_opening(SQLITE_IOERR_WRITE);
        fail_at_every_operation(SQLITE_IOERR_WRITE);
}
END_TEST

START_TEST(the_store_may_be_busy_at_any_lock)
{
        fault_install();
        fail_at_every_operation(SQLITE_BUSY);
}
END_TEST

/* Another process holds its lock for a while, from each lock on that opening
 * and the whole script take: all of it is done as if nothing had been. */
START_TEST(a_lock_held_for_a_while_changes_nothing)
{
        bool hit = true;
        long n;

        fault_install();
        for (n = 1; hit; n += 1 + n / 8) {
                fresh_folder();
                fault_arm_for(n, 3, SQLITE_BUSY);
                OK(store_open(&fixture_store, fixture_path, ERR));
                for (int i = 0; i < SCRIPT_STEPS; i++)
                        OK(script[i](fixture_store));
                hit = fault.hit;
                fault_lift();
                check_script_done();
                fixture_teardown();
        }
        ck_assert_int_gt(n, 2 * SCRIPT_STEPS);
}
END_TEST

static void lift_limit(void)
{
        struct rlimit limit;

        getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_FSIZE, &limit);
}

/* The system's own limit, at every page of growth. */
START_TEST(a_limit_of_the_system_is_a_full_disk)
{
        struct rlimit limit;
        bool hit = true;

        signal(SIGXFSZ, SIG_IGN);
        for (int pages = 0; hit; pages += 1 + pages / 8) {
                fresh_folder();
                getrlimit(RLIMIT_FSIZE, &limit);
                limit.rlim_cur = 1000 + (rlim_t)pages * 4096;
                ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
                open_despite(lift_limit);
                for (int i = 0; i < SCRIPT_STEPS; i++)
                        step_despite(i, lift_limit);
                getrlimit(RLIMIT_FSIZE, &limit);
                hit = limit.rlim_cur == limit.rlim_max;
                lift_limit();
                check_script_done();
                fixture_teardown();
        }
}
END_TEST

/* --- kill -9 ------------------------------------------------------------ */

/* What the child has been told is stored; shared with the parent. */
struct acknowledged {
        volatile int64_t events, jobs, nodes, runs, verdicts;
};

static void write_forever(struct acknowledged *done)
{
        int64_t run = 0, verification = 0, campaign;
        char name[32];

        OK(store_open(&fixture_store, fixture_path, ERR));
        fixture_texts();
        campaign = fixture_campaign("key");
        for (;;) {
                snprintf(name, sizeof name, "%lld", (long long)done->nodes);
                struct event event = {.kind = "push"};
                struct job job = {.kind = "search"};
                struct record_run row;
                struct record_verdict verdict;

                OK(event_add(fixture_store, &event, NULL, NULL, ERR));
                done->events++;
                OK(job_add(fixture_store, &job, NULL, NULL, ERR));
                done->jobs++;
                row = fixture_run(fixture_node(campaign, 0, name), name);
                done->nodes++;
                OK(record_run_add(fixture_store, &row, &run, &verification,
                                  ERR));
                done->runs++;
                verdict = fixture_verdict("accepted", name, verification);
                OK(record_verdict_add(fixture_store, &verdict, NULL, ERR));
                done->verdicts++;
        }
}

/* One that was stored when the kill came may not have been acknowledged. */
static void check_kept(sqlite3 *db, const char *table,
                       volatile int64_t *acknowledged)
{
        char sql[64];
        int64_t kept;

        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
        kept = raw_int(db, sql);
        ck_assert_msg(kept == *acknowledged || kept == *acknowledged + 1,
                      "%s: %lld kept of %lld acknowledged", table,
                      (long long)kept, (long long)*acknowledged);
        *acknowledged = kept;
}

START_TEST(what_was_acknowledged_survives_kill_9)
{
        struct acknowledged *done;
        int64_t until, first;
        sqlite3 *db;
        pid_t pid;
        int status;

        done = mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        ck_assert_ptr_ne(done, MAP_FAILED);
        fixture_setup();
        store_close(fixture_store);
        fixture_store = NULL;
        for (int round = 0; round < 30; round++) {
                first = done->events;
                until = first + (int64_t)(rng_secret() % 8);
                pid = fork();
                if (pid == 0)
                        write_forever(done);
                /* Sometimes at once, while it still opens the store. */
                while (done->events < until &&
                       waitpid(pid, &status, WNOHANG) == 0)
                        clock_sleep_ns(50000);
                clock_sleep_ns((int64_t)(rng_secret() % 8000000));
                kill(pid, SIGKILL);
                waitpid(pid, &status, 0);
                OK(store_open(&fixture_store, fixture_path, ERR));
                OK(store_check(fixture_store, ERR));
                db = raw_open(fixture_path);
                check_kept(db, "event", &done->events);
                check_kept(db, "job", &done->jobs);
                check_kept(db, "node", &done->nodes);
                check_kept(db, "run", &done->runs);
                check_kept(db, "verdict", &done->verdicts);
                /* A run is whole. */
                ck_assert_int_eq(raw_int(db, "SELECT count(*) FROM run_check"),
                                 3 * done->runs);
                ck_assert_int_eq(
                        raw_int(db, "SELECT count(*) FROM verification"),
                        done->runs);
                sqlite3_close(db);
                store_close(fixture_store);
                fixture_store = NULL;
        }
        ck_assert_int_gt(done->verdicts, 0);
        fixture_teardown();
}
END_TEST

START_TEST(damage_is_found_and_named)
{
        char garbage[2048], name[16];
        int fd;

        fixture_setup();
        for (int i = 0; i < 200; i++) {
                snprintf(name, sizeof name, "%d", i);
                OK(store_set(fixture_store, name, "value", ERR));
        }
        store_close(fixture_store);
        fd = open(fixture_path, O_RDWR);
        memset(garbage, 0x5a, sizeof garbage);
        for (off_t page = 1; page < 20; page++)
                ck_assert_int_eq(
                        pwrite(fd, garbage, sizeof garbage, page * 4096),
                        sizeof garbage);
        close(fd);
        if (store_open(&fixture_store, fixture_path, ERR) == 0)
                ck_assert_int_eq(store_check(fixture_store, ERR), ERR_IO);
        ck_assert_ptr_nonnull(strstr(fixture_error.text, "damaged"));
        fixture_teardown();
}
END_TEST

START_TEST(network_file_systems_are_known)
{
        static const char mountinfo[] =
                "22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n"
                "40 22 0:35 / /home/a\\040b rw shared:9 - fuse.sshfs h:/ rw\n"
                "41 22 0:36 / /media rw - fuseblk /dev/sdb1 rw\n"
                "42 22 0:3 / /cut rw -";
        char type[64];

        ck_assert_str_eq(place_network_name(0x6969, ""), "NFS");
        ck_assert_str_eq(place_network_name(0xff534d42, ""), "CIFS");
        ck_assert_str_eq(place_network_name(0xfe534d42, ""), "SMB");
        ck_assert_ptr_null(place_network_name(0xef53, "ext4"));
        ck_assert_ptr_null(place_network_name(0x01021994, "tmpfs"));
        ck_assert_ptr_null(place_network_name(0x9123683e, "btrfs"));
        ck_assert_ptr_null(place_network_name(0x58465342, "xfs"));
        ck_assert_ptr_null(place_network_name(0x794c7630, "overlay"));
        /* FUSE: the type decides, and one that is not known is not trusted. */
        place_find_type(mountinfo, 0, 35, type, sizeof type);
        ck_assert_str_eq(type, "fuse.sshfs");
        ck_assert_str_eq(place_network_name(0x65735546, type), "sshfs");
        place_find_type(mountinfo, 0, 36, type, sizeof type);
        ck_assert_ptr_null(place_network_name(0x65735546, type));
        place_find_type(mountinfo, 0, 3, type, sizeof type);
        ck_assert_str_eq(type, "");
        ck_assert_ptr_nonnull(place_network_name(0x65735546, type));
        place_find_type("", 1, 2, type, sizeof type);
        ck_assert_str_eq(type, "");
}
END_TEST

START_TEST(local_places_are_accepted_whether_they_exist_or_not)
{
        char path[LIMIT_PATH_BYTES + 64];

        fixture_setup();
        OK(place_check(fixture_folder, ERR));
        snprintf(path, sizeof path, "%s/not/there/yet", fixture_folder);
        OK(place_check(path, ERR));
        OK(place_check("/", ERR));
        OK(place_check("relative/path", ERR));
        memset(path, 'x', sizeof path - 1);
        path[sizeof path - 1] = 0;
        ck_assert_int_eq(store_open(&(struct store *){NULL}, path, ERR),
                         ERR_LIMIT);
        fixture_teardown();
}
END_TEST

START_TEST(transactions_nest_and_fail_as_one)
{
        char *value = NULL;

        fixture_setup();
        OK(sql_begin(fixture_store, ERR));
        OK(store_set(fixture_store, "a", "1", ERR));
        ck_assert_int_eq(campaign_end(fixture_store, 77, "stall", ERR),
                         ERR_NOT_FOUND);
        /* The caller goes on in spite of it: nothing more is written. */
        ck_assert_int_ne(store_set(fixture_store, "b", "2", ERR), 0);
        ck_assert_int_eq(sql_end(fixture_store, 0, ERR), ERR_INTERNAL);
        OK(store_get(fixture_store, "a", &value, ERR));
        ck_assert_ptr_null(value);
        OK(sql_begin(fixture_store, ERR));
        OK(store_set(fixture_store, "a", "1", ERR));
        OK(store_set(fixture_store, "b", "2", ERR));
        OK(sql_end(fixture_store, 0, ERR));
        OK(store_get(fixture_store, "b", &value, ERR));
        ck_assert_str_eq(value, "2");
        free(value);
        fixture_teardown();
}
END_TEST

int main(void)
{
        const TTest *tests[] = {
                a_new_store_is_private_and_keeps_values,
                the_file_says_what_it_is,
                a_newer_schema_is_refused_with_both_versions,
                another_programs_database_is_left_alone,
                what_is_no_database_is_refused,
                an_empty_file_becomes_a_store,
                a_reader_creates_and_writes_nothing,
                a_read_only_file_is_named_as_that,
                every_older_version_migrates_after_a_copy,
                a_slash_at_the_end_of_a_name_goes,
                a_migration_happens_or_does_not,
                many_processes_may_create_it_at_once,
                many_processes_may_migrate_it_at_once,
                a_busy_store_is_waited_for_then_named,
                a_lock_that_goes_away_is_waited_for,
                a_copy_without_a_log_is_waited_for_too,
                many_writers_wait_for_each_other,
                the_disk_may_be_full_at_any_write,
                the_disk_may_fail_at_any_write,
                the_store_may_be_busy_at_any_lock,
                a_lock_held_for_a_while_changes_nothing,
                a_limit_of_the_system_is_a_full_disk,
                what_was_acknowledged_survives_kill_9,
                damage_is_found_and_named,
                network_file_systems_are_known,
                local_places_are_accepted_whether_they_exist_or_not,
                transactions_nest_and_fail_as_one,
        };

        return check_main("store", tests, sizeof tests / sizeof tests[0]);
}
