/* The files beside a spec: kernels/<kernel>/generic.c and its like. */
#ifndef KEVO_REPO_VARIANTS_H
#define KEVO_REPO_VARIANTS_H

#include "repo/repository.h"

/* Keep the sentence of an error as a problem of the repository; kernel may be
 * NULL. ERR_MEMORY and ERR_IO are not the file's fault: they are passed on
 * in err, so that a repository that goes away is never taken for an empty
 * one. */
int repository_add_problem(struct repository *repository, const char *file,
                           const char *kernel, const struct error *problem,
                           struct error *err) KEVO_MUST_CHECK;

/* Load the variants of a kernel whose spec and name are set, out of names
 * (entries of its folder). Files with an error become problems. */
int variants_load(struct repository *repository, struct kernel *kernel,
                  const struct tree *tree, char *const *names,
                  struct error *err) KEVO_MUST_CHECK;
/* Cases of one hardware that hold for the same declared workload become
 * problems that name both files. Models are loaded already. */
int variants_check_cases(struct repository *repository,
                         const struct kernel *kernel,
                         struct error *err) KEVO_MUST_CHECK;

#endif
