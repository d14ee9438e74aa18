/*
 * See hooks.h. A hook of a person is moved, never edited: it may be a link,
 * a binary, or managed by another tool, and comes back as it was.
 */
#include "cli/hooks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/text.h"
#include "hooks_embedded.h"
#include "repo/git.h"

enum { HOOK_BYTES = 1 << 20, HOOK_PATH_BYTES = LIMIT_PATH_BYTES + 64 };

/* What our scripts have and others do not. */
static const char mark[] = "# kevo-hook:";

static const struct {
        const char *name, *text;
        bool in_bare;
} hooks[HOOKS] = {
        {"post-receive", hook_post_receive, true},
        {"post-commit", hook_post_commit, false},
        {"post-merge", hook_post_merge, false},
};

/* After links are followed on both sides. */
static bool is_inside(const char *folder, const char *path)
{
        char *a = folder ? realpath(folder, NULL) : NULL;
        char *b = realpath(path, NULL);
        bool inside = a && b && file_is_inside(a, b);

        free(a);
        free(b);
        return inside;
}

int hooks_folder(git_repository *git, char *path, struct error *err)
{
        const char *common = git_repository_commondir(git);
        const char *work = git_repository_workdir(git), *set = NULL;
        git_config *config = NULL;
        int rc = git_repository_config_snapshot(&config, git);

        if (rc < 0)
                return git_fail(err, rc, "%s", common);
        if (git_config_get_string(&set, config, "core.hooksPath") < 0 || !*set)
                snprintf(path, LIMIT_PATH_BYTES, "%shooks", common);
        else if (*set == '/' || *set == '~')
                snprintf(path, LIMIT_PATH_BYTES, "%s", set);
        else
                snprintf(path, LIMIT_PATH_BYTES, "%s%s", work ? work : common,
                         set);
        git_config_free(config);
        if (!file_exists(path) && text_starts(path, common))
                return file_make_directories(path, 0755, err);
        if (!is_inside(common, path) && !is_inside(work, path))
                return error_set(err, ERR_DENIED,
                                 "core.hooksPath is %s, outside of this "
                                 "repository and perhaps shared; add `kevo "
                                 "hook notify post-receive` to the hook there "
                                 "yourself",
                                 path);
        return 0;
}

static void hook_path(char path[HOOK_PATH_BYTES], const char *folder,
                      const char *name, const char *suffix)
{
        snprintf(path, HOOK_PATH_BYTES, "%s/%s%s", folder, name, suffix);
}

static bool is_ours(const char *path)
{
        struct error ignored = {0};
        char *text = NULL;
        bool ours;

        if (file_read(path, HOOK_BYTES, &text, NULL, &ignored) < 0)
                return false;
        ours = strstr(text, mark) != NULL;
        free(text);
        return ours;
}

int hooks_look(git_repository *git, struct hook_state state[HOOKS],
               struct error *err)
{
        char folder[LIMIT_PATH_BYTES], path[HOOK_PATH_BYTES];
        int rc = hooks_folder(git, folder, err);

        for (int i = 0; i < HOOKS && rc == 0; i++) {
                hook_path(path, folder, hooks[i].name, "");
                state[i] = (struct hook_state){.name = hooks[i].name,
                                               .ours = is_ours(path)};
                state[i].foreign = !state[i].ours && file_exists(path);
                hook_path(path, folder, hooks[i].name, ".before-kevo");
                state[i].chained = state[i].ours && file_exists(path);
        }
        return rc;
}

/* A path in single quotes of the shell. */
static void add_quoted(struct buf *out, const char *value)
{
        for (; *value; value++) {
                if (*value == '\'')
                        buf_puts(out, "'\\''");
                else
                        buf_putc(out, *value);
        }
}

/* Only these two words are replaced: the scripts stay readable as they are
 * in hooks/. */
static void fill_in(struct buf *out, const char *text, const char *kevo,
                    const char *socket)
{
        while (*text) {
                if (text_starts(text, "@KEVO@")) {
                        add_quoted(out, kevo);
                        text += strlen("@KEVO@");
                } else if (text_starts(text, "@SOCKET@")) {
                        add_quoted(out, socket);
                        text += strlen("@SOCKET@");
                } else {
                        buf_putc(out, *text++);
                }
        }
}

/* An older hook moves behind ours. */
static int keep_older(const char *folder, const char *name, struct error *err)
{
        char path[HOOK_PATH_BYTES], older[HOOK_PATH_BYTES];

        hook_path(path, folder, name, "");
        hook_path(older, folder, name, ".before-kevo");
        if (!file_exists(path) || is_ours(path))
                return 0;
        if (file_exists(older))
                return error_set(err, ERR_DENIED,
                                 "%s and %s both exist and neither is "
                                 "kevo's; remove one of them",
                                 path, older);
        if (rename(path, older) < 0)
                return error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
        return 0;
}

static int install_one(const char *folder, int i, const char *kevo,
                       const char *socket, struct error *err)
{
        char path[HOOK_PATH_BYTES];
        struct buf text;
        int rc;

        rc = keep_older(folder, hooks[i].name, err);
        if (rc < 0)
                return rc;
        buf_init(&text, HOOK_BYTES);
        fill_in(&text, hooks[i].text, kevo, socket);
        hook_path(path, folder, hooks[i].name, "");
        rc = buf_check(&text, hooks[i].name, err);
        if (rc == 0)
                rc = file_write(path, text.data, text.length, 0755, err);
        buf_dispose(&text);
        return rc;
}

int hooks_install(git_repository *git, const char *kevo, const char *socket,
                  int *installed, struct error *err)
{
        char folder[LIMIT_PATH_BYTES];
        int rc = hooks_folder(git, folder, err);

        *installed = 0;
        for (int i = 0; i < HOOKS && rc == 0; i++) {
                if (git_repository_is_bare(git) && !hooks[i].in_bare)
                        continue;
                rc = install_one(folder, i, kevo, socket, err);
                *installed += rc == 0;
        }
        return rc;
}

static int uninstall_one(const char *folder, const char *name, int *removed,
                         struct error *err)
{
        char path[HOOK_PATH_BYTES], older[HOOK_PATH_BYTES];
        int rc;

        hook_path(path, folder, name, "");
        hook_path(older, folder, name, ".before-kevo");
        if (!is_ours(path))
                return 0;
        rc = file_exists(older) ? rename(older, path) : unlink(path);
        if (rc < 0)
                return error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
        ++*removed;
        return 0;
}

int hooks_uninstall(git_repository *git, int *removed, struct error *err)
{
        char folder[LIMIT_PATH_BYTES];
        int rc = hooks_folder(git, folder, err);

        *removed = 0;
        for (int i = 0; i < HOOKS && rc == 0; i++)
                rc = uninstall_one(folder, hooks[i].name, removed, err);
        return rc;
}
