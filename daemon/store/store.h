/*
 * The store: one SQLite file that holds everything kevo knows. Every SQL
 * statement of the program is in this room. See docs/store.md for the
 * schema; graph.h, jobs.h, events.h, proposals.h and records.h are its
 * parts.
 *
 * STRICT tables, WAL, foreign keys, BEGIN IMMEDIATE, short transactions.
 * Results are append-only (triggers refuse updates and deletes); exclusion
 * is a row with a reason. Each function is one transaction: when it returns
 * 0 its effect survives kill -9; when it fails nothing of it is stored and the
 * store stays usable (a full disk too). A struct store is used by one thread,
 * and never on both sides of a fork.
 *
 * Texts that a struct or call leaves NULL are stored as ""; ids that are 0
 * and hashes that are "" mean "none". What is referred to must be stored
 * first: a spec before a campaign, a source before a node, and these and the
 * environment before a run or verdict (ERR_INPUT says so otherwise).
 */
#ifndef KEVO_STORE_STORE_H
#define KEVO_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/hash.h"

struct store; /* opaque */

/* Open or create (folders too, mode 0700), migrating older schemas after a
 * copy beside the file (VACUUM INTO "<file>.v<N>"). Errors: a newer schema
 * (says which kevo is needed), another program's database, a network file
 * system, read-only when write is wanted, disk full, corrupt. */
int store_open(struct store **store, const char *path,
               struct error *err) KEVO_MUST_CHECK;
/* For readers (status, log, pages): never creates, never writes. */
int store_open_readonly(struct store **store, const char *path,
                        struct error *err) KEVO_MUST_CHECK;
void store_close(struct store *store);
/* How long a call waits for another process's lock before ERR_BUSY; 5 s
 * unless set. Pages and hooks want less. */
void store_set_patience_ms(struct store *store, int patience_ms);
const char *store_path(const struct store *store);

/* The schema this program writes. */
int store_schema_version(void);
/* Rebuild what is derived (per-kernel summaries) from the records. */
int store_rebuild(struct store *store, struct error *err) KEVO_MUST_CHECK;
/* PRAGMA integrity_check and foreign_key_check. */
int store_check(struct store *store, struct error *err) KEVO_MUST_CHECK;

/* Small named values (text), such as the last ref seen of a repository. */
int store_set(struct store *store, const char *name, const char *value,
              struct error *err) KEVO_MUST_CHECK;
/* *value NULL when unset; caller frees. */
int store_get(struct store *store, const char *name, char **value,
              struct error *err) KEVO_MUST_CHECK;

#endif
