/* See jsonfile.h. */
#include "repo/jsonfile.h"

#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/limits.h"
#include "core/text.h"

enum { VERSION = 1, KNOWN_KEYS = 32 };

static int check_version(const cJSON *json, const char *file,
                         struct error *err)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, "kevo");
        int64_t version;

        if (!item)
                return error_set(err, ERR_INPUT,
                                 "%s: \"kevo\" is missing; the file begins "
                                 "with \"kevo\": %d",
                                 file, VERSION);
        if (!json_to_int64(item, &version) || version < VERSION)
                return error_set(err, ERR_INPUT, "%s: \"kevo\" must be %d",
                                 file, VERSION);
        if (version > VERSION)
                return error_set(err, ERR_UNSUPPORTED,
                                 "%s: written for format %lld of a newer "
                                 "kevo; this one reads %d, so update kevo",
                                 file, (long long)version, VERSION);
        return 0;
}

int jsonfile_parse(const char *text, size_t length, const char *file,
                   const char *const *known, cJSON **json, struct error *err)
{
        const char *keys[KNOWN_KEYS] = {"kevo"};
        int rc = json_parse(text, length, LIMIT_JSON_BYTES, file, json, err);

        if (rc < 0)
                return rc;
        for (int i = 0; known[i] && i + 2 < KNOWN_KEYS; i++)
                keys[i + 1] = known[i];
        rc = cJSON_IsObject(*json)
                     ? check_version(*json, file, err)
                     : error_set(err, ERR_INPUT,
                                 "%s: must be an object in braces", file);
        if (rc == 0)
                rc = json_check_keys(*json, keys, file, err);
        if (rc < 0) {
                cJSON_Delete(*json);
                *json = NULL;
        }
        return rc;
}

int jsonfile_check_name(const cJSON *json, const char *key, const char *file,
                        const char *name, struct error *err)
{
        const char *inside;
        int rc = json_get_text(json, key, file, &inside, err);

        if (rc < 0)
                return rc;
        if (!text_equal(inside, name))
                return error_set(err, ERR_INPUT,
                                 "%s: \"%s\" is \"%s\" inside; file name and "
                                 "content must agree, rename one of them",
                                 file, key, inside);
        return 0;
}

int jsonfile_text_or(const cJSON *node, const char *key, const char *where,
                     struct arena *arena, char **value, struct error *err)
{
        const char *text = NULL;
        int rc = json_get_text_or(node, key, where, &text, err);

        if (rc < 0 || !text)
                return rc;
        *value = arena_strdup(arena, text);
        return *value ? 0 : error_memory(err);
}

int jsonfile_texts_or(const cJSON *node, const char *key, const char *where,
                      struct arena *arena, int maximum, char **value,
                      int *count, struct error *err)
{
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(node, key);
        const cJSON *item;

        *count = 0;
        if (!list)
                return 0;
        if (!cJSON_IsArray(list))
                return error_set(err, ERR_INPUT,
                                 "%s: \"%s\" must be a list in brackets",
                                 where, key);
        cJSON_ArrayForEach(item, list)
        {
                if (!cJSON_IsString(item) || !*item->valuestring)
                        return error_set(err, ERR_INPUT,
                                         "%s: \"%s\" must list texts in "
                                         "quotes",
                                         where, key);
                if (*count == maximum)
                        return error_set(err, ERR_LIMIT,
                                         "%s: \"%s\" has more than %d entries",
                                         where, key, maximum);
                value[*count] = arena_strdup(arena, item->valuestring);
                if (!value[(*count)++])
                        return error_memory(err);
        }
        return 0;
}

int jsonfile_object_or(const cJSON *json, const char *key, const char *where,
                       const cJSON **node, struct error *err)
{
        *node = cJSON_GetObjectItemCaseSensitive(json, key);
        if (*node && !cJSON_IsObject(*node))
                return error_set(err, ERR_INPUT,
                                 "%s: \"%s\" must be an object in braces",
                                 where, key);
        return 0;
}

int jsonfile_choice_or(const cJSON *node, const char *key, const char *where,
                       const char *const *words, int *choice,
                       struct error *err)
{
        const char *text = NULL;
        struct buf list;
        int rc = json_get_text_or(node, key, where, &text, err);

        if (rc < 0 || !text)
                return rc;
        for (int i = 0; words[i]; i++) {
                if (text_equal(words[i], text)) {
                        *choice = i;
                        return 0;
                }
        }
        buf_init(&list, 1024);
        for (int i = 0; words[i]; i++)
                buf_printf(&list, "%s\"%s\"", i ? " or " : "", words[i]);
        rc = error_set(err, ERR_INPUT, "%s: \"%s\" is \"%s\"; it must be %s",
                       where, key, text, list.data);
        buf_dispose(&list);
        return rc;
}
