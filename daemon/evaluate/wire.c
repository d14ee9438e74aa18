/* See wire.h. */
#include "evaluate/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/limits.h"

enum { HEAD_BYTES = 9 };

/* Wait until fd is ready or the deadline passed. */
static int wait_for(int fd, short events, int64_t deadline_ns,
                    struct error *err)
{
        struct pollfd p = {.fd = fd, .events = events};
        int64_t left;
        int n;

        for (;;) {
                left = deadline_ns ? deadline_ns - clock_monotonic_ns() : 0;
                if (deadline_ns && left <= 0)
                        return error_set(err, ERR_TIMEOUT,
                                         "the other side did not answer in "
                                         "time");
                n = poll(&p, 1, deadline_ns ? (int)(left / 1000000 + 1) : -1);
                if (n > 0)
                        return 0;
                if (n < 0 && errno != EINTR)
                        return error_set(err, ERR_IO, "poll: %s",
                                         strerror(errno));
        }
}

int wire_wait(int fd, int64_t deadline_ns, struct error *err)
{
        return wait_for(fd, POLLIN, deadline_ns, err);
}

static int write_all(int fd, const char *data, size_t length,
                     int64_t deadline_ns, struct error *err)
{
        ssize_t n;
        int rc;

        while (length) {
                rc = wait_for(fd, POLLOUT, deadline_ns, err);
                if (rc < 0)
                        return rc;
                n = write(fd, data, length > 4096 ? 4096 : length);
                if (n < 0 && (errno == EINTR || errno == EAGAIN))
                        continue;
                if (n <= 0)
                        return error_set(err, ERR_LOST,
                                         "the other side is gone");
                data += n;
                length -= (size_t)n;
        }
        return 0;
}

static int read_all(int fd, char *data, size_t length, int64_t deadline_ns,
                    struct error *err)
{
        ssize_t n;
        int rc;

        while (length) {
                rc = wait_for(fd, POLLIN, deadline_ns, err);
                if (rc < 0)
                        return rc;
                n = read(fd, data, length);
                if (n < 0 && (errno == EINTR || errno == EAGAIN))
                        continue;
                if (n <= 0)
                        return error_set(err, ERR_LOST,
                                         "the other side is gone");
                data += n;
                length -= (size_t)n;
        }
        return 0;
}

int wire_write(int fd, const cJSON *json, int64_t deadline_ns,
               struct error *err)
{
        char head[HEAD_BYTES + 1], *text = json_print(json);
        size_t length = text ? strlen(text) : 0;
        int rc;

        if (!text)
                return error_memory(err);
        if (length > LIMIT_MESSAGE_BYTES) {
                free(text);
                return error_set(err, ERR_LIMIT,
                                 "a message of %zu bytes; at most %d are sent",
                                 length, LIMIT_MESSAGE_BYTES);
        }
        snprintf(head, sizeof head, "%08zx\n", length);
        rc = write_all(fd, head, HEAD_BYTES, deadline_ns, err);
        if (rc == 0)
                rc = write_all(fd, text, length, deadline_ns, err);
        free(text);
        return rc;
}

int wire_read(int fd, int64_t deadline_ns, cJSON **json, struct error *err)
{
        char head[HEAD_BYTES + 1] = {0}, *text, *end;
        unsigned long length;
        int rc;

        *json = NULL;
        rc = read_all(fd, head, HEAD_BYTES, deadline_ns, err);
        if (rc < 0)
                return rc;
        length = strtoul(head, &end, 16);
        if (end != head + HEAD_BYTES - 1 || *end != '\n' ||
            strspn(head, "0123456789abcdef") != HEAD_BYTES - 1)
                return error_set(err, ERR_INPUT,
                                 "not a message of a kevo worker: \"%.9s\"; "
                                 "does the command start `kevo worker`?",
                                 head);
        if (length > LIMIT_MESSAGE_BYTES)
                return error_set(err, ERR_LIMIT, "a message of %lu bytes",
                                 length);
        text = malloc(length + 1);
        if (!text)
                return error_memory(err);
        rc = read_all(fd, text, length, deadline_ns, err);
        text[length] = 0;
        if (rc == 0)
                rc = json_parse_message(text, length, LIMIT_MESSAGE_BYTES,
                                        json, err);
        free(text);
        return rc;
}
