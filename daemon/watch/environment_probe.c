/*
 * See environment_probe.h. The probe runs in a child of the daemon, so what
 * was seen once has to survive in the store until the next one confirms it;
 * that also holds for a daemon that was stopped in between.
 */
#include "watch/environment_probe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "core/json.h"
#include "core/text.h"
#include "search/subject.h"
#include "store/events.h"
#include "store/records.h"

enum { NAME_BYTES = 128, FIELDS_BYTES = 64 << 10 };

/* Values of the store: the accepted environment of a kind as
 * "<hash> <number of changes so far>", and the candidate seen once. */
static void current_name(char name[NAME_BYTES], const char *kind)
{
        snprintf(name, NAME_BYTES, "environment %s", kind);
}

static void candidate_name(char name[NAME_BYTES], const char *kind)
{
        snprintf(name, NAME_BYTES, "environment-candidate %s", kind);
}

static void fields_name(char name[NAME_BYTES], const char *hash)
{
        snprintf(name, NAME_BYTES, "environment-fields %s", hash);
}

int environment_remember(struct store *store, const char *hash,
                         const char *fields, struct error *err)
{
        char name[NAME_BYTES];

        fields_name(name, hash);
        return store_set(store, name, fields, err);
}

int environment_fields(struct store *store, const char *hash, char **fields,
                       struct error *err)
{
        char name[NAME_BYTES];

        fields_name(name, hash);
        return store_get(store, name, fields, err);
}

/* From now on this is the environment that others are compared with. */
static int accept_environment(struct store *store, const char *kind,
                              const char *hash, long changes,
                              struct error *err)
{
        char name[NAME_BYTES], value[HASH_TEXT_BYTES + 32];
        int rc;

        current_name(name, kind);
        snprintf(value, sizeof value, "%s %ld", hash, changes);
        rc = store_set(store, name, value, err);
        if (rc < 0)
                return rc;
        candidate_name(name, kind);
        return store_set(store, name, "", err);
}

static int record_change(struct store *store, const char *kind,
                         const char *before, const char *after, long changes,
                         struct environment_probe *result, struct error *err)
{
        char dedupe[NAME_BYTES + HASH_TEXT_BYTES];
        struct event event = {.kind = "environment",
                              .repository = "",
                              .subject = (char *)kind,
                              .before = (char *)before,
                              .after = (char *)after,
                              .dedupe = dedupe};
        int64_t id;
        int rc;

        snprintf(dedupe, sizeof dedupe, "environment %s %s %ld", kind, after,
                 changes);
        rc = event_add(store, &event, &id, &result->recorded, err);
        return rc < 0 ? rc
                      : accept_environment(store, kind, after, changes + 1,
                                           err);
}

/* A hash that differs from the accepted one: a change if it was the
 * candidate already, else it becomes the candidate. */
static int consider(struct store *store, const char *kind, const char *before,
                    const char *now, long changes,
                    struct environment_probe *result, struct error *err)
{
        char name[NAME_BYTES], *candidate = NULL;
        bool twice;
        int rc;

        candidate_name(name, kind);
        rc = store_get(store, name, &candidate, err);
        if (rc < 0)
                return rc;
        twice = candidate && text_equal(candidate, now);
        free(candidate);
        if (twice)
                return record_change(store, kind, before, now, changes, result,
                                     err);
        result->pending = true;
        return store_set(store, name, now, err);
}

/* The first environment of a kind is accepted without an event: nothing
 * was measured in another one. */
static int compare(struct store *store, const char *kind, const char *now,
                   struct environment_probe *result, struct error *err)
{
        char name[NAME_BYTES], before[HASH_TEXT_BYTES] = "", *value = NULL;
        long changes = 0;
        int rc;

        current_name(name, kind);
        rc = store_get(store, name, &value, err);
        if (rc == 0 && value &&
            sscanf(value, "%64s %ld", before, &changes) < 2)
                before[0] = 0;
        free(value);
        if (rc < 0)
                return rc;
        if (!before[0])
                return accept_environment(store, kind, now, 0, err);
        if (!text_equal(before, now))
                return consider(store, kind, before, now, changes, result,
                                err);
        candidate_name(name, kind);
        return store_set(store, name, "", err);
}

