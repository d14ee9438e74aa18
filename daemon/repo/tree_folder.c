/*
 * A folder on disk as a tree. Every component of a path is opened by itself
 * without following links: what lies behind a link is never read, wherever
 * the link points.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/text.h"
#include "repo/git.h"
#include "repo/tree_view.h"

struct folder {
        int fd;
};

/* Descriptor of a path under the root, or -1 with errno; ELOOP for links. */
static int open_beneath(const struct folder *folder, const char *path,
                        int flags)
{
        int at = fcntl(folder->fd, F_DUPFD_CLOEXEC, 0);
        char name[NAME_MAX + 1];

        while (at >= 0 && *path) {
                size_t n = strcspn(path, "/");
                bool last = !path[n];
                int next = -1;

                if (n <= NAME_MAX) {
                        memcpy(name, path, n);
                        name[n] = 0;
                        next = openat(at, name,
                                      O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
                                              O_NONBLOCK |
                                              (last ? flags : O_DIRECTORY));
                } else {
                        errno = ENAMETOOLONG;
                }
                if (next < 0) {
                        int kept = errno;

                        close(at);
                        errno = kept;
                        return -1;
                }
                close(at);
                at = next;
                path += n + !last;
        }
        return at;
}

static int open_failed(const char *path, struct error *err)
{
        if (errno == ENOENT || errno == ENOTDIR)
                return error_set(err, ERR_NOT_FOUND, "%s: no such file", path);
        if (errno == ELOOP)
                return tree_refuse_link(path, err);
        if (errno == EACCES)
                return error_set(err, ERR_DENIED,
                                 "%s: %s; let this user read it", path,
                                 strerror(errno));
        return error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
}

/* A folder with a .git is a repository of its own, usually a submodule. */
static bool is_repository(int fd)
{
        struct stat info;

        return fstatat(fd, ".git", &info, AT_SYMLINK_NOFOLLOW) == 0;
}

static int read_bytes(int fd, const char *path, struct buf *buf,
                      struct error *err)
{
        char chunk[16384];
        ssize_t got;

        do {
                got = read(fd, chunk, sizeof chunk);
                if (got > 0)
                        buf_add(buf, chunk, (size_t)got);
        } while ((got > 0 && !buf->failed) || (got < 0 && errno == EINTR));
        if (got < 0)
                return error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
        return buf_check(buf, path, err);
}

static int folder_read(void *data, const char *path, size_t maximum,
                       char **text, size_t *length, struct error *err)
{
        int fd = open_beneath(data, path, 0), rc;
        struct stat info;
        struct buf buf;

        if (fd < 0)
                return open_failed(path, err);
        buf_init(&buf, maximum);
        if (fstat(fd, &info) < 0)
                rc = open_failed(path, err);
        else if (S_ISDIR(info.st_mode) && is_repository(fd))
                rc = tree_refuse_submodule(path, err);
        else if (!S_ISREG(info.st_mode))
                rc = error_set(err, ERR_INPUT, "%s: not a regular file", path);
        else
                rc = read_bytes(fd, path, &buf, err);
        if (rc == 0) {
                *length = buf.length;
                /* An empty buffer has nothing to take. */
                *text = buf.length ? buf_take(&buf) : calloc(1, 1);
                rc = *text ? 0 : error_memory(err);
        }
        buf_dispose(&buf);
        close(fd);
        return rc;
}

static bool folder_has(void *data, const char *path)
{
        int fd = open_beneath(data, path, 0);
        bool has = fd >= 0 && !is_repository(fd);

        if (fd >= 0)
                close(fd);
        return has;
}

static int add_entry(DIR *dir, const char *name, struct tree_names *names,
                     struct error *err)
{
        struct stat info;
        bool folder = false;

        if (text_equal(name, ".") || text_equal(name, "..") ||
            text_equal(name, ".git"))
                return 0;
        /* Gone since, or neither file, folder nor link: not a member. */
        if (fstatat(dirfd(dir), name, &info, AT_SYMLINK_NOFOLLOW) < 0 ||
            !(S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) ||
              S_ISLNK(info.st_mode)))
                return 0;
        if (S_ISDIR(info.st_mode)) {
                int fd = openat(dirfd(dir), name,
                                O_RDONLY | O_DIRECTORY | O_CLOEXEC);

                folder = fd < 0 || !is_repository(fd);
                if (fd >= 0)
                        close(fd);
        }
        return tree_names_add(names, name, folder, err);
}

/* Nothing to list: there is no such folder, or it is none of ours. */
static int explain_no_folder(const struct folder *folder, const char *path,
                             struct error *err)
{
        int fd = open_beneath(folder, path, O_PATH), rc = 0;
        struct stat info;

        if (fd >= 0 && fstat(fd, &info) == 0 && S_ISLNK(info.st_mode))
                rc = tree_refuse_link(path, err);
        if (fd >= 0)
                close(fd);
        return rc;
}

static int folder_list(void *data, const char *path, struct tree_names *names,
                       struct error *err)
{
        int fd = open_beneath(data, path, O_DIRECTORY), rc = 0;
        struct dirent *entry;
        DIR *dir;

        if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
                return explain_no_folder(data, path, err);
        if (fd < 0)
                return open_failed(path, err);
        if (*path && is_repository(fd)) {
                close(fd);
                return tree_refuse_submodule(path, err);
        }
        dir = fdopendir(fd);
        if (!dir) {
                rc = open_failed(path, err);
                close(fd);
                return rc;
        }
        /* The root's descriptor shares its position with every duplicate. */
        rewinddir(dir);
        while (rc == 0 && (entry = readdir(dir)))
                rc = add_entry(dir, entry->d_name, names, err);
        closedir(dir);
        return rc;
}

static void folder_entry_id(void *data, const char *path, char *id)
{
        char *text = NULL;
        size_t length = 0;
        git_oid oid;

        if (!*path ||
            folder_read(data, path, LIMIT_SOURCE_BYTES, &text, &length, NULL))
                return;
        if (git_odb_hash(&oid, text, length, GIT_OBJECT_BLOB) == 0)
                git_oid_tostr(id, TREE_ID_BYTES, &oid);
        free(text);
}

static void folder_close(void *data)
{
        struct folder *folder = data;

        close(folder->fd);
        free(folder);
}

static const struct tree_view folder_view = {
        folder_read, folder_has, folder_list, folder_entry_id, folder_close};

int tree_open_folder(struct tree **tree, const char *path, struct error *err)
{
        struct folder *folder;
        int rc = git_start(err); /* its hash names the files' content */

        *tree = NULL;
        if (rc < 0)
                return rc;
        folder = calloc(1, sizeof *folder);
        if (!folder)
                return error_memory(err);
        folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder->fd < 0) {
                free(folder);
                return error_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                                 "%s: %s; name a folder that can be read",
                                 path, strerror(errno));
        }
        return tree_new(tree, &folder_view, folder, path, "", err);
}
