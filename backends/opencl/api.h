/*
 * The part of the OpenCL 1.2 interface that is used, as published by the
 * Khronos Group: types, numbers, and a table of its functions that is filled
 * at run time from libOpenCL. Declared here so that kevo builds where no
 * OpenCL headers are installed.
 */
#ifndef KEVO_BACKENDS_OPENCL_API_H
#define KEVO_BACKENDS_OPENCL_API_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

typedef struct api_platform *cl_platform;
typedef struct api_device *cl_device;
typedef struct api_context *cl_context;
typedef struct api_queue *cl_queue;
typedef struct api_program *cl_program;
typedef struct api_kernel *cl_kernel;
typedef struct api_mem *cl_mem;
typedef struct api_event *cl_event;

struct cl_region {
        size_t origin, size;
};

enum {
        CL_SUCCESS = 0,
        CL_DEVICE_NOT_FOUND = -1,
        CL_BUILD_PROGRAM_FAILURE = -11,
        CL_PLATFORM_NOT_FOUND_KHR = -1001,

        CL_MEM_READ_WRITE = 1,
        CL_BUFFER_CREATE_TYPE_REGION = 0x1220,

        CL_PLATFORM_NAME = 0x0902,

        CL_DEVICE_TYPE = 0x1000,
        CL_DEVICE_MAX_COMPUTE_UNITS = 0x1002,
        CL_DEVICE_MAX_WORK_GROUP_SIZE = 0x1004,
        CL_DEVICE_GLOBAL_MEM_CACHE_SIZE = 0x101e,
        CL_DEVICE_GLOBAL_MEM_SIZE = 0x101f,
        CL_DEVICE_LOCAL_MEM_SIZE = 0x1023,
        CL_DEVICE_NAME = 0x102b,
        CL_DEVICE_VENDOR = 0x102c,
        CL_DRIVER_VERSION = 0x102d,
        CL_DEVICE_VERSION = 0x102f,
        CL_DEVICE_EXTENSIONS = 0x1030,
        CL_DEVICE_DOUBLE_FP_CONFIG = 0x1032,
        CL_DEVICE_TYPE_CPU = 2,

        CL_PROGRAM_BINARY_SIZES = 0x1165,
        CL_PROGRAM_BINARIES = 0x1166,
        CL_PROGRAM_BUILD_LOG = 0x1183,

        CL_KERNEL_NUM_ARGS = 0x1191,
        CL_KERNEL_ARG_ADDRESS_QUALIFIER = 0x1196,
        CL_KERNEL_ARG_TYPE_NAME = 0x1198,
        CL_KERNEL_ARG_ADDRESS_GLOBAL = 0x119b,
        CL_KERNEL_ARG_ADDRESS_LOCAL = 0x119c,
        CL_KERNEL_ARG_ADDRESS_PRIVATE = 0x119e,
        CL_KERNEL_WORK_GROUP_SIZE = 0x11b0,
        CL_KERNEL_LOCAL_MEM_SIZE = 0x11b2
};
#define CL_DEVICE_TYPE_ALL UINT64_C(0xffffffff)

struct opencl_api {
        int32_t (*GetPlatformIDs)(uint32_t, cl_platform *, uint32_t *);
        int32_t (*GetPlatformInfo)(cl_platform, uint32_t, size_t, void *,
                                   size_t *);
        int32_t (*GetDeviceIDs)(cl_platform, uint64_t, uint32_t, cl_device *,
                                uint32_t *);
        int32_t (*GetDeviceInfo)(cl_device, uint32_t, size_t, void *,
                                 size_t *);
        cl_context (*CreateContext)(const intptr_t *, uint32_t,
                                    const cl_device *,
                                    void (*)(const char *, const void *,
                                             size_t, void *),
                                    void *, int32_t *);
        cl_queue (*CreateCommandQueue)(cl_context, cl_device, uint64_t,
                                       int32_t *);
        cl_program (*CreateProgramWithSource)(cl_context, uint32_t,
                                              const char **, const size_t *,
                                              int32_t *);
        cl_program (*CreateProgramWithBinary)(cl_context, uint32_t,
                                              const cl_device *,
                                              const size_t *,
                                              const unsigned char **,
                                              int32_t *, int32_t *);
        int32_t (*BuildProgram)(cl_program, uint32_t, const cl_device *,
                                const char *, void (*)(cl_program, void *),
                                void *);
        int32_t (*GetProgramBuildInfo)(cl_program, cl_device, uint32_t, size_t,
                                       void *, size_t *);
        int32_t (*GetProgramInfo)(cl_program, uint32_t, size_t, void *,
                                  size_t *);
        cl_kernel (*CreateKernel)(cl_program, const char *, int32_t *);
        int32_t (*GetKernelInfo)(cl_kernel, uint32_t, size_t, void *,
                                 size_t *);
        int32_t (*GetKernelArgInfo)(cl_kernel, uint32_t, uint32_t, size_t,
                                    void *, size_t *);
        int32_t (*GetKernelWorkGroupInfo)(cl_kernel, cl_device, uint32_t,
                                          size_t, void *, size_t *);
        int32_t (*SetKernelArg)(cl_kernel, uint32_t, size_t, const void *);
        cl_mem (*CreateBuffer)(cl_context, uint64_t, size_t, void *,
                               int32_t *);
        cl_mem (*CreateSubBuffer)(cl_mem, uint64_t, uint32_t, const void *,
                                  int32_t *);
        int32_t (*EnqueueWriteBuffer)(cl_queue, cl_mem, uint32_t, size_t,
                                      size_t, const void *, uint32_t,
                                      const cl_event *, cl_event *);
        int32_t (*EnqueueReadBuffer)(cl_queue, cl_mem, uint32_t, size_t,
                                     size_t, void *, uint32_t,
                                     const cl_event *, cl_event *);
        int32_t (*EnqueueFillBuffer)(cl_queue, cl_mem, const void *, size_t,
                                     size_t, size_t, uint32_t,
                                     const cl_event *, cl_event *);
        int32_t (*EnqueueNDRangeKernel)(cl_queue, cl_kernel, uint32_t,
                                        const size_t *, const size_t *,
                                        const size_t *, uint32_t,
                                        const cl_event *, cl_event *);
        int32_t (*Finish)(cl_queue);
};

/* The table, filled once a process; ERR_NOT_FOUND when libOpenCL is not
 * installed or lacks a function. */
int opencl_api_load(const struct opencl_api **api,
                    struct error *err) KEVO_MUST_CHECK;

/* Enter a failed call into err: what was tried, and what OpenCL says. */
int opencl_api_fail(int32_t code, const char *what, struct error *err);

#endif
