/*
 * See manifest.h. Lists in `sizes` and `count` zip: the i-th call takes the
 * i-th entry of each list, and single values stand for every call.
 */
#include "repo/manifest.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/text.h"
#include "repo/jsonfile.h"

enum {
        WHERE_BYTES = LIMIT_PATH_BYTES + 64,
        SUGGEST_AMONG = 2000 /* kernels; comparing names with more is slow */
};

/* One entry of "calls" while it is read. */
struct entry {
        const cJSON *json, *sizes, *params, *count;
        const struct kernel *kernel;
        char where[WHERE_BYTES]; /* "models/m.json: calls[2]" */
        int length;              /* calls that it stands for */
};

static int unknown_kernel(const struct repository *r, const char *where,
                          const char *name, struct error *err)
{
        const struct problem *problem = repository_find_problem(r, name);
        const char *names[SUGGEST_AMONG + 1] = {0}, *near = NULL;

        if (problem)
                return error_set(err, ERR_INPUT,
                                 "%s: kernel %s cannot be loaded; correct %s "
                                 "first",
                                 where, name, problem->file);
        if (r->kernel_count <= SUGGEST_AMONG) {
                for (int i = 0; i < r->kernel_count; i++)
                        names[i] = r->kernel[i].name;
                near = text_suggest(name, names);
        }
        return error_set(err, ERR_NOT_FOUND,
                         "%s: \"kernel\": there is no kernel \"%s\"%s%s%s; "
                         "correct the name or add kernels/%s/%s.kernel",
                         where, name, near ? ", did you mean \"" : "",
                         near ? near : "", near ? "\"?" : "", name, name);
}

/* A list must be as long as the other lists of its call. */
static int zip_length(struct entry *entry, const cJSON *item, const char *key,
                      struct error *err)
{
        int n;

        if (!cJSON_IsArray(item))
                return 0;
        n = cJSON_GetArraySize(item);
        if (n == 0)
                return error_set(err, ERR_INPUT, "%s: \"%s\" is an empty list",
                                 entry->where, key);
        if (entry->length && n != entry->length)
                return error_set(err, ERR_INPUT,
                                 "%s: \"%s\" has length %d where another "
                                 "list of this call has %d; lists of a call "
                                 "are read side by side and must agree",
                                 entry->where, key, n, entry->length);
        entry->length = n;
        return 0;
}

static int measure_entry(struct entry *entry, struct error *err)
{
        const cJSON *item;
        int rc = 0;

        cJSON_ArrayForEach(item, entry->sizes)
        {
                if (!text_starts(item->string, "//"))
                        rc = zip_length(entry, item, item->string, err);
                if (rc < 0)
                        return rc;
        }
        if (entry->count)
                rc = zip_length(entry, entry->count, "count", err);
        if (entry->length == 0)
                entry->length = 1;
        return rc;
}

/* Everything about an entry but its values. */
static int open_entry(struct entry *entry, const struct repository *r,
                      const cJSON *json, const char *file, int number,
                      struct error *err)
{
        static const char *const keys[] = {"kernel", "sizes", "params",
                                           "data",   "count", NULL};
        const char *name;
        int rc;

        *entry = (struct entry){.json = json};
        snprintf(entry->where, sizeof entry->where, "%s: calls[%d]", file,
                 number);
        rc = json_check_keys(json, keys, entry->where, err);
        if (rc == 0)
                rc = json_get_text(json, "kernel", entry->where, &name, err);
        if (rc == 0)
                rc = jsonfile_object_or(json, "sizes", entry->where,
                                        &entry->sizes, err);
        if (rc == 0)
                rc = jsonfile_object_or(json, "params", entry->where,
                                        &entry->params, err);
        if (rc < 0)
                return rc;
        entry->count = cJSON_GetObjectItemCaseSensitive(json, "count");
        entry->kernel = repository_find_kernel(r, name);
        if (!entry->kernel)
                return unknown_kernel(r, entry->where, name, err);
        return measure_entry(entry, err);
}

/* The i-th value of a list, or the single value. */
static const cJSON *value_at(const cJSON *item, int i)
{
        return cJSON_IsArray(item) ? cJSON_GetArrayItem(item, i) : item;
}

