/*
 * The states of a proposal and what moves it: a table of {from, event, to,
 * guard, action} (docs/delivery.md). A (state, event) that has no row is a
 * row in the log that says so, and no action.
 *
 *   ready       accepted, waits for its turn
 *   open        the branch is there and ours
 *   taken       a person works on the branch: never written again
 *   frozen      30 days without a person: left as it is
 *   merged, refused, withdrawn, superseded: closed
 */
#ifndef KEVO_DELIVER_PROPOSAL_H
#define KEVO_DELIVER_PROPOSAL_H

#include "deliver/site.h"
#include "store/proposals.h"

/* The states that have, or may have, a branch. */
#define PROPOSAL_LIVE "open,taken,frozen"

enum proposal_event {
        PROPOSAL_OPENED,   /* the ref points at our commit */
        PROPOSAL_BLOCKED,  /* it cannot be opened now; the note says why */
        PROPOSAL_TAKEN,    /* the tip is not ours, or is checked out */
        PROPOSAL_MERGED,   /* the base resolves to our blob */
        PROPOSAL_EDITED,   /* merged with edits of a person */
        PROPOSAL_CLOSED,   /* the ref was deleted, or `kevo refuse` */
        PROPOSAL_STALE,    /* its inputs changed: measure again */
        PROPOSAL_LOST,     /* measured again, and no win any more */
        PROPOSAL_BETTER,   /* a better candidate took its place */
        PROPOSAL_GONE,     /* its kernel or hardware was removed */
        PROPOSAL_AGED,     /* 30 days without a person */
        PROPOSAL_REVERTED, /* taken out of the base by a person */
        PROPOSAL_REOPENED, /* `kevo proposal reopen` */
        PROPOSAL_EVENTS
};

const char *proposal_event_name(enum proposal_event event);
/* The state that an event leads to, or NULL when the table has no row. */
const char *proposal_next(const char *state, enum proposal_event event);

/* Look up the row, ask its guard, store the move with its history, then do
 * its action. Actions can be repeated: one that a crash cut off is done by
 * the next pass (proposal_tidy). *moved (may be NULL) is false when there is
 * no row or the guard said no; that is no error. p->state is brought up to
 * date. */
int proposal_apply(struct site *site, struct proposal *p,
                   enum proposal_event event, const char *note, bool *moved,
                   struct error *err) KEVO_MUST_CHECK;

/* Branches of closed proposals that are still there and still ours. */
int proposal_tidy(struct site *site, struct error *err) KEVO_MUST_CHECK;

/* Queue a search for what the kernel's inputs are now. */
int proposal_search_again(struct site *site, const struct proposal *p,
                          const char *reason,
                          struct error *err) KEVO_MUST_CHECK;

#endif
