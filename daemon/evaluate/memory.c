/* See memory.h. */
#include "evaluate/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/rng.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

enum { PAGE = 4096, ALIGNMENT = 256, FIXED = F_SEAL_GROW | F_SEAL_SHRINK };

void memory_place(struct cell_piece *piece, uint64_t *end, uint64_t bytes,
                  enum memory_layout layout)
{
        uint64_t span = (bytes + PAGE - 1) / PAGE * PAGE;

        if (layout == MEMORY_BETWEEN)
                span += 2 * PAGE;
        span = span ? span : PAGE;
        *piece = (struct cell_piece){
                .offset = *end, .span = span, .bytes = bytes};
        if (layout == MEMORY_AT_END)
                piece->lead = (span - bytes) / ALIGNMENT * ALIGNMENT;
        if (layout == MEMORY_BETWEEN)
                piece->lead = PAGE;
        *end += span;
}

static int failed(struct memory *memory, size_t bytes, struct error *err)
{
        int code = errno;

        memory_dispose(memory);
        return error_set(
                err, code == ENOMEM || code == ENOSPC ? ERR_MEMORY : ERR_IO,
                "%zu bytes of shared memory: %s", bytes, strerror(code));
}

static int create(struct memory *memory, size_t bytes, unsigned flags,
                  struct error *err)
{
        *memory = (struct memory){.bytes = bytes};
        memory->fd =
                memfd_create("kevo", MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);
        if (memory->fd < 0 && flags) /* a kernel that does not know them */
                memory->fd =
                        memfd_create("kevo", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (memory->fd == 0) { /* standard input was closed; 0 means none */
                memory->fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
                close(0);
        }
        if (memory->fd < 0 || ftruncate(memory->fd, (off_t)bytes) < 0)
                return failed(memory, bytes, err);
        return 0;
}

int memory_create(struct memory *memory, size_t bytes, struct error *err)
{
        int rc;
        void *map;

        bytes = bytes ? bytes : PAGE;
        rc = create(memory, bytes, 0, err);
        if (rc < 0)
                return rc;
        map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd,
                   0);
        if (map == MAP_FAILED || fcntl(memory->fd, F_ADD_SEALS, FIXED) < 0)
                return failed(memory, bytes, err);
        memory->map = map;
        return 0;
}

int memory_seal(struct memory *memory, struct error *err)
{
        void *map;

        munmap(memory->map, memory->bytes);
        memory->map = NULL;
        if (fcntl(memory->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) < 0)
                return failed(memory, memory->bytes, err);
        map = mmap(NULL, memory->bytes, PROT_READ, MAP_SHARED, memory->fd, 0);
        if (map == MAP_FAILED)
                return failed(memory, memory->bytes, err);
        memory->map = map;
        return 0;
}

int memory_of_bytes(struct memory *memory, const void *data, size_t bytes,
                    bool executable, struct error *err)
{
        int rc = create(memory, bytes, executable ? MFD_EXEC : 0, err);
        size_t put = 0;
        ssize_t n;

        while (rc == 0 && put < bytes) {
                n = write(memory->fd, (const char *)data + put, bytes - put);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return failed(memory, bytes, err);
                put += (size_t)n;
        }
        if (rc == 0 && fcntl(memory->fd, F_ADD_SEALS,
                             FIXED | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
                return failed(memory, bytes, err);
        return rc;
}

void memory_dispose(struct memory *memory)
{
        if (memory->map)
                munmap(memory->map, memory->bytes);
        if (memory->fd > 0)
                close(memory->fd);
        *memory = (struct memory){0};
}

static uint8_t canary(uint64_t seed, const struct cell_piece *piece,
                      uint64_t at)
{
        uint64_t word = rng_at(seed ^ piece->offset, at / 8);

        return (uint8_t)(word >> (at % 8 * 8));
}

void memory_arm(const struct memory *memory, const struct cell_piece *piece,
                uint64_t seed)
{
        uint8_t *page = (uint8_t *)memory->map + piece->offset;

        for (uint64_t i = 0; i < piece->lead; i++)
                page[i] = canary(seed, piece, i);
        for (uint64_t i = piece->lead + piece->bytes; i < piece->span; i++)
                page[i] = canary(seed, piece, i);
}

bool memory_intact(const struct memory *memory, const struct cell_piece *piece,
                   uint64_t seed, int64_t *where)
{
        const uint8_t *page = (const uint8_t *)memory->map + piece->offset;
        uint64_t behind = piece->lead + piece->bytes;

        for (uint64_t i = 0; i < piece->span; i++) {
                if (i == piece->lead)
                        i = behind;
                if (i < piece->span && page[i] != canary(seed, piece, i)) {
                        *where = (int64_t)i - (int64_t)piece->lead;
                        return false;
                }
        }
        return true;
}
