/*
 * See socket.h. The socket must never become a way to make the daemon do
 * something: a line is parsed, checked and handed on, and whoever sends
 * anything else is cut off. Each connection owns two handles (stream and
 * timer); its memory goes when both have closed, and the server's when it has
 * closed and the last connection is gone.
 */
#include "watch/socket.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/file.h"

struct connection {
        struct socket_server *server;
        struct connection *next, **link;
        uv_pipe_t stream;
        uv_timer_t timer;
        int open_handles, lines;
        struct socket_peer peer;
        size_t used;
        char line[HINT_BYTES];
};

struct socket_server {
        uv_pipe_t listener;
        struct socket_handlers handlers;
        struct connection *connections;
        int count;
        bool closing, closed;
        char path[sizeof((struct sockaddr_un){0}).sun_path];
};

/* The loop calls back after socket_close: memory goes with the last one. */
static void free_server_if_done(struct socket_server *server)
{
        if (server->closed && server->count == 0)
                free(server);
}

static void handle_closed(uv_handle_t *handle)
{
        struct connection *connection = handle->data;
        struct socket_server *server = connection->server;

        if (--connection->open_handles)
                return;
        *connection->link = connection->next;
        if (connection->next)
                connection->next->link = connection->link;
        server->count--;
        free(connection);
        free_server_if_done(server);
}

static void hang_up(struct connection *connection)
{
        if (uv_is_closing((uv_handle_t *)&connection->stream))
                return;
        uv_close((uv_handle_t *)&connection->stream, handle_closed);
        uv_close((uv_handle_t *)&connection->timer, handle_closed);
}

static void too_slow(uv_timer_t *timer)
{
        hang_up(timer->data);
}

/* Say why and hang up: after one malformed line the rest of a stream means
 * nothing. */
static void refuse(struct connection *connection, const char *why)
{
        const struct socket_handlers *handlers = &connection->server->handlers;

        if (handlers->refused)
                handlers->refused(why, &connection->peer, handlers->data);
        hang_up(connection);
}

static bool take_line(struct connection *connection, size_t length)
{
        const struct socket_handlers *handlers = &connection->server->handlers;
        struct error err = {0};
        struct hint hint;

        if (connection->lines++ == SOCKET_LINES) {
                refuse(connection, "too many lines");
                return false;
        }
        if (hint_parse(connection->line, length, &hint, &err) < 0) {
                refuse(connection, err.text);
                return false;
        }
        handlers->hint(&hint, &connection->peer, handlers->data);
        return true;
}

/* Read straight behind what is there of the line: the buffer of a
 * connection is its bound. */
static void give_buffer(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
        struct connection *connection = handle->data;

        (void)wanted;
        *buffer = uv_buf_init(
                connection->line + connection->used,
                (unsigned)(sizeof connection->line - connection->used));
}

static void received(uv_stream_t *stream, ssize_t count,
                     const uv_buf_t *buffer)
{
        struct connection *connection = stream->data;
        char *newline;
        size_t length;

        (void)buffer;
        if (count < 0) {
                hang_up(connection);
                return;
        }
        connection->used += (size_t)count;
        while ((newline = memchr(connection->line, '\n', connection->used))) {
                length = (size_t)(newline - connection->line);
                if (!take_line(connection, length))
                        return;
                connection->used -= length + 1;
                memmove(connection->line, newline + 1, connection->used);
        }
        if (connection->used == sizeof connection->line)
                refuse(connection, "a line is too long");
}

/* For the log: the file's mode already decides who may speak. */
static void find_peer(struct connection *connection)
{
        struct ucred credentials;
        socklen_t length = sizeof credentials;
        uv_os_fd_t fd;

        connection->peer = (struct socket_peer){-1, -1, -1};
        if (uv_fileno((uv_handle_t *)&connection->stream, &fd) < 0 ||
            getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0)
                return;
        connection->peer.pid = credentials.pid;
        connection->peer.uid = (long)credentials.uid;
        connection->peer.gid = (long)credentials.gid;
}

