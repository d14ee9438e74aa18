/*
 * The host file: what a repository must not decide (docs/configuration.md).
 * Looked for at $KEVO_CONFIG, then $XDG_CONFIG_HOME/kevo/kevo.json, then
 * /etc/kevo/kevo.json; without one, the embedded defaults. A file named by
 * $KEVO_CONFIG must exist.
 */
#ifndef KEVO_REPO_HOST_H
#define KEVO_REPO_HOST_H

#include "core/error.h"
#include "core/limits.h"

#include <stdint.h>

enum {
        HOST_REPOSITORIES = 1024,
        HOST_PASS_SECONDS = 604800 /* the longest pass of a campaign */
};

struct host_repository {
        char *path;                     /* absolute, of a git repository */
        int64_t device_seconds_per_day; /* 0: no limit */
};

struct host {
        struct arena *arena;           /* owns the texts */
        char *file;                    /* "" with the defaults */
        char store[LIMIT_PATH_BYTES];  /* SQLite file */
        char cache[LIMIT_PATH_BYTES];  /* compiled oracles and objects */
        char socket[LIMIT_PATH_BYTES]; /* of the daemon */
        int64_t free_bytes;     /* campaigns stop below this; default 1 GiB */
        int64_t search_seconds; /* a campaign's first pass; default 120 */
        int64_t second_seconds; /* its second pass, when nothing more urgent
                                   is queued; default 1800, 0: none */
        int64_t poll_seconds;   /* default 60 */
        char python[LIMIT_PATH_BYTES]; /* of PyTorch baselines; "": python3 */
        int64_t baseline_seconds;      /* for outside baselines of one verdict;
                                          0: none are measured; default 240 */
        int repository_count;
        struct host_repository *repository;
};

/* The file that says how this host does it, "" for none. */
void host_find_file(char path[LIMIT_PATH_BYTES]);

/* ERR_INPUT names file and key; ERR_DENIED when others may write the file,
 * whose commands would then be theirs. */
int host_load(struct host **host, struct error *err) KEVO_MUST_CHECK;
void host_free(struct host *host);

#endif
