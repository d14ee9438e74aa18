/*
 * What a file must be to be a store of this program, and how an older one
 * becomes that: application_id, user_version, and the ordered migrations.
 */
#ifndef KEVO_STORE_SCHEMA_H
#define KEVO_STORE_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct store;

enum { SCHEMA_APPLICATION_ID = 0x6b65766f /* "kevo" */ };

/* The newest version: the number of migrations. */
int schema_version(void);

/* Read what the file is. *version 0: empty, to be created. Errors: another
 * program's database, a newer schema, not a database, damaged. */
int schema_inspect(struct store *store, int *version,
                   struct error *err) KEVO_MUST_CHECK;

/* Bring a store to a version in one transaction; does nothing when another
 * process was faster. An older file that is not empty is first copied to
 * "<path>.v<N>". Going back is not possible. Tests make old files by asking
 * an empty one for an old version. */
int schema_migrate(struct store *store, int version,
                   struct error *err) KEVO_MUST_CHECK;

#endif
