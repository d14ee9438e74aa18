/*
 * kevo hook: install git hooks that wake the daemon, and be what they call.
 * `notify` must be quick and must never fail: it opens no store, reads no
 * configuration, and its exit status is always 0.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/around.h"
#include "cli/commands.h"
#include "cli/hooks.h"
#include "cli/options.h"
#include "core/buf.h"
#include "core/file.h"
#include "core/text.h"
#include "repo/git.h"
#include "watch/hint.h"

enum { NOTIFY_LINES = 128, NOTIFY_BYTES = 64 << 10 };

/* One hint a ref that was pushed: "old new ref" a line on standard input. */
static void add_refs(struct buf *lines, const char *repository)
{
        char line[1024], ref[BRANCH_BYTES];

        for (int n = 0; n < NOTIFY_LINES && fgets(line, sizeof line, stdin);
             n++) {
                if (sscanf(line, "%*s %*s %255s", ref) == 1 &&
                    text_starts(ref, "refs/"))
                        buf_printf(lines, "push %s %s\n", repository, ref);
        }
}

/* The git folder that a hook runs for, as an absolute path. In a linked work
 * tree .git is a file that names it. */
static char *hook_repository(void)
{
        static const char prefix[] = "gitdir: ";
        const char *folder = getenv("GIT_DIR");
        struct error ignored = {0};
        char *text = NULL, *path;

        if (folder && *folder)
                return realpath(folder, NULL);
        if (file_is_directory(".git") ||
            file_read(".git", LIMIT_PATH_BYTES, &text, NULL, &ignored) < 0 ||
            !text_starts(text, prefix)) {
                free(text);
                return realpath(".", NULL);
        }
        text[strcspn(text, "\n")] = 0;
        path = realpath(text + sizeof prefix - 1, NULL);
        free(text);
        return path;
}

static int notify(const char *hook, const char *socket)
{
        char *repository = hook_repository();
        struct error ignored = {0};
        struct host *host = NULL;
        struct buf lines;

        if (!repository)
                return 0;
        buf_init(&lines, NOTIFY_BYTES);
        if (text_equal(hook, "post-receive"))
                add_refs(&lines, repository);
        if (!lines.length)
                buf_printf(&lines, "push %s -\n", repository);
        if (!socket && host_load(&host, &ignored) == 0)
                socket = host->socket;
        if (socket && !lines.failed &&
            hint_send(socket, lines.data, &ignored) < 0)
                ignored.code = 0; /* no daemon: it finds out when it starts */
        host_free(host);
        buf_dispose(&lines);
        free(repository);
        return 0;
}

static bool is_watched(const struct host *host, git_repository *git)
{
        for (int i = 0; i < host->repository_count; i++) {
                git_repository *one = NULL;
                bool same =
                        git_open(host->repository[i].path, &one, NULL) == 0 &&
                        text_equal(git_repository_commondir(one),
                                   git_repository_commondir(git));

                git_repository_free(one);
                if (same)
                        return true;
        }
        return false;
}

/* As the host file names it: libgit2 ends folders with a slash. */
static void say_unwatched(git_repository *git)
{
        const char *path = git_repository_workdir(git)
                                   ? git_repository_workdir(git)
                                   : git_repository_path(git);
        size_t length = strlen(path);

        while (length > 1 && path[length - 1] == '/')
                length--;
        printf("this repository is not watched yet: add {\"path\": "
               "\"%.*s\"} to \"repositories\" of the host file\n",
               (int)length, path);
}

static int install(git_repository *git, struct error *err)
{
        char kevo[LIMIT_PATH_BYTES], folder[LIMIT_PATH_BYTES];
        struct host *host = NULL;
        int rc, installed = 0;

        rc = host_load(&host, err);
        if (rc == 0)
                rc = file_self(kevo, err);
        if (rc == 0)
                rc = hooks_install(git, kevo, host->socket, &installed, err);
        if (rc == 0)
                rc = hooks_folder(git, folder, err);
        if (rc == 0) {
                printf("%d hook%s in %s\n", installed,
                       installed == 1 ? "" : "s", folder);
                if (!is_watched(host, git))
                        say_unwatched(git);
        }
        host_free(host);
        return rc;
}

static int uninstall(git_repository *git, struct error *err)
{
        int removed = 0, rc = hooks_uninstall(git, &removed, err);

        if (rc == 0)
                printf("%d hook%s removed\n", removed,
                       removed == 1 ? "" : "s");
        return rc;
}

static int list(git_repository *git, struct error *err)
{
        struct hook_state state[HOOKS];
        int rc = hooks_look(git, state, err);

        for (int i = 0; i < HOOKS && rc == 0; i++)
                printf("%-14s %s\n", state[i].name,
                       state[i].chained   ? "kevo's, before an older one"
                       : state[i].ours    ? "kevo's"
                       : state[i].foreign ? "another one"
                                          : "none");
        return rc;
}

static const struct {
        const char *verb;
        int (*run)(git_repository *git, struct error *err);
} verbs[] = {
        {"install", install},
        {"uninstall", uninstall},
        {"list", list},
};

static int run_verb(const char *verb, const char *folder)
{
        git_repository *git = NULL;
        struct error err = {0};
        int rc = error_set(&err, ERR_INPUT,
                           "hook %s: there are install, uninstall and list",
                           verb);

        for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
                if (!text_equal(verbs[i].verb, verb))
                        continue;
                rc = around_open(folder, &git, &err);
                if (rc == 0)
                        rc = verbs[i].run(git, &err);
        }
        git_repository_free(git);
        return rc < 0 ? command_fail(&err) : 0;
}

int cmd_hook(int argc, char **argv)
{
        const char *socket = NULL;
        const struct option_entry options[] = {
                {"socket", OPTION_TEXT, &socket,
                 "(the hooks' own) the daemon's socket"},
                {0}};
        int n;

        n = options_parse(options, argc, argv, 1, 2,
                          "kevo hook install|uninstall|list [REPOSITORY]",
                          "Git hooks that tell the daemon of a push, a commit "
                          "or a merge within milliseconds.\nHooks that are "
                          "there already keep running. Without hooks the "
                          "daemon watches and\npolls: they only make it "
                          "quicker.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        if (text_equal(argv[1], "notify"))
                return notify(n > 1 ? argv[2] : "", socket);
        return run_verb(argv[1], n > 1 ? argv[2] : ".");
}
