/*
 * A device driver: how kernels reach a device that is not this processor's
 * own. One struct of functions for each programming interface (OpenCL, and
 * next to it CUDA and HIP), opened at run time with dlopen, never linked.
 *
 * Every function but `list` is called in a device process only
 * (daemon/evaluate/device_inside.c), which holds one program, one set of
 * tensors, no secret and no clock; drivers may therefore be as large and as
 * foreign as they are. Nothing here knows what a cell, a workload or a
 * verdict is.
 */
#ifndef KEVO_BACKENDS_DEVICE_H
#define KEVO_BACKENDS_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/limits.h"
#include "spec/dtype.h"

enum {
        DEVICE_ABI = 1,
        DEVICE_MAX = 16, /* devices of one driver that are listed */
        DEVICE_TEXT_BYTES = 128,
        DEVICE_OPTIONS_BYTES = 512,
        DEVICE_ARGUMENTS = LIMIT_TENSORS + 2 * LIMIT_SIZES
};

/* One device, in its driver's own words. */
struct device_info {
        char platform[DEVICE_TEXT_BYTES], vendor[DEVICE_TEXT_BYTES];
        char name[DEVICE_TEXT_BYTES], driver[DEVICE_TEXT_BYTES];
        char version[DEVICE_TEXT_BYTES];
        char extensions[4096]; /* names with blanks between */
        bool processor;        /* it is this machine's processor */
        bool f64;              /* doubles are possible */
        int32_t units, warp;
        int64_t items; /* most work-items of a group */
        int64_t shared_bytes, memory_bytes, cache_bytes;
};

/* What an argument of a kernel is. */
enum device_argument_kind {
        DEVICE_INPUT,   /* a buffer, by its number among its kind */
        DEVICE_OUTPUT,  /* ... */
        DEVICE_SCRATCH, /* ... */
        DEVICE_SIZE,    /* i64, by number */
        DEVICE_PARAM    /* in its dtype, by number; f16 and bf16 as bits */
};

struct device_argument {
        uint8_t kind, dtype, number;
};

struct device_stage {
        char name[64];       /* of the kernel */
        int64_t grid, block; /* groups, and work-items of a group */
        int64_t shared;      /* bytes of local memory passed behind all
                                arguments; 0: none */
        int32_t argument_count;
        struct device_argument argument[DEVICE_ARGUMENTS];
};

/* A program as a device process receives it: text to be built, or what
 * `build` made of it. */
struct device_code {
        char driver[16]; /* "opencl" */
        int32_t number;  /* of the device, as listed */
        bool processor;  /* as in device_info */
        bool built;
        int32_t stage_count;
        struct device_stage stage[LIMIT_STAGES];
        char options[DEVICE_OPTIONS_BYTES];
        uint64_t length;
        char bytes[]; /* ends with a NUL beyond length */
};

/* One argument of one launch. */
struct device_value {
        struct device_buffer *buffer; /* NULL: bytes of value */
        uint8_t bytes;
        unsigned char value[8];
};

struct device; /* of the driver; one a process */
struct device_buffer;

struct device_driver {
        int abi; /* DEVICE_ABI */
        const char *name;
        const char *kind; /* of hardware: "opencl" */

        /* Fills at most maximum entries, returns their number; ERR_NOT_FOUND
         * when the library is not installed. Loads foreign libraries: called
         * through device_list only. */
        int (*list)(struct device_info *info, int maximum, struct error *err);

        int (*open)(int number, struct device **device, struct error *err);

        /* Compile text to what `load` takes; checks each stage's kernel
         * against its arguments and group. ERR_INPUT with the compiler's
         * message. */
        int (*build)(struct device *device, const struct device_code *code,
                     struct buf *object, struct error *err);
        /* Make the kernels of a built program ready to launch. */
        int (*load)(struct device *device, const struct device_code *code,
                    struct error *err);

        /* lead: bytes in front of what kernels see as the start. */
        int (*allocate)(struct device *device, uint64_t bytes, uint64_t lead,
                        struct device_buffer **buffer, struct error *err);
        /* Copies from and to the buffer's first byte; return when done. */
        int (*write)(struct device *device, struct device_buffer *buffer,
                     const void *data, uint64_t bytes, struct error *err);
        int (*read)(struct device *device, struct device_buffer *buffer,
                    void *data, uint64_t bytes, struct error *err);

        /* Queued in order: set bytes from the kernels' start on; run stage
         * number `stage`, which has `count` values. */
        int (*fill)(struct device *device, struct device_buffer *buffer,
                    uint64_t bytes, uint8_t value, struct error *err);
        int (*launch)(struct device *device, int stage,
                      const struct device_value *value, int count,
                      struct error *err);
        /* Wait until everything queued is done. */
        int (*finish)(struct device *device, struct error *err);

        /* Optional: queue a kernel of ours that overwrites what may survive
         * between launches in local memory. */
        int (*scrub)(struct device *device, struct error *err);
};

/* The driver of that name, NULL when unknown. */
const struct device_driver *device_driver_find(const char *name);

/* The devices of a driver, found in a child process and kept: at most
 * DEVICE_MAX, *count may be 0. ERR_NOT_FOUND when the library is missing,
 * ERR_LOST when it crashes or does not answer. */
int device_list(const struct device_driver *driver,
                const struct device_info **info, int *count,
                struct error *err) KEVO_MUST_CHECK;

/* The one that is used: number $KEVO_<DRIVER>_DEVICE, else the first that
 * is no processor, else the first. ERR_NOT_FOUND when there is none. */
int device_choose(const struct device_driver *driver,
                  const struct device_info **info, int *number,
                  struct error *err) KEVO_MUST_CHECK;

#endif
