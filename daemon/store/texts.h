/*
 * What results are about: specs, sources and environments, each under the
 * hash of its content. They are recorded before anything refers to them.
 */
#ifndef KEVO_STORE_TEXTS_H
#define KEVO_STORE_TEXTS_H

#include <stddef.h>

#include "store/store.h"

/* Content-addressed texts: adding twice is one row. */
int record_spec(struct store *store, const char *hash, const char *name,
                const char *text, struct error *err) KEVO_MUST_CHECK;
/* Caller frees; ERR_NOT_FOUND. */
int record_spec_text(struct store *store, const char *hash, char **text,
                     struct error *err) KEVO_MUST_CHECK;
/* Compressed with zstd. hash is the SHA-256 of text: the same hash with a
 * text of another length is ERR_INPUT. Adding an expired text brings it
 * back. ERR_LIMIT above LIMIT_SOURCE_BYTES. */
int record_source(struct store *store, const char *hash, const char *language,
                  const char *text, struct error *err) KEVO_MUST_CHECK;
/* Caller frees; ERR_NOT_FOUND (also when an old text expired). */
int record_source_text(struct store *store, const char *hash, char **text,
                       struct error *err) KEVO_MUST_CHECK;
int record_environment(struct store *store, const char *hash,
                       const char *hardware, const char *fields,
                       struct error *err) KEVO_MUST_CHECK;
/* Newest environment of a hardware, that is the one recorded last, also when
 * it was seen before: hash (65 bytes) and its fields (caller frees);
 * ERR_NOT_FOUND. */
int record_latest_environment(struct store *store, const char *hardware,
                              char *hash, char **fields,
                              struct error *err) KEVO_MUST_CHECK;

enum { EXPIRE_DAYS = 30 }; /* unless somebody says otherwise */

/* Drop texts of nodes never accepted that are older than days; summaries
 * stay, and so do the best node of a campaign, the nodes of running ones and
 * what a paused one needs to go on. The packed samples of what is dropped go
 * with it.
 * Returns the count in *dropped. */
int record_expire(struct store *store, int days, int *dropped,
                  struct error *err) KEVO_MUST_CHECK;

#endif
