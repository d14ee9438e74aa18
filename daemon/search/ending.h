/*
 * When a search ends: a function of what it spent and found, whatever clock
 * that was told by. A campaign asks with the time of this machine, a replay
 * with the recorded costs of what it evaluated.
 */
#ifndef KEVO_SEARCH_ENDING_H
#define KEVO_SEARCH_ENDING_H

#include "search/campaign.h"

/* What a search spent and found so far. */
struct pace {
        double elapsed;    /* seconds of search */
        double since_gain; /* seconds since the best grew by 1 % */
        int candidates;    /* evaluated */
        int nodes;
        double best;        /* fitness */
        double floor_share; /* that the best reaches; 0: unknown */
};

/* Fitness counts as a gain from here on. */
#define ENDING_GAIN 1.01

/* "time", "candidates", "target", "floor", "stall", or NULL to go on. */
const char *ending_of(const struct campaign_options *options,
                      const struct pace *pace);

#endif