/* Sizes in all calls of an entry: lists are walked once each. */
static int fill_size(const struct entry *entry, const struct size *size,
                     struct call *call, struct error *err)
{
        const cJSON *item = entry->sizes ? cJSON_GetObjectItemCaseSensitive(
                                                   entry->sizes, size->name)
                                         : NULL;
        const cJSON *value;

        if (!item)
                return error_set(err, ERR_INPUT,
                                 "%s: sizes: size %s of kernel %s is missing; "
                                 "add \"%s\"",
                                 entry->where, size->name, entry->kernel->name,
                                 size->name);
        value = value_at(item, 0);
        for (int i = 0; i < entry->length; i++) {
                if (!json_to_int64(value, &call[i].binding.size[size->number]))
                        return error_set(err, ERR_INPUT,
                                         "%s: sizes: \"%s\" must be a whole "
                                         "number or a list of them",
                                         entry->where, size->name);
                if (value->next && value != item)
                        value = value->next;
        }
        return 0;
}

static int fill_count(const struct entry *entry, struct call *call,
                      struct error *err)
{
        const cJSON *value = entry->count ? value_at(entry->count, 0) : NULL;

        for (int i = 0; i < entry->length; i++) {
                call[i].count = 1;
                if (value && (!json_to_int64(value, &call[i].count) ||
                              call[i].count < 1))
                        return error_set(err, ERR_INPUT,
                                         "%s: \"count\" must be a whole "
                                         "number from 1 or a list of them",
                                         entry->where);
                if (value && value->next && value != entry->count)
                        value = value->next;
        }
        return 0;
}

/* A caller's names of sizes are often others than the spec's: say all. */
static int unknown_size(const struct entry *entry, const char *name,
                        struct error *err)
{
        const struct spec *spec = entry->kernel->spec;
        struct buf list;
        int rc;

        buf_init(&list, 1 << 12);
        for (int i = 0; i < spec->size_count; i++)
                buf_printf(&list, "%s%s", i ? ", " : "", spec->size[i]->name);
        rc = error_set(err, ERR_INPUT,
                       "%s: sizes: kernel %s has no size \"%.48s\"; its sizes "
                       "are %s",
                       entry->where, entry->kernel->name, name,
                       list.failed ? "others" : list.data);
        buf_dispose(&list);
        return rc;
}

/* Keys that name no size; params by the binding itself, which rounds them. */
static int check_sizes(const struct entry *entry, struct error *err)
{
        const struct spec *spec = entry->kernel->spec;
        const char *keys[LIMIT_SIZES + 1] = {0};
        char where[WHERE_BYTES + 16];
        const cJSON *item;

        if (!entry->sizes)
                return 0;
        for (int i = 0; i < spec->size_count; i++)
                keys[i] = spec->size[i]->name;
        cJSON_ArrayForEach(item, entry->sizes)
        {
                if (!text_starts(item->string, "//") &&
                    !spec_find_size(spec, item->string) &&
                    !text_suggest(item->string, keys))
                        return unknown_size(entry, item->string, err);
        }
        snprintf(where, sizeof where, "%s: sizes", entry->where);
        return json_check_keys(entry->sizes, keys, where, err);
}

static int fill_params(const struct entry *entry, struct binding *binding,
                       struct error *err)
{
        const struct spec *spec = entry->kernel->spec;
        const char *data = NULL;
        const cJSON *item;
        char text[32];
        int rc = 0;

        cJSON_ArrayForEach(item, entry->params)
        {
                if (text_starts(item->string, "//"))
                        continue;
                if (!cJSON_IsNumber(item) ||
                    !spec_find_param(spec, item->string))
                        return error_set(err, ERR_INPUT,
                                         "%s: params: \"%s\" must name a "
                                         "parameter of kernel %s and be a "
                                         "number",
                                         entry->where, item->string,
                                         spec->name);
                snprintf(text, sizeof text, "%.17g", item->valuedouble);
                rc = binding_set(binding, spec, item->string, text, err);
                if (rc < 0)
                        return error_wrap(err, "%s", entry->where);
        }
        rc = json_get_text_or(entry->json, "data", entry->where, &data, err);
        if (rc == 0 && data) {
                rc = binding_set(binding, spec, "data", data, err);
                if (rc < 0)
                        error_wrap(err, "%s", entry->where);
        }
        return rc;
}

