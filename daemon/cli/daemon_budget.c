/*
 * Device seconds a day: what the host file grants a repository. Spent
 * seconds are kept in the store under the day's name; jobs beyond them are
 * parked with a mark and queued again when another day has begun.
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

bool daemon_budget_allows(const struct daemon *d, const struct job *job)
{
        int64_t limit = limit_of(d, job->repository);
        struct error err = {0};
        char note[128];

        if (limit <= 0 || spent_today(d, job->repository) < limit)
                return true;
        snprintf(note, sizeof note,
                 "%sthe %lld device seconds a day of this repository are "
                 "used up",
                 mark, (long long)limit);
        /* One job too many rather than one that is lost as running. */
        if (job_finish(d->store, job->id, "parked", note, &err) < 0) {
                daemon_log(d, "error", "%s", err.text);
                return true;
        }
        daemon_log(d, "budget", "job %lld %s", (long long)job->id, note);
        return false;
}

/* A parked job comes back as a new one with the same key: two of them, after
 * a crash in between, are one for the queue. */
static int release(const struct daemon *d, struct job *job, struct error *err)
{
        char note[64];
        int64_t id;
        bool added;
        int rc;

        rc = job_add(d->store, job, &id, &added, err);
        if (rc < 0)
                return rc;
        snprintf(note, sizeof note, "queued again as job %lld", (long long)id);
        return job_finish(d->store, job->id, "cancelled", note, err);
}

void daemon_budget_release(const struct daemon *d)
{
        struct job **list = NULL;
        struct error err = {0};
        int count = 0, rc;

        rc = job_list(d->store, "parked", 0, &list, &count, &err);
        for (int i = 0; i < count && rc == 0; i++) {
                int64_t limit = limit_of(d, list[i]->repository);

                if (text_starts(list[i]->note, mark) &&
                    (limit <= 0 ||
                     spent_today(d, list[i]->repository) < limit))
                        rc = release(d, list[i], &err);
        }
        if (rc < 0)
                daemon_log(d, "error", "%s", err.text);
        jobs_free(list, count);
}
