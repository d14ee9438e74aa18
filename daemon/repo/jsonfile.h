/*
 * What the JSON files of a repository and of the host have in common: the
 * version they were written for, lists of texts, and texts that outlive the
 * parsed file.
 */
#ifndef KEVO_REPO_JSONFILE_H
#define KEVO_REPO_JSONFILE_H

#include "core/json.h"

struct arena;

/* Parse a file whose top is an object with "kevo": 1 and keys out of known
 * (which ends with NULL and need not name "kevo"). cJSON_Delete *json. */
int jsonfile_parse(const char *text, size_t length, const char *file,
                   const char *const *known, cJSON **json,
                   struct error *err) KEVO_MUST_CHECK;

/* The name inside a file must be that of the file: "softmax" for
 * models/softmax.json. Checks and returns it. */
int jsonfile_check_name(const cJSON *json, const char *key, const char *file,
                        const char *name, struct error *err) KEVO_MUST_CHECK;

/* Optional text, copied; *value is untouched when the key is missing. */
int jsonfile_text_or(const cJSON *node, const char *key, const char *where,
                     struct arena *arena, char **value,
                     struct error *err) KEVO_MUST_CHECK;
/* Optional list of at most maximum texts, copied into value[]. */
int jsonfile_texts_or(const cJSON *node, const char *key, const char *where,
                      struct arena *arena, int maximum, char **value,
                      int *count, struct error *err) KEVO_MUST_CHECK;
/* Optional object: *node, or NULL when missing. */
int jsonfile_object_or(const cJSON *json, const char *key, const char *where,
                       const cJSON **node, struct error *err) KEVO_MUST_CHECK;
/* One of the words (which end with NULL): its position in *choice. */
int jsonfile_choice_or(const cJSON *node, const char *key, const char *where,
                       const char *const *words, int *choice,
                       struct error *err) KEVO_MUST_CHECK;

#endif
