/*
 * Hints: what a git hook or a command tells the daemon through its unix
 * socket. A hint only says "look there now"; what is true is read from git
 * and from the store. So a lost hint costs a poll interval and a forged one
 * costs one look.
 *
 * One line each: "push <absolute path of the repository> <ref>", where the
 * ref may be "-" (any), or "wake" (the queue or a proposal changed).
 */
#ifndef KEVO_WATCH_HINT_H
#define KEVO_WATCH_HINT_H

#include <stddef.h>

#include "core/error.h"
#include "core/limits.h"
#include "watch/branches.h"

enum { HINT_BYTES = LIMIT_PATH_BYTES + BRANCH_BYTES + 16 };

enum hint_kind { HINT_PUSH, HINT_WAKE };

struct hint {
        enum hint_kind kind;
        char repository[LIMIT_PATH_BYTES]; /* "" for HINT_WAKE */
        char ref[BRANCH_BYTES];
};

/* line without its newline, length bytes. ERR_INPUT with what is wrong. */
int hint_parse(const char *line, size_t length, struct hint *hint,
               struct error *err) KEVO_MUST_CHECK;

/* Send lines (each ends with a newline) to the daemon's socket and do not
 * wait for an answer. ERR_NOT_FOUND: no daemon listens there; ERR_BUSY: it
 * did not take the lines within a tenth of a second. */
int hint_send(const char *socket_path, const char *lines,
              struct error *err) KEVO_MUST_CHECK;

#endif
