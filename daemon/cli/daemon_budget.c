/*
 * Device seconds a day: what the host file grants a repository. Spent
 * seconds are kept in the store under the day's name; jobs beyond them are
 * parked with a mark, all of a repository at once, and queued again when
 * another day has begun.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/daemon_state.h"
#include "core/clock.h"
#include "core/text.h"

static const char mark[] = "waits for tomorrow: ";

static void today(char day[16])
{
        time_t now = (time_t)clock_wall_seconds();
        struct tm parts;

        localtime_r(&now, &parts);
        strftime(day, 16, "%Y-%m-%d", &parts);
}

/* The stored text is "<day> <seconds>": yesterday's counts as nothing. */
static int64_t spent_today(const struct daemon *d, const char *repository)
{
        char name[LIMIT_PATH_BYTES + 32], day[16], stored[16] = "";
        char *value = NULL;
        long long seconds = 0;

        today(day);
        snprintf(name, sizeof name, "device-seconds %s", repository);
        if (store_get(d->store, name, &value, NULL) < 0 || !value)
                return 0;
        if (sscanf(value, "%15s %lld", stored, &seconds) < 2 ||
            !text_equal(stored, day))
                seconds = 0;
        free(value);
        return seconds;
}

void daemon_budget_add(const struct daemon *d, const char *repository,
                       int64_t seconds)
{
        char name[LIMIT_PATH_BYTES + 32], value[48], day[16];
        struct error err = {0};

        today(day);
        snprintf(name, sizeof name, "device-seconds %s", repository);
        snprintf(value, sizeof value, "%s %lld", day,
                 (long long)(spent_today(d, repository) + seconds));
        if (store_set(d->store, name, value, &err) < 0)
                daemon_log(d, "error", "%s", err.text);
}

static int64_t limit_of(const struct daemon *d, const char *repository)
{
        for (int i = 0; i < d->host->repository_count; i++) {
                if (text_equal(d->host->repository[i].path, repository))
                        return d->host->repository[i].device_seconds_per_day;
        }
        return 0;
}

static bool is_used_up(const struct daemon *d, const char *repository)
{
        int64_t limit = limit_of(d, repository);

        return limit > 0 && spent_today(d, repository) >= limit;
}

/* All jobs of the repository at once: the loop that claims them does nothing
 * else meanwhile. */
bool daemon_budget_allows(const struct daemon *d, const struct job *job)
{
        struct error err = {0};
        char note[128];
        int count = 0;

        if (!is_used_up(d, job->repository))
                return true;
        snprintf(note, sizeof note,
                 "%sthe %lld device seconds a day of this repository are "
                 "used up",
                 mark, (long long)limit_of(d, job->repository));
        /* One job too many rather than one that is lost as running. */
        if (job_park(d->store, job->id, job->repository, note, &count, &err) <
            0) {
                daemon_log(d, "error", "%s", err.text);
                return true;
        }
        daemon_log(d, "budget", "%s: %d job%s: %s", job->repository, count,
                   count == 1 ? "" : "s", note);
        return false;
}

/* Also of repositories that the host file has ceased to name: they have no
 * limit. */
void daemon_budget_release(const struct daemon *d)
{
        struct error err = {0};
        char **repository;
        int count, rc;

        rc = job_parked_repositories(d->store, mark, &repository, &count,
                                     &err);
        for (int i = 0; i < count; i++) {
                if (rc == 0 && !is_used_up(d, repository[i]))
                        rc = job_unpark(d->store, repository[i], mark, &err);
                free(repository[i]);
        }
        free(repository);
        if (rc < 0)
                daemon_log(d, "error", "%s", err.text);
}
