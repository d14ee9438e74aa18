/*
 * An arena: many small allocations that die together, such as the nodes of a
 * syntax tree or of a thread program. Memory comes zeroed.
 */
#ifndef KEVO_CORE_ARENA_H
#define KEVO_CORE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "core/error.h"

struct arena; /* opaque */

/* maximum: bytes after which allocation fails. NULL when out of memory. */
struct arena *arena_new(size_t maximum);
void arena_free(struct arena *arena);

/* Zeroed, aligned for any type; NULL when memory or the maximum is used up.
 * The failure sticks: arena_failed tells, ERR_LIMIT or ERR_MEMORY, so that a
 * builder of many nodes can ask once. */
void *arena_alloc(struct arena *arena, size_t bytes);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
        KEVO_PRINTF(2, 3);
int arena_failed(const struct arena *arena);

#endif
