/* See kept.h. */
#include "backends/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/file.h"
#include "core/limits.h"

struct place {
        char folder[LIMIT_PATH_BYTES], path[LIMIT_PATH_BYTES + 80];
};

static void place_of(const char *cache, const char *key, struct place *place)
{
        snprintf(place->folder, sizeof place->folder, "%.4000s/objects/%.2s",
                 cache, key);
        snprintf(place->path, sizeof place->path, "%s/%s", place->folder, key);
}

bool kept_load(const char *cache, const char key[HASH_TEXT_BYTES],
               char **bytes, size_t *length)
{
        const size_t head = HASH_TEXT_BYTES - 1;
        char *text = NULL, check[HASH_TEXT_BYTES];
        struct error ignored;
        struct place place;

        place_of(cache, key, &place);
        if (file_read(place.path, LIMIT_OBJECT_BYTES + head, &text, length,
                      &ignored) < 0)
                return false;
        if (*length > head) {
                hash_bytes(text + head, *length - head, check);
                if (memcmp(check, text, head) == 0) {
                        memmove(text, text + head, *length - head);
                        *bytes = text;
                        *length -= head;
                        return true;
                }
        }
        free(text);
        return false;
}

void kept_store(const char *cache, const char key[HASH_TEXT_BYTES],
                const char *bytes, size_t length)
{
        char check[HASH_TEXT_BYTES];
        struct error ignored;
        struct place place;
        struct buf buf;

        place_of(cache, key, &place);
        hash_bytes(bytes, length, check);
        buf_init(&buf, LIMIT_OBJECT_BYTES + sizeof check);
        buf_puts(&buf, check);
        buf_add(&buf, bytes, length);
        if (buf_check(&buf, place.path, &ignored) == 0 &&
            file_make_directories(place.folder, 0700, &ignored) == 0 &&
            file_write(place.path, buf.data, buf.length, 0600, &ignored) < 0)
                remove(place.path);
        buf_dispose(&buf);
}
