/*
 * Devices that are not the processor, as hardware files name them: what a
 * driver says of a device, matched with `kind`, `vendor`, `name` (a
 * wildcard), `arch` and `cores`.
 */
#ifndef KEVO_REPO_DEVICE_MATCH_H
#define KEVO_REPO_DEVICE_MATCH_H

#include "repo/repository.h"

/* Borrowed texts; arch "" where a driver has none. */
struct device_identity {
        const char *kind; /* "opencl" */
        const char *vendor, *name, *arch;
        int64_t cores; /* compute units */
};

bool device_matches(const struct device_identity *device,
                    const struct hardware *hardware);
/* The one hardware file that matches: ERR_NOT_FOUND with the line that adds
 * it, ERR_INPUT naming both when two match. */
int device_find_hardware(const struct device_identity *device,
                         const struct repository *repository,
                         const struct hardware **hardware,
                         struct error *err) KEVO_MUST_CHECK;
/* "opencl-tesla-v100"; name holds LIMIT_NAME_BYTES + 1. */
void device_hardware_name(const struct device_identity *device, char *name);
/* The hardware file that `kevo hardware add` writes; caller frees. */
char *device_hardware_json(const struct device_identity *device,
                           const char *name);

#endif
