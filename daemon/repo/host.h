/*
 * The host file: what a repository must not decide (docs/configuration.md).
 * Looked for at $KEVO_CONFIG, then $XDG_CONFIG_HOME/kevo/kevo.json, then
 * /etc/kevo/kevo.json; without one, the embedded defaults.
 */
#ifndef KEVO_REPO_HOST_H
#define KEVO_REPO_HOST_H

#include "core/error.h"
#include "core/limits.h"

#include <stdint.h>

struct host_repository {
        char *path;                     /* local path of a git repository */
        int64_t device_seconds_per_day; /* 0: no limit */
};

struct host {
        char *file;                    /* "" with the defaults */
        char store[LIMIT_PATH_BYTES];  /* SQLite file */
        char cache[LIMIT_PATH_BYTES];  /* compiled oracles and objects */
        char socket[LIMIT_PATH_BYTES]; /* of the daemon */
        int64_t free_bytes;     /* campaigns stop below this; default 1 GiB */
        int64_t search_seconds; /* a campaign's first pass; default 120 */
        int64_t poll_seconds;   /* default 60 */
        int worker_count;
        struct {
                char *name, *command;
        } worker[16]; /* default: one, self */
        int repository_count;
        struct host_repository *repository;
};

int host_load(struct host **host, struct error *err) KEVO_MUST_CHECK;
void host_free(struct host *host);

#endif
