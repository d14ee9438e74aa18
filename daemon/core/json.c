/* See json.h. cJSON parses; this file adds the limits and the messages. */
#include "core/json.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/text.h"

/* cJSON says NULL for a wrong text and for want of memory alike: its
 * allocator remembers. */
static _Thread_local bool out_of_memory;

static void *remember_malloc(size_t bytes)
{
        void *block = malloc(bytes);

        out_of_memory = out_of_memory || !block;
        return block;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void set_allocator(void)
{
        cJSON_InitHooks(&(cJSON_Hooks){remember_malloc, free});
}

/* Nesting is checked before cJSON recurses; strings are skipped. */
static int depth_of(const char *text, size_t length)
{
        int depth = 0, deepest = 0;
        bool quoted = false;

        for (size_t i = 0; i < length; i++) {
                char c = text[i];

                if (quoted) {
                        if (c == '\\')
                                i++;
                        else if (c == '"')
                                quoted = false;
                } else if (c == '"') {
                        quoted = true;
                } else if (c == '{' || c == '[') {
                        if (++depth > deepest)
                                deepest = depth;
                } else if (c == '}' || c == ']') {
                        depth--;
                }
        }
        return deepest;
}

static int syntax_error(const char *text, const char *at, const char *file,
                        struct error *err)
{
        int line = 1, column = 1;

        for (const char *p = text; p < at && *p; p++) {
                column++;
                if (*p == '\n') {
                        line++;
                        column = 1;
                }
        }
        return error_set(err, ERR_INPUT,
                         "%s:%d:%d: not valid JSON here; check for a missing "
                         "quote, comma or brace just before",
                         file, line, column);
}

static int compare_keys(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of one object, sorted: as many as a file can hold are looked at
 * in the time of sorting them. Comments may be alike. */
static int check_object(const cJSON *node, const char *file, struct error *err)
{
        const char **key;
        const cJSON *item;
        size_t count = 0;
        int rc = 0;

        cJSON_ArrayForEach(item, node)
        {
                count += item->string != NULL;
        }
        if (count < 2)
                return 0;
        key = malloc(count * sizeof *key);
        if (!key)
                return error_memory(err);
        count = 0;
        cJSON_ArrayForEach(item, node)
        {
                if (item->string && !text_starts(item->string, "//"))
                        key[count++] = item->string;
        }
        qsort(key, count, sizeof *key, compare_keys);
        for (size_t i = 1; i < count && rc == 0; i++)
                if (text_equal(key[i - 1], key[i]))
                        rc = error_set(err, ERR_INPUT,
                                       "%s: key \"%s\" appears twice; keep "
                                       "one",
                                       file, key[i]);
        free(key);
        return rc;
}

/* Nesting was bounded before. */
static int check_duplicates(const cJSON *node, const char *file,
                            struct error *err)
{
        const cJSON *item;
        int rc = check_object(node, file, err);

        if (rc < 0)
                return rc;
        cJSON_ArrayForEach(item, node)
        {
                rc = check_duplicates(item, file, err);
                if (rc < 0)
                        return rc;
        }
        return 0;
}

static int parse(const char *text, size_t length, size_t maximum, int depth,
                 const char *file, cJSON **json, struct error *err)
{
        const char *end = NULL;

        *json = NULL;
        if (length > maximum)
                return error_set(err, ERR_LIMIT,
                                 "%s: %zu bytes; at most %zu are read", file,
                                 length, maximum);
        if (memchr(text, 0, length))
                return error_set(err, ERR_INPUT,
                                 "%s: contains a zero byte; JSON is text",
                                 file);
        if (depth_of(text, length) > depth)
                return error_set(err, ERR_LIMIT,
                                 "%s: nested deeper than %d levels", file,
                                 depth);
        pthread_once(&once, set_allocator);
        out_of_memory = false;
        *json = cJSON_ParseWithLengthOpts(text, length + 1, &end, 1);
        if (!*json && out_of_memory)
                return error_memory(err);
        if (!*json)
                return syntax_error(text, end ? end : text, file, err);
        return 0;
}

int json_parse(const char *text, size_t length, size_t maximum,
               const char *file, cJSON **json, struct error *err)
{
        int rc = parse(text, length, maximum, LIMIT_JSON_DEPTH, file, json,
                       err);

        if (rc == 0)
                rc = check_duplicates(*json, file, err);
        if (rc < 0) {
                cJSON_Delete(*json);
                *json = NULL;
        }
        return rc;
}

int json_parse_message(const char *text, size_t length, size_t maximum,
                       cJSON **json, struct error *err)
{
        return parse(text, length, maximum, 64, "message", json, err);
}

int json_check_keys(const cJSON *node, const char *const *known,
                    const char *where, struct error *err)
{
        const cJSON *item;
        const char *near;

        if (!cJSON_IsObject(node))
                return error_set(err, ERR_INPUT, "%s: must be an object",
                                 where);
        cJSON_ArrayForEach(item, node)
        {
                const char *const *k = known;

                if (text_starts(item->string, "//"))
                        continue;
                while (*k && !text_equal(*k, item->string))
                        k++;
                if (*k)
                        continue;
                near = text_suggest(item->string, known);
                return error_set(err, ERR_INPUT,
                                 "%s: unknown key \"%s\"%s%s%s", where,
                                 item->string, near ? "; did you mean \"" : "",
                                 near ? near : "", near ? "\"?" : "");
        }
        return 0;
}

static int missing(const char *key, const char *where, struct error *err)
{
        return error_set(err, ERR_INPUT, "%s: \"%s\" is missing", where, key);
}

int json_get_text_or(const cJSON *node, const char *key, const char *where,
                     const char **value, struct error *err)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(node, key);

        if (!item)
                return 0;
        if (!cJSON_IsString(item))
                return error_set(err, ERR_INPUT,
                                 "%s: \"%s\" must be a text in quotes", where,
                                 key);
        *value = item->valuestring;
        return 0;
}

int json_get_text(const cJSON *node, const char *key, const char *where,
                  const char **value, struct error *err)
{
        if (!cJSON_GetObjectItemCaseSensitive(node, key))
                return missing(key, where, err);
        return json_get_text_or(node, key, where, value, err);
}

bool json_to_int64(const cJSON *node, int64_t *value)
{
        double d;

        if (!cJSON_IsNumber(node))
                return false;
        d = node->valuedouble;
        if (d != floor(d) || fabs(d) > 0x1p53)
                return false;
        *value = (int64_t)d;
        return true;
}

int json_get_int_or(const cJSON *node, const char *key, const char *where,
                    int64_t low, int64_t high, int64_t *value,
                    struct error *err)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(node, key);
        int64_t v;

        if (!item)
                return 0;
        if (!json_to_int64(item, &v) || v < low || v > high)
                return error_set(err, ERR_INPUT,
                                 "%s: \"%s\" must be a whole number from "
                                 "%lld to %lld",
                                 where, key, (long long)low, (long long)high);
        *value = v;
        return 0;
}

