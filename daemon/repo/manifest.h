/* models/<model>.json: which kernels a model calls, with which sizes. */
#ifndef KEVO_REPO_MANIFEST_H
#define KEVO_REPO_MANIFEST_H

#include "repo/repository.h"

/* name: what the file is called, and must say inside. The kernels of
 * repository are loaded already. Refused as a whole, with file and field,
 * when one call is wrong. Texts live in the repository's arena. */
int manifest_parse(struct model *model, const struct repository *repository,
                   const char *text, size_t length, const char *file,
                   const char *name, struct error *err) KEVO_MUST_CHECK;

#endif
