/*
 * Observe: look at the branches and the base of every proposal that is not
 * closed (and at merged ones, for reverts) and tell the state machine what
 * happened. Nothing is written to a branch here but deletions of our own.
 */
#ifndef KEVO_DELIVER_OBSERVE_H
#define KEVO_DELIVER_OBSERVE_H

#include "deliver/proposal.h"

enum { OBSERVE_FROZEN_SECONDS = 30 * 86400 };

/* *moved (may be NULL) counts proposals that changed their state. */
int observe_proposals(struct site *site, int *moved,
                      struct error *err) KEVO_MUST_CHECK;

#endif
