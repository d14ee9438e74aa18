/*
 * Does a kernel need a search on a hardware now? Each answer is a decision
 * with its reason: search, wait for something, or leave it.
 */
#ifndef KEVO_PLAN_NEED_H
#define KEVO_PLAN_NEED_H

#include "plan/planning.h"

/* Decide for every hardware file of the repository; `touched` says why the
 * kernel is looked at. */
int need_decide(struct planning *p, const struct kernel *kernel,
                const struct touched *touched,
                struct error *err) KEVO_MUST_CHECK;

/* The payload and key of a search job; caller frees. */
char *need_search_payload(const char *commit, int64_t seconds,
                          const char *reason);
char *need_search_key(const char *repository, const char *search_key);

#endif
