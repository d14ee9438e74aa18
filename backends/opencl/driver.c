/*
 * The driver of OpenCL 1.2: an in-order queue on one device, the program's
 * kernels, buffers with a sub-buffer at what kernels see as their start.
 * Nothing is released: the process that uses it ends with it.
 */
#include "backends/opencl/driver.h"

#include <stdlib.h>
#include <string.h>

#include "backends/opencl/api.h"
#include "backends/opencl/check.h"
#include "core/text.h"

enum { PLATFORMS = 8, LOG_BYTES = LIMIT_COMPILER_BYTES };

struct device {
        const struct opencl_api *cl;
        cl_device id;
        cl_context context;
        cl_queue queue;
        cl_program program;
        const struct device_code *code;
        cl_kernel kernel[LIMIT_STAGES];
        cl_kernel scrub;
        size_t scrub_bytes;
};

struct device_buffer {
        cl_mem whole, seen; /* seen: what kernels get */
};

/* --- finding devices --------------------------------------------------- */

/* All devices of all platforms in a fixed order. */
static int find_devices(const struct opencl_api *cl, cl_device *id,
                        cl_platform *of, int maximum)
{
        cl_platform platform[PLATFORMS];
        uint32_t platforms = 0, devices;
        int count = 0;

        if (cl->GetPlatformIDs(PLATFORMS, platform, &platforms) != CL_SUCCESS)
                return 0;
        for (uint32_t p = 0; p < platforms && p < PLATFORMS; p++) {
                devices = 0;
                if (cl->GetDeviceIDs(platform[p], CL_DEVICE_TYPE_ALL,
                                     (uint32_t)(maximum - count), id + count,
                                     &devices) != CL_SUCCESS)
                        continue;
                if (devices > (uint32_t)(maximum - count))
                        devices = (uint32_t)(maximum - count);
                for (uint32_t d = 0; d < devices; d++)
                        of[count++] = platform[p];
                if (count == maximum)
                        break;
        }
        return count;
}

static uint64_t number_of(const struct opencl_api *cl, cl_device id,
                          uint32_t what)
{
        uint64_t value = 0; /* little-endian: narrower answers fit */

        if (cl->GetDeviceInfo(id, what, sizeof value, &value, NULL) !=
            CL_SUCCESS)
                return 0;
        return value;
}

static void text_of(const struct opencl_api *cl, cl_device id, uint32_t what,
                    char *text, size_t size)
{
        size_t length = 0;
        char *all;

        text[0] = 0;
        if (cl->GetDeviceInfo(id, what, 0, NULL, &length) != CL_SUCCESS ||
            length == 0 || length > (1 << 20))
                return;
        all = calloc(1, length + 1);
        if (all &&
            cl->GetDeviceInfo(id, what, length, all, NULL) == CL_SUCCESS) {
                length = strlen(all) < size ? strlen(all) : size - 1;
                memcpy(text, all, length);
                text[length] = 0;
        }
        free(all);
}

static void describe(const struct opencl_api *cl, cl_platform platform,
                     cl_device id, struct device_info *info)
{
        *info = (struct device_info){.warp = 1};
        cl->GetPlatformInfo(platform, CL_PLATFORM_NAME,
                            sizeof info->platform - 1, info->platform, NULL);
        text_of(cl, id, CL_DEVICE_VENDOR, info->vendor, sizeof info->vendor);
        text_of(cl, id, CL_DEVICE_NAME, info->name, sizeof info->name);
        text_of(cl, id, CL_DRIVER_VERSION, info->driver, sizeof info->driver);
        text_of(cl, id, CL_DEVICE_VERSION, info->version,
                sizeof info->version);
        text_of(cl, id, CL_DEVICE_EXTENSIONS, info->extensions,
                sizeof info->extensions);
        info->processor =
                number_of(cl, id, CL_DEVICE_TYPE) & CL_DEVICE_TYPE_CPU;
        info->f64 = number_of(cl, id, CL_DEVICE_DOUBLE_FP_CONFIG) != 0;
        info->units = (int32_t)number_of(cl, id, CL_DEVICE_MAX_COMPUTE_UNITS);
        info->items =
                (int64_t)number_of(cl, id, CL_DEVICE_MAX_WORK_GROUP_SIZE);
        info->shared_bytes =
                (int64_t)number_of(cl, id, CL_DEVICE_LOCAL_MEM_SIZE);
        info->memory_bytes =
                (int64_t)number_of(cl, id, CL_DEVICE_GLOBAL_MEM_SIZE);
        info->cache_bytes =
                (int64_t)number_of(cl, id, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE);
}

