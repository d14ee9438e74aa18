/* Decisions as people read them: shared by the daemon's steps, `kevo
 * deliver` and `kevo log`. */
#ifndef KEVO_CLI_DECISIONS_H
#define KEVO_CLI_DECISIONS_H

#include "core/buf.h"
#include "store/events.h"

/* The id of the newest decision, 0 when there is none. */
int64_t decisions_newest(struct store *store);
/* Print those that came after `since`, oldest first, a line each; returns
 * their number. */
int decisions_print_since(struct store *store, int64_t since);
/* One decision without a newline: "search softmax amd-epyc-zen3: reason". */
void decisions_add(struct buf *out, const struct decision *decision);

#endif
