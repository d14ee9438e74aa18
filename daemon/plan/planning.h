/*
 * What the parts of the planner share while one event is planned: the
 * repository as it is at the commit in question, this machine, and the plan
 * so far. Not for others: they see planner.h.
 */
#ifndef KEVO_PLAN_PLANNING_H
#define KEVO_PLAN_PLANNING_H

#include <git2.h>

#include "plan/change.h"
#include "plan/draft.h"
#include "plan/part.h"
#include "repo/host.h"
#include "repo/machine.h"
#include "repo/repository.h"
#include "store/proposals.h"
#include "watch/branches.h"

/* docs/delivery.md: smaller is more urgent. */
enum priority {
        PRIORITY_PERSON,  /* a person waits */
        PRIORITY_PUSH,    /* the status of what was just pushed */
        PRIORITY_OPEN,    /* an open proposal's inputs changed */
        PRIORITY_MERGED,  /* what is merged is checked again */
        PRIORITY_SEARCH,  /* a search */
        PRIORITY_BACKFILL /* nobody waits */
};

/* Why a kernel is looked at; several may hold. */
enum {
        TOUCH_SPEC = 1,
        TOUCH_WORKLOAD = 2,
        TOUCH_VARIANT = 4,
        TOUCH_HARDWARE = 8,
        TOUCH_POLICY = 16,
        TOUCH_RESULT = 32 /* a measurement asked for it */
};

/* One kernel of the repository while an event is planned. */
struct touched {
        unsigned why;   /* TOUCH_..., 0: not looked at */
        char cause[96]; /* the first one in words: "model x is new" */
};

struct planning {
        struct store *store;
        const struct host *host;
        const struct event *event;
        const char *path; /* of the git repository, as in the host file */
        struct git_repository *git;
        char before[OID_BYTES], commit[OID_BYTES];
        struct tree *tree, *part;      /* at commit; part may be NULL */
        struct repository *repository; /* of the part, or of the tree */
        bool receives_proposals;       /* it is the first watched branch */
        bool first;                    /* seen for the first time */
        struct machine machine;
        char environment_hash[HASH_TEXT_BYTES]; /* of the processor */
        struct touched *touched;                /* by position of kernel */
        bool hardware_told; /* devices that are not here were reported */
        struct job **job;   /* queued, running and lately done ones, sorted
                               by kernel; loaded when first asked for */
        int job_count;
        struct proposal **ours; /* the same for proposals */
        int our_count;
        struct draft draft;
};

/* Open the git repository; nothing is read of it yet. */
int planning_open(struct planning *p, struct store *store,
                  const struct host *host, const char *path,
                  const char *commit, struct error *err) KEVO_MUST_CHECK;
/* Read what is at the commit: the part with these kernels and models, or
 * everything when kernels is NULL. */
int planning_load(struct planning *p, const struct part_names *kernels,
                  const struct part_names *models,
                  struct error *err) KEVO_MUST_CHECK;
/* Frees all, draft included. */
void planning_close(struct planning *p);

/* Note that a kernel is to be looked at; unknown names are ignored. */
void planning_touch(struct planning *p, const char *kernel, unsigned why,
                    const char *cause, ...) KEVO_PRINTF(4, 5);
void planning_touch_all(struct planning *p, unsigned why, const char *cause);

/* The problem that the repository has with a file, or NULL. */
const struct problem *planning_problem(const struct planning *p,
                                       const char *file);

/* Queue `kevo verify` of a file ("": of all sources of the last decision's
 * kernel): after a decision was drafted. blob is what the file, or a hash of
 * what spec and sources, are now: the same content is verified once. */
void planning_verify(struct planning *p, const char *file, const char *blob,
                     const char *before, enum priority priority,
                     const char *why);

/* Cancel live jobs of a kind about a kernel and hardware whose key is not
 * `key`: they were planned on what was there before. Can be repeated. */
int planning_cancel_outdated(struct planning *p, const char *kind,
                             const char *kernel, const char *device,
                             const char *key,
                             struct error *err) KEVO_MUST_CHECK;

/* Can the sources of a kernel be proved here: is there a workload, and a
 * hardware file of this machine? why (256 bytes) says what is missing. */
bool planning_can_verify(const struct planning *p, const struct kernel *kernel,
                         char *why);

/* Verify all sources of a kernel unless that was done for this spec. */
void planning_verify_kernel(struct planning *p, const struct kernel *kernel,
                            const char *cause);

/* Is this the content of a proposal of ours? branch (may be NULL) receives
 * its name. */
bool planning_is_ours(struct planning *p, const char *blob,
                      char branch[BRANCH_BYTES]);

#endif
