/*
 * A part of a repository's tree: some kernels, and the models that call
 * them, as if there were no others. Loading a repository costs what its
 * kernels cost; a push that changes one of ten thousand must not read the
 * rest.
 *
 * The part is closed: whatever a visible model calls is visible, so that no
 * manifest is refused for a kernel that is merely not looked at.
 */
#ifndef KEVO_PLAN_PART_H
#define KEVO_PLAN_PART_H

#include "repo/tree.h"

/* Names that a part is asked for; added twice is added once. */
struct part_names {
        char **name;
        int count;
};

int part_names_add(struct part_names *names, const char *name,
                   struct error *err) KEVO_MUST_CHECK;
bool part_names_have(const struct part_names *names, const char *name);
void part_names_dispose(struct part_names *names);

/* The part of whole with these kernels and models. whole is borrowed and
 * must outlive the part; the names are copied. */
int part_open(struct tree **part, const struct tree *whole,
              const struct part_names *kernels,
              const struct part_names *models,
              struct error *err) KEVO_MUST_CHECK;

#endif
