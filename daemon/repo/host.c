/*
 * See host.h. Every key has a default, so that kevo runs without a file. A
 * key that this version does not know is an error: a limit that silently
 * does not hold would be worse than a stop.
 */
#include "repo/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/file.h"
#include "core/text.h"
#include "repo/jsonfile.h"

enum { WHERE_BYTES = LIMIT_PATH_BYTES + 64 };

/* folder/name, cut at the longest path, which no system call then takes. */
static void join(char *path, const char *folder, const char *name)
{
        snprintf(path, LIMIT_PATH_BYTES, "%.*s/%s",
                 LIMIT_PATH_BYTES - (int)strlen(name) - 2, folder, name);
}

static void set_defaults(struct host *host)
{
        const char *runtime = getenv("XDG_RUNTIME_DIR");
        char state[LIMIT_PATH_BYTES];

        file_state_home(state);
        join(host->store, state, "kevo.db");
        file_cache_home(host->cache);
        join(host->socket, runtime && *runtime ? runtime : state, "kevo.sock");
        host->free_bytes = (int64_t)1 << 30;
        host->search_seconds = 120;
        host->second_seconds = 1800;
        host->poll_seconds = 60;
        host->baseline_seconds = 240;
}

/* "/r/" and "/r" are one repository; its name in the store must be too. */
static void strip_slashes(char *path)
{
        size_t length = strlen(path);

        while (length > 1 && path[length - 1] == '/')
                path[--length] = 0;
}

/* Absolute, or under the home folder as "~/...", without slashes at its end;
 * out holds LIMIT_PATH_BYTES. */
static int expand(const char *text, const char *where, const char *key,
                  char *out, struct error *err)
{
        const char *home = getenv("HOME");

        if (text[0] == '~' && text[1] == '/' && home && *home) {
                if (strlen(home) + strlen(text) >= LIMIT_PATH_BYTES)
                        return error_set(err, ERR_LIMIT,
                                         "%s: \"%s\": path too long", where,
                                         key);
                join(out, home, text + 2);
                strip_slashes(out);
                return 0;
        }
        if (text[0] != '/' || strlen(text) >= LIMIT_PATH_BYTES)
                return error_set(
                        err, ERR_INPUT,
                        "%s: \"%s\" is \"%.200s\"; write a whole path "
                        "that begins with / or ~/",
                        where, key, text);
        snprintf(out, LIMIT_PATH_BYTES, "%s", text);
        strip_slashes(out);
        return 0;
}

static int path_or(const cJSON *node, const char *key, const char *where,
                   char *out, struct error *err)
{
        const char *text = NULL;
        int rc = json_get_text_or(node, key, where, &text, err);

        return rc < 0 || !text ? rc : expand(text, where, key, out, err);
}

static int parse_repository(struct host *host, const cJSON *node,
                            const char *where, struct error *err)
{
        static const char *const keys[] = {"path", "device_seconds_per_day",
                                           NULL};
        struct host_repository *repository =
                &host->repository[host->repository_count];
        char path[LIMIT_PATH_BYTES] = "";
        int rc;

        if (!cJSON_IsObject(node))
                return error_set(err, ERR_INPUT,
                                 "%s: must be an object such as {\"path\": "
                                 "\"/srv/git/kernels.git\"}",
                                 where);
        rc = json_check_keys(node, keys, where, err);
        if (rc == 0)
                rc = path_or(node, "path", where, path, err);
        if (rc == 0 && !*path)
                rc = error_set(err, ERR_INPUT, "%s: \"path\" is missing",
                               where);
        if (rc == 0)
                rc = json_get_int_or(node, "device_seconds_per_day", where, 0,
                                     1000000000,
                                     &repository->device_seconds_per_day, err);
        if (rc < 0)
                return rc;
        for (int i = 0; i < host->repository_count; i++)
                if (text_equal(host->repository[i].path, path))
                        return error_set(err, ERR_INPUT,
                                         "%s: %s is listed above; keep one",
                                         where, path);
        repository->path = arena_strdup(host->arena, path);
        host->repository_count++;
        return repository->path ? 0 : error_memory(err);
}

/* Call parse for each object of the list `key`. */
static int parse_list(struct host *host, const cJSON *json, const char *key,
                      int maximum,
                      int (*parse)(struct host *host, const cJSON *node,
                                   const char *where, struct error *err),
                      struct error *err)
{
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, key);
        char where[WHERE_BYTES];
        const cJSON *item;
        int i = 0, rc = 0;

        if (list && !cJSON_IsArray(list))
                return error_set(err, ERR_INPUT,
                                 "%s: \"%s\" must be a list in brackets",
                                 host->file, key);
        cJSON_ArrayForEach(item, list)
        {
                if (i == maximum)
                        return error_set(err, ERR_LIMIT,
                                         "%s: \"%s\" has more than %d entries",
                                         host->file, key, maximum);
                snprintf(where, sizeof where, "%s: %s[%d]", host->file, key,
                         i++);
                rc = parse(host, item, where, err);
                if (rc < 0)
                        return rc;
        }
        return 0;
}

static int parse_repositories(struct host *host, const cJSON *json,
                              struct error *err)
{
        int count = cJSON_GetArraySize(
                cJSON_GetObjectItemCaseSensitive(json, "repositories"));

