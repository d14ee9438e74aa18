/* See hash.h. The digest itself is libcrypto's. */
#include "core/hash.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

void hash_begin(struct hash *hash)
{
        hash->state = EVP_MD_CTX_new();
        if (hash->state)
                EVP_DigestInit_ex(hash->state, EVP_sha256(), NULL);
}

void hash_add(struct hash *hash, const void *data, size_t length)
{
        uint64_t prefix = length;

        if (!hash->state)
                return;
        EVP_DigestUpdate(hash->state, &prefix, sizeof prefix);
        EVP_DigestUpdate(hash->state, data, length);
}

void hash_add_text(struct hash *hash, const char *text)
{
        hash_add(hash, text ? text : "", text ? strlen(text) : 0);
}

void hash_add_int(struct hash *hash, int64_t value)
{
        hash_add(hash, &value, sizeof value);
}

void hash_end(struct hash *hash, char text[HASH_TEXT_BYTES])
{
        unsigned char digest[EVP_MAX_MD_SIZE] = {0};
        unsigned int length = 0;

        if (hash->state)
                EVP_DigestFinal_ex(hash->state, digest, &length);
        EVP_MD_CTX_free(hash->state);
        hash->state = NULL;
        for (unsigned int i = 0; i < 32; i++)
                snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

void hash_bytes(const void *data, size_t length, char text[HASH_TEXT_BYTES])
{
        struct hash hash;

        hash_begin(&hash);
        hash_add(&hash, data, length);
        hash_end(&hash, text);
}
