/*
 * See worktree.h. The layout is git's (gitrepository-layout): the main work
 * tree keeps its state in the git folder itself, a linked one in
 * worktrees/<name>/ below it.
 */
#include "deliver/worktree.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/text.h"

enum { STATE_BYTES = 1 << 16 };

/* Files that name a branch: whole, or in a line of their own. A bisection
 * notes the short name of where it began. */
static const struct {
        const char *file;
        bool is_short;
} states[] = {
        {"HEAD", false},
        {"rebase-merge/head-name", false},
        {"rebase-merge/update-refs", false},
        {"rebase-apply/head-name", false},
        {"BISECT_START", true},
};

/* A line of the text is the name; HEAD has "ref: " in front of it. */
static bool has_line(const char *text, const char *name)
{
        size_t wanted = strlen(name);

        while (*text) {
                size_t length = strcspn(text, "\r\n");

                if (text_starts(text, "ref: ")) {
                        text += 5;
                        length -= 5;
                }
                if (length == wanted && memcmp(text, name, wanted) == 0)
                        return true;
                text += length;
                text += *text != 0;
        }
        return false;
}

/* folder ends with '/'. */
static int folder_holds(const char *folder, const char *ref, bool *held,
                        struct error *err)
{
        const char *short_name = ref + strlen("refs/heads/");
        int rc = 0;

        for (size_t i = 0; i < sizeof states / sizeof *states && rc == 0;
             i++) {
                char path[LIMIT_PATH_BYTES];
                struct error why = {0};
                char *text = NULL;

                snprintf(path, sizeof path, "%s%s", folder, states[i].file);
                rc = file_read(path, STATE_BYTES, &text, NULL, &why);
                if (rc == ERR_NOT_FOUND)
                        rc = 0;
                else if (rc < 0)
                        error_set(err, rc,
                                  "%s; kevo looks there whether a branch is "
                                  "checked out: let it read the file",
                                  why.text);
                if (text)
                        *held = *held ||
                                has_line(text, states[i].is_short ? short_name
                                                                  : ref);
                free(text);
        }
        return rc;
}

/* git prunes a linked work tree whose folder is gone: the file `gitdir`
 * names a .git that is not there. A locked one is on a disk that is away. */
static bool is_left_over(const char *folder)
{
        char path[LIMIT_PATH_BYTES], linked[2 * LIMIT_PATH_BYTES];
        struct error ignored = {0};
        char *text = NULL;
        bool gone;

        snprintf(path, sizeof path, "%slocked", folder);
        if (file_exists(path))
                return false;
        snprintf(path, sizeof path, "%sgitdir", folder);
        if (file_read(path, LIMIT_PATH_BYTES, &text, NULL, &ignored) < 0)
                return false;
        text[strcspn(text, "\r\n")] = 0;
        snprintf(linked, sizeof linked, "%s%s", *text == '/' ? "" : folder,
                 text);
        gone = !file_exists(linked) && errno == ENOENT;
        free(text);
        return gone;
}

int worktree_holds(git_repository *git, const char *ref, bool *held,
                   struct error *err)
{
        const char *common = git_repository_commondir(git);
        char path[LIMIT_PATH_BYTES];
        struct dirent *entry;
        DIR *dir;
        int rc;

        *held = false;
        rc = folder_holds(common, ref, held, err);
        if (rc < 0)
                return rc;
        snprintf(path, sizeof path, "%sworktrees", common);
        dir = opendir(path);
        if (!dir && errno != ENOENT)
                return error_set(err, ERR_DENIED,
                                 "%s: %s; kevo looks there whether a branch "
                                 "is checked out: let it read the folder",
                                 path, strerror(errno));
        while (dir && rc == 0 && (entry = readdir(dir))) {
                if (entry->d_name[0] == '.' ||
                    snprintf(path, sizeof path, "%sworktrees/%s/", common,
                             entry->d_name) >= (int)sizeof path)
                        continue;
                if (!is_left_over(path))
                        rc = folder_holds(path, ref, held, err);
        }
        if (dir)
                closedir(dir);
        return rc;
}
