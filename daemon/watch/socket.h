/*
 * The daemon's unix socket, in its event loop: mode 0660, group kevo where
 * that group exists, the peer's credentials with each hint. Hints only: it
 * answers nothing and starts nothing. Bounded: so many connections, so many
 * bytes and lines each, so long.
 */
#ifndef KEVO_WATCH_SOCKET_H
#define KEVO_WATCH_SOCKET_H

#include <sys/types.h>
#include <uv.h>

#include "watch/hint.h"

enum {
        SOCKET_CONNECTIONS = 32,
        SOCKET_LINES = 256,      /* a connection */
        SOCKET_TIMEOUT_MS = 2000 /* of a connection */
};

/* Who spoke; uid and gid -1 when the system does not say. */
struct socket_peer {
        long pid, uid, gid;
};

struct socket_handlers {
        void (*hint)(const struct hint *hint, const struct socket_peer *peer,
                     void *data);
        /* A malformed line; the connection is closed after it. */
        void (*refused)(const char *why, const struct socket_peer *peer,
                        void *data);
        void *data;
};

struct socket_server; /* opaque */

/* Listen; the folder is made when absent. A file left by a dead daemon is
 * replaced; one that somebody listens on is ERR_BUSY. */
int socket_listen(struct socket_server **server, uv_loop_t *loop,
                  const char *path, const struct socket_handlers *handlers,
                  struct error *err) KEVO_MUST_CHECK;
/* Close everything and remove the file; the memory goes when the loop has
 * run the closing callbacks. */
void socket_close(struct socket_server *server);

#endif
