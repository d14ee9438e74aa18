/*
 * See cache.h. Only what has the name of something kept is looked at,
 * "objects/ab/<key>..." and "oracle-<key>.so": the host file may name a folder
 * that holds more, and a mistake there must cost nobody a file. What PyTorch
 * keeps under "torch" is PyTorch's.
 *
 * The time of use is that of the last read where the file system keeps it,
 * else that of the build.
 */
#include "repo/cache.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/text.h"

enum { DAY_SECONDS = 86400 };

struct entry {
        char *path;
        int64_t used, bytes; /* wall seconds; its length */
};

struct entries {
        struct entry *entry;
        int count;
        int64_t bytes;
};

static bool has_key(const char *name)
{
        return strspn(name, "0123456789abcdef") >= HASH_TEXT_BYTES - 1;
}

static bool is_kept(const FTSENT *found)
{
        if (found->fts_info != FTS_F)
                return false;
        if (found->fts_level == 1)
                return text_starts(found->fts_name, "oracle-") &&
                       has_key(found->fts_name + strlen("oracle-"));
        return found->fts_level == 3 && has_key(found->fts_name);
}

static bool is_foreign_folder(const FTSENT *found)
{
        return found->fts_info == FTS_D &&
               ((found->fts_level == 1 &&
                 !text_equal(found->fts_name, "objects")) ||
                (found->fts_level == 2 && found->fts_namelen != 2));
}

/* A time in the future was set by a wrong clock, and says nothing. */
static int64_t time_of_use(const struct stat *info, int64_t now)
{
        int64_t used = info->st_atime > info->st_mtime ? info->st_atime
                                                       : info->st_mtime;

        return used > now + CACHE_GRACE_SECONDS ? 0 : used;
}

/* The array doubles at powers of two. More than the limit waits for the next
 * time. */
static int add(struct entries *all, const FTSENT *found, int64_t now,
               struct error *err)
{
        size_t n = (size_t)all->count;
        struct entry *grown = all->entry, *last;

        if (n == LIMIT_CACHE_FILES)
                return 0;
        if ((n & (n - 1)) == 0)
                grown = realloc(grown, (n ? 2 * n : 1) * sizeof *grown);
        if (!grown)
                return error_memory(err);
        all->entry = grown;
        last = &grown[n];
        last->path = strdup(found->fts_path);
        if (!last->path)
                return error_memory(err);
        last->used = time_of_use(found->fts_statp, now);
        last->bytes = found->fts_statp->st_size;
        all->bytes += last->bytes;
        all->count++;
        return 0;
}

static int collect(const char *path, int64_t now, struct entries *all,
                   struct error *err)
{
        char *roots[] = {(char *)path, NULL};
        FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR,
                             NULL);
        FTSENT *found;
        int rc = 0;

        if (!walk)
                return file_fail(path, err);
        while (rc == 0 && (found = fts_read(walk))) {
                if (is_kept(found))
                        rc = add(all, found, now, err);
                else if (is_foreign_folder(found))
                        fts_set(walk, found, FTS_SKIP);
        }
        fts_close(walk);
        return rc;
}

static int by_use(const void *a, const void *b)
{
        const struct entry *x = a, *y = b;

        return (x->used > y->used) - (x->used < y->used);
}

int cache_prune(const char *path, int64_t most_bytes, int64_t now,
                struct cache_dropped *dropped, struct error *err)
{
        int64_t oldest = now - (int64_t)CACHE_DAYS * DAY_SECONDS;
        struct entries all = {0};
        int rc;

        *dropped = (struct cache_dropped){0};
        if (!file_is_directory(path))
                return 0;
        rc = collect(path, now, &all, err);
        if (rc == 0 && all.count)
                qsort(all.entry, (size_t)all.count, sizeof *all.entry, by_use);
        for (int i = 0; i < all.count; i++) {
                const struct entry *e = &all.entry[i];
                bool much = all.bytes - dropped->bytes > most_bytes;

                if (rc == 0 && e->used < now - CACHE_GRACE_SECONDS &&
                    (much || e->used < oldest) && unlink(e->path) == 0) {
                        dropped->files++;
                        dropped->bytes += e->bytes;
                }
                free(e->path);
        }
        free(all.entry);
        return rc;
}
