/* kevo.json: what a repository decides for itself (docs/repository.md). */
#ifndef KEVO_REPO_POLICY_H
#define KEVO_REPO_POLICY_H

#include "repo/repository.h"

/* Texts live in arena. Whether hardware and kernels that it names exist is
 * not asked here. */
int policy_parse(struct policy *policy, struct arena *arena, const char *text,
                 size_t length, struct error *err) KEVO_MUST_CHECK;

#endif
