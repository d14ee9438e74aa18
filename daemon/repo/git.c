/*
 * See git.h. libgit2 knows owner validation only as a global switch; it is
 * off while a named path is being opened, under a lock, and on otherwise.
 */
#include "repo/git.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool started;

int git_start(struct error *err)
{
        int rc = 0;

        pthread_mutex_lock(&lock);
        if (!started && git_libgit2_init() < 0)
                rc = git_fail(err, -1, "starting libgit2");
        /* What the store calls delivered is on disk: also after a power
         * cut no ref points at an object that is not there. */
        else if (!started)
                started =
                        git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1) == 0;
        pthread_mutex_unlock(&lock);
        return rc;
}

static const char *last_message(void)
{
        const git_error *last = git_error_last();

        return last && last->message ? last->message : "no further detail";
}

/* Our code and what a person can do about it. */
static int classify(int code, const char **advice)
{
        const char *message = last_message();

        *advice = "";
        if (strstr(message, "unsupported extension") ||
            strstr(message, "unsupported repository version")) {
                *advice = "; this format is not supported here: point kevo at "
                          "a plain mirror made with `git clone --mirror`";
                return ERR_UNSUPPORTED;
        }
        if (code == GIT_ENOTFOUND)
                return ERR_NOT_FOUND;
        if (code == GIT_EUNBORNBRANCH) {
                *advice = "; the repository has no commit yet: commit and "
                          "push something first";
                return ERR_NOT_FOUND;
        }
        if (code == GIT_EAMBIGUOUS || code == GIT_EINVALIDSPEC)
                return ERR_INPUT;
        if (code == GIT_ELOCKED) {
                *advice = "; another git process holds a lock: try again";
                return ERR_BUSY;
        }
        if (strstr(message, "ermission denied"))
                return ERR_DENIED;
        if (strstr(message, "o space left") ||
            strstr(message, "uota exceeded")) {
                *advice = "; free some space and try again";
                return ERR_IO;
        }
        *advice = "; if this persists, run `git fsck` there";
        return ERR_IO;
}

int git_fail(struct error *err, int code, const char *format, ...)
{
        const char *advice;
        int ours = classify(code, &advice);
        char what[512];
        va_list args;

        va_start(args, format);
        vsnprintf(what, sizeof what, format, args);
        va_end(args);
        return error_set(err, ours, "%s: %s%s", what, last_message(), advice);
}

static int open_unvalidated(const char *path, git_repository **repository)
{
        int rc;

        pthread_mutex_lock(&lock);
        git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
        rc = git_repository_open_ext(repository, path,
                                     GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
        git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 1);
        pthread_mutex_unlock(&lock);
        return rc;
}

int git_open(const char *path, git_repository **repository, struct error *err)
{
        int rc = git_start(err);

        *repository = NULL;
        if (rc < 0)
                return rc;
        if (!file_exists(path) && errno != EACCES)
                return error_set(err, ERR_NOT_FOUND,
                                 "%s: no such folder; correct the path or "
                                 "clone the repository there",
                                 path);
        if (file_exists(path) && !file_is_directory(path))
                return error_set(err, ERR_INPUT,
                                 "%s: not a folder; name the repository's "
                                 "folder",
                                 path);
        if (access(path, R_OK | X_OK) < 0)
                return error_set(err, ERR_DENIED,
                                 "%s: %s; let this user read it", path,
                                 strerror(errno));
        rc = open_unvalidated(path, repository);
        if (rc == GIT_ENOTFOUND)
                return error_set(err, ERR_INPUT,
                                 "%s: not a git repository, or its HEAD or "
                                 "objects are gone; run `git init` there, or "
                                 "restore it from a clone",
                                 path);
        return rc < 0 ? git_fail(err, rc, "%s", path) : 0;
}
