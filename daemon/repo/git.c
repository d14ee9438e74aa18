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
#include "core/limits.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool started;

/* Extensions that change neither where refs and objects are nor what they
 * look like; libgit2 compares them in lower case. */
static const char *const harmless[] = {"noop", "partialclone",
                                       "preciousobjects", "relativeworktrees",
                                       "worktreeconfig"};

static int start_once(void)
{
        int rc = git_libgit2_init();

        if (rc >= 0)
                rc = git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, harmless,
                                      sizeof harmless / sizeof *harmless);
        /* What the store calls delivered is on disk: also after a power
         * cut no ref points at an object that is not there. */
        if (rc >= 0)
                rc = git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
        return rc;
}

int git_start(struct error *err)
{
        int rc = 0;

        pthread_mutex_lock(&lock);
        if (!started && start_once() < 0)
                rc = git_fail(err, -1, "starting libgit2");
        else
                started = true;
        pthread_mutex_unlock(&lock);
        return rc;
}

static const char *last_message(void)
{
        const git_error *last = git_error_last();

        return last && last->message ? last->message : "no further detail";
}

/* What libgit2's messages say when its codes do not. The first that fits. */
static const struct {
        const char *part;
        int code;
        const char *advice;
} messages[] = {
        {"extensions.objectformat", ERR_UNSUPPORTED,
         "; kevo reads SHA-1 repositories: watch a copy, made with `git init "
         "--bare --object-format=sha1 COPY` and `git fast-export --all | git "
         "-C COPY fast-import`"},
        {"extensions.refstorage", ERR_UNSUPPORTED,
         "; kevo reads refs from files: run `git refs migrate "
         "--ref-format=files` there, or watch a copy made with `git clone "
         "--mirror --ref-format=files`"},
        {"unsupported extension", ERR_UNSUPPORTED,
         "; kevo does not know this format: watch a copy made with `git "
         "clone --mirror`"},
        {"unsupported repository version", ERR_UNSUPPORTED,
         "; kevo does not know this format: watch a copy made with `git "
         "clone --mirror`"},
        {"ermission denied", ERR_DENIED,
         "; let the user that runs kevo read and write there"},
        {"o space left", ERR_IO, "; free some space and try again"},
        {"uota exceeded", ERR_IO, "; free some space and try again"},
        {"failed to parse config file", ERR_INPUT,
         "; correct that line: `git config --edit` opens the file"},
        {"failed to lock file", ERR_BUSY,
         "; another git process holds this lock: try again, and if none runs, "
         "remove the file"},
        {"packed references", ERR_IO,
         "; correct the file packed-refs, or restore it from a clone"},
};

/* Our code and what a person can do about it. */
static int classify(int code, const char **advice)
{
        const char *message = last_message();

        *advice = "";
        if (code == GIT_EUNBORNBRANCH) {
                *advice = "; the repository has no commit yet: commit and "
                          "push something first";
                return ERR_NOT_FOUND;
        }
        for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
                if (!strstr(message, messages[i].part))
                        continue;
                *advice = messages[i].advice;
                return messages[i].code;
        }
        if (code == GIT_ENOTFOUND)
                return ERR_NOT_FOUND;
        if (code == GIT_EAMBIGUOUS || code == GIT_EINVALIDSPEC)
                return ERR_INPUT;
        if (code == GIT_ELOCKED) {
                *advice = "; another git process holds a lock: try again";
                return ERR_BUSY;
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

bool git_is_partial(git_repository *git)
{
        git_config *config = NULL;
        git_config_iterator *matches = NULL;
        git_config_entry *entry;
        bool partial = false;

        if (git_repository_config_snapshot(&config, git) == 0 &&
            git_config_iterator_glob_new(&matches, config,
                                         "^(remote\\..*\\.promisor|"
                                         "extensions\\.partialclone)$") == 0)
                partial = git_config_next(&entry, matches) == 0;
        git_config_iterator_free(matches);
        git_config_free(config);
        return partial;
}

/* Does it borrow objects from another repository? */
static bool is_borrower(git_repository *git)
{
        char path[LIMIT_PATH_BYTES];

        snprintf(path, sizeof path, "%sobjects/info/alternates",
                 git_repository_commondir(git));
        return file_exists(path);
}

int git_fail_reading(struct error *err, git_repository *git, int code,
                     const char *format, ...)
{
        char what[512], message[512];
        va_list args;

        va_start(args, format);
        vsnprintf(what, sizeof what, format, args);
        va_end(args);
        snprintf(message, sizeof message, "%s", last_message());
        if (!strstr(message, "not found"))
                return git_fail(err, code, "%s", what);
        if (git_is_partial(git))
                return error_set(err, ERR_IO,
                                 "%s: %s; %s is a partial clone without it: "
                                 "run `git config --unset "
                                 "remote.origin.partialclonefilter` and `git "
                                 "fetch --refetch` there",
                                 what, message, git_repository_path(git));
        if (is_borrower(git))
                return error_set(err, ERR_IO,
                                 "%s: %s; bring back the repository that "
                                 "%sobjects/info/alternates names",
                                 what, message, git_repository_commondir(git));
        return error_set(err, ERR_IO,
                         "%s: %s; %s is damaged: `git fsck` there says more, "
                         "a clone has what is missing",
                         what, message, git_repository_path(git));
}

static int open_unvalidated(const char *path, unsigned flags,
                            git_repository **repository)
{
        int rc;

        pthread_mutex_lock(&lock);
        git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
        rc = git_repository_open_ext(
                repository, path, GIT_REPOSITORY_OPEN_NO_SEARCH | flags, NULL);
        git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 1);
        pthread_mutex_unlock(&lock);
        return rc;
}

