/*
 * See doctor_repository.h. What the daemon would meet one day is looked for
 * here without writing anything.
 */
#include "cli/doctor_repository.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "core/file.h"
#include "core/text.h"
#include "repo/git.h"
#include "watch/branches.h"

enum { TEXT_BYTES = LIMIT_PATH_BYTES + 512 };

/* A link or a submodule counts as a problem too; `kevo check` names them. */
static void say_loaded(const char *where, const struct repository *r,
                       doctor_say *say)
{
        char text[TEXT_BYTES];

        snprintf(text, sizeof text, "%s: %d kernel%s, %d problem%s%s", where,
                 r->kernel_count, r->kernel_count == 1 ? "" : "s",
                 r->problem_count, r->problem_count == 1 ? "" : "s",
                 r->problem_count ? "; `kevo check` in a clone lists them"
                                  : "");
        say("repository", r->problem_count == 0, text);
}

/* git refuses what belongs to others; kevo reads what a person named. What it
 * writes belongs to the user it runs as. */
static void say_owner(const char *path, const char *common, doctor_say *say)
{
        struct stat info;
        struct passwd *user;
        char name[64], text[TEXT_BYTES];

        if (stat(common, &info) < 0 || info.st_uid == geteuid())
                return;
        user = getpwuid(info.st_uid);
        snprintf(name, sizeof name, "%.40s", user ? user->pw_name : "");
        if (!user)
                snprintf(name, sizeof name, "uid %ld", (long)info.st_uid);
        if (geteuid() == 0)
                snprintf(text, sizeof text,
                         "%s belongs to %s: branches that kevo writes as root "
                         "could not be deleted by them; run kevo as %s",
                         path, name, name);
        else
                snprintf(text, sizeof text,
                         "%s belongs to %s; kevo reads it because it was "
                         "named, git wants `git config --global --add "
                         "safe.directory %s`",
                         path, name, path);
        say("owner", geteuid() != 0, text);
}

static void say_writable(const char *path, const char *common, doctor_say *say)
{
        static const char *const parts[] = {"objects", "refs/heads"};
        char part[LIMIT_PATH_BYTES], text[TEXT_BYTES];

        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
                snprintf(part, sizeof part, "%s%s", common, parts[i]);
                if (access(part, W_OK | X_OK) == 0)
                        continue;
                snprintf(text, sizeof text,
                         "%s: this user may not write to %s: proposals stay "
                         "ready until it may",
                         path, parts[i]);
                say("writing", false, text);
                return;
        }
}

/* What is in the way of proposals; also whether branches can be listed. */
static void say_branches(git_repository *git, const char *path,
                         doctor_say *say)
{
        git_reference_iterator *iterator = NULL;
        char text[2 * TEXT_BYTES];
        struct error err = {0};
        const char *name;
        int rc;

        rc = git_reference_iterator_glob_new(&iterator, git,
                                             "refs/heads/kevo*");
        while (rc == 0 &&
               (rc = git_reference_next_name(&name, iterator)) == 0) {
                if (!text_equal(name, "refs/heads/kevo"))
                        continue;
                snprintf(text, sizeof text,
                         "%s: a branch called kevo is in the way of kevo/...; "
                         "rename it: git -C %s branch -m kevo old-kevo",
                         path, path);
                say("branches", false, text);
        }
        if (rc != GIT_ITEROVER) {
                git_fail(&err, rc, "%s: listing branches", path);
                say("branches", false, err.text);
        }
        git_reference_iterator_free(iterator);
}

/* What is unusual about it and needs no mending. */
static void say_watched(git_repository *git, const char *path,
                        const struct branches *branches, doctor_say *say)
{
        struct buf text;

        buf_init(&text, 2 * TEXT_BYTES);
        buf_printf(&text, "%s:", path);
        for (int i = 0; i < branches->count; i++)
                buf_printf(&text, "%s %s", i ? "," : "",
                           branches_short_name(branches->branch[i].ref));
        buf_puts(&text, branches->count ? " watched" : " no commit yet");
        if (git_repository_is_bare(git))
                buf_puts(&text, "; bare");
        if (git_repository_is_worktree(git))
                buf_puts(&text, "; a linked work tree");
        if (git_repository_is_shallow(git))
                buf_puts(&text, "; shallow: what was merged before its first "
                                "commit is not known");
        if (git_is_partial(git))
                buf_puts(&text, "; a partial clone: what git left out cannot "
                                "be read");
        if (!text.failed)
                say("git", true, text.data);
        buf_dispose(&text);
}

/* What the daemon needs of a repository. */
static void check_git(const char *path, doctor_say *say)
{
        struct branches branches = {0};
        git_repository *git = NULL;
        struct error err = {0};
        const char *common;
        int rc;

        rc = git_open(path, &git, &err);
        if (rc == 0)
                rc = branches_watched(git, &branches, &err);
        if (rc == 0 && branches.count == 0 && branches_any(git))
                rc = branches_explain_none(git, path, &err);
        if (rc < 0) {
                say("git", false, err.text);
                git_repository_free(git);
                return;
        }
        say_watched(git, path, &branches, say);
        common = git_repository_commondir(git);
        say_owner(path, common, say);
        say_writable(path, common, say);
        say_branches(git, path, say);
        git_repository_free(git);
}

/* A bare repository has no files: its default branch is read. */
static bool check_bare(const char *path, doctor_say *say)
{
        struct repository *repository = NULL;
        struct branches branches = {0};
        git_repository *git = NULL;
        struct tree *tree = NULL;
        struct error err = {0};
        bool bare =
                git_open(path, &git, NULL) == 0 && git_repository_is_bare(git);

        if (bare && branches_watched(git, &branches, &err) == 0 &&
            branches.count) {
                if (tree_open_commit(&tree, git, branches.branch[0].tip,
                                     &err) == 0 &&
                    repository_load(&repository, tree, &err) == 0)
                        say_loaded(path, repository, say);
                else
                        say("repository", false, err.text);
        }
        repository_free(repository);
        tree_close(tree);
        git_repository_free(git);
        return bare;
}

static void check_folder(const struct cli_context *context, doctor_say *say)
{
        const struct hardware *hardware;
        struct error err = {0};

        say_loaded(context->root, context->repository, say);
        if (machine_find_hardware(&context->machine, context->repository,
                                  &hardware, &err) < 0)
                say("hardware", false, err.text);
        else
                say("hardware", true, hardware->name);
}

/* The repository that was named, or the one around this folder. Its path is
 * left in `seen`. */
static void check_here(const char *path, char seen[LIMIT_PATH_BYTES],
                       doctor_say *say)
{
        struct cli_context context;
        struct error err = {0};

        if (path && check_bare(path, say)) {
                snprintf(seen, LIMIT_PATH_BYTES, "%s", path);
                check_git(path, say);
        } else if (cli_context_open(&context,
                                    CONTEXT_REPOSITORY | CONTEXT_MACHINE, path,
                                    &err) == 0) {
                check_folder(&context, say);
                snprintf(seen, LIMIT_PATH_BYTES, "%s", context.root);
                check_git(context.root, say);
                cli_context_close(&context);
        } else {
                say("repository", err.code == ERR_NOT_FOUND && !path,
                    err.text);
        }
}

void doctor_repositories(const struct host *host, const char *path,
                         doctor_say *say)
{
        char seen[LIMIT_PATH_BYTES] = "";

        check_here(path, seen, say);
        for (int i = 0; i < host->repository_count; i++) {
                if (!text_equal(host->repository[i].path, seen))
                        check_git(host->repository[i].path, say);
        }
}
