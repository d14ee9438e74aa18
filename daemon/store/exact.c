/* See exact.h. The shortest of 15 to 17 digits that is the same double. */
#include "store/exact.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/buf.h"
#include "core/limits.h"

enum { NUMBER_BYTES = 32 };

static void print(double value, char text[NUMBER_BYTES])
{
        if (!isfinite(value)) {
                snprintf(text, NUMBER_BYTES, "null");
                return;
        }
        for (int digits = 15; digits <= 17; digits++) {
                snprintf(text, NUMBER_BYTES, "%.*g", digits, value);
                if (strtod(text, NULL) == value)
                        return;
        }
}

int exact_add(cJSON *object, const char *name, double value, struct error *err)
{
        char text[NUMBER_BYTES];

        print(value, text);
        return cJSON_AddRawToObject(object, name, text) ? 0
                                                        : error_memory(err);
}

int exact_add_array(cJSON *object, const char *name, const double *value,
                    int count, struct error *err)
{
        char text[NUMBER_BYTES];
        struct buf buf;
        int rc;

        buf_init(&buf, LIMIT_MESSAGE_BYTES);
        buf_putc(&buf, '[');
        for (int i = 0; i < count; i++) {
                print(value[i], text);
                buf_printf(&buf, "%s%s", i ? "," : "", text);
        }
        buf_putc(&buf, ']');
        rc = buf_check(&buf, "samples as JSON", err);
        if (!rc && !cJSON_AddRawToObject(object, name, buf.data))
                rc = error_memory(err);
        buf_dispose(&buf);
        return rc;
}
