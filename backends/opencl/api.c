/* See api.h. */
#include "backends/opencl/api.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* Each member of the table and its place. */
static const struct {
        const char *name;
        size_t offset;
} functions[] = {
#define ROW(member)                                               \
        {                                                         \
                "cl" #member, offsetof(struct opencl_api, member) \
        }
        ROW(GetPlatformIDs),
        ROW(GetPlatformInfo),
        ROW(GetDeviceIDs),
        ROW(GetDeviceInfo),
        ROW(CreateContext),
        ROW(CreateCommandQueue),
        ROW(CreateProgramWithSource),
        ROW(CreateProgramWithBinary),
        ROW(BuildProgram),
        ROW(GetProgramBuildInfo),
        ROW(GetProgramInfo),
        ROW(CreateKernel),
        ROW(GetKernelInfo),
        ROW(GetKernelArgInfo),
        ROW(GetKernelWorkGroupInfo),
        ROW(SetKernelArg),
        ROW(CreateBuffer),
        ROW(CreateSubBuffer),
        ROW(EnqueueWriteBuffer),
        ROW(EnqueueReadBuffer),
        ROW(EnqueueFillBuffer),
        ROW(EnqueueNDRangeKernel),
        ROW(Finish),
#undef ROW
};

int opencl_api_load(const struct opencl_api **api, struct error *err)
{
        static struct opencl_api table;
        static void *library;
        void *symbol;

        *api = &table;
        if (library)
                return 0;
        library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
        if (!library)
                return error_set(err, ERR_NOT_FOUND,
                                 "libOpenCL.so.1 is not installed (Debian: "
                                 "ocl-icd-libopencl1, and a driver such as "
                                 "pocl-opencl-icd)");
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
                symbol = dlsym(library, functions[i].name);
                if (!symbol) {
                        library = NULL;
                        return error_set(err, ERR_NOT_FOUND,
                                         "libOpenCL.so.1 has no %s; version "
                                         "1.2 or later is needed",
                                         functions[i].name);
                }
                memcpy((char *)&table + functions[i].offset, &symbol,
                       sizeof symbol);
        }
        return 0;
}

static const char *meaning(int32_t code)
{
        switch (code) {
        case -4:
                return "the device has no memory left for a buffer";
        case -5:
                return "out of resources: a fault of the kernel, or a group "
                       "too large for the device";
        case -6:
                return "out of host memory";
        case -11:
                return "the program does not build";
        case -46:
                return "no kernel of that name";
        case -48:
                return "an impossible kernel";
        case -54:
                return "an impossible work-group size";
        case -55:
                return "an impossible number of work-items";
        case -61:
                return "an impossible buffer size";
        default:
                return "see the error numbers of OpenCL";
        }
}

int opencl_api_fail(int32_t code, const char *what, struct error *err)
{
        return error_set(err, ERR_INPUT, "OpenCL: %s failed (%d: %s)", what,
                         code, meaning(code));
}
