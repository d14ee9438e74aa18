/*
 * See policy.h. Policy may only narrow what the host allows, so it has no
 * key for a command, a path or a secret, and must never get one.
 */
#include "repo/policy.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "repo/jsonfile.h"

static const char file[] = "kevo.json";

enum { BRANCHES = 16, ENTRIES = 256, WHERE_BYTES = 160 };

static int check_branch(const char *name, struct error *err)
{
        if (text_starts(name, "kevo/") || text_equal(name, "kevo"))
                return error_set(err, ERR_INPUT,
                                 "%s: \"branches\": %s is where kevo writes; "
                                 "watch another branch",
                                 file, name);
        if (strpbrk(name, " ~^:?*[\\") || strstr(name, "..") || *name == '/' ||
            *name == '-')
                return error_set(err, ERR_INPUT,
                                 "%s: \"branches\": \"%s\" is not the name of "
                                 "a branch",
                                 file, name);
        return 0;
}

static int parse_branches(struct policy *policy, struct arena *arena,
                          const cJSON *json, struct error *err)
{
        int rc = jsonfile_texts_or(json, "branches", file, arena, BRANCHES,
                                   policy->branch, &policy->branch_count, err);

        for (int i = 0; i < policy->branch_count && rc == 0; i++)
                rc = check_branch(policy->branch[i], err);
        if (rc < 0 || policy->branch_count)
                return rc;
        policy->branch[0] = arena_strdup(arena, "main");
        policy->branch[1] = arena_strdup(arena, "master");
        policy->branch_count = 2;
        return arena_failed(arena) ? error_memory(err) : 0;
}

static int parse_proposals(struct policy *policy, const cJSON *json,
                           struct error *err)
{
        static const char *const keys[] = {"open", "per_day", "group", NULL};
        static const char *const groups[] = {"hardware", "kernel", NULL};
        static const char where[] = "kevo.json: proposals";
        int64_t open = policy->proposals_open;
        int64_t per_day = policy->proposals_per_day;
        const cJSON *node;
        int group = 0, rc;

        rc = jsonfile_object_or(json, "proposals", file, &node, err);
        if (rc < 0 || !node)
                return rc;
        rc = json_check_keys(node, keys, where, err);
        if (rc == 0)
                rc = json_get_int_or(node, "open", where, 0, 1000, &open, err);
        if (rc == 0)
                rc = json_get_int_or(node, "per_day", where, 0, 1000, &per_day,
                                     err);
        if (rc == 0)
                rc = jsonfile_choice_or(node, "group", where, groups, &group,
                                        err);
        policy->proposals_open = (int)open;
        policy->proposals_per_day = (int)per_day;
        policy->group_by_kernel = group == 1;
        return rc;
}

/* Position of name in source_languages, or an error that suggests. */
static int check_language(const char *name, const char *where,
                          const char **known, struct error *err)
{
        const char *near;

        for (const char *const *l = source_languages(); *l; l++) {
                if (text_equal(*l, name)) {
                        *known = *l;
                        return 0;
                }
        }
        near = text_suggest(name, source_languages());
        return error_set(err, ERR_INPUT,
                         "%s: unknown language \"%s\"%s%s%s; known are c, "
                         "cuda, hip, triton, cutedsl, opencl",
                         where, name, near ? ", did you mean \"" : "",
                         near ? near : "", near ? "\"?" : "");
}

static int parse_language_list(struct policy_languages *entry,
                               const cJSON *list, struct error *err)
{
        char where[WHERE_BYTES];
        const cJSON *item;
        int rc = 0;

        snprintf(where, sizeof where, "%s: languages: \"%.60s\"", file,
                 list->string);
        if (!text_is_hardware_name(list->string))
                return error_set(err, ERR_INPUT,
                                 "%s: not the name of a hardware", where);
        if (!cJSON_IsArray(list) || !list->child)
                return error_set(err, ERR_INPUT,
                                 "%s must be a list of languages in brackets; "
                                 "leave the key out for the usual order",
                                 where);
        cJSON_ArrayForEach(item, list)
        {
                if (!cJSON_IsString(item))
                        return error_set(err, ERR_INPUT,
                                         "%s must list texts in quotes",
                                         where);
                if (entry->count == REPOSITORY_LANGUAGES)
                        return error_set(err, ERR_LIMIT,
                                         "%s has more than %d entries", where,
                                         REPOSITORY_LANGUAGES);
                rc = check_language(item->valuestring, where,
                                    &entry->language[entry->count++], err);
                if (rc < 0)
                        return rc;
        }
        return 0;
}