/* The calls of one entry; call has room for entry->length of them. */
static int fill_entry(const struct entry *entry, struct arena *arena,
                      struct call *call, struct error *err)
{
        const struct spec *spec = entry->kernel->spec;
        struct binding binding;
        int rc;

        binding_init(&binding, spec);
        rc = fill_params(entry, &binding, err);
        if (rc == 0)
                rc = check_sizes(entry, err);
        if (rc < 0)
                return rc;
        for (int i = 0; i < entry->length; i++) {
                call[i].kernel = arena_strdup(arena, entry->kernel->name);
                call[i].binding = binding;
        }
        for (int i = 0; i < spec->size_count && rc == 0; i++)
                rc = fill_size(entry, spec->size[i], call, err);
        if (rc == 0)
                rc = fill_count(entry, call, err);
        for (int i = 0; i < entry->length && rc == 0; i++) {
                rc = binding_check(&call[i].binding, spec, err);
                if (rc < 0)
                        error_wrap(err, "%s", entry->where);
        }
        return rc;
}

/* How many calls the list stands for; each entry is checked on the way. */
static int count_calls(const struct repository *r, const cJSON *list,
                       const char *file, struct error *err)
{
        struct entry entry;
        const cJSON *item;
        int number = 0, total = 0, rc;

        cJSON_ArrayForEach(item, list)
        {
                rc = open_entry(&entry, r, item, file, number++, err);
                if (rc < 0)
                        return rc;
                total += entry.length;
                if (total > REPOSITORY_MODEL_CALLS)
                        return error_set(err, ERR_LIMIT,
                                         "%s: more than %d calls", file,
                                         REPOSITORY_MODEL_CALLS);
        }
        return total;
}

static int parse_calls(struct model *model, const struct repository *r,
                       const cJSON *json, const char *file, struct error *err)
{
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "calls");
        const cJSON *item;
        struct entry entry;
        int number = 0, total, rc = 0;

        if (!cJSON_IsArray(list) || !list->child)
                return error_set(err, ERR_INPUT,
                                 "%s: \"calls\" must be a list of objects "
                                 "such as {\"kernel\": \"softmax\", "
                                 "\"sizes\": {\"M\": 8, \"N\": 64}}",
                                 file);
        total = count_calls(r, list, file, err);
        if (total < 0)
                return total;
        model->call =
                arena_alloc(r->arena, (size_t)total * sizeof *model->call);
        if (!model->call)
                return error_memory(err);
        cJSON_ArrayForEach(item, list)
        {
                rc = open_entry(&entry, r, item, file, number++, err);
                if (rc == 0)
                        rc = fill_entry(&entry, r->arena,
                                        model->call + model->call_count, err);
                if (rc < 0)
                        return rc;
                model->call_count += entry.length;
        }
        return arena_failed(r->arena) ? error_memory(err) : 0;
}

/* Lower-case letters, digits and - _ . , not at the beginning. */
static bool is_model_name(const char *name)
{
        size_t n = strlen(name);

        return n > 0 && n <= LIMIT_NAME_BYTES && *name != '.' &&
               *name != '-' &&
               strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == n;
}

int manifest_parse(struct model *model, const struct repository *repository,
                   const char *text, size_t length, const char *file,
                   const char *name, struct error *err)
{
        static const char *const keys[] = {"model", "source", "weight",
                                           "calls", NULL};
        struct arena *arena = repository->arena;
        cJSON *json;
        int rc;

        *model = (struct model){.weight = 1};
        if (!is_model_name(name))
                return error_set(err, ERR_INPUT,
                                 "%s: \"%s\" cannot name a model: use at most "
                                 "%d lower-case letters, digits, dashes, dots "
                                 "and underscores",
                                 file, name, LIMIT_NAME_BYTES);
        rc = jsonfile_parse(text, length, file, keys, &json, err);
        if (rc < 0)
                return rc;
        model->name = arena_strdup(arena, name);
        model->file = arena_strdup(arena, file);
        model->source = arena_strdup(arena, "");
        rc = jsonfile_check_name(json, "model", file, name, err);
        if (rc == 0)
                rc = jsonfile_text_or(json, "source", file, arena,
                                      &model->source, err);
        if (rc == 0)
                rc = json_get_double_or(json, "weight", file, 1e-9, 1e9,
                                        &model->weight, err);
        if (rc == 0)
                rc = parse_calls(model, repository, json, file, err);
        cJSON_Delete(json);
        return rc;
}
