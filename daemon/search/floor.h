/*
 * The floor: the time that touching a workload's data once takes at the best
 * bandwidth measured here for a working set of that size. For people, for
 * ordering and for stopping a search that has nothing left to win; never for
 * judging a result.
 */
#ifndef KEVO_SEARCH_FLOOR_H
#define KEVO_SEARCH_FLOOR_H

#include "search/subject.h"

/* Fastest bytes per second that `threads` threads read, wrote or copied
 * over a working set of that many bytes, measured now (about 0.1 s). */
double floor_bandwidth(int64_t bytes, int threads);
/* The share of the data's floor that a result reaches: geometric mean over
 * its measures of floor time / candidate time; 0 when the kernel is bound by
 * operations (no peak is known here). */
double floor_share(const struct subject *subject,
                   const struct evaluate_result *result);

#endif
