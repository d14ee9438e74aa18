/*
 * Messages between client and worker: JSON with its length in front (eight
 * hexadecimal digits and a newline, so that a person can read a log of
 * them), at most LIMIT_MESSAGE_BYTES.
 */
#ifndef KEVO_EVALUATE_WIRE_H
#define KEVO_EVALUATE_WIRE_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "core/error.h"

/* deadline_ns: monotonic, 0: none. ERR_LOST when the other side is gone,
 * ERR_TIMEOUT, ERR_INPUT for what is not a message. */
int wire_wait(int fd, int64_t deadline_ns, /* for something to read */
              struct error *err) KEVO_MUST_CHECK;
int wire_write(int fd, const cJSON *json, int64_t deadline_ns,
               struct error *err) KEVO_MUST_CHECK;
/* *json is the caller's to delete. */
int wire_read(int fd, int64_t deadline_ns, cJSON **json,
              struct error *err) KEVO_MUST_CHECK;

#endif
