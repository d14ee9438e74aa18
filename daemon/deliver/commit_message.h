/*
 * The commit message of a proposal: what a reviewer needs to believe it, and
 * the trailers from which `kevo reproduce` makes the same measurement again.
 * Everything in it comes from the store, so that a retry writes the same
 * bytes and the commit has the same id.
 */
#ifndef KEVO_DELIVER_COMMIT_MESSAGE_H
#define KEVO_DELIVER_COMMIT_MESSAGE_H

#include "store/proposals.h"
#include "store/records.h"

enum { MESSAGE_BYTES = 256 << 10 };

/* Caller frees *message. */
int commit_message_write(struct store *store, const struct proposal *p,
                         const struct record_verdict *verdict, char **message,
                         struct error *err) KEVO_MUST_CHECK;

#endif
