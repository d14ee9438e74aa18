/* The git repository around a folder, bare or not. */
#ifndef KEVO_CLI_AROUND_H
#define KEVO_CLI_AROUND_H

#include <git2.h>

#include "core/error.h"

/* Like git itself: folder or the nearest one above it that is a repository.
 * Freed with git_repository_free. */
int around_open(const char *folder, git_repository **git,
                struct error *err) KEVO_MUST_CHECK;

#endif
