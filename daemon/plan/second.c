/* See second.h. */
#include "plan/second.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"
#include "plan/need.h"

static bool is_second(const struct job *job)
{
        return text_ends(job->key, " second");
}

/* The key of the first pass with a word behind it: planning_cancel_outdated
 * knows both as one. */
static char *second_key(const char *repository, const char *search_key)
{
        char *first = need_search_key(repository, search_key), *key = NULL;

        if (first && asprintf(&key, "%s second", first) < 0)
                key = NULL;
        free(first);
        return key;
}

int second_pass_add(struct store *store, const struct host *host,
                    const struct job *job, const char *search_key, bool *added,
                    struct error *err)
{
        struct job next = {.kind = "search",
                           .repository = job->repository,
                           .kernel = job->kernel,
                           .hardware = job->hardware,
                           .priority = PRIORITY_BACKFILL,
                           .score = job->score,
                           .note = ""};
        const char *commit = NULL;
        cJSON *json = NULL;
        int rc;

        if (added)
                *added = false;
        if (is_second(job) || host->second_seconds == 0)
                return 0;
        rc = json_parse_message(job->payload, strlen(job->payload),
                                LIMIT_JSON_BYTES, &json, err);
        if (rc == 0)
                rc = json_get_text(json, "commit", "job", &commit, err);
        if (rc < 0)
                goto out;
        next.key = second_key(job->repository, search_key);
        next.payload = need_search_payload(commit, host->second_seconds,
                                           "second pass: the first ended "
                                           "before the search did");
        rc = next.key && next.payload ? job_add(store, &next, NULL, added, err)
                                      : error_memory(err);
        free(next.key);
        free(next.payload);
out:
        cJSON_Delete(json);
        return rc;
}