/* How many keys count as entries: those that are no comments. */
static int count_entries(const cJSON *node)
{
        const cJSON *item;
        int count = 0;

        cJSON_ArrayForEach(item, node)
        {
                count += !text_starts(item->string, "//");
        }
        return count;
}

static int parse_languages(struct policy *policy, struct arena *arena,
                           const cJSON *json, struct error *err)
{
        const cJSON *node, *item;
        int rc = jsonfile_object_or(json, "languages", file, &node, err);
        int count = rc == 0 ? count_entries(node) : 0;

        if (rc < 0 || count == 0)
                return rc;
        if (count > ENTRIES)
                return error_set(err, ERR_LIMIT,
                                 "%s: \"languages\" has more than %d entries",
                                 file, ENTRIES);
        policy->languages =
                arena_alloc(arena, (size_t)count * sizeof *policy->languages);
        if (!policy->languages)
                return error_memory(err);
        cJSON_ArrayForEach(item, node)
        {
                struct policy_languages *entry;

                if (text_starts(item->string, "//"))
                        continue;
                entry = &policy->languages[policy->language_count++];
                entry->hardware = arena_strdup(arena, item->string);
                rc = parse_language_list(entry, item, err);
                if (rc < 0)
                        return rc;
        }
        return arena_failed(arena) ? error_memory(err) : 0;
}

static int parse_kernel(struct policy *policy, struct arena *arena,
                        const cJSON *node, struct error *err)
{
        static const char *const keys[] = {"freeze", "fix", NULL};
        struct policy_kernel *kernel = &policy->kernel[policy->kernel_count];
        char where[WHERE_BYTES];
        int rc;

        snprintf(where, sizeof where, "%s: kernels: \"%.60s\"", file,
                 node->string);
        rc = json_check_keys(node, keys, where, err);
        if (rc == 0)
                rc = json_get_bool_or(node, "freeze", where, &kernel->freeze,
                                      err);
        kernel->fix = true;
        if (rc == 0)
                rc = json_get_bool_or(node, "fix", where, &kernel->fix, err);
        kernel->name = arena_strdup(arena, node->string);
        policy->kernel_count += rc == 0;
        return rc;
}

static int parse_kernels(struct policy *policy, struct arena *arena,
                         const cJSON *json, struct error *err)
{
        const cJSON *node, *item;
        int rc = jsonfile_object_or(json, "kernels", file, &node, err);
        int count = rc == 0 ? count_entries(node) : 0;

        if (rc < 0 || count == 0)
                return rc;
        policy->kernel =
                arena_alloc(arena, (size_t)count * sizeof *policy->kernel);
        if (!policy->kernel)
                return error_memory(err);
        cJSON_ArrayForEach(item, node)
        {
                if (text_starts(item->string, "//"))
                        continue;
                rc = parse_kernel(policy, arena, item, err);
                if (rc < 0)
                        return rc;
        }
        return arena_failed(arena) ? error_memory(err) : 0;
}

int policy_parse(struct policy *policy, struct arena *arena, const char *text,
                 size_t length, struct error *err)
{
        static const char *const keys[] = {"branches",  "languages", "cache",
                                           "proposals", "kernels",   "llm",
                                           NULL};
        static const char *const caches[] = {"warm", "cold", NULL};
        cJSON *json;
        int cache = 0, rc;

        *policy = (struct policy){.proposals_open = 3};
        rc = jsonfile_parse(text, length, file, keys, &json, err);
        if (rc < 0)
                return rc;
        rc = parse_branches(policy, arena, json, err);
        if (rc == 0)
                rc = parse_languages(policy, arena, json, err);
        if (rc == 0)
                rc = jsonfile_choice_or(json, "cache", file, caches, &cache,
                                        err);
        if (rc == 0)
                rc = parse_proposals(policy, json, err);
        if (rc == 0)
                rc = parse_kernels(policy, arena, json, err);
        if (rc == 0)
                rc = json_get_bool_or(json, "llm", file, &policy->llm, err);
        policy->cold = cache == 1;
        cJSON_Delete(json);
        return rc;
}