static int opencl_list(struct device_info *info, int maximum,
                       struct error *err)
{
        const struct opencl_api *cl;
        cl_platform platform[DEVICE_MAX];
        cl_device id[DEVICE_MAX];
        int rc = opencl_api_load(&cl, err), count;

        if (rc < 0)
                return rc;
        if (maximum > DEVICE_MAX)
                maximum = DEVICE_MAX;
        count = find_devices(cl, id, platform, maximum);
        for (int i = 0; i < count; i++)
                describe(cl, platform[i], id[i], info + i);
        return count;
}

/* PoCL: what `build` makes is complete, so that a process that runs kernels
 * neither compiles nor starts a linker. */
static void set_variables(void)
{
        setenv("POCL_WORK_GROUP_SPECIALIZATION", "0", 1);
        setenv("POCL_CACHE_DIR", "/tmp/pocl", 1);
}

static int opencl_open(int number, struct device **device, struct error *err)
{
        cl_platform platform[DEVICE_MAX];
        cl_device id[DEVICE_MAX];
        struct device *d = calloc(1, sizeof *d);
        int32_t code = 0;
        int rc;

        *device = d;
        if (!d)
                return error_memory(err);
        set_variables();
        rc = opencl_api_load(&d->cl, err);
        if (rc < 0)
                return rc;
        if (number < 0 ||
            number >= find_devices(d->cl, id, platform, DEVICE_MAX))
                return error_set(err, ERR_NOT_FOUND,
                                 "OpenCL device %d is gone", number);
        d->id = id[number];
        d->context = d->cl->CreateContext(NULL, 1, &d->id, NULL, NULL, &code);
        if (!d->context)
                return opencl_api_fail(code, "opening the device", err);
        d->queue = d->cl->CreateCommandQueue(d->context, d->id, 0, &code);
        if (!d->queue)
                return opencl_api_fail(code, "making a queue", err);
        return 0;
}

/* --- programs ---------------------------------------------------------- */

/* Built with every program; no kernel of a source has this name. */
static const char scrub_text[] =
        "\n__kernel __attribute__((reqd_work_group_size(64, 1, 1)))\n"
        "void __kevo_scrub(__local volatile uint *p, const uint n)\n"
        "{\n"
        "        for (uint i = get_local_id(0); i < n; i += 64)\n"
        "                p[i] = 0x7fc0beef;\n"
        "}\n";

static int explain_build(struct device *d, int32_t code, struct error *err)
{
        char *log = calloc(1, LOG_BYTES);
        size_t length = 0;

        if (log &&
            d->cl->GetProgramBuildInfo(d->program, d->id, CL_PROGRAM_BUILD_LOG,
                                       LOG_BYTES - 1, log,
                                       &length) == CL_SUCCESS &&
            *log)
                error_set(err, ERR_INPUT, "does not build: %.1600s", log);
        else
                opencl_api_fail(code, "building the program", err);
        free(log);
        return err->code;
}

/* The device's own form of the program. */
static int take_binary(struct device *d, struct buf *object, struct error *err)
{
        unsigned char *bytes = NULL;
        size_t length = 0;
        int32_t code =
                d->cl->GetProgramInfo(d->program, CL_PROGRAM_BINARY_SIZES,
                                      sizeof length, &length, NULL);

        if (code == CL_SUCCESS && length > 0 && length <= LIMIT_OBJECT_BYTES) {
                bytes = malloc(length);
                if (!bytes)
                        return error_memory(err);
                code = d->cl->GetProgramInfo(d->program, CL_PROGRAM_BINARIES,
                                             sizeof bytes, &bytes, NULL);
        }
        if (code == CL_SUCCESS && bytes)
                buf_add(object, (const char *)bytes, length);
        free(bytes);
        if (code != CL_SUCCESS || length == 0)
                return opencl_api_fail(code, "asking for the binary", err);
        return buf_check(object, "the device's program", err);
}