        if (count > HOST_REPOSITORIES)
                count = HOST_REPOSITORIES;
        host->repository = arena_alloc(
                host->arena, ((size_t)count + 1) * sizeof *host->repository);
        if (!host->repository)
                return error_memory(err);
        return parse_list(host, json, "repositories", HOST_REPOSITORIES,
                          parse_repository, err);
}

/* "baselines": {"python": PATH, "seconds": N} */
static int parse_baselines(struct host *host, const cJSON *json,
                           struct error *err)
{
        static const char *const keys[] = {"python", "seconds", NULL};
        const cJSON *node =
                cJSON_GetObjectItemCaseSensitive(json, "baselines");
        char where[WHERE_BYTES];
        int rc;

        if (!node)
                return 0;
        snprintf(where, sizeof where, "%s: baselines", host->file);
        rc = json_check_keys(node, keys, where, err);
        if (rc == 0)
                rc = path_or(node, "python", where, host->python, err);
        if (rc == 0)
                rc = json_get_int_or(node, "seconds", where, 0, 600,
                                     &host->baseline_seconds, err);
        return rc;
}

static int parse_all(struct host *host, const cJSON *json, struct error *err)
{
        const struct {
                const char *key;
                char *path;
        } paths[] = {{"store", host->store},
                     {"cache", host->cache},
                     {"socket", host->socket}};
        const struct {
                const char *key;
                int64_t low, high, *value;
        } numbers[] = {{"free_bytes", 0, (int64_t)1 << 53, &host->free_bytes},
                       {"search_seconds", 1, HOST_PASS_SECONDS,
                        &host->search_seconds},
                       {"second_seconds", 0, HOST_PASS_SECONDS,
                        &host->second_seconds},
                       {"poll_seconds", 1, 86400, &host->poll_seconds}};
        int rc = 0;

        for (int i = 0; i < 3 && rc == 0; i++)
                rc = path_or(json, paths[i].key, host->file, paths[i].path,
                             err);
        for (int i = 0; i < 4 && rc == 0; i++)
                rc = json_get_int_or(json, numbers[i].key, host->file,
                                     numbers[i].low, numbers[i].high,
                                     numbers[i].value, err);
        if (rc == 0)
                rc = parse_repositories(host, json, err);
        if (rc == 0)
                rc = parse_baselines(host, json, err);
        return rc;
}

/* The file that could not be read was asked for by the environment, which is
 * set far from where the error is seen. */
static int read_failed(int code, struct error *err)
{
        const char *named = getenv("KEVO_CONFIG");
        struct error why = *err;

        if (!named || !*named)
                return code;
        return error_set(err, code,
                         "KEVO_CONFIG names a file that cannot be read: "
                         "%s; correct or unset it",
                         why.text);
}

static int read_file(struct host *host, struct error *err)
{
        static const char *const keys[] = {"store",          "cache",
                                           "socket",         "free_bytes",
                                           "search_seconds", "second_seconds",
                                           "repositories",   "poll_seconds",
                                           "baselines",      NULL};
        struct stat info;
        char *text;
        size_t length;
        cJSON *json;
        int rc = file_read(host->file, LIMIT_JSON_BYTES, &text, &length, err);

        if (rc < 0)
                return read_failed(rc, err);
        if (stat(host->file, &info) == 0 && info.st_mode & S_IWOTH) {
                free(text);
                return error_set(err, ERR_DENIED,
                                 "%s: every user may write this file and so "
                                 "choose what kevo runs; `chmod o-w` it",
                                 host->file);
        }
        rc = jsonfile_parse(text, length, host->file, keys, &json, err);
        free(text);
        if (rc < 0)
                return rc;
        rc = parse_all(host, json, err);
        cJSON_Delete(json);
        return rc;
}

void host_find_file(char path[LIMIT_PATH_BYTES])
{
        const char *named = getenv("KEVO_CONFIG");
        char folder[LIMIT_PATH_BYTES];

        if (named && *named) {
                snprintf(path, LIMIT_PATH_BYTES, "%s", named);
                return;
        }
        file_config_home(folder);
        join(path, folder, "kevo.json");
        if (!file_exists(path))
                snprintf(path, LIMIT_PATH_BYTES, "/etc/kevo/kevo.json");
        if (!file_exists(path))
                *path = 0;
}

int host_load(struct host **host, struct error *err)
{
        struct host *h = calloc(1, sizeof *h);
        char path[LIMIT_PATH_BYTES];
        int rc;

        *host = NULL;
        if (h)
                h->arena = arena_new(16 << 20);
        if (!h || !h->arena) {
                free(h);
                return error_memory(err);
        }
        set_defaults(h);
        host_find_file(path);
        h->file = arena_strdup(h->arena, path);
        rc = !h->file ? error_memory(err) : *path ? read_file(h, err) : 0;
        if (rc == 0 && arena_failed(h->arena))
                rc = error_memory(err);
        if (rc < 0)
                host_free(h);
        else
                *host = h;
        return rc;
}

void host_free(struct host *host)
{
        if (!host)
                return;
        arena_free(host->arena);
        free(host);
}
