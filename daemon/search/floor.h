/*
 * The floor: the time that touching a workload's data once takes at the best
 * bandwidth measured here. For people, for ordering and for stopping a search
 * that has nothing left to win; never for judging a result.
 *
 * The bandwidth is that of what the kernel has to do: as many bytes read and
 * as many written, in the cache state that it is timed in. The speed of
 * reading alone, or of data that lies in a cache, is out of reach for a
 * kernel that writes, or that is timed with cold caches.
 */
#ifndef KEVO_SEARCH_FLOOR_H
#define KEVO_SEARCH_FLOOR_H

#include "search/subject.h"
#include "spec/costs.h"

/* Bytes per second that `threads` threads moved, reads and writes in the
 * proportion of costs, stores through the caches or around them, whichever
 * was faster; measured now (about 0.2 s). cold: from memory; else as a call
 * is timed, with two sets of inputs in turn and one of outputs. 0: nothing to
 * move, or no memory. */
double floor_bandwidth(const struct costs *costs, bool cold, int threads);
/* The share of the data's floor that a result reaches: geometric mean over
 * its measures of floor time / candidate time, by the best bandwidth that this
 * process has seen; 0 when the kernel is bound by
 * operations (no peak is known here) or not this machine's processor runs
 * it. */
double floor_share(const struct subject *subject,
                   const struct evaluate_result *result);

#endif