/* The environment is recorded before it is compared: whatever refers to its
 * hash later finds its fields. */
static int probe_kind(struct store *store, const struct machine *machine,
                      const char *kind, struct environment_probe *result,
                      struct error *err)
{
        char hash[HASH_TEXT_BYTES], hardware[LIMIT_NAME_BYTES + 1];
        char *fields = NULL;
        int rc;

        rc = subject_environment(machine, kind, hash, &fields, err);
        if (rc < 0)
                return rc;
        machine_hardware_name(machine, hardware);
        rc = record_environment(store, hash, hardware, fields, err);
        if (rc == 0)
                rc = environment_remember(store, hash, fields, err);
        if (rc == 0)
                rc = compare(store, kind, hash, result, err);
        free(fields);
        return rc;
}

int environment_probe(struct store *store, const struct machine *machine,
                      struct environment_probe *result, struct error *err)
{
        const struct backend *const *all = backend_all();
        bool seen;
        int rc = 0;

        *result = (struct environment_probe){0};
        for (int i = 0; all[i] && rc == 0; i++) {
                seen = false;
                for (int k = 0; k < i; k++)
                        seen = seen || text_equal(all[k]->kind, all[i]->kind);
                /* Devices are judged on demand; changes of their drivers are
                 * not watched. */
                if (!seen && !all[i]->driver)
                        rc = probe_kind(store, machine, all[i]->kind, result,
                                        err);
        }
        return rc;
}

static void add_value(struct buf *text, const cJSON *value)
{
        char *printed;

        if (!value) {
                buf_puts(text, "none");
                return;
        }
        if (cJSON_IsString(value)) {
                buf_puts(text, value->valuestring);
                return;
        }
        printed = json_print(value);
        buf_puts(text, printed ? printed : "?");
        free(printed);
}

static void add_difference(struct buf *text, const char *field,
                           const cJSON *before, const cJSON *after)
{
        buf_printf(text, "%s%s: ", text->length ? "; " : "", field);
        add_value(text, before);
        buf_puts(text, " -> ");
        add_value(text, after);
}

/* NULL for no fields and for text that is none: then everything differs. */
static cJSON *parse_fields(const char *fields)
{
        cJSON *json = NULL;

        if (!fields || json_parse_message(fields, strlen(fields), FIELDS_BYTES,
                                          &json, NULL) < 0)
                return NULL;
        return json;
}

int environment_difference(const char *before, const char *after,
                           struct buf *text)
{
        cJSON *a = parse_fields(before), *b = parse_fields(after);
        const cJSON *item, *other;
        int differ = 0;

        cJSON_ArrayForEach(item, a)
        {
                other = cJSON_GetObjectItemCaseSensitive(b, item->string);
                if (!other || !cJSON_Compare(item, other, true)) {
                        add_difference(text, item->string, item, other);
                        differ++;
                }
        }
        cJSON_ArrayForEach(item, b)
        {
                if (cJSON_GetObjectItemCaseSensitive(a, item->string))
                        continue;
                add_difference(text, item->string, NULL, item);
                differ++;
        }
        cJSON_Delete(a);
        cJSON_Delete(b);
        return differ;
}

/* The last word that starts with a digit, as a number: "gcc (Debian
 * 12.2.0-14) 12.2.0" is 12. */
static long major_version(const char *text)
{
        long found = -1;

        for (const char *p = text; *p; p++) {
                if (isdigit((unsigned char)*p) &&
                    (p == text || isspace((unsigned char)p[-1])))
                        found = strtol(p, NULL, 10);
        }
        return found;
}

bool environment_new_major(const char *before, const char *after)
{
        cJSON *a = parse_fields(before), *b = parse_fields(after);
        const cJSON *item, *other;
        bool newer = false;

        cJSON_ArrayForEach(item, a)
        {
                other = cJSON_GetObjectItemCaseSensitive(b, item->string);
                if (!cJSON_IsString(item) || !cJSON_IsString(other) ||
                    (!strstr(item->string, "compiler") &&
                     !strstr(item->string, "driver")))
                        continue;
                newer = newer || major_version(item->valuestring) !=
                                         major_version(other->valuestring);
        }
        cJSON_Delete(a);
        cJSON_Delete(b);
        return newer;
}
