/*
 * What a search could win: orders the queue, and says when there is nothing
 * left to win. Only measured times say no; where nothing was measured yet a
 * guess gives the order, and the search itself finds out.
 */
#ifndef KEVO_PLAN_WORTH_H
#define KEVO_PLAN_WORTH_H

#include "plan/planning.h"
#include "search/subject.h"

struct worth {
        double score; /* nanoseconds a device second could save */
        char no[160]; /* why not, "" when it is worth it */
};

void worth_of(struct planning *p, const struct subject *subject,
              struct worth *worth);

#endif
