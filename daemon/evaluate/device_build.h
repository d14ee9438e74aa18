/*
 * Building device code: the driver's compiler is foreign and reads foreign
 * text, so it runs in a device process of its own that ends with its answer.
 */
#ifndef KEVO_EVALUATE_DEVICE_BUILD_H
#define KEVO_EVALUATE_DEVICE_BUILD_H

#include "backends/backend.h"
#include "evaluate/zygote.h"

/* Replace the text in a device backend's build by what its driver makes of
 * it. Kept by content in cache (NULL: not). ERR_INPUT with the compiler's
 * message, ERR_TIMEOUT for a compiler that works without end. */
int device_build(struct build *build, struct zygote *zygote, const char *cache,
                 struct error *err) KEVO_MUST_CHECK;

#endif
