/*
 * Recording: measure all points of a small part of a subject's spaces, so
 * that searches can be replayed over it (replay.h). The part is made by
 * leaving out values of fields at random, never a guess, until so many
 * points are left; all of these are evaluated, so that within the part the
 * recording has no gaps.
 *
 * A recording is a campaign in the store, with a key of its own: it goes on
 * after a kill, and what it measured is kin to later campaigns.
 */
#ifndef KEVO_SEARCH_RECORD_H
#define KEVO_SEARCH_RECORD_H

#include "search/replay.h"

struct tape {
        struct proposer *proposer; /* of the part that was recorded */
        struct recording recording;
        int64_t campaign;
        int points;    /* of the part; twins and refused ones are not
                          recorded */
        bool complete; /* all of them were evaluated */
        int wrong;
};

/* Record until the time of options is over, then load what there is. */
int record_tape(struct tape *tape, struct store *store,
                const struct subject *subject,
                const struct campaign_options *options, int points,
                struct error *err) KEVO_MUST_CHECK;
void tape_dispose(struct tape *tape);

#endif
