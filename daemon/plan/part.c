/* See part.h. */
#include "plan/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/text.h"
#include "repo/tree_view.h"

struct part {
        const struct tree *whole;
        struct part_names kernels, models; /* what is visible */
};

/* Position of a name, or where it would be. */
static int place_of(const struct part_names *names, const char *name)
{
        int low = 0, high = names->count;

        while (low < high) {
                int middle = low + (high - low) / 2;

                if (strcmp(names->name[middle], name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

bool part_names_have(const struct part_names *names, const char *name)
{
        int at = place_of(names, name);

        return at < names->count && text_equal(names->name[at], name);
}

int part_names_add(struct part_names *names, const char *name,
                   struct error *err)
{
        char *copy, **grown;
        int at;

        if (part_names_have(names, name))
                return 0;
        at = place_of(names, name);
        copy = strdup(name);
        grown = realloc(names->name,
                        ((size_t)names->count + 1) * sizeof *grown);
        if (grown)
                names->name = grown;
        if (!copy || !grown) {
                free(copy);
                return error_memory(err);
        }
        memmove(grown + at + 1, grown + at,
                (size_t)(names->count - at) * sizeof *grown);
        grown[at] = copy;
        names->count++;
        return 0;
}

void part_names_dispose(struct part_names *names)
{
        for (int i = 0; i < names->count; i++)
                free(names->name[i]);
        free(names->name);
        *names = (struct part_names){0};
}

static int add_all(struct part_names *to, const struct part_names *from,
                   struct error *err)
{
        int rc = 0;

        for (int i = 0; i < from->count && rc == 0; i++)
                rc = part_names_add(to, from->name[i], err);
        return rc;
}

/* The kernels that a manifest calls. One that cannot be read calls nothing
 * and stays visible: whoever loads it says what is wrong. */
static cJSON *read_calls(const struct tree *whole, const char *file)
{
        char path[LIMIT_PATH_BYTES], *text = NULL;
        struct error ignored = {0};
        cJSON *json = NULL;
        size_t length;

        snprintf(path, sizeof path, "models/%s", file);
        if (tree_read(whole, path, LIMIT_JSON_BYTES, &text, &length, NULL,
                      &ignored) == 0 &&
            json_parse(text, length, LIMIT_JSON_BYTES, path, &json, &ignored) <
                    0)
                json = NULL;
        free(text);
        return json;
}

static bool calls_any(const cJSON *json, const struct part_names *kernels)
{
        const cJSON *call;

        cJSON_ArrayForEach(call,
                           cJSON_GetObjectItemCaseSensitive(json, "calls"))
        {
                const cJSON *kernel =
                        cJSON_GetObjectItemCaseSensitive(call, "kernel");

                if (cJSON_IsString(kernel) &&
                    part_names_have(kernels, kernel->valuestring))
                        return true;
        }
        return false;
}

static int add_calls(struct part_names *kernels, const cJSON *json,
                     struct error *err)
{
        const cJSON *call;
        int rc = 0;

        cJSON_ArrayForEach(call,
                           cJSON_GetObjectItemCaseSensitive(json, "calls"))
        {
                const cJSON *kernel =
                        cJSON_GetObjectItemCaseSensitive(call, "kernel");

                if (rc == 0 && cJSON_IsString(kernel))
                        rc = part_names_add(kernels, kernel->valuestring, err);
        }
        return rc;
}

static bool stem_is_in(const struct part_names *names, const char *file)
{
        char stem[256];
        size_t length = strlen(file);

        if (!text_ends(file, ".json") || length - 5 >= sizeof stem)
                return false;
        memcpy(stem, file, length - 5);
        stem[length - 5] = 0;
        return part_names_have(names, stem);
}

/* Two passes: first what the models asked for call, then every model that
 * calls one of these kernels, with whatever else it calls. asked holds the
 * kernels whose demand must be complete. */
static int close_part(struct part *part, char **file,
                      const struct part_names *models, struct error *err)
{
        struct part_names asked = {0};
        int rc = add_all(&asked, &part->kernels, err);

        for (int pass = 0; pass < 2 && rc == 0; pass++) {
                for (int i = 0; file[i] && rc == 0; i++) {
                        bool wanted = stem_is_in(models, file[i]);
                        cJSON *json = pass || wanted ? read_calls(part->whole,
                                                                  file[i])
                                                     : NULL;

                        if (pass == 0 && wanted)
                                rc = add_calls(&asked, json, err);
                        if (pass &&
                            (wanted || !json || calls_any(json, &asked))) {
                                rc = part_names_add(&part->models, file[i],
                                                    err);
                                if (rc == 0)
                                        rc = add_calls(&part->kernels, json,
                                                       err);
                        }
                        cJSON_Delete(json);
                }
        }
        if (rc == 0)
                rc = add_all(&part->kernels, &asked, err);
        part_names_dispose(&asked);
        return rc;
}

static int part_read(void *data, const char *path, size_t maximum, char **text,
                     size_t *length, struct error *err)
{
        const struct part *part = data;

        return tree_read(part->whole, path, maximum, text, length, NULL, err);
}

static bool part_has(void *data, const char *path)
{
        const struct part *part = data;

        return tree_has(part->whole, path);
}

/* Listed from the visible names, not by filtering all that are there. */
static int list_kernels(const struct part *part, struct tree_names *names,
                        struct error *err)
{
        char path[LIMIT_PATH_BYTES];
        int rc = 0;

        for (int i = 0; i < part->kernels.count && rc == 0; i++) {
                if (strchr(part->kernels.name[i], '/') ||
                    snprintf(path, sizeof path, "kernels/%s",
                             part->kernels.name[i]) >= (int)sizeof path)
                        continue;
                if (tree_has(part->whole, path))
                        rc = tree_names_add(names, part->kernels.name[i], true,
                                            err);
        }
        return rc;
}

static int part_list(void *data, const char *path, struct tree_names *names,
                     struct error *err)
{
        const struct part *part = data;
        char **all = NULL;
        int rc;

        if (text_equal(path, "kernels"))
                return list_kernels(part, names, err);
        rc = tree_list(part->whole, path, &all, err);
        for (int i = 0; rc == 0 && all[i]; i++) {
                bool folder = text_ends(all[i], "/");

                if (text_equal(path, "models") &&
                    !part_names_have(&part->models, all[i]))
                        continue;
                if (folder)
                        all[i][strlen(all[i]) - 1] = 0;
                rc = tree_names_add(names, all[i], folder, err);
        }
        tree_free_names(all);
        return rc;
}

static void part_entry_id(void *data, const char *path, char *id)
{
        const struct part *part = data;

        tree_entry_id(part->whole, path, id);
}

static void part_close(void *data)
{
        struct part *part = data;

        part_names_dispose(&part->kernels);
        part_names_dispose(&part->models);
        free(part);
}

static const struct tree_view part_view = {part_read, part_has, part_list,
                                           part_entry_id, part_close};

/* What is no folder holds no models; whoever loads it says what is wrong. */
static int list_models(const struct tree *whole, char ***files,
                       struct error *err)
{
        int rc = tree_list(whole, "models", files, err);

        if (rc != ERR_INPUT)
                return rc;
        *files = calloc(1, sizeof **files);
        return *files ? 0 : error_memory(err);
}

int part_open(struct tree **tree, const struct tree *whole,
              const struct part_names *kernels,
              const struct part_names *models, struct error *err)
{
        struct part *part = calloc(1, sizeof *part);
        char **files = NULL;
        int rc;

        *tree = NULL;
        if (!part)
                return error_memory(err);
        part->whole = whole;
        rc = add_all(&part->kernels, kernels, err);
        if (rc == 0)
                rc = list_models(whole, &files, err);
        if (rc == 0)
                rc = close_part(part, files, models, err);
        tree_free_names(files);
        if (rc < 0) {
                part_close(part);
                return rc;
        }
        return tree_new(tree, &part_view, part, tree_label(whole),
                        tree_commit(whole), err);
}
