/*
 * From a source and its launch to what a device process receives: the
 * kernels' names, groups and arguments in front of the program.
 */
#ifndef KEVO_BACKENDS_DEVICE_CODE_H
#define KEVO_BACKENDS_DEVICE_CODE_H

#include "backends/c/thunk.h"
#include "backends/device.h"

/* Allocates *code with room for length bytes and the text copied in. number
 * is the device's. */
int device_code_make(struct device_code **code,
                     const struct device_driver *driver, int number,
                     const struct device_info *info,
                     const struct source *source, const struct spec *spec,
                     const struct launch *launch, const char *options,
                     const char *text, size_t length,
                     struct error *err) KEVO_MUST_CHECK;

/* The same head over what a driver built from it. */
int device_code_built(struct device_code **built,
                      const struct device_code *code, const char *bytes,
                      size_t length, struct error *err) KEVO_MUST_CHECK;

static inline size_t device_code_bytes(const struct device_code *code)
{
        return sizeof *code + (size_t)code->length;
}

#endif
