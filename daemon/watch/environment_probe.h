/*
 * The environment of this machine, and when it changed: the named versions
 * that every number depends on (compiler, its flags, processor, libc).
 *
 * A change counts only when two consecutive probes agree on it: a compiler
 * that is being upgraded right now, or one that could not be started once,
 * is no reason to measure everything again.
 */
#ifndef KEVO_WATCH_ENVIRONMENT_PROBE_H
#define KEVO_WATCH_ENVIRONMENT_PROBE_H

#include "core/buf.h"
#include "repo/machine.h"
#include "store/store.h"

struct environment_probe {
        bool pending;  /* a change was seen once: probe again soon */
        bool recorded; /* an event was added */
};

/* Probe every kind of device a backend of this program drives; records new
 * environments and at most one event a kind. */
int environment_probe(struct store *store, const struct machine *machine,
                      struct environment_probe *result,
                      struct error *err) KEVO_MUST_CHECK;

/* Keep the fields of an environment, for reasons and commit messages. */
int environment_remember(struct store *store, const char *hash,
                         const char *fields,
                         struct error *err) KEVO_MUST_CHECK;
/* Fields of an environment that was probed here; NULL when unknown. Caller
 * frees. */
int environment_fields(struct store *store, const char *hash, char **fields,
                       struct error *err) KEVO_MUST_CHECK;

/* "compiler: gcc 12.2.0 -> gcc 13.1.0; libc: ..." of two JSON objects; the
 * number of fields that differ. */
int environment_difference(const char *before, const char *after,
                           struct buf *text);

/* The leading number of each version in a compiler's or driver's field
 * changed ("gcc 12.2" -> "gcc 13.1"): a reason to propose again what was
 * refused. */
bool environment_new_major(const char *before, const char *after);

#endif
