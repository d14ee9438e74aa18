/*
 * The OpenCL backend: kernels as work-groups on any OpenCL 1.2 device.
 * Printing is in print.c, sources in compile.c and inspect.c, the device in
 * driver.c.
 */
#include "backends/backend.h"
#include "backends/opencl/compile.h"
#include "backends/opencl/driver.h"
#include "backends/opencl/print.h"

static void opencl_target(const struct machine *machine, struct target *target)
{
        const struct device_info *info = NULL;
        int number;

        *target = (struct target){.language = "opencl",
                                  .vector_bytes = 16,
                                  .fma = true,
                                  .threads = machine->threads,
                                  .items = 256,
                                  .l1_bytes = machine->l1_bytes,
                                  .l2_bytes = machine->l2_bytes,
                                  .llc_bytes = machine->llc_bytes};
        if (device_choose(&opencl_driver, &info, &number, NULL) < 0)
                return;
        target->threads = info->units;
        if (info->items < target->items)
                target->items = (int)info->items;
        target->l1_bytes = info->shared_bytes;
        target->l2_bytes = target->llc_bytes = info->cache_bytes;
}

static int opencl_constants(struct device_constants *constants,
                            struct error *err)
{
        const struct device_info *info = NULL;
        int number, rc = device_choose(&opencl_driver, &info, &number, err);

        if (rc < 0)
                return rc;
        *constants =
                (struct device_constants){.cores = info->units,
                                          .warp = info->warp,
                                          .sms = info->units,
                                          .shared_bytes = info->shared_bytes,
                                          .l2_bytes = info->cache_bytes};
        return 0;
}

static int opencl_environment(const struct machine *machine, cJSON **fields,
                              struct error *err)
{
        const struct device_info *info = NULL;
        int number, rc = device_choose(&opencl_driver, &info, &number, err);
        cJSON *json;

        (void)machine;
        *fields = NULL;
        if (rc < 0)
                return rc;
        json = cJSON_CreateObject();
        if (!cJSON_AddStringToObject(json, "platform", info->platform) ||
            !cJSON_AddStringToObject(json, "device", info->name) ||
            !cJSON_AddStringToObject(json, "driver", info->driver) ||
            !cJSON_AddStringToObject(json, "version", info->version) ||
            !cJSON_AddNumberToObject(json, "units", info->units) ||
            !cJSON_AddStringToObject(json, "flags", opencl_flags) ||
            !cJSON_AddNumberToObject(json, "method", BACKEND_METHOD)) {
                cJSON_Delete(json);
                return error_memory(err);
        }
        *fields = json;
        return 0;
}

const struct backend backend_opencl = {.abi = BACKEND_ABI,
                                       .language = "opencl",
                                       .kind = "opencl",
                                       .target = opencl_target,
                                       .environment = opencl_environment,
                                       .print = opencl_print,
                                       .compile = opencl_compile,
                                       .inspect = opencl_inspect,
                                       .driver = &opencl_driver,
                                       .constants = opencl_constants};