static int make_kernels(struct device *d, const struct device_code *code,
                        struct error *err)
{
        int32_t rc = 0;

        for (int i = 0; i < code->stage_count; i++) {
                d->kernel[i] = d->cl->CreateKernel(d->program,
                                                   code->stage[i].name, &rc);
                if (!d->kernel[i])
                        return error_set(err, ERR_INPUT,
                                         "the program has no kernel %s (%d); "
                                         "define `__kernel void %s(...)`",
                                         code->stage[i].name, (int)rc,
                                         code->stage[i].name);
        }
        return 0;
}

static int opencl_build(struct device *d, const struct device_code *code,
                        struct buf *object, struct error *err)
{
        const char *text[] = {code->bytes, scrub_text};
        size_t length[] = {(size_t)code->length, sizeof scrub_text - 1};
        int32_t rc = 0;
        int fault;

        d->program = d->cl->CreateProgramWithSource(d->context, 2, text,
                                                    length, &rc);
        if (!d->program)
                return opencl_api_fail(rc, "taking the source", err);
        rc = d->cl->BuildProgram(d->program, 1, &d->id, code->options, NULL,
                                 NULL);
        if (rc != CL_SUCCESS)
                return explain_build(d, rc, err);
        fault = make_kernels(d, code, err);
        for (int i = 0; i < code->stage_count && fault == 0; i++)
                fault = check_kernel(d->cl, d->id, d->kernel[i],
                                     code->stage + i, err);
        return fault < 0 ? fault : take_binary(d, object, err);
}

static int opencl_load(struct device *d, const struct device_code *code,
                       struct error *err)
{
        const unsigned char *bytes = (const unsigned char *)code->bytes;
        size_t length = (size_t)code->length;
        int32_t status = 0, rc = 0;

        d->code = code;
        d->program = d->cl->CreateProgramWithBinary(
                d->context, 1, &d->id, &length, &bytes, &status, &rc);
        if (!d->program)
                return opencl_api_fail(rc, "loading the program", err);
        rc = d->cl->BuildProgram(d->program, 1, &d->id, code->options, NULL,
                                 NULL);
        if (rc != CL_SUCCESS)
                return explain_build(d, rc, err);
        d->scrub = d->cl->CreateKernel(d->program, "__kevo_scrub", &rc);
        d->scrub_bytes =
                (size_t)number_of(d->cl, d->id, CL_DEVICE_LOCAL_MEM_SIZE) / 2;
        if (d->scrub_bytes > 1 << 16)
                d->scrub_bytes = 1 << 16;
        return make_kernels(d, code, err);
}

/* --- buffers ----------------------------------------------------------- */

static int opencl_allocate(struct device *d, uint64_t bytes, uint64_t lead,
                           struct device_buffer **buffer, struct error *err)
{
        struct device_buffer *b = calloc(1, sizeof *b);
        struct cl_region region = {(size_t)lead, (size_t)(bytes - lead)};
        int32_t code = 0;

        *buffer = b;
        if (!b)
                return error_memory(err);
        b->whole = d->cl->CreateBuffer(d->context, CL_MEM_READ_WRITE,
                                       (size_t)bytes, NULL, &code);
        if (!b->whole)
                return opencl_api_fail(code, "making a buffer", err);
        b->seen = d->cl->CreateSubBuffer(b->whole, CL_MEM_READ_WRITE,
                                         CL_BUFFER_CREATE_TYPE_REGION, &region,
                                         &code);
        return b->seen ? 0 : opencl_api_fail(code, "making a buffer", err);
}

static int opencl_write(struct device *d, struct device_buffer *buffer,
                        const void *data, uint64_t bytes, struct error *err)
{
        int32_t code =
                d->cl->EnqueueWriteBuffer(d->queue, buffer->whole, 1, 0,
                                          (size_t)bytes, data, 0, NULL, NULL);

        return code == CL_SUCCESS ? 0
                                  : opencl_api_fail(code, "an upload", err);
}

