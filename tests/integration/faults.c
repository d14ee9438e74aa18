/*
 * A disk that fills up and a clock that is wrong, for programs that know
 * nothing of it: loaded in front of the C library (LD_PRELOAD). Every process
 * of a test shares one page of numbers, a file that KEVO_FAULTS names.
 *
 * The disk: whatever would take or secure space below KEVO_FAULTS_BELOW is
 * counted; from the first-th on it fails with ENOSPC. The first write to fail
 * still takes a half, as a disk does. What is in KEVO_FAULTS_BUT, a folder in
 * it, always works: logs and the page itself.
 *
 * The clock: ahead_seconds is added to the wall clock. The monotonic clock
 * is as it is.
 *
 * A process that was forked and executes nothing else (a cell) is left alone:
 * it may be allowed next to no system calls.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct page {
        _Atomic int64_t count, first, hits, ahead_seconds;
};

static struct page none, *page = &none;
static const char *below, *but;

static void forget(void)
{
        page = &none;
}

__attribute__((constructor)) static void begin(void)
{
        const char *path = getenv("KEVO_FAULTS");
        int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
        void *map;

        below = getenv("KEVO_FAULTS_BELOW");
        but = getenv("KEVO_FAULTS_BUT");
        if (fd < 0)
                return;
        map = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                   0);
        close(fd);
        if (map != MAP_FAILED)
                page = map;
        pthread_atfork(NULL, NULL, forget);
}

#define REAL(name)                     \
        static __typeof__(&name) real; \
        if (!real)                     \
        real = (__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name)

static bool is_below(const char *path, const char *folder)
{
        size_t n = folder ? strlen(folder) : 0;

        return n && strncmp(path, folder, n) == 0 &&
               (path[n] == '/' || path[n] == 0);
}

/* Is the disk full now, for this path? */
static bool full_for(const char *path)
{
        int64_t first;

        if (!is_below(path, below) || is_below(path, but))
                return false;
        page->count++;
        first = page->first;
        if (!first || page->count < first)
                return false;
        page->hits++;
        errno = ENOSPC;
        return true;
}

static bool full_at(int folder, const char *path)
{
        char text[2 * PATH_MAX], link[64];
        ssize_t n;

        if (page == &none)
                return false;
        if (*path == '/')
                return full_for(path);
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        n = readlink(folder == AT_FDCWD ? "/proc/self/cwd" : link, text,
                     PATH_MAX);
        if (n < 0)
                return false;
        snprintf(text + n, sizeof text - (size_t)n, "/%s", path);
        return full_for(text);
}

static bool full(int fd)
{
        char link[64], text[PATH_MAX];
        int before = errno;
        ssize_t n;

        if (page == &none)
                return false;
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        n = readlink(link, text, sizeof text - 1);
        errno = before;
        if (n < 0)
                return false;
        text[n] = 0;
        return full_for(text);
}

static bool full_to_create(int folder, const char *path, int flags)
{
        return (flags & O_CREAT) && page != &none &&
               faccessat(folder, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
               full_at(folder, path);
}

static unsigned mode_of(int flags, va_list args)
{
        return flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, unsigned) : 0;
}

#define OPEN(name)                                           \
        int name(const char *path, int flags, ...)           \
        {                                                    \
                va_list args;                                \
                unsigned mode;                               \
                REAL(name);                                  \
                                                             \
                va_start(args, flags);                       \
                mode = mode_of(flags, args);                 \
                va_end(args);                                \
                return full_to_create(AT_FDCWD, path, flags) \
                               ? -1                          \
                               : real(path, flags, mode);    \
        }

OPEN(open)
OPEN(open64)

#define OPENAT(name)                                              \
        int name(int folder, const char *path, int flags, ...)    \
        {                                                         \
                va_list args;                                     \
                unsigned mode;                                    \
                REAL(name);                                       \
                                                                  \
                va_start(args, flags);                            \
                mode = mode_of(flags, args);                      \
                va_end(args);                                     \
                return full_to_create(folder, path, flags)        \
                               ? -1                               \
                               : real(folder, path, flags, mode); \
        }

OPENAT(openat)
OPENAT(openat64)

/* The first that fails takes a half. */
static bool is_first(void)
{
        return page->hits == 1;
}

ssize_t write(int fd, const void *data, size_t n)
{
        REAL(write);

        if (!full(fd))
                return real(fd, data, n);
        return is_first() && n > 1 ? real(fd, data, n / 2) : -1;
}

#define PWRITE(name)                                                         \
        ssize_t name(int fd, const void *data, size_t n, off_t at)           \
        {                                                                    \
                REAL(name);                                                  \
                                                                             \
                if (!full(fd))                                               \
                        return real(fd, data, n, at);                        \
                return is_first() && n > 1 ? real(fd, data, n / 2, at) : -1; \
        }

PWRITE(pwrite)
PWRITE(pwrite64)

size_t fwrite(const void *data, size_t size, size_t n, FILE *file)
{
        REAL(fwrite);

        return full(fileno(file)) ? 0 : real(data, size, n, file);
}

#define FD(name)                                 \
        int name(int fd)                         \
        {                                        \
                REAL(name);                      \
                                                 \
                return full(fd) ? -1 : real(fd); \
        }

FD(fsync)
FD(fdatasync)

#define TRUNCATE(name)                                 \
        int name(int fd, off_t size)                   \
        {                                              \
                REAL(name);                            \
                                                       \
                return full(fd) ? -1 : real(fd, size); \
        }

TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define FALLOCATE(name)                                          \
        int name(int fd, int mode, off_t at, off_t size)         \
        {                                                        \
                REAL(name);                                      \
                                                                 \
                return full(fd) ? -1 : real(fd, mode, at, size); \
        }

FALLOCATE(fallocate)
FALLOCATE(fallocate64)

int rename(const char *from, const char *to)
{
        REAL(rename);

        return full_at(AT_FDCWD, to) ? -1 : real(from, to);
}

int link(const char *from, const char *to)
{
        REAL(link);

        return full_at(AT_FDCWD, to) ? -1 : real(from, to);
}

int mkdir(const char *path, mode_t mode)
{
        REAL(mkdir);

        if (access(path, F_OK) == 0) {
                errno = EEXIST;
                return -1;
        }
        return full_at(AT_FDCWD, path) ? -1 : real(path, mode);
}

char *mkdtemp(char *path)
{
        REAL(mkdtemp);

        return full_at(AT_FDCWD, path) ? NULL : real(path);
}

#define MKSTEMP(name)                                                    \
        int name(char *path, int flags)                                  \
        {                                                                \
                REAL(name);                                              \
                                                                         \
                return full_at(AT_FDCWD, path) ? -1 : real(path, flags); \
        }

MKSTEMP(mkostemp)
MKSTEMP(mkostemp64)

/* --- the clock ----------------------------------------------------------- */

time_t time(time_t *result)
{
        time_t now;
        REAL(time);

        now = real(NULL) + page->ahead_seconds;
        if (result)
                *result = now;
        return now;
}

int clock_gettime(clockid_t clock, struct timespec *result)
{
        int code;
        REAL(clock_gettime);

        code = real(clock, result);
        if (code == 0 && clock == CLOCK_REALTIME)
                result->tv_sec += page->ahead_seconds;
        return code;
}

int gettimeofday(struct timeval *restrict result, void *restrict zone)
{
        int code;
        REAL(gettimeofday);

        code = real(result, zone);
        if (code == 0)
                result->tv_sec += page->ahead_seconds;
        return code;
}
