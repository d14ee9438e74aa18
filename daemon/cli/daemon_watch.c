/*
 * The watching part of the daemon; see daemon_state.h. inotify makes it
 * quick, hints quicker, polling makes it certain: what is true is read from
 * git each time, so a lost event costs a poll interval and a false one a
 * look.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/daemon_state.h"
#include "core/text.h"

static void forget_folder(uv_handle_t *handle)
{
        struct folder *folder = handle->data;

        free(folder->path);
        free(folder);
}

static void unwatch_folders(struct watched *w)
{
        for (int i = 0; i < w->folder_count; i++)
                uv_close((uv_handle_t *)&w->folder[i]->event, forget_folder);
        w->folder_count = 0;
}

static void settled(uv_timer_t *timer)
{
        struct watched *w = timer->data;

        daemon_scan(w->daemon, w);
}

/* A git folder changes for many reasons; refs move for few. */
static bool means_a_ref(const struct folder *folder, const char *name)
{
        if (!name)
                return true;
        if (text_ends(name, ".lock"))
                return false;
        return folder != folder->watched->folder[0] ||
               text_equal(name, "HEAD") || text_equal(name, "packed-refs") ||
               text_equal(name, "refs");
}

/* Look when the writer is done: one push is several events. */
static void folder_changed(uv_fs_event_t *event, const char *name, int events,
                           int status)
{
        struct folder *folder = event->data;
        uv_timer_t *settle = &folder->watched->settle;

        (void)events;
        if (status < 0 || !means_a_ref(folder, name) ||
            uv_is_active((uv_handle_t *)settle))
                return;
        uv_timer_start(settle, settled, DAEMON_SETTLE_MS, 0);
}

static void add_folder(struct watched *w, char *path)
{
        struct folder *folder = calloc(1, sizeof *folder);

        if (!folder) {
                free(path);
                return;
        }
        folder->watched = w;
        folder->path = path;
        uv_fs_event_init(&w->daemon->loop, &folder->event);
        folder->event.data = folder;
        w->folder[w->folder_count++] = folder;
}

/* Watch what is not watched yet; how many could not be. */
static int watch_rest(struct watched *w)
{
        int failed = 0;

        for (int i = 0; i < w->folder_count; i++) {
                struct folder *folder = w->folder[i];

                if (!uv_is_active((uv_handle_t *)&folder->event) &&
                    uv_fs_event_start(&folder->event, folder_changed,
                                      folder->path, 0) < 0)
                        failed++;
        }
        return failed;
}

static bool same_folders(const struct watched *w, char *const *path, int count)
{
        if (count != w->folder_count)
                return false;
        for (int i = 0; i < count; i++) {
                if (!text_equal(w->folder[i]->path, path[i]))
                        return false;
        }
        return true;
}

/* Follow folders that came and went. Those that cannot be watched are tried
 * again each time, and said once. */
static void watch_folders(struct watched *w)
{
        char *path[REFS_FOLDERS_MAX];
        int count = 0, failed, rc;
        bool same;

        rc = refs_folders(w->path, path, &count, NULL);
        same = rc < 0 || same_folders(w, path, count);
        if (!same)
                unwatch_folders(w);
        for (int i = 0; i < count; i++) {
                if (same)
                        free(path[i]);
                else
                        add_folder(w, path[i]);
        }
        failed = watch_rest(w);
        if (failed && !w->unwatched)
                daemon_log(w->daemon, "watch",
                           "%s: %d folders cannot be watched (see "
                           "fs.inotify.max_user_watches): polling finds what "
                           "happens there",
                           w->path, failed);
        w->unwatched = failed > 0;
}

/* Leading edge at once, later pushes together. */
static void want_plan(struct watched *w)
{
        struct daemon *d = w->daemon;
        int64_t now = (int64_t)uv_now(&d->loop);
        int64_t due = w->planned_ms + DAEMON_COALESCE_MS;

        if (d->options->once || w->planned_ms == 0 || due <= now)
                due = now;
        w->planned_ms = due > 0 ? due : 1;
        daemon_want(d, STEP_PLAN, due - now);
        daemon_want(d, STEP_DELIVER, due - now);
}

/* A repository that cannot be read is said once, and when it is back; what
 * waited for it is planned then. */
static void note_problem(struct watched *w, int rc, const struct error *why)
{
        char name[LIMIT_PATH_BYTES + 16];
        struct error ignored = {0};
        bool missing = rc < 0;

        if (missing && w->daemon->options->once)
                w->daemon->failed = true;
        if (missing == w->missing)
                return;
        w->missing = missing;
        if (missing)
                daemon_log(w->daemon, "missing", "%s; it is looked for again",
                           why->text);
        else
                daemon_log(w->daemon, "watch", "%s is back", w->path);
        if (!missing)
                want_plan(w);
        snprintf(name, sizeof name, "problem %s", w->path);
        if (store_set(w->daemon->store, name, missing ? why->text : "",
                      &ignored) < 0)
                daemon_log(w->daemon, "error", "%s", ignored.text);
}

static void scan_one(struct watched *w)
{
        struct error why = {0};
        int recorded = 0, rc;

        rc = refs_scan(w->daemon->store, w->path, &recorded, &why);
        note_problem(w, rc, &why);
        if (rc == 0)
                watch_folders(w);
        else
                unwatch_folders(w);
        if (recorded)
                want_plan(w);
}

void daemon_scan(struct daemon *d, struct watched *watched)
{
        uv_update_time(&d->loop);
        for (int i = 0; i < d->watched_count; i++) {
                if (!watched || watched == &d->watched[i])
                        scan_one(&d->watched[i]);
        }
        daemon_turn(d);
}

static void hinted(const struct hint *hint, const struct socket_peer *peer,
                   void *data)
{
        struct daemon *d = data;

        if (hint->kind == HINT_WAKE) {
                daemon_want(d, STEP_DELIVER, 0);
                daemon_scan(d, NULL);
                return;
        }
        for (int i = 0; i < d->watched_count; i++) {
                if (refs_same_repository(d->watched[i].path,
                                         hint->repository)) {
                        daemon_scan(d, &d->watched[i]);
                        return;
                }
        }
        daemon_log(d, "hint",
                   "%.200s is not watched (uid %ld said so); add it to "
                   "\"repositories\" of the host file",
                   hint->repository, peer->uid);
}

static void refused(const char *why, const struct socket_peer *peer,
                    void *data)
{
        daemon_log(data, "hint", "refused from uid %ld: %s", peer->uid, why);
}

int daemon_watch_start(struct daemon *d, struct error *err)
{
        struct socket_handlers handlers = {hinted, refused, d};
        int count = d->host->repository_count;

        d->watched = calloc((size_t)count + 1, sizeof *d->watched);
        if (!d->watched)
                return error_memory(err);
        for (int i = 0; i < count; i++) {
                struct watched *w = &d->watched[i];

                w->daemon = d;
                w->path = d->host->repository[i].path;
                uv_timer_init(&d->loop, &w->settle);
                w->settle.data = w;
        }
        d->watched_count = count;
        if (d->options->once)
                return 0;
        return socket_listen(&d->server, &d->loop, d->host->socket, &handlers,
                             err);
}

void daemon_watch_stop(struct daemon *d)
{
        socket_close(d->server);
        d->server = NULL;
        for (int i = 0; i < d->watched_count; i++) {
                unwatch_folders(&d->watched[i]);
                uv_close((uv_handle_t *)&d->watched[i].settle, NULL);
        }
}

void daemon_watch_free(struct daemon *d)
{
        free(d->watched);
        d->watched = NULL;
        d->watched_count = 0;
}
