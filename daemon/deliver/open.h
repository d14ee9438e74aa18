/*
 * Open: from a proposal that is ready to a branch with one commit.
 *
 * The order makes kill -9 harmless at every instant: the commit is made
 * (an object that nothing refers to), its id is stored as the intent, the
 * ref is created, the commit is stored, the state moves. A proposal that is
 * ready with an intent was cut off: its ref says where.
 */
#ifndef KEVO_DELIVER_OPEN_H
#define KEVO_DELIVER_OPEN_H

#include "deliver/proposal.h"

/* Finish what a crash cut off between intent and state. Before anything
 * else looks at the branches: one of ours could pass for a person's. */
int open_repair(struct site *site, int *opened,
                struct error *err) KEVO_MUST_CHECK;

/* Open what may be opened, best first. *opened (may be NULL) counts. What
 * is in the way of one proposal is noted there and stops no other. */
int open_ready(struct site *site, int *opened,
               struct error *err) KEVO_MUST_CHECK;

/* The steps of opening one, for tests that stop in between. */
int open_intend(struct site *site, struct proposal *p, char commit[OID_BYTES],
                struct error *err) KEVO_MUST_CHECK;
int open_finish(struct site *site, struct proposal *p, const char *commit,
                struct error *err) KEVO_MUST_CHECK;

#endif
