/*
 * Export: the kernels of a repository as a C library with a CMake package
 * (docs/export.md), so that a consumer needs find_package and one call.
 *
 * Exported is what the repository resolves to, for every processor that has
 * a hardware file and for all others, the generated first kernel last. The
 * host side, which picks a program at run time and runs its stages on the
 * caller's threads, is generated beside it.
 */
#ifndef KEVO_EXPORT_EXPORT_H
#define KEVO_EXPORT_EXPORT_H

#include "core/buf.h"
#include "repo/repository.h"
#include "store/store.h"

struct export_options {
        const char *folder; /* made, or of an earlier export; other files in
                               it are left alone */
        const char *name;   /* of library, header and prefix: a C identifier */
        const char *cache;  /* of builds */
        const char *commit; /* for the record; NULL: of the repository */
        int kernel_count;   /* 0: all */
        const struct kernel *const *kernel;
        struct store *store; /* verdicts to name and wrong sources to leave
                                out; NULL: nothing is known */
};

struct export_outcome {
        int kernels, programs, files;
        struct buf left_out; /* sources that do not build for a processor
                                whose instruction sets can be compiled for
                                here: a line each, and a second where
                                nothing comes next for it */
};

/* ERR_INPUT where the only source of a kernel does not build, and for a folder
 * with files of a person that would be replaced. The caller disposes
 * outcome->left_out, also after an error. Files are written one by one, each
 * whole. */
int export_write(const struct repository *repository,
                 const struct export_options *options,
                 struct export_outcome *outcome,
                 struct error *err) KEVO_MUST_CHECK;

#endif
