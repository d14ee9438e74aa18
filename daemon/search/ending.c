/* See ending.h. */
#include "search/ending.h"

#include <stddef.h>

enum {
        STALL_NODES = 16,  /* fewer do not make a stall */
        FIRST_SECONDS = 60 /* more for the first candidate */
};

#define DEFAULT_STALL 0.5
#define DEFAULT_FLOOR 0.95

const char *ending_of(const struct campaign_options *options,
                      const struct pace *pace)
{
        double stall = options->stall_share > 0 ? options->stall_share
                                                : DEFAULT_STALL;
        double floor = options->floor_share > 0 ? options->floor_share
                                                : DEFAULT_FLOOR;

        /* Time that was spent waiting, for a store that was locked say, is no
         * search: then a first candidate is tried all the same. */
        if (pace->elapsed >=
            options->seconds + (pace->candidates ? 0 : FIRST_SECONDS))
                return "time";
        if (options->candidates > 0 && pace->candidates >= options->candidates)
                return "candidates";
        if (options->target > 0 && pace->best >= options->target)
                return "target";
        if (pace->floor_share >= floor)
                return "floor";
        if (pace->since_gain > stall * options->seconds &&
            pace->nodes >= STALL_NODES)
                return "stall";
        return NULL;
}
