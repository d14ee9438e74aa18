/*
 * A disk that fails on demand: an SQLite VFS that passes everything on to
 * the default one, counts what takes or secures space (write, truncate,
 * sync, growth of the shared memory) and lets the n-th one and, like a full
 * disk, all later ones fail until the fault is lifted. With SQLITE_BUSY it
 * counts and fails locks instead, some in a row or all later ones: another
 * process that holds them.
 *
 * It waits neither for the real disk (syncs that succeed do nothing) nor for
 * time to pass.
 */
#ifndef KEVO_TESTS_FAULT_VFS_H
#define KEVO_TESTS_FAULT_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct fault_file {
        sqlite3_file base;
        sqlite3_file *real;
};

static struct {
        sqlite3_vfs vfs, *real;
        sqlite3_io_methods methods;
        int code;    /* SQLITE_FULL, SQLITE_IOERR_WRITE, ... */
        long count;  /* operations so far */
        long target; /* the first that fails; 0: none */
        long length; /* so many fail; 0: all later ones */
        bool hit;
} fault;

static bool fault_at(bool lock)
{
        if (lock != (fault.code == SQLITE_BUSY))
                return false;
        fault.count++;
        if (!fault.target || fault.count < fault.target ||
            (fault.length && fault.count >= fault.target + fault.length))
                return false;
        fault.hit = true;
        return true;
}

static bool fault_now(void)
{
        return fault_at(false);
}

static inline void fault_arm_for(long target, long length, int code)
{
        fault.count = 0;
        fault.target = target;
        fault.length = length;
        fault.code = code;
        fault.hit = false;
}

static inline void fault_arm(long target, int code)
{
        fault_arm_for(target, 0, code);
}

static inline void fault_lift(void)
{
        fault.target = 0;
}

#define REAL(file) (((struct fault_file *)(file))->real)

static int fault_close(sqlite3_file *f)
{
        int code = REAL(f)->pMethods ? REAL(f)->pMethods->xClose(REAL(f)) : 0;

        free(REAL(f));
        return code;
}

static int fault_read(sqlite3_file *f, void *data, int n, sqlite3_int64 at)
{
        return REAL(f)->pMethods->xRead(REAL(f), data, n, at);
}

static int fault_write(sqlite3_file *f, const void *data, int n,
                       sqlite3_int64 at)
{
        /* A full disk takes a part. */
        if (fault_now()) {
                if (n > 1)
                        REAL(f)->pMethods->xWrite(REAL(f), data, n / 2, at);
                return fault.code;
        }
        return REAL(f)->pMethods->xWrite(REAL(f), data, n, at);
}

static int fault_truncate(sqlite3_file *f, sqlite3_int64 size)
{
        return fault_now() ? SQLITE_IOERR_TRUNCATE
                           : REAL(f)->pMethods->xTruncate(REAL(f), size);
}

static int fault_sync(sqlite3_file *f, int flags)
{
        (void)f;
        (void)flags;
        return fault_now() ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int fault_size(sqlite3_file *f, sqlite3_int64 *size)
{
        return REAL(f)->pMethods->xFileSize(REAL(f), size);
}

static int fault_lock(sqlite3_file *f, int level)
{
        return fault_at(true) ? SQLITE_BUSY
                              : REAL(f)->pMethods->xLock(REAL(f), level);
}

static int fault_unlock(sqlite3_file *f, int level)
{
        return REAL(f)->pMethods->xUnlock(REAL(f), level);
}

static int fault_reserved(sqlite3_file *f, int *answer)
{
        return REAL(f)->pMethods->xCheckReservedLock(REAL(f), answer);
}

static int fault_control(sqlite3_file *f, int op, void *argument)
{
        return REAL(f)->pMethods->xFileControl(REAL(f), op, argument);
}

static int fault_sector(sqlite3_file *f)
{
        return REAL(f)->pMethods->xSectorSize(REAL(f));
}

static int fault_traits(sqlite3_file *f)
{
        return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static int fault_shm_map(sqlite3_file *f, int region, int size, int extend,
                         void volatile **memory)
{
        if (extend && fault_now())
                return SQLITE_IOERR_SHMSIZE;
        return REAL(f)->pMethods->xShmMap(REAL(f), region, size, extend,
                                          memory);
}

static int fault_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
        if ((flags & SQLITE_SHM_LOCK) && fault_at(true))
                return SQLITE_BUSY;
        return REAL(f)->pMethods->xShmLock(REAL(f), offset, n, flags);
}

static void fault_shm_barrier(sqlite3_file *f)
{
        REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static int fault_shm_unmap(sqlite3_file *f, int remove)
{
        return REAL(f)->pMethods->xShmUnmap(REAL(f), remove);
}

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f,
                      int flags, int *got)
{
        int code;

        (void)vfs;
        f->pMethods = NULL;
        REAL(f) = calloc(1, (size_t)fault.real->szOsFile);
        if (!REAL(f))
                return SQLITE_NOMEM;
        code = fault.real->xOpen(fault.real, name, REAL(f), flags, got);
        f->pMethods = &fault.methods;
        if (code != SQLITE_OK && !REAL(f)->pMethods) {
                free(REAL(f));
                f->pMethods = NULL;
        }
        return code;
}

static int fault_sleep(sqlite3_vfs *vfs, int microseconds)
{
        (void)vfs;
        return microseconds;
}

/* Becomes the default: everything that opens a database meets it. */
static inline void fault_install(void)
{
        fault.real = sqlite3_vfs_find(NULL);
        fault.vfs = *fault.real;
        fault.vfs.zName = "fault";
        fault.vfs.pNext = NULL;
        fault.vfs.szOsFile = (int)sizeof(struct fault_file);
        fault.vfs.xOpen = fault_open;
        fault.vfs.xSleep = fault_sleep;
        fault.methods = (sqlite3_io_methods){
                .iVersion = 2,
                .xClose = fault_close,
                .xRead = fault_read,
                .xWrite = fault_write,
                .xTruncate = fault_truncate,
                .xSync = fault_sync,
                .xFileSize = fault_size,
                .xLock = fault_lock,
                .xUnlock = fault_unlock,
                .xCheckReservedLock = fault_reserved,
                .xFileControl = fault_control,
                .xSectorSize = fault_sector,
                .xDeviceCharacteristics = fault_traits,
                .xShmMap = fault_shm_map,
                .xShmLock = fault_shm_lock,
                .xShmBarrier = fault_shm_barrier,
                .xShmUnmap = fault_shm_unmap,
        };
        sqlite3_vfs_register(&fault.vfs, 1);
}

#endif