/* One connection more than the bound is accepted and closed at once, so
 * that it does not wait in the backlog for ever. */
static void connected(uv_stream_t *listener, int status)
{
        struct socket_server *server = listener->data;
        struct connection *connection;

        if (status < 0 || server->closing)
                return;
        connection = calloc(1, sizeof *connection);
        if (!connection)
                return;
        connection->server = server;
        connection->next = server->connections;
        connection->link = &server->connections;
        if (connection->next)
                connection->next->link = &connection->next;
        server->connections = connection;
        server->count++;
        connection->open_handles = 2;
        uv_pipe_init(listener->loop, &connection->stream, 0);
        uv_timer_init(listener->loop, &connection->timer);
        connection->stream.data = connection;
        connection->timer.data = connection;
        if (uv_accept(listener, (uv_stream_t *)&connection->stream) < 0 ||
            server->count > SOCKET_CONNECTIONS) {
                hang_up(connection);
                return;
        }
        find_peer(connection);
        uv_timer_start(&connection->timer, too_slow, SOCKET_TIMEOUT_MS, 0);
        uv_read_start((uv_stream_t *)&connection->stream, give_buffer,
                      received);
}

static void listener_closed(uv_handle_t *handle)
{
        struct socket_server *server = handle->data;

        server->closed = true;
        free_server_if_done(server);
}

/* Is anybody there? Then the file is not ours to replace. */
static bool somebody_listens(const char *path)
{
        struct error err = {0};

        return hint_send(path, "", &err) == 0 || err.code == ERR_BUSY;
}

static void open_to_group(const char *path)
{
        struct group *group = getgrnam("kevo");

        if (group && chown(path, (uid_t)-1, group->gr_gid) < 0)
                return; /* not a member: the owner alone may speak */
        chmod(path, 0660);
}

/* For everybody, unlike the store's: the socket has a mode of its own. */
static int make_folder(const char *path, struct error *err)
{
        char folder[sizeof((struct sockaddr_un){0}).sun_path];

        memcpy(folder, path, strlen(path) + 1);
        return file_make_directories(dirname(folder), 0755, err);
}

int socket_listen(struct socket_server **server, uv_loop_t *loop,
                  const char *path, const struct socket_handlers *handlers,
                  struct error *err)
{
        struct socket_server *s;
        mode_t mask;
        int rc;

        if (strlen(path) >= sizeof s->path)
                return error_set(err, ERR_LIMIT,
                                 "%s: a socket's path has at most %d bytes; "
                                 "set \"socket\" in the host file",
                                 path, (int)sizeof s->path - 1);
        if (somebody_listens(path))
                return error_set(err, ERR_BUSY,
                                 "%s: another daemon listens there; stop it "
                                 "or set another \"socket\" in the host file",
                                 path);
        rc = make_folder(path, err);
        if (rc < 0)
                return rc;
        s = calloc(1, sizeof *s);
        if (!s)
                return error_memory(err);
        memcpy(s->path, path, strlen(path) + 1);
        s->handlers = *handlers;
        uv_pipe_init(loop, &s->listener, 0);
        s->listener.data = s;
        /* Not a moment with wider rights than it is to have. */
        unlink(path);
        mask = umask(0117);
        rc = uv_pipe_bind(&s->listener, path);
        umask(mask);
        if (rc == 0)
                rc = uv_listen((uv_stream_t *)&s->listener, 16, connected);
        if (rc < 0) {
                s->path[0] = 0;
                socket_close(s);
                return error_set(err, ERR_IO, "%s: %s", path, uv_strerror(rc));
        }
        open_to_group(path);
        *server = s;
        return 0;
}

void socket_close(struct socket_server *server)
{
        if (!server || server->closing)
                return;
        server->closing = true;
        if (server->path[0])
                unlink(server->path);
        for (struct connection *c = server->connections; c; c = c->next)
                hang_up(c);
        uv_close((uv_handle_t *)&server->listener, listener_closed);
}
