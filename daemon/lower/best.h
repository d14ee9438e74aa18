/*
 * Selections with a schedule: the best K of a list (select.h has their order
 * and their heap), many lists in tasks.
 *
 * Once K terms are kept, most others come behind all of them: vectors of
 * terms are compared with the last that is kept, and only where some lane
 * comes before it are the terms looked at one by one. A list may be shared by
 * several tasks, whose results a second stage joins. What is taken and its
 * indices, two statements of a spec, are selected once. A sort of everything
 * is a merge sort (best_sort.c).
 */
#ifndef KEVO_LOWER_BEST_H
#define KEVO_LOWER_BEST_H

#include "lower/plan.h"

struct best {
        int count;
        const struct statement *statement[2]; /* of one order */
        int item[2];                          /* of the plan */
        bool mergeable;  /* lists are of one length, from index 0 on */
        bool everything; /* is taken: a sort */
};

/* The selection of plan's item i, with a later one that asks for the same;
 * false when it is none, or its terms are not fit for lanes. */
bool best_find(struct best *selection, const struct plan *plan, int i);

/* Append the fields pieces, merge and ordered. */
void best_fields(const struct best *selection, const struct binding *workload,
                 const struct target *target, struct schedule_space *space);

void best_stages(struct vector_scope *scope, const struct best *selection,
                 const struct schedule *schedule);

#endif
