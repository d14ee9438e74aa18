/*
 * A repository that receives proposals, as the delivery sees it: its first
 * watched branch (the base), the kernels there, this machine. Opened for
 * one pass and closed again.
 */
#ifndef KEVO_DELIVER_SITE_H
#define KEVO_DELIVER_SITE_H

#include <git2.h>

#include "repo/host.h"
#include "repo/machine.h"
#include "repo/repository.h"
#include "search/subject.h"
#include "store/store.h"
#include "watch/branches.h"

struct site {
        struct store *store;
        const struct host *host;
        const char *path; /* as in the host file; names it in the store */
        int64_t now;      /* wall seconds of this pass */
        struct git_repository *git;
        bool nothing; /* site_open failed for want of a commit or kevo.json */
        struct branch base;
        struct tree *tree;             /* of the base's tip */
        struct repository *repository; /* policy and hardware there, no
                                          kernels: see site_kernel */
        struct site_kernel *kernels;   /* those that were asked for */
        struct machine machine;
        char environment_hash[HASH_TEXT_BYTES];
};

/* ERR_NOT_FOUND when there is no branch or no kevo.json at its tip. */
int site_open(struct site *site, struct store *store, const struct host *host,
              const char *path, int64_t now,
              struct error *err) KEVO_MUST_CHECK;
void site_close(struct site *site);

/* A kernel at the base's tip, or NULL when it is gone or cannot be read.
 * Loaded when first asked for, with the models that call it. */
const struct kernel *site_kernel(struct site *site, const char *name);

/* What a proposal's kernel and hardware are now. ERR_NOT_FOUND: the kernel,
 * its workloads or the hardware file are gone; ERR_UNSUPPORTED: another
 * machine's hardware; ERR_INPUT: the kernel cannot be read at the moment. */
int site_subject(struct site *site, const char *kernel, const char *hardware,
                 struct subject **subject, struct error *err) KEVO_MUST_CHECK;

/* A row of `kevo log`: something that the delivery did or left, and why.
 * The same dedupe text is said once. Never fails the caller. */
void site_note(const struct site *site, const char *kernel,
               const char *hardware, const char *branch, const char *dedupe,
               const char *action, const char *reason);

#endif
