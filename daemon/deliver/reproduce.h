/*
 * Reproduce: measure a delivered commit again, from a clone alone. The
 * trailers say what was measured against what; sources come from the commit
 * and its parent; seeds are fresh. No store, no daemon.
 */
#ifndef KEVO_DELIVER_REPRODUCE_H
#define KEVO_DELIVER_REPRODUCE_H

#include <git2.h>

#include "deliver/trailer.h"
#include "evaluate/evaluate.h"

/* Exit statuses of `kevo reproduce`. */
enum reproduce_answer {
        REPRODUCE_CONFIRMED = 0,
        REPRODUCE_NOT = 1,      /* correct, but the claim does not hold */
        REPRODUCE_WRONG = 2,    /* a check failed */
        REPRODUCE_ELSEWHERE = 3 /* another environment: nothing was run */
};

struct reproduction {
        enum reproduce_answer answer;
        char sentence[1024];
        struct trailers trailers;
        struct evaluate_result *result; /* NULL when nothing was run */
        char path[LIMIT_PATH_BYTES];    /* of the file */
        char commit[41];
};

struct reproduce_options {
        bool anyway;        /* run although the environment differs */
        const char *worker; /* command prefix, NULL: self */
        /* As in evaluate_request. */
        bool (*watch)(const char *doing, void *data);
        void *watch_data;
};

/* revision: anything git rev-parse takes, or a branch of `origin`. ERR_INPUT,
 * ERR_NOT_FOUND when it is no commit of kevo's. Freed with
 * reproduction_free. */
int reproduce_run(git_repository *git, const char *revision,
                  const struct reproduce_options *options,
                  struct reproduction **reproduction,
                  struct error *err) KEVO_MUST_CHECK;
void reproduction_free(struct reproduction *reproduction);

#endif
