/*
 * Bytes packed with zstd: sources and samples. What is unpacked is bounded
 * by the size that the caller's row states, so a damaged blob cannot make
 * memory grow.
 */
#ifndef KEVO_STORE_PACKED_H
#define KEVO_STORE_PACKED_H

#include <stddef.h>

#include "core/error.h"

/* *packed is the caller's to free. */
int packed_make(const void *data, size_t length, void **packed,
                size_t *packed_length, struct error *err) KEVO_MUST_CHECK;
/* Unpack exactly length bytes to data; ERR_IO when the blob does not hold
 * exactly these. */
int packed_open(const void *packed, size_t packed_length, void *data,
                size_t length, struct error *err) KEVO_MUST_CHECK;

#endif