int json_get_int(const cJSON *node, const char *key, const char *where,
                 int64_t low, int64_t high, int64_t *value, struct error *err)
{
        if (!cJSON_GetObjectItemCaseSensitive(node, key))
                return missing(key, where, err);
        return json_get_int_or(node, key, where, low, high, value, err);
}

int json_get_double_or(const cJSON *node, const char *key, const char *where,
                       double low, double high, double *value,
                       struct error *err)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(node, key);

        if (!item)
                return 0;
        if (!cJSON_IsNumber(item) || !(item->valuedouble >= low) ||
            !(item->valuedouble <= high))
                return error_set(err, ERR_INPUT,
                                 "%s: \"%s\" must be a number from %g to %g",
                                 where, key, low, high);
        *value = item->valuedouble;
        return 0;
}

int json_get_bool_or(const cJSON *node, const char *key, const char *where,
                     bool *value, struct error *err)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(node, key);

        if (!item)
                return 0;
        if (!cJSON_IsBool(item))
                return error_set(err, ERR_INPUT,
                                 "%s: \"%s\" must be true or false", where,
                                 key);
        *value = cJSON_IsTrue(item);
        return 0;
}

cJSON *json_begin(void)
{
        pthread_once(&once, set_allocator);
        out_of_memory = false;
        return cJSON_CreateObject();
}

cJSON *json_whole(cJSON *json)
{
        if (!out_of_memory)
                return json;
        cJSON_Delete(json);
        return NULL;
}

void json_add(cJSON *object, const char *key, cJSON *item)
{
        if (!cJSON_AddItemToObject(object, key, item))
                cJSON_Delete(item);
}

void json_append(cJSON *list, cJSON *item)
{
        if (!cJSON_AddItemToArray(list, item))
                cJSON_Delete(item);
}

char *json_print(const cJSON *json)
{
        return cJSON_PrintUnformatted(json);
}
