/*
 * The folder of what can be built again, compiled oracles and objects, kept
 * within bounds. Any process may use it meanwhile: what vanished is a miss.
 */
#ifndef KEVO_REPO_CACHE_H
#define KEVO_REPO_CACHE_H

#include <stdint.h>

#include "core/error.h"

enum {
        CACHE_DAYS = 30,          /* kept without use */
        CACHE_GRACE_SECONDS = 600 /* kept in any case: somebody is about to
                                     load what was just built */
};

struct cache_dropped {
        int files;
        int64_t bytes;
};

/* Drop what was not used for CACHE_DAYS before now (wall seconds), then what
 * was used longest ago until at most most_bytes are left. Files that kevo did
 * not name are left alone, and so is a folder that is not there. */
int cache_prune(const char *path, int64_t most_bytes, int64_t now,
                struct cache_dropped *dropped,
                struct error *err) KEVO_MUST_CHECK;

#endif
