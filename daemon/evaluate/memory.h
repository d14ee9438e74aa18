/*
 * Memory shared with cells: files without a name that hold tensors, each
 * with margins of secret bytes (canaries) beside it. The worker owns the
 * files; cells map them, inputs read-only and sealed against writing.
 */
#ifndef KEVO_EVALUATE_MEMORY_H
#define KEVO_EVALUATE_MEMORY_H

#include <stddef.h>

#include "core/error.h"
#include "evaluate/cell_plan.h"

enum memory_layout {
        MEMORY_AT_END,   /* ends within 256 bytes of its last page's end */
        MEMORY_AT_START, /* starts with its first page */
        MEMORY_BETWEEN   /* a page or more of margin on both sides */
};

struct memory {
        int fd;    /* 0: none; a zeroed struct may be disposed */
        char *map; /* read-write until sealed, then read-only */
        size_t bytes;
};

/* Place bytes of data after *end (whole pages), aligned to 256 bytes;
 * moves *end. */
void memory_place(struct cell_piece *piece, uint64_t *end, uint64_t bytes,
                  enum memory_layout layout);

/* A file of zeros of fixed length. */
int memory_create(struct memory *memory, size_t bytes,
                  struct error *err) KEVO_MUST_CHECK;
/* Copy bytes into a new sealed file; executable: it will be loaded. */
int memory_of_bytes(struct memory *memory, const void *data, size_t bytes,
                    bool executable, struct error *err) KEVO_MUST_CHECK;
/* No writing from now on, by anybody. */
int memory_seal(struct memory *memory, struct error *err) KEVO_MUST_CHECK;
void memory_dispose(struct memory *memory);

static inline char *memory_data(const struct memory *memory,
                                const struct cell_piece *piece)
{
        return memory->map + piece->offset + piece->lead;
}

/* Margins of a piece: fill with bytes of a secret seed; is each still
 * there? *where: first changed byte relative to the data's start (negative:
 * before it, from bytes on: behind it). */
void memory_arm(const struct memory *memory, const struct cell_piece *piece,
                uint64_t seed);
bool memory_intact(const struct memory *memory, const struct cell_piece *piece,
                   uint64_t seed, int64_t *where);

#endif
