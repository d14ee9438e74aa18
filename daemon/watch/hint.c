/*
 * See hint.h. The sending side runs inside a person's git command: it may
 * not wait for a daemon that is stopped or busy, and must not be killed by
 * the signal of a closed socket.
 */
#include "watch/hint.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/text.h"

enum { SEND_MS = 100 };

/* The last space separates the ref: paths may hold spaces, refs may not. */
static int parse_push(char *rest, struct hint *hint, struct error *err)
{
        char *space = strrchr(rest, ' ');

        if (!space || rest[0] != '/')
                return error_set(err, ERR_INPUT,
                                 "a push hint is \"push /path/of/repository "
                                 "refs/heads/branch\"");
        *space++ = 0;
        if (strlen(rest) >= sizeof hint->repository ||
            strlen(space) >= sizeof hint->ref)
                return error_set(err, ERR_LIMIT,
                                 "a hint's path or ref is too long");
        if (!text_equal(space, "-") && !text_equal(space, "HEAD") &&
            !text_starts(space, "refs/"))
                return error_set(err, ERR_INPUT,
                                 "\"%.40s\" is no ref; give refs/heads/... "
                                 "or -",
                                 space);
        hint->kind = HINT_PUSH;
        snprintf(hint->repository, sizeof hint->repository, "%s", rest);
        snprintf(hint->ref, sizeof hint->ref, "%s", space);
        return 0;
}

int hint_parse(const char *line, size_t length, struct hint *hint,
               struct error *err)
{
        char text[HINT_BYTES];

        *hint = (struct hint){0};
        if (length >= sizeof text)
                return error_set(err, ERR_LIMIT, "a hint has at most %d bytes",
                                 HINT_BYTES - 1);
        memcpy(text, line, length);
        text[length] = 0;
        /* Hints end up in logs that people read in terminals. */
        if (strlen(text) != length || text_has_control(text))
                return error_set(err, ERR_INPUT,
                                 "a hint holds no control characters");
        if (text_equal(text, "wake")) {
                hint->kind = HINT_WAKE;
                return 0;
        }
        if (text_starts(text, "push "))
                return parse_push(text + 5, hint, err);
        return error_set(err, ERR_INPUT,
                         "unknown hint \"%.40s\"; known are push and wake",
                         text);
}

/* Everything or an error within SEND_MS. */
static int write_lines(int fd, const char *lines, struct error *err)
{
        int64_t deadline = clock_monotonic_ns() + SEND_MS * INT64_C(1000000);
        struct pollfd ready = {fd, POLLOUT, 0};
        size_t left = strlen(lines);
        ssize_t put;

        while (left) {
                put = send(fd, lines, left, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (put > 0) {
                        lines += put;
                        left -= (size_t)put;
                        continue;
                }
                if (put < 0 && errno != EAGAIN && errno != EINTR)
                        return error_set(err, ERR_NOT_FOUND,
                                         "the daemon closed the line: %s",
                                         strerror(errno));
                if (clock_monotonic_ns() > deadline)
                        return error_set(err, ERR_BUSY,
                                         "the daemon does not read its "
                                         "socket");
                poll(&ready, 1, SEND_MS);
        }
        return 0;
}

int hint_send(const char *socket_path, const char *lines, struct error *err)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd, rc;

        if (strlen(socket_path) >= sizeof address.sun_path)
                return error_set(err, ERR_LIMIT,
                                 "%s: a socket's path has at most %d bytes",
                                 socket_path,
                                 (int)sizeof address.sun_path - 1);
        memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return error_set(err, ERR_IO, "socket: %s", strerror(errno));
        if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
                rc = error_set(err, errno == EAGAIN ? ERR_BUSY : ERR_NOT_FOUND,
                               "%s: %s; is the daemon running?", socket_path,
                               strerror(errno));
        else
                rc = write_lines(fd, lines, err);
        close(fd);
        return rc;
}
