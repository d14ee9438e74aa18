/*
 * What a push changed, in the words of the repository contract: policy,
 * models, hardware files, specs, variants. Two commits are compared through
 * git's own tree diff, which skips equal folders by their id, so the cost is
 * that of what changed and not of what is there.
 */
#ifndef KEVO_PLAN_CHANGE_H
#define KEVO_PLAN_CHANGE_H

#include <git2.h>

#include "core/error.h"
#include "core/limits.h"

enum change_kind {
        CHANGE_POLICY,    /* kevo.json */
        CHANGE_MODEL,     /* models/<name>.json */
        CHANGE_HARDWARE,  /* hardware/<name>.json */
        CHANGE_SPEC,      /* kernels/<name>/<name>.kernel */
        CHANGE_VARIANT,   /* a source of kernels/<name>/ */
        CHANGE_OTHER,     /* another file of kernels/<name>/ */
        CHANGE_KNOWLEDGE, /* knowledge/... */
        CHANGE_KINDS
};

enum change_how { CHANGE_ADDED, CHANGE_EDITED, CHANGE_REMOVED };

struct change {
        enum change_kind kind;
        enum change_how how;
        char *path;
        char name[LIMIT_NAME_BYTES + 1]; /* of the model, hardware, kernel;
                                            "" for the others */
        char before[41], after[41];      /* blob ids, "" when there is none */
};

struct changes {
        struct change *change; /* by path */
        int count;
};

enum { CHANGES_MAX = 1 << 18 };

/* From commit before ("" : from nothing) to commit after. A commit that is
 * not there any more (before was rewritten and collected) counts as nothing:
 * everything is new then. Freed with changes_dispose, also after errors. */
int changes_between(struct changes *changes, git_repository *git,
                    const char *before, const char *after,
                    struct error *err) KEVO_MUST_CHECK;
void changes_dispose(struct changes *changes);

/* "new", "changed", "removed": for reasons. */
const char *change_how_name(enum change_how how);

#endif
