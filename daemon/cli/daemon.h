/*
 * The daemon: one event loop that watches, keeps the queue, and starts
 * children. It holds no secret, runs no foreign code, reads no kernel
 * itself: planning and delivering happen in short-lived children of the same
 * program (`kevo daemon --step NAME`), so that a repository that brings one
 * of them down does not take the queue along, and the daemon stays small.
 *
 * Everything it knows is in the store. kill -9 at any instant loses nothing:
 * events are stored before they are planned, jobs before they run, and what
 * ran is queued again at the next start.
 */
#ifndef KEVO_CLI_DAEMON_H
#define KEVO_CLI_DAEMON_H

#include "repo/host.h"
#include "store/store.h"

struct daemon_options {
        bool once;  /* drain the queue, deliver, exit */
        bool quiet; /* only what went wrong is logged */
};

/* Runs until SIGTERM or SIGINT, or, with once, until nothing is left to do.
 * Returns the exit status: 0 fine, 1 a job failed or said no (once only).
 * ERR_BUSY: another daemon has this store. */
int daemon_run(const struct host *host, const struct daemon_options *options,
               int *status, struct error *err) KEVO_MUST_CHECK;

/* The steps that run in children; each returns an exit status. Prints the
 * decisions it made. */
int daemon_step(const struct host *host, const char *name);

/* The pid of the daemon that has this store, 0 when there is none. */
long daemon_find(const char *store_path);

#endif
