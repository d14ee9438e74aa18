/*
 * A growing byte buffer with a maximum. Errors stick: append freely, ask
 * buf_check once at the end. The content is always NUL-terminated.
 */
#ifndef KEVO_CORE_BUF_H
#define KEVO_CORE_BUF_H

#include <stddef.h>

#include "core/error.h"

struct buf {
        char *data; /* never NULL after buf_init; NUL-terminated */
        size_t length, capacity, maximum;
        int failed; /* 0, ERR_MEMORY or ERR_LIMIT */
};

void buf_init(struct buf *buf, size_t maximum);
void buf_dispose(struct buf *buf);
/* Empty it for what comes next; an error that stuck is not forgotten. */
void buf_clear(struct buf *buf);

void buf_add(struct buf *buf, const void *data, size_t length);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) KEVO_PRINTF(2, 3);

/* 0, or the error that stuck; what names the buffer in the message. */
int buf_check(const struct buf *buf, const char *what,
              struct error *err) KEVO_MUST_CHECK;

/* Hand the content to the caller (free it); buf is empty afterwards.
 * NULL when an error stuck. */
char *buf_take(struct buf *buf);

#endif
