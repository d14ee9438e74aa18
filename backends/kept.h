/*
 * Builds that are kept by content: one file a key, its hash in front, so
 * that a torn or edited file is only a miss.
 */
#ifndef KEVO_BACKENDS_KEPT_H
#define KEVO_BACKENDS_KEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/hash.h"

/* The bytes of a key from the folder of builds; the caller frees. */
bool kept_load(const char *cache, const char key[HASH_TEXT_BYTES],
               char **bytes, size_t *length);
/* Keeping is a convenience: a full disk is not an error of the build. */
void kept_store(const char *cache, const char key[HASH_TEXT_BYTES],
                const char *bytes, size_t length);

#endif
