/* See file.h. */
#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/limits.h"

int file_fail(const char *path, struct error *err)
{
        int number = errno;
        bool full = number == ENOSPC || number == EDQUOT;

        return error_set(err, ERR_IO, "%s: %s%s", path, strerror(number),
                         full ? "; free some space and try again" : "");
}

static int read_all(int fd, struct buf *buf)
{
        char chunk[65536];
        ssize_t got;

        for (;;) {
                got = read(fd, chunk, sizeof chunk);
                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        return got < 0 ? -errno : 0;
                buf_add(buf, chunk, (size_t)got);
                if (buf->failed)
                        return 0;
        }
}

int file_read(const char *path, size_t maximum, char **text, size_t *length,
              struct error *err)
{
        struct buf buf;
        struct stat info;
        int fd, rc;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
                return error_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                                 "%s: %s", path, strerror(errno));
        buf_init(&buf, maximum);
        if (fstat(fd, &info) == 0 && !S_ISREG(info.st_mode)) {
                rc = error_set(err, ERR_IO, "%s: not a regular file", path);
                goto out;
        }
        rc = read_all(fd, &buf);
        if (rc < 0)
                rc = error_set(err, ERR_IO, "%s: %s", path, strerror(-rc));
        else
                rc = buf_check(&buf, path, err);
        if (rc < 0)
                goto out;
        if (length)
                *length = buf.length;
        *text = buf_take(&buf);
        if (!*text)
                rc = error_memory(err);
out:
        buf_dispose(&buf);
        close(fd);
        return rc;
}

static int write_all(int fd, const char *data, size_t length)
{
        while (length) {
                ssize_t put = write(fd, data, length);

                if (put < 0 && errno == EINTR)
                        continue;
                if (put < 0)
                        return -1;
                data += put;
                length -= (size_t)put;
        }
        return 0;
}

int file_write(const char *path, const void *data, size_t length,
               unsigned mode, struct error *err)
{
        char temporary[LIMIT_PATH_BYTES];
        int fd, rc = 0;

        if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >=
            (int)sizeof temporary)
                return error_set(err, ERR_LIMIT, "%s: path too long", path);
        fd = mkostemp(temporary, O_CLOEXEC);
        if (fd < 0)
                return file_fail(path, err);
        if (write_all(fd, data, length) < 0 || fchmod(fd, mode) < 0 ||
            fsync(fd) < 0)
                rc = file_fail(path, err);
        if (close(fd) < 0 && rc == 0)
                rc = file_fail(path, err);
        if (rc == 0 && rename(temporary, path) < 0)
                rc = file_fail(path, err);
        if (rc < 0)
                unlink(temporary);
        return rc;
}

bool file_exists(const char *path)
{
        return access(path, F_OK) == 0;
}

bool file_is_directory(const char *path)
{
        struct stat info;

        return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool file_is_inside(const char *folder, const char *path)
{
        size_t n = strlen(folder);

        while (n > 1 && folder[n - 1] == '/')
                n--;
        return strncmp(folder, path, n) == 0 && (!path[n] || path[n] == '/');
}

int file_make_directories(const char *path, unsigned mode, struct error *err)
{
        char part[LIMIT_PATH_BYTES];
        size_t length = strlen(path);

        if (length >= sizeof part)
                return error_set(err, ERR_LIMIT, "%s: path too long", path);
        for (size_t i = 1; i <= length; i++) {
                if (i < length && path[i] != '/')
                        continue;
                memcpy(part, path, i);
                part[i] = 0;
                if (mkdir(part, mode) < 0 && errno != EEXIST)
                        return file_fail(part, err);
        }
        if (!file_is_directory(path))
                return error_set(err, ERR_IO, "%s: not a folder", path);
        return 0;
}

static int remove_one(const char *path, const struct stat *info, int flag,
                      struct FTW *walk)
{
        (void)info;
        (void)flag;
        (void)walk;
        remove(path);
        return 0;
}

void file_remove_tree(const char *path)
{
        nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* "kevo-<namespace of pids>-<pid>": who a temporary folder belongs to; for
 * pid 0 it ends before the pid. A pid of another container says nothing
 * here. */
static void temporary_prefix(char prefix[64], pid_t pid)
{
        struct stat info = {0};

        if (stat("/proc/self/ns/pid", &info) < 0)
                info.st_ino = 0;
        snprintf(prefix, 64, "kevo-%llu-%.0ld",
                 (unsigned long long)info.st_ino, (long)pid);
}

/* Private to this user, so that nobody can change it under our hands. */
static void remove_if_left(const char *path, long pid)
{
        struct stat info;

        if (pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH &&
            lstat(path, &info) == 0 && S_ISDIR(info.st_mode) &&
            info.st_uid == geteuid() && (info.st_mode & 077) == 0)
                file_remove_tree(path);
}

static void remove_left(const char *parent)
{
        char prefix[64], path[LIMIT_PATH_BYTES];
        DIR *folder = opendir(parent);
        struct dirent *entry;
        size_t length;

        temporary_prefix(prefix, 0);
        length = strlen(prefix);
        while (folder && (entry = readdir(folder))) {
                if (strncmp(entry->d_name, prefix, length) == 0 &&
                    snprintf(path, sizeof path, "%s/%s", parent,
                             entry->d_name) < (int)sizeof path)
                        remove_if_left(path, strtol(entry->d_name + length,
                                                    NULL, 10));
        }
        if (folder)
                closedir(folder);
}

int file_make_temporary_in(const char *parent, char *path, struct error *err)
{
        const char *set = getenv("TMPDIR");
        char prefix[64];

        if (!parent)
                parent = set && *set ? set : "/tmp";
        remove_left(parent);
        temporary_prefix(prefix, getpid());
        if (snprintf(path, LIMIT_PATH_BYTES, "%s/%s-XXXXXX", parent, prefix) >=
            LIMIT_PATH_BYTES)
                return error_set(err, ERR_LIMIT, "%s: path too long", parent);
        return mkdtemp(path) ? 0 : file_fail(path, err);
}

int file_make_temporary(char *path, struct error *err)
{
        return file_make_temporary_in(NULL, path, err);
}

int64_t file_free_bytes(const char *path)
{
        struct statvfs info;

        if (statvfs(path, &info) < 0)
                return -1;
        return (int64_t)info.f_bavail * (int64_t)info.f_frsize;
}

int file_self(char *path, struct error *err)
{
        ssize_t n = readlink("/proc/self/exe", path, LIMIT_PATH_BYTES - 1);

        if (n < 0)
                return error_set(err, ERR_IO, "/proc/self/exe: %s",
                                 strerror(errno));
        path[n] = 0;
        return 0;
}

static void home_folder(char *path, const char *variable, const char *fallback)
{
        const char *base = getenv(variable), *home = getenv("HOME");

        if (base && *base == '/')
                snprintf(path, LIMIT_PATH_BYTES, "%s/kevo", base);
        else
                snprintf(path, LIMIT_PATH_BYTES, "%s/%s/kevo",
                         home && *home ? home : "/tmp", fallback);
}

void file_cache_home(char *path)
{
        home_folder(path, "XDG_CACHE_HOME", ".cache");
}

void file_state_home(char *path)
{
        home_folder(path, "XDG_STATE_HOME", ".local/state");
}

void file_config_home(char *path)
{
        home_folder(path, "XDG_CONFIG_HOME", ".config");
}
