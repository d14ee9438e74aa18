/*
 * The git hooks that tell the daemon (hooks/): installed into a repository
 * in front of hooks that are there already, and taken out again.
 */
#ifndef KEVO_CLI_HOOKS_H
#define KEVO_CLI_HOOKS_H

#include <git2.h>
#include <stdbool.h>

#include "core/error.h"

struct hook_state {
        const char *name; /* "post-receive" */
        bool ours;        /* our script is there */
        bool chained;     /* with an older hook behind it */
        bool foreign;     /* another one is there, ours is not */
};

enum { HOOKS = 3 };

/* The folder that git takes hooks from: core.hooksPath, else hooks/ of the
 * git folder. path holds LIMIT_PATH_BYTES. ERR_DENIED when core.hooksPath
 * is outside of the repository: it is shared with others. */
int hooks_folder(git_repository *git, char *path,
                 struct error *err) KEVO_MUST_CHECK;
int hooks_look(git_repository *git, struct hook_state state[HOOKS],
               struct error *err) KEVO_MUST_CHECK;
/* kevo, socket: absolute paths written into the scripts. A bare repository
 * gets post-receive alone: nobody commits in it. *installed counts. */
int hooks_install(git_repository *git, const char *kevo, const char *socket,
                  int *installed, struct error *err) KEVO_MUST_CHECK;
int hooks_uninstall(git_repository *git, int *removed,
                    struct error *err) KEVO_MUST_CHECK;

#endif