/* With extensions.worktreeConfig git keeps core.bare in a file that libgit2
 * does not read: a bare repository would have the folder above it for a work
 * tree. */
static bool is_bare_elsewhere(git_repository *repository)
{
        char path[LIMIT_PATH_BYTES];
        git_config *config = NULL;
        int bare = 0;

        if (git_repository_is_bare(repository) ||
            git_repository_is_worktree(repository))
                return false;
        snprintf(path, sizeof path, "%sconfig.worktree",
                 git_repository_path(repository));
        if (file_exists(path) && git_config_open_ondisk(&config, path) == 0 &&
            git_config_get_bool(&bare, config, "core.bare") < 0)
                bare = 0;
        git_config_free(config);
        return bare;
}

/* Has the folder what a repository begins with? */
static bool looks_like_one(const char *path)
{
        static const char *const parts[] = {".git", "HEAD", "objects"};
        char part[LIMIT_PATH_BYTES];

        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
                snprintf(part, sizeof part, "%s/%s", path, parts[i]);
                if (file_exists(part))
                        return true;
        }
        return false;
}

/* Why is there no repository at this path? */
static int explain_none(const char *path, struct error *err)
{
        git_repository *bare = NULL;
        git_buf above = {0};
        char dot_git[LIMIT_PATH_BYTES];
        int rc;

        snprintf(dot_git, sizeof dot_git, "%s/.git", path);
        if (open_unvalidated(dot_git, GIT_REPOSITORY_OPEN_BARE, &bare) == 0 ||
            open_unvalidated(path, GIT_REPOSITORY_OPEN_BARE, &bare) == 0)
                rc = error_set(err, ERR_INPUT,
                               "%s: core.worktree of its configuration names "
                               "a folder that is not there; correct it, or "
                               "run `git config --unset core.worktree` there",
                               path);
        else if (!looks_like_one(path) &&
                 git_repository_discover(&above, path, 0, NULL) == 0)
                rc = error_set(err, ERR_INPUT,
                               "%s: not a git repository but a folder inside "
                               "of %s; name the top of that repository, and "
                               "put kevo.json there",
                               path, above.ptr);
        else
                rc = error_set(err, ERR_INPUT,
                               "%s: not a git repository, or its HEAD or "
                               "objects are gone; run `git init` there, or "
                               "restore it from a clone",
                               path);
        git_buf_dispose(&above);
        git_repository_free(bare);
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
        rc = open_unvalidated(path, 0, repository);
        if (rc == GIT_ENOTFOUND)
                return explain_none(path, err);
        if (rc == 0 && is_bare_elsewhere(*repository)) {
                git_repository_free(*repository);
                *repository = NULL;
                rc = open_unvalidated(path, GIT_REPOSITORY_OPEN_BARE,
                                      repository);
        }
        return rc < 0 ? git_fail(err, rc, "%s", path) : 0;
}
