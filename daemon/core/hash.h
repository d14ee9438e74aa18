/*
 * SHA-256 in hexadecimal: the identity of specs, sources, builds,
 * environments and search keys. Fields are length-prefixed when added, so
 * that ("ab", "c") and ("a", "bc") differ.
 */
#ifndef KEVO_CORE_HASH_H
#define KEVO_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_TEXT_BYTES = 65 };

struct hash {
        void *state; /* of the library; owned until hash_end */
};

void hash_begin(struct hash *hash);
void hash_add(struct hash *hash, const void *data, size_t length);
void hash_add_text(struct hash *hash, const char *text);
void hash_add_int(struct hash *hash, int64_t value);
/* Writes 64 hexadecimal digits and a NUL, and frees the state. */
void hash_end(struct hash *hash, char text[HASH_TEXT_BYTES]);

/* All of it in one call. */
void hash_bytes(const void *data, size_t length, char text[HASH_TEXT_BYTES]);

#endif