static int opencl_read(struct device *d, struct device_buffer *buffer,
                       void *data, uint64_t bytes, struct error *err)
{
        int32_t code =
                d->cl->EnqueueReadBuffer(d->queue, buffer->whole, 1, 0,
                                         (size_t)bytes, data, 0, NULL, NULL);

        return code == CL_SUCCESS ? 0
                                  : opencl_api_fail(code, "a download", err);
}

static int opencl_fill(struct device *d, struct device_buffer *buffer,
                       uint64_t bytes, uint8_t value, struct error *err)
{
        int32_t code;

        if (!bytes)
                return 0;
        code = d->cl->EnqueueFillBuffer(d->queue, buffer->seen, &value, 1, 0,
                                        (size_t)bytes, 0, NULL, NULL);
        return code == CL_SUCCESS ? 0 : opencl_api_fail(code, "a fill", err);
}

/* --- running ----------------------------------------------------------- */

static int32_t set_arguments(struct device *d, int stage,
                             const struct device_value *value, int count)
{
        const struct device_stage *s = d->code->stage + stage;
        int32_t code = CL_SUCCESS;

        for (int i = 0; i < count && code == CL_SUCCESS; i++) {
                if (value[i].buffer)
                        code = d->cl->SetKernelArg(
                                d->kernel[stage], (uint32_t)i,
                                sizeof value[i].buffer->seen,
                                &value[i].buffer->seen);
                else
                        code = d->cl->SetKernelArg(d->kernel[stage],
                                                   (uint32_t)i, value[i].bytes,
                                                   value[i].value);
        }
        if (s->shared && code == CL_SUCCESS)
                code = d->cl->SetKernelArg(d->kernel[stage], (uint32_t)count,
                                           (size_t)s->shared, NULL);
        return code;
}

static int opencl_launch(struct device *d, int stage,
                         const struct device_value *value, int count,
                         struct error *err)
{
        const struct device_stage *s = d->code->stage + stage;
        size_t global = (size_t)(s->grid * s->block), local = (size_t)s->block;
        int32_t code;

        if (!global)
                return 0;
        code = set_arguments(d, stage, value, count);
        if (code == CL_SUCCESS)
                code = d->cl->EnqueueNDRangeKernel(d->queue, d->kernel[stage],
                                                   1, NULL, &global, &local, 0,
                                                   NULL, NULL);
        return code == CL_SUCCESS ? 0 : opencl_api_fail(code, s->name, err);
}

static int opencl_finish(struct device *d, struct error *err)
{
        int32_t code = d->cl->Finish(d->queue);

        return code == CL_SUCCESS ? 0
                                  : opencl_api_fail(code,
                                                    "waiting for the "
                                                    "kernels",
                                                    err);
}

static int opencl_scrub(struct device *d, struct error *err)
{
        size_t local = 64;
        size_t global =
                local * number_of(d->cl, d->id, CL_DEVICE_MAX_COMPUTE_UNITS);
        uint32_t words;
        int32_t code;

        if (!d->scrub)
                return 0;
        words = (uint32_t)(d->scrub_bytes / 4);
        code = d->cl->SetKernelArg(d->scrub, 0, d->scrub_bytes, NULL);
        if (code == CL_SUCCESS)
                code = d->cl->SetKernelArg(d->scrub, 1, sizeof words, &words);
        if (code == CL_SUCCESS)
                code = d->cl->EnqueueNDRangeKernel(d->queue, d->scrub, 1, NULL,
                                                   &global, &local, 0, NULL,
                                                   NULL);
        return code == CL_SUCCESS ? 0
                                  : opencl_api_fail(code, "the scrubber", err);
}

const struct device_driver opencl_driver = {.abi = DEVICE_ABI,
                                            .name = "opencl",
                                            .kind = "opencl",
                                            .list = opencl_list,
                                            .open = opencl_open,
                                            .build = opencl_build,
                                            .load = opencl_load,
                                            .allocate = opencl_allocate,
                                            .write = opencl_write,
                                            .read = opencl_read,
                                            .fill = opencl_fill,
                                            .launch = opencl_launch,
                                            .finish = opencl_finish,
                                            .scrub = opencl_scrub};
