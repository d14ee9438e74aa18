/*
 * See error.h. The text is cut at its end when too long: the first words say
 * what is wrong, and they are the ones worth keeping.
 */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *err, int code, const char *format, ...)
{
        va_list args;

        if (!err)
                return code;
        err->code = code;
        va_start(args, format);
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
        return code;
}

int error_wrap(struct error *err, const char *format, ...)
{
        char context[ERROR_TEXT_BYTES], old[ERROR_TEXT_BYTES];
        va_list args;
        int used;

        if (!err)
                return ERR_INTERNAL;
        va_start(args, format);
        vsnprintf(context, sizeof context, format, args);
        va_end(args);
        memcpy(old, err->text, sizeof old);
        used = snprintf(err->text, sizeof err->text, "%s", context);
        if (used >= 0 && (size_t)used < sizeof err->text)
                snprintf(err->text + used, sizeof err->text - (size_t)used,
                         ": %s", old);
        return err->code;
}

int error_memory(struct error *err)
{
        return error_set(err, ERR_MEMORY, "out of memory");
}

const char *error_name(int code)
{
        switch (code) {
        case 0:
                return "ok";
        case ERR_INPUT:
                return "input";
        case ERR_NOT_FOUND:
                return "not-found";
        case ERR_IO:
                return "io";
        case ERR_LIMIT:
                return "limit";
        case ERR_MEMORY:
                return "memory";
        case ERR_TIMEOUT:
                return "timeout";
        case ERR_BUSY:
                return "busy";
        case ERR_DENIED:
                return "denied";
        case ERR_UNSUPPORTED:
                return "unsupported";
        case ERR_LOST:
                return "lost";
        case ERR_INTERRUPTED:
                return "interrupted";
        default:
                return "internal";
        }
}
