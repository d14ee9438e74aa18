/* See arena.h: a list of blocks, each at least 16 KiB. */
#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 16 << 10, ALIGN = 16 };

struct block {
        struct block *next;
        size_t used, size;
};

struct arena {
        struct block *blocks;
        size_t total, maximum;
        int failed; /* why, an error code */
};

/* The header of a block, rounded up so that its data stays aligned. */
enum { HEADER = (sizeof(struct block) + ALIGN - 1) / ALIGN * ALIGN };

struct arena *arena_new(size_t maximum)
{
        struct arena *arena = calloc(1, sizeof *arena);

        if (arena)
                arena->maximum = maximum;
        return arena;
}

void arena_free(struct arena *arena)
{
        struct block *block, *next;

        if (!arena)
                return;
        for (block = arena->blocks; block; block = next) {
                next = block->next;
                free(block);
        }
        free(arena);
}

static struct block *add_block(struct arena *arena, size_t bytes)
{
        size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
        struct block *block;

        if (size > arena->maximum || arena->total > arena->maximum - size) {
                arena->failed = ERR_LIMIT;
                return NULL;
        }
        block = calloc(1, HEADER + size);
        if (!block) {
                arena->failed = ERR_MEMORY;
                return NULL;
        }
        block->size = size;
        block->next = arena->blocks;
        arena->blocks = block;
        arena->total += size;
        return block;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
        struct block *block = arena->blocks;
        void *at;

        bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
        if (!block || block->size - block->used < bytes)
                block = add_block(arena, bytes);
        if (!block)
                return NULL;
        at = (char *)block + HEADER + block->used;
        block->used += bytes;
        return at;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
        char *copy = arena_alloc(arena, length + 1);

        if (copy)
                memcpy(copy, text, length);
        return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
        return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
        va_list args;
        char *text = NULL;
        int length;

        va_start(args, format);
        length = vsnprintf(NULL, 0, format, args);
        va_end(args);
        if (length >= 0)
                text = arena_alloc(arena, (size_t)length + 1);
        if (text) {
                va_start(args, format);
                vsnprintf(text, (size_t)length + 1, format, args);
                va_end(args);
        }
        return text;
}

int arena_failed(const struct arena *arena)
{
        return arena->failed;
}
