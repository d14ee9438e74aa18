/*
 * The second pass: a campaign that ended because its first, short pass was
 * over is worth more time, but only when nothing else waits. It becomes a
 * job of the lowest priority, and among those the score of the first pass
 * decides: what could be won there comes first.
 */
#ifndef KEVO_PLAN_SECOND_H
#define KEVO_PLAN_SECOND_H

#include "repo/host.h"
#include "store/jobs.h"

/* After `job`, a search that ended by time or candidates: queue its second
 * pass for host->second_seconds, unless that is 0 or the job was one. *added
 * (may be NULL) tells. search_key is the campaign's. */
int second_pass_add(struct store *store, const struct host *host,
                    const struct job *job, const char *search_key, bool *added,
                    struct error *err) KEVO_MUST_CHECK;

#endif
