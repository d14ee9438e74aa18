/* See buf.h. */
#include "core/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char empty[1];

void buf_init(struct buf *buf, size_t maximum)
{
        *buf = (struct buf){.data = empty, .maximum = maximum};
}

void buf_dispose(struct buf *buf)
{
        if (buf->data != empty)
                free(buf->data);
        buf_init(buf, buf->maximum);
}

void buf_clear(struct buf *buf)
{
        buf->length = 0;
        if (buf->data != empty)
                buf->data[0] = 0;
}

/* Make room for more bytes and the final NUL. */
static int reserve(struct buf *buf, size_t more)
{
        size_t want;
        char *grown;

        if (buf->failed)
                return -1;
        if (more > buf->maximum || buf->length > buf->maximum - more) {
                buf->failed = ERR_LIMIT;
                return -1;
        }
        want = buf->length + more + 1;
        if (want <= buf->capacity)
                return 0;
        if (want < buf->capacity * 2)
                want = buf->capacity * 2;
        if (want < 256)
                want = 256;
        grown = realloc(buf->data == empty ? NULL : buf->data, want);
        if (!grown) {
                buf->failed = ERR_MEMORY;
                return -1;
        }
        buf->data = grown;
        buf->capacity = want;
        return 0;
}

void buf_add(struct buf *buf, const void *data, size_t length)
{
        if (reserve(buf, length) < 0)
                return;
        if (length)
                memcpy(buf->data + buf->length, data, length);
        buf->length += length;
        buf->data[buf->length] = 0;
}

void buf_puts(struct buf *buf, const char *text)
{
        buf_add(buf, text, strlen(text));
}

void buf_putc(struct buf *buf, char c)
{
        buf_add(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
        va_list args, again;
        int need;

        va_start(args, format);
        va_copy(again, args);
        need = vsnprintf(NULL, 0, format, args);
        va_end(args);
        if (need >= 0 && reserve(buf, (size_t)need) == 0) {
                vsnprintf(buf->data + buf->length, (size_t)need + 1, format,
                          again);
                buf->length += (size_t)need;
        }
        va_end(again);
}

int buf_check(const struct buf *buf, const char *what, struct error *err)
{
        if (!buf->failed)
                return 0;
        if (buf->failed == ERR_MEMORY)
                return error_memory(err);
        return error_set(err, ERR_LIMIT, "%s is larger than %zu bytes", what,
                         buf->maximum);
}

char *buf_take(struct buf *buf)
{
        char *data;

        if (buf->failed || reserve(buf, 0) < 0) {
                buf_dispose(buf);
                return NULL;
        }
        data = buf->data;
        data[buf->length] = 0;
        buf_init(buf, buf->maximum);
        return data;
}
