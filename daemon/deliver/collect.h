/*
 * Collect: accepted (and first) verdicts become proposals that are ready.
 * Each verdict is looked at once; what is not proposed is said with its
 * reason in `kevo log`.
 */
#ifndef KEVO_DELIVER_COLLECT_H
#define KEVO_DELIVER_COLLECT_H

#include "deliver/site.h"

/* *added (may be NULL) counts new proposals. */
int collect_verdicts(struct site *site, int *added,
                     struct error *err) KEVO_MUST_CHECK;

/* How much better, as a factor between the lower ends of two intervals, a
 * candidate must be to take the place of an open or of a refused one. */
#define COLLECT_OVER_OPEN 1.03
#define COLLECT_OVER_REFUSED 1.05

#endif
