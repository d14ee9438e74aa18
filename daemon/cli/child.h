/*
 * A child of the daemon: this program again, as `kevo search --job N` and
 * the like, in a process group of its own. It dies with the daemon (even
 * with one that is killed), its output becomes lines, and its last line is
 * kept as the reason of its exit status.
 */
#ifndef KEVO_CLI_CHILD_H
#define KEVO_CLI_CHILD_H

#include <sys/types.h>
#include <uv.h>

#include "core/error.h"

enum { CHILD_LINE_BYTES = 1024 };

struct child; /* opaque; freed by itself after `ended` */

struct child_handlers {
        void (*line)(const char *line, void *data);
        /* status: of exit, or 128 + signal. last: the last line, "". The
         * child is gone for the caller when this returns. */
        void (*ended)(int status, const char *last, void *data);
        void *data;
};

/* Start this program with arguments (without its own name, NULL at the
 * end). timeout_ms 0: none; afterwards the group is killed. nice: added to
 * the priority. */
int child_start(struct child **child, uv_loop_t *loop,
                const char *const *arguments, int64_t timeout_ms, int nice,
                const struct child_handlers *handlers,
                struct error *err) KEVO_MUST_CHECK;
pid_t child_pid(const struct child *child);
/* Ask it to stop (SIGTERM), and kill its group when grace has passed. */
void child_stop(struct child *child, int64_t grace_ms);
/* Kill its group now. */
void child_kill(struct child *child);

/* Is `pid` a child of an earlier daemon that works on job `id`? Then its
 * group is killed. */
void child_kill_stale(pid_t pid, int64_t id);

#endif
