/*
 * JSON through cJSON, with what a human's file needs: size and depth limits,
 * line:column in syntax errors, unknown keys as errors with a suggestion,
 * comment keys that start with "//", and getters that name file and field.
 *
 * A json_reader is a cJSON node plus the path to it for messages.
 */
#ifndef KEVO_CORE_JSON_H
#define KEVO_CORE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* Parse text under the limits (maximum bytes, LIMIT_JSON_DEPTH); file names
 * it in errors. The caller frees *json with cJSON_Delete. Duplicate keys are
 * errors. */
int json_parse(const char *text, size_t length, size_t maximum,
               const char *file, cJSON **json,
               struct error *err) KEVO_MUST_CHECK;

/* Same without the human-file niceties, for messages between processes:
 * depth up to 64, size up to maximum. */
int json_parse_message(const char *text, size_t length, size_t maximum,
                       cJSON **json, struct error *err) KEVO_MUST_CHECK;

/* Error unless node is an object whose keys are all in known (which ends
 * with NULL) or start with "//". where is like "kevo.json: proposals". */
int json_check_keys(const cJSON *node, const char *const *known,
                    const char *where, struct error *err) KEVO_MUST_CHECK;

/* Getters: required ones fail when the key is missing; optional ones (with
 * _or) leave *value untouched when it is. All fail on a wrong type or range
 * with a sentence that names where and key. Text is borrowed. */
int json_get_text(const cJSON *node, const char *key, const char *where,
                  const char **value, struct error *err) KEVO_MUST_CHECK;
int json_get_text_or(const cJSON *node, const char *key, const char *where,
                     const char **value, struct error *err) KEVO_MUST_CHECK;
int json_get_int(const cJSON *node, const char *key, const char *where,
                 int64_t low, int64_t high, int64_t *value,
                 struct error *err) KEVO_MUST_CHECK;
int json_get_int_or(const cJSON *node, const char *key, const char *where,
                    int64_t low, int64_t high, int64_t *value,
                    struct error *err) KEVO_MUST_CHECK;
int json_get_double_or(const cJSON *node, const char *key, const char *where,
                       double low, double high, double *value,
                       struct error *err) KEVO_MUST_CHECK;
int json_get_bool_or(const cJSON *node, const char *key, const char *where,
                     bool *value, struct error *err) KEVO_MUST_CHECK;

/* Node as an integer when it is one exactly (|v| <= 2^53). */
bool json_to_int64(const cJSON *node, int64_t *value);

/* Building: an object; what hangs below it needs no checks, json_whole tells
 * at the end whether something is missing for want of memory (then it is
 * deleted and NULL). One at a time in a thread. */
cJSON *json_begin(void);
cJSON *json_whole(cJSON *json);
/* item becomes object's, or list's, or is deleted. */
void json_add(cJSON *object, const char *key, cJSON *item);
void json_append(cJSON *list, cJSON *item);

/* Compact text, or NULL out of memory; free() it. */
char *json_print(const cJSON *json);

#endif
